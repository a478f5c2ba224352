// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "gntdmabuf.h"

static int signals = -1;

/**
 * hold_begin - from now on a signal does not end the program
 *
 * Each ends what hold_until_end() or hold_until_event() waits for.
 */
void hold_begin(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		err(1, "signals");
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		err(1, "signals");
}

/* wait_for - until there is something to read; false if it is a signal */
static bool wait_for(int fd)
{
	struct pollfd fds[2] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	struct signalfd_siginfo signal;

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			err(1, "poll");
	if (!fds[0].revents)
		return true;
	if (read(signals, &signal, sizeof(signal)) < 0)
		err(1, "signals");
	return false;
}

/**
 * hold_until_end - until standard input ends, or a signal comes
 *
 * What was printed so far is there for others to read.
 */
void hold_until_end(void)
{
	char text[4096];

	if (fflush(stdout))
		err(1, "standard output");
	while (wait_for(STDIN_FILENO))
		if (read(STDIN_FILENO, text, sizeof(text)) <= 0)
			return;
}

/**
 * hold_until_event - until an eventfd is signalled
 * @eventfd: the eventfd
 *
 * Return: false if a signal came first.
 */
bool hold_until_event(int eventfd)
{
	if (fflush(stdout))
		err(1, "standard output");
	return wait_for(eventfd);
}

/**
 * hold_eventfd - what is signalled when a buffer is released
 *
 * Return: the eventfd.
 */
int hold_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	if (fd < 0)
		err(1, "eventfd");
	return fd;
}
