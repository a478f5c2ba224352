// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait for the end of standard input, for an eventfd and for signals.  The
 * commands that hold a buffer call this.
 */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "gntdmabuf.h"

/* The signalfd */
static int signals = -1;

/**
 * events_init - block the signals that end a program
 *
 * From now on each of them ends one wait, and the program goes on.
 */
void events_init(void)
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

/* wait_readable - wait until fd is readable; false if a signal came first */
static bool wait_readable(int fd)
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
 * events_wait_stdin - wait until standard input ends or a signal comes
 *
 * Standard output is flushed before.
 */
void events_wait_stdin(void)
{
	char text[4096];

	if (fflush(stdout))
		err(1, "standard output");
	while (wait_readable(STDIN_FILENO))
		if (read(STDIN_FILENO, text, sizeof(text)) <= 0)
			return;
}

/**
 * events_wait_eventfd - wait until an eventfd is signalled or a signal comes
 * @eventfd: the eventfd
 *
 * Standard output is flushed before.
 *
 * Return: false if a signal came first.
 */
bool events_wait_eventfd(int eventfd)
{
	if (fflush(stdout))
		err(1, "standard output");
	return wait_readable(eventfd);
}

/**
 * events_create_eventfd - create the eventfd for the release of a buffer
 *
 * Return: the eventfd.
 */
int events_create_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	if (fd < 0)
		err(1, "eventfd");
	return fd;
}
