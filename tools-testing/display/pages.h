/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that a frontend grants to a backend, and takes back with a check that
 * the backend had unmapped them.
 */

#ifndef DISPLAY_PAGES_H
#define DISPLAY_PAGES_H

#include "../selftests/xen/granted.h"

/**
 * struct front_buffer - pages for a picture, followed by their page directory
 * @granted: all pages
 * @count: number of pages of the picture
 * @directory: reference of the directory's first page
 */
struct front_buffer {
	struct granted granted;
	unsigned int count;
	uint32_t directory;
};

bool front_buffer_init(struct front_buffer *buffer, unsigned int domid,
		       uint32_t size);
bool front_buffer_exit(struct front_buffer *buffer, unsigned int domid);
bool granted_end_unmapped(struct granted *granted, unsigned int domid);

#endif /* DISPLAY_PAGES_H */
