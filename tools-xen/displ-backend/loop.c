// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/epoll.h>

#include "loop.h"

static int epoll;
static bool ended;

/** loop_open - before all others */
void loop_open(void)
{
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		err(1, "epoll");
}

/**
 * loop_add - wait for a descriptor, too
 * @watch: filled in, until loop_remove()
 * @fd: the descriptor, which stays the caller's
 * @ready: called again and again while it can be read
 *
 * Return: 0 or an error of epoll_ctl(2), negative.
 */
int loop_add(struct watch *watch, int fd, void (*ready)(struct watch *watch))
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = watch };

	watch->fd = fd;
	watch->ready = ready;
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/**
 * loop_remove - do not wait for it any more
 * @watch: what loop_add() was given, its descriptor still open
 */
void loop_remove(struct watch *watch)
{
	epoll_ctl(epoll, EPOLL_CTL_DEL, watch->fd, NULL);
}

/**
 * loop_run - until somebody calls loop_end()
 *
 * Takes one event at a time.  Those that were served go to the end of the
 * kernel's list, so a guest that always has something to say holds up nobody,
 * and no event is left over of a watch that has been removed.
 */
void loop_run(void)
{
	struct epoll_event event;
	struct watch *watch;

	while (!ended) {
		if (epoll_wait(epoll, &event, 1, -1) != 1) {
			if (errno != EINTR)
				err(1, "epoll_wait");
			continue;
		}
		watch = event.data.ptr;
		watch->ready(watch);
	}
}

/** loop_end - let loop_run() return */
void loop_end(void)
{
	ended = true;
}
