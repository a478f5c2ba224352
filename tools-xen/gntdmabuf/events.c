// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait for the end of standard input, for an eventfd, for a process, for an interval
 * and for signals.  The commands that hold a buffer, and list, call this.
 */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gntdmabuf.h"

/* Descriptors of a wait, with those of the signals and of events_watch() */
#define FDS_MAX	4

/* The signalfd, and what it is for */
static int signals = -1;
static sigset_t signal_set;

/* See events_watch() */
static struct {
	int fd;
	bool (*readable)(void *data);
	void *data;
} watched = { .fd = -1 };

/* add_signal - add a signal to the set, unless this program was started so that it ignores it */
static void add_signal(int number)
{
	struct sigaction action;

	if (!sigaction(number, NULL, &action) && action.sa_handler != SIG_IGN)
		sigaddset(&signal_set, number);
}

/**
 * events_init - block the signals that end a program
 *
 * From now on each of them ends one wait, and the program goes on.
 */
void events_init(void)
{
	sigemptyset(&signal_set);
	/* nohup ignores it */
	add_signal(SIGHUP);
	add_signal(SIGINT);
	add_signal(SIGTERM);
	/* Where it is ignored, waitpid() finds no child */
	signal(SIGCHLD, SIG_DFL);
	if (sigprocmask(SIG_BLOCK, &signal_set, NULL))
		err(1, "signals");
	signals = signalfd(-1, &signal_set, SFD_CLOEXEC);
	if (signals < 0)
		err(1, "signals");
}

/**
 * events_exit - stop blocking the signals, for a program that this process executes
 */
void events_exit(void)
{
	sigprocmask(SIG_UNBLOCK, &signal_set, NULL);
}

/**
 * events_watch - handle events of a descriptor during all waits that follow
 * @fd: the descriptor
 * @readable: called when @fd is readable; false: wait for @fd no longer
 * @data: for @readable
 */
void events_watch(int fd, bool (*readable)(void *data), void *data)
{
	watched.fd = fd;
	watched.readable = readable;
	watched.data = data;
}

/*
 * poll_all - wait for events of all but the first element, which is for the signals, and handle
 * those of events_watch() meanwhile; false if a signal came first
 */
static bool poll_all(struct pollfd *fds, unsigned int count, int timeout,
		     struct signalfd_siginfo *signal)
{
	struct pollfd all[FDS_MAX];
	int n;

	fds[0] = (struct pollfd) { .fd = signals, .events = POLLIN };
	memcpy(all, fds, count * sizeof(*fds));
	do {
		all[count] = (struct pollfd) { .fd = watched.fd, .events = POLLIN };
		n = poll(all, count + 1, timeout);
		if (n < 0 && errno != EINTR)
			err(1, "poll");
		if (n > 0 && all[count].revents) {
			n--;
			if (!watched.readable(watched.data))
				watched.fd = -1;
		}
	} while (n < 0 || (!n && timeout < 0));
	memcpy(fds, all, count * sizeof(*fds));
	if (!fds[0].revents)
		return true;
	if (read(signals, signal, sizeof(*signal)) < 0)
		err(1, "signals");
	return false;
}

/*
 * wait_events - write what was printed, and wait as poll_all() does
 *
 * A pipe that can be written has room for PIPE_BUF bytes, which are all that stdio keeps for
 * one.
 */
static bool wait_events(struct pollfd *fds, unsigned int count, int timeout,
			struct signalfd_siginfo *signal)
{
	struct pollfd output[2] = { { 0 }, { .fd = STDOUT_FILENO, .events = POLLOUT } };

	if (__fpending(stdout) && !poll_all(output, 2, -1, signal))
		return false;
	if (fflush(stdout))
		err(1, "standard output");
	return poll_all(fds, count, timeout, signal);
}

/* wait_event - wait for events of fd or a signal; false if a signal came first */
static bool wait_event(int fd, short events, int timeout,
		       struct signalfd_siginfo *signal)
{
	struct pollfd fds[2] = { { 0 }, { .fd = fd, .events = events } };

	return wait_events(fds, 2, timeout, signal);
}

/* wait_readable - wait until fd is readable; false if a signal came first */
static bool wait_readable(int fd)
{
	struct signalfd_siginfo signal;

	return wait_event(fd, POLLIN, -1, &signal);
}

/**
 * events_wait_stdin - wait until standard input ends or a signal comes
 *
 * Standard output is flushed before.
 */
void events_wait_stdin(void)
{
	char text[4096];

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
	struct pollfd fd = { .fd = eventfd, .events = POLLIN };

	/* A signal may have come at the same time */
	return wait_readable(eventfd) || poll(&fd, 1, 0) > 0;
}

/**
 * events_wait_output - wait until PIPE_BUF bytes can be written
 * @fd: the file
 *
 * Standard output is flushed before.
 */
void events_wait_output(int fd)
{
	struct signalfd_siginfo signal;

	while (!wait_event(fd, POLLOUT, -1, &signal))
		;
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

/**
 * events_wait_interval - wait for an interval
 * @ms: the interval in milliseconds
 *
 * Standard output is flushed before.
 *
 * Return: false if a signal came, or no program reads standard output any more.
 */
bool events_wait_interval(int ms)
{
	struct signalfd_siginfo signal;
	struct pollfd output = { .fd = STDOUT_FILENO };

	return wait_event(STDOUT_FILENO, 0, ms, &signal) && !poll(&output, 1, 0);
}

/**
 * events_wait_process - wait until a child process has ended
 * @pid: the process; it gets the signals that this program gets
 *
 * Return: the status of waitpid().
 */
int events_wait_process(pid_t pid)
{
	int pidfd = pidfd_open(pid, 0), status;
	struct signalfd_siginfo signal;

	if (pidfd < 0)
		err(1, "process %d", pid);
	/* A signal of the terminal went to both processes */
	while (!wait_event(pidfd, POLLIN, -1, &signal))
		if (signal.ssi_code != SI_KERNEL)
			kill(pid, signal.ssi_signo);
	close(pidfd);
	if (waitpid(pid, &status, 0) != pid)
		err(1, "process %d", pid);
	return status;
}

/**
 * events_wait_fds - wait for several descriptors or a signal
 * @fds: what to wait for, and the result; the first element is for the signals
 * @count: number of elements, at most 3
 *
 * Standard output is flushed before.
 *
 * Return: false if a signal came first.
 */
bool events_wait_fds(struct pollfd *fds, unsigned int count)
{
	struct signalfd_siginfo signal;

	return wait_events(fds, count, -1, &signal);
}
