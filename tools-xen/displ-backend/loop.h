/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one loop: waits for descriptors and calls who cares for each, and gives
 * turns to those who have something to do.
 */

#ifndef DISPL_BACKEND_LOOP_H
#define DISPL_BACKEND_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#define container_of(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))

/**
 * struct watch - somebody who cares for a descriptor
 * @fd: the descriptor
 * @ready: called when it can be read; may remove any watch, this one too
 */
struct watch {
	int fd;
	void (*ready)(struct watch *watch);
};

/**
 * struct job - somebody who has something to do, now and then
 * @turn: of all that wait
 * @waits: whether it is among them
 * @run: called when it is its turn; may forget any job, this one too
 */
struct job {
	TAILQ_ENTRY(job) turn;
	bool waits;
	void (*run)(struct job *job);
};

void loop_open(void);
int loop_add(struct watch *watch, int fd, void (*ready)(struct watch *watch));
void loop_remove(struct watch *watch);
void loop_later(struct job *job);
void loop_forget(struct job *job);
void loop_run(void);
void loop_end(void);

#endif /* DISPL_BACKEND_LOOP_H */
