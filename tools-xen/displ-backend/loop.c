// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event loop: one epoll instance and one queue of work items.  The callers
 * own the watches, the work items and the descriptors.
 */

#include <err.h>
#include <errno.h>
#include <sys/epoll.h>

#include "loop.h"

static int epoll;
static TAILQ_HEAD(, work) work_queue = TAILQ_HEAD_INITIALIZER(work_queue);
static bool stopped;

/** loop_init - create the loop, before any other file of the program uses it */
void loop_init(void)
{
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		err(1, "epoll");
}

/**
 * loop_add_fd - wait for a file descriptor
 * @watch: filled in; in use until loop_remove_fd()
 * @fd: the descriptor; the caller closes it after loop_remove_fd()
 * @readable: called as long as @fd is readable
 *
 * Return: 0, or a negative error number of epoll_ctl(2).
 */
int loop_add_fd(struct fd_watch *watch, int fd,
		void (*readable)(struct fd_watch *watch))
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = watch };

	watch->fd = fd;
	watch->readable = readable;
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/**
 * loop_remove_fd - stop waiting for a file descriptor
 * @watch: a watch of loop_add_fd(); its descriptor is still open
 */
void loop_remove_fd(struct fd_watch *watch)
{
	epoll_ctl(epoll, EPOLL_CTL_DEL, watch->fd, NULL);
}

/**
 * loop_queue_work - append a work item to the queue
 * @work: the item, with @func set; an item that is queued keeps its place
 */
void loop_queue_work(struct work *work)
{
	if (work->queued)
		return;
	work->queued = true;
	TAILQ_INSERT_TAIL(&work_queue, work, entry);
}

/**
 * loop_cancel_work - remove a work item from the queue
 * @work: the item, queued or not
 */
void loop_cancel_work(struct work *work)
{
	if (work->queued)
		TAILQ_REMOVE(&work_queue, work, entry);
	work->queued = false;
}

static void handle_event(void)
{
	struct epoll_event event;
	struct fd_watch *watch;
	int n;

	n = epoll_wait(epoll, &event, 1, TAILQ_EMPTY(&work_queue) ? -1 : 0);
	if (n < 0 && errno != EINTR)
		err(1, "epoll_wait");
	if (n == 1) {
		watch = event.data.ptr;
		watch->readable(watch);
	}
}

static void handle_work(void)
{
	struct work *work = TAILQ_FIRST(&work_queue);

	if (work) {
		loop_cancel_work(work);
		work->func(work);
	}
}

/**
 * loop_run - run the loop until loop_stop() is called
 *
 * The loop handles one descriptor, then one work item, and begins again.  epoll
 * moves a descriptor that it has reported to the end of its ready list, and the
 * loop appends work to the end of its queue: a busy guest delays the other
 * guests by one item at most.  The loop fetches one event at a time, so it
 * holds no event of a watch that a callback removes.
 */
void loop_run(void)
{
	while (!stopped) {
		handle_event();
		handle_work();
	}
}

/** loop_stop - let loop_run() return after the current callback */
void loop_stop(void)
{
	stopped = true;
}
