/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop: it waits for file descriptors and runs queued work items.
 */

#ifndef DISPL_BACKEND_LOOP_H
#define DISPL_BACKEND_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#define container_of(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))

/**
 * struct fd_watch - a file descriptor that the loop waits for
 * @fd: the descriptor
 * @readable: called when @fd is readable; may remove any watch, also this one
 */
struct fd_watch {
	int fd;
	void (*readable)(struct fd_watch *watch);
};

/**
 * struct work - a work item
 * @entry: entry of the queue
 * @queued: whether the item is in the queue
 * @func: called when the loop takes the item from the queue; may cancel any
 *	item and may queue this one again
 */
struct work {
	TAILQ_ENTRY(work) entry;
	bool queued;
	void (*func)(struct work *work);
};

void loop_init(void);
int loop_add_fd(struct fd_watch *watch, int fd,
		void (*readable)(struct fd_watch *watch));
void loop_remove_fd(struct fd_watch *watch);
void loop_queue_work(struct work *work);
void loop_cancel_work(struct work *work);
void loop_run(void);
void loop_stop(void);

#endif /* DISPL_BACKEND_LOOP_H */
