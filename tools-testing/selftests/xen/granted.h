/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of this domain that another one may map, and the page directories that
 * lead to them.  The format is that of include/uapi/xen/gntdev-dmabuf.h.
 */

#ifndef SELFTESTS_XEN_GRANTED_H
#define SELFTESTS_XEN_GRANTED_H

#include <stdbool.h>
#include <stdint.h>

#define PEER_PAGE	4096UL

/**
 * struct granted - pages that are granted to another domain
 * @fd: the gntalloc file that granted them
 * @count: number of pages
 * @pages: address of the pages
 * @refs: the references of the pages
 */
struct granted {
	int fd;
	unsigned int count;
	uint32_t *pages;
	uint32_t *refs;
};

bool granted_begin(struct granted *granted, unsigned int domid,
		   unsigned int count, bool readonly);
void granted_end(struct granted *granted);
uint32_t granted_listed(struct granted *granted, unsigned int domid,
			unsigned int count, bool readonly);

unsigned int directory_pages(unsigned int count);
uint32_t directory_write(const struct granted *granted, unsigned int first,
			 const uint32_t *refs, unsigned int count);
uint32_t *directory_read(unsigned int domid, uint32_t directory,
			 unsigned int count);

#endif /* SELFTESTS_XEN_GRANTED_H */
