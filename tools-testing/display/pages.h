/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of a frontend's pictures.
 */

#ifndef DISPLAY_PAGES_H
#define DISPLAY_PAGES_H

#include "../selftests/xen/granted.h"

/**
 * struct front_buffer - pages for a picture, and behind them their directory
 * @granted: all of them
 * @count: those of the picture
 * @directory: reference of the directory's first page
 */
struct front_buffer {
	struct granted granted;
	unsigned int count;
	uint32_t directory;
};

bool front_buffer_begin(struct front_buffer *buffer, unsigned int domid,
			uint32_t size);
bool front_buffer_end(struct front_buffer *buffer, unsigned int domid);
bool granted_back(struct granted *granted, unsigned int domid);

#endif /* DISPLAY_PAGES_H */
