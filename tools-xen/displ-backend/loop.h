/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one loop: waits for descriptors and calls who cares for each.
 */

#ifndef DISPL_BACKEND_LOOP_H
#define DISPL_BACKEND_LOOP_H

#include <stddef.h>

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

void loop_open(void);
int loop_add(struct watch *watch, int fd, void (*ready)(struct watch *watch));
void loop_remove(struct watch *watch);
void loop_run(void);
void loop_end(void);

#endif /* DISPL_BACKEND_LOOP_H */
