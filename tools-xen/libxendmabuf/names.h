/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table of what has a name.  Names are random, so their last byte selects a list.
 */

#ifndef XENDMABUF_NAMES_H
#define XENDMABUF_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "xendmabuf.h"

#define container_of(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))

#define NAMES_LISTS	256

/**
 * struct named - a member of a structure that has a name
 * @name: the name
 * @next: next in the list
 */
struct named {
	uint8_t name[XENDMABUF_NAME_SIZE];
	struct named *next;
};

/**
 * struct names - the table
 * @lists: by the last byte of the name
 */
struct names {
	struct named *lists[NAMES_LISTS];
};

/* names.c */
struct named *names_find(const struct names *names, const uint8_t *name);
void names_add(struct names *names, struct named *named);
void names_remove(struct names *names, struct named *named);
struct named *names_first(const struct names *names);

#endif /* XENDMABUF_NAMES_H */
