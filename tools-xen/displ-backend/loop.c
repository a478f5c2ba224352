// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <errno.h>
#include <sys/epoll.h>

#include "loop.h"

static int epoll;
static TAILQ_HEAD(, job) jobs = TAILQ_HEAD_INITIALIZER(jobs);
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
 * loop_later - give it a turn, after those that wait already
 * @job: filled in up to @run; may wait already
 */
void loop_later(struct job *job)
{
	if (job->waits)
		return;
	job->waits = true;
	TAILQ_INSERT_TAIL(&jobs, job, turn);
}

/**
 * loop_forget - it has nothing to do any more
 * @job: may wait or not
 */
void loop_forget(struct job *job)
{
	if (job->waits)
		TAILQ_REMOVE(&jobs, job, turn);
	job->waits = false;
}

static void next_event(void)
{
	struct epoll_event event;
	struct watch *watch;
	int n;

	n = epoll_wait(epoll, &event, 1, TAILQ_EMPTY(&jobs) ? -1 : 0);
	if (n < 0 && errno != EINTR)
		err(1, "epoll_wait");
	if (n == 1) {
		watch = event.data.ptr;
		watch->ready(watch);
	}
}

static void next_job(void)
{
	struct job *job = TAILQ_FIRST(&jobs);

	if (job) {
		loop_forget(job);
		job->run(job);
	}
}

/**
 * loop_run - until somebody calls loop_end()
 *
 * Takes one event at a time and one job.  Descriptors that were served go to the
 * end of the kernel's list and jobs to that of ours, so a guest that always has
 * something to say holds up nobody; and no event is left over of a watch that has
 * been removed.
 */
void loop_run(void)
{
	while (!ended) {
		next_event();
		next_job();
	}
}

/** loop_end - let loop_run() return */
void loop_end(void)
{
	ended = true;
}
