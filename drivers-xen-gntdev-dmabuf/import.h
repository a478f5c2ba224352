/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages of a dma-buf, granted to another domain.
 */

#ifndef _XEN_GNTDEV_DMABUF_IMPORT_H
#define _XEN_GNTDEV_DMABUF_IMPORT_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include <xen/grant_table.h>

#include "source.h"

struct gntdev_buf;
struct gntdev_request;

/**
 * struct gntdev_import - a dma-buf that another domain may map
 * @source: its memory, shared with other imports of the same dma-buf
 * @buf: ends when the exporter has its buffer back
 * @refs: a reference for each page, in their order; after
 *        gntdev_import_release() those that are left
 * @held: how many
 * @retry: takes back what the other domain still has mapped
 * @delay: until @retry looks again, in jiffies
 * @node: in the imports of a gntdev file; its holder's
 * @fd: the dma-buf's number there; its holder's
 */
struct gntdev_import {
	struct gntdev_source *source;
	struct gntdev_buf *buf;
	grant_ref_t *refs;
	unsigned int held;
	struct delayed_work retry;
	unsigned long delay;
	struct list_head node;
	u32 fd;
};

int gntdev_import_init(void);
void gntdev_import_exit(void);
struct gntdev_import *gntdev_import_create(const struct gntdev_request *request,
					   struct dma_buf *dmabuf);
void gntdev_import_release(struct gntdev_import *import);

#endif /* _XEN_GNTDEV_DMABUF_IMPORT_H */
