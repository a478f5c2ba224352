/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page directory of a buffer.
 */

#ifndef XENDMABUF_DIRECTORY_H
#define XENDMABUF_DIRECTORY_H

#include <stdint.h>

#include <xengnttab.h>

/**
 * struct directory - a page directory, granted to another domain
 * @map: the pages
 * @count: number of its pages
 * @ref: reference of the first one
 */
struct directory {
	uint32_t *map;
	uint32_t count;
	uint32_t ref;
};

/* directory.c */
int directory_init(struct directory *directory, xengntshr_handle *gntshr,
		   uint32_t domid, const uint32_t *refs, uint32_t count);
void directory_exit(struct directory *directory, xengntshr_handle *gntshr);

#endif /* XENDMABUF_DIRECTORY_H */
