/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Local pages without memory, for grants to be mapped over.
 */

#ifndef _XEN_GNTDEV_DMABUF_PAGES_H
#define _XEN_GNTDEV_DMABUF_PAGES_H

#include <linux/types.h>

struct page;

int gntdev_pages_init(void);
void gntdev_pages_exit(void);
int gntdev_pages_alloc(unsigned int count, struct page **pages);
void gntdev_pages_free(unsigned int count, struct page **pages);
unsigned int gntdev_pages_cached(void);

#endif /* _XEN_GNTDEV_DMABUF_PAGES_H */
