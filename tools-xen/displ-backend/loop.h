/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop: it waits for file descriptors and runs queued work items.
 */

#ifndef DISPL_BACKEND_LOOP_H
#define DISPL_BACKEND_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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

TAILQ_HEAD(work_list, work);

/**
 * struct work_queue - the work items of one guest
 * @entry: entry of the list of queues that have work
 * @items: items that can run
 * @max_wait: largest number of turns of the loop that an item waited
 */
struct work_queue {
	TAILQ_ENTRY(work_queue) entry;
	struct work_list items;
	unsigned int max_wait;
};

/**
 * struct work - a work item
 * @queue: queue of the item, or NULL for that of the program itself
 * @func: called when the loop takes the item from the queue; may cancel any
 *	item and may queue this one again
 */
struct work {
	struct work_queue *queue;
	void (*func)(struct work *work);
	/* private: list that has the item, turn of queueing, time of a delay */
	TAILQ_ENTRY(work) entry;
	struct work_list *list;
	uint64_t turn;
	uint64_t time;
};

void loop_init(void);
int loop_add_fd(struct fd_watch *watch, int fd,
		void (*readable)(struct fd_watch *watch));
void loop_remove_fd(struct fd_watch *watch);
void loop_init_queue(struct work_queue *queue);
void loop_queue_work(struct work *work);
void loop_delay_work(struct work *work, uint64_t time);
bool loop_is_pending(const struct work *work);
void loop_cancel_work(struct work *work);
uint64_t loop_time(void);
void loop_run(void);
void loop_stop(void);

#endif /* DISPL_BACKEND_LOOP_H */
