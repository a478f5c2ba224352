// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event loop: one epoll instance, one queue of work items for each guest, and
 * a list of delayed items.  The callers own the watches, the queues, the work items
 * and the descriptors.
 */

#include <err.h>
#include <errno.h>
#include <sys/epoll.h>
#include <time.h>

#include "loop.h"

static int epoll;
/* Queues that have work, in the order in which they get a turn */
static TAILQ_HEAD(, work_queue) queues = TAILQ_HEAD_INITIALIZER(queues);
/* Work of the program itself */
static struct work_queue own_queue = {
	.items = TAILQ_HEAD_INITIALIZER(own_queue.items),
};

/* Delayed work, the earliest first */
static struct work_list delayed = TAILQ_HEAD_INITIALIZER(delayed);
/* Number of work items that have run */
static uint64_t turns;
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
 * loop_init_queue - initialise a queue
 * @queue: the queue; it is free again when it has no item
 */
void loop_init_queue(struct work_queue *queue)
{
	TAILQ_INIT(&queue->items);
	queue->max_wait = 0;
}

static struct work_queue *queue_of(const struct work *work)
{
	return work->queue ? work->queue : &own_queue;
}

/**
 * loop_queue_work - append a work item to its queue
 * @work: the item, with @func set; an item that is queued keeps its place, one
 *	that is delayed is delayed no longer
 */
void loop_queue_work(struct work *work)
{
	struct work_queue *queue = queue_of(work);

	if (work->list == &queue->items)
		return;
	loop_cancel_work(work);
	if (TAILQ_EMPTY(&queue->items))
		TAILQ_INSERT_TAIL(&queues, queue, entry);
	work->turn = turns;
	work->list = &queue->items;
	TAILQ_INSERT_TAIL(work->list, work, entry);
}

/**
 * loop_delay_work - queue a work item later
 * @work: the item, with @func set; one that is queued or delayed is so no longer
 * @time: time of the clock of loop_time()
 */
void loop_delay_work(struct work *work, uint64_t time)
{
	struct work *next;

	loop_cancel_work(work);
	TAILQ_FOREACH(next, &delayed, entry)
		if (next->time > time)
			break;
	work->time = time;
	work->list = &delayed;
	if (next)
		TAILQ_INSERT_BEFORE(next, work, entry);
	else
		TAILQ_INSERT_TAIL(&delayed, work, entry);
}

/**
 * loop_is_pending - check whether a work item is queued or delayed
 * @work: the item
 *
 * Return: whether it is.
 */
bool loop_is_pending(const struct work *work)
{
	return work->list;
}

/**
 * loop_cancel_work - remove a work item from the queue or a delay
 * @work: the item, queued, delayed or not
 */
void loop_cancel_work(struct work *work)
{
	struct work_queue *queue = queue_of(work);

	if (!work->list)
		return;
	TAILQ_REMOVE(work->list, work, entry);
	if (work->list == &queue->items && TAILQ_EMPTY(&queue->items))
		TAILQ_REMOVE(&queues, queue, entry);
	work->list = NULL;
}

/**
 * loop_time - read the clock
 *
 * Return: time since an arbitrary point in the past, in nanoseconds.
 */
uint64_t loop_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

/* timeout - milliseconds until the loop has work; -1 if none is delayed */
static int timeout(void)
{
	const struct work *first = TAILQ_FIRST(&delayed);
	uint64_t now;

	if (!TAILQ_EMPTY(&queues))
		return 0;
	if (!first)
		return -1;
	now = loop_time();
	return first->time > now ? (first->time - now) / 1000000 + 1 : 0;
}

static void handle_event(void)
{
	struct epoll_event event;
	struct fd_watch *watch;
	int n;

	n = epoll_wait(epoll, &event, 1, timeout());
	if (n < 0 && errno != EINTR)
		err(1, "epoll_wait");
	if (n == 1) {
		watch = event.data.ptr;
		watch->readable(watch);
	}
}

static void queue_delayed_work(void)
{
	struct work *work;

	while ((work = TAILQ_FIRST(&delayed)) && work->time <= loop_time())
		loop_queue_work(work);
}

/* Run one item of the first queue; the queue is the last one then */
static void handle_work(void)
{
	struct work_queue *queue = TAILQ_FIRST(&queues);
	struct work *work;

	if (!queue)
		return;
	work = TAILQ_FIRST(&queue->items);
	if (turns - work->turn > queue->max_wait)
		queue->max_wait = turns - work->turn;
	turns++;
	loop_cancel_work(work);
	if (!TAILQ_EMPTY(&queue->items)) {
		TAILQ_REMOVE(&queues, queue, entry);
		TAILQ_INSERT_TAIL(&queues, queue, entry);
	}
	work->func(work);
}

/**
 * loop_run - run the loop until loop_stop() is called
 *
 * The loop handles one descriptor, then one work item, and begins again.  epoll
 * moves a descriptor that it has reported to the end of its ready list, and the
 * loop takes one item of each queue in turn: a busy guest delays the other
 * guests by one item at most.  The loop fetches one event at a time, so it
 * holds no event of a watch that a callback removes.
 */
void loop_run(void)
{
	while (!stopped) {
		handle_event();
		queue_delayed_work();
		handle_work();
	}
}

/** loop_stop - let loop_run() return after the current callback */
void loop_stop(void)
{
	stopped = true;
}
