/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiters for the release of a buffer: threads and eventfds.
 */

#ifndef SELFTESTS_XEN_WAITER_H
#define SELFTESTS_XEN_WAITER_H

#include <poll.h>
#include <pthread.h>
#include <sched.h>

#include "calls.h"
#include "threads.h"

/**
 * struct waiter - a thread that waits for the release of a buffer
 * @thread: the thread
 * @gntdev: the gntdev file that it calls
 * @fd: the descriptor number that it waits for, if @id is 0
 * @id: the buffer's id
 * @result: result of the wait, -1 while the thread waits
 */
struct waiter {
	pthread_t thread;
	int gntdev;
	int fd;
	uint64_t id;
	int result;
};

static inline void *waiter_main(void *data)
{
	struct waiter *waiter = data;

	waiter->result = waiter->id ?
		wait_id(waiter->gntdev, waiter->id, UINT32_MAX) :
		wait_released(waiter->gntdev, waiter->fd, UINT32_MAX);
	return NULL;
}

/* start_waiters - start threads that wait; returns when all of them sleep */
static inline bool start_waiters(struct waiter *waiters, unsigned int count,
				 int gntdev, int fd, uint64_t id)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		waiters[i] = (struct waiter) {
			.gntdev = gntdev,
			.fd = fd,
			.id = id,
			.result = -1,
		};
		if (pthread_create(&waiters[i].thread, NULL, waiter_main,
				   &waiters[i]))
			return false;
	}
	while (!others_sleep())
		sched_yield();
	return true;
}

/* all_woke - wait for the threads to end; false if a wait failed */
static inline bool all_woke(struct waiter *waiters, unsigned int count)
{
	bool woke = true;
	unsigned int i;

	for (i = 0; i < count; i++)
		woke = !pthread_join(waiters[i].thread, NULL) &&
		       !waiters[i].result && woke;
	return woke;
}

/* is_signalled - whether an eventfd can be read */
static inline bool is_signalled(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) == 1;
}

#endif /* SELFTESTS_XEN_WAITER_H */
