/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Imported buffers: the pages of a dma-buf granted to another domain.
 */

#ifndef _XEN_GNTDEV_DMABUF_IMPORT_H
#define _XEN_GNTDEV_DMABUF_IMPORT_H

#include <linux/types.h>
#include <linux/workqueue.h>

#include <xen/grant_table.h>

#include "buf-tree.h"
#include "source.h"

struct gntdev_buf;
struct gntdev_quota;
struct gntdev_request;

/**
 * struct gntdev_import - an imported buffer
 * @source: the attached dma-buf, shared with other imports of the same dma-buf
 * @quota: quota that the pages are charged to; NULL for a driver in the kernel
 * @count: number of pages
 * @buf: buffer record; unregistered when the exporter has its buffer back
 * @refs: a grant reference for each page, in the order of the pages; after
 *        gntdev_import_release() those that the peer domain still maps
 * @nr_refs: number of references in @refs
 * @retry: work that ends the grants that the peer domain still maps
 * @delay: time until @retry is executed again, in jiffies
 * @by_id: node in the tree of a gntdev file's imports by id; for ioctl-import.c
 * @by_fd: node in that by descriptor number; for ioctl-import.c
 * @fd: descriptor number of the dma-buf at the request; for ioctl-import.c
 */
struct gntdev_import {
	struct gntdev_source *source;
	struct gntdev_quota *quota;
	unsigned int count;
	struct gntdev_buf *buf;
	grant_ref_t *refs;
	unsigned int nr_refs;
	struct delayed_work retry;
	unsigned long delay;
	struct gntdev_buf_node by_id;
	struct gntdev_buf_node by_fd;
	u32 fd;
};

int gntdev_import_init(void);
void gntdev_import_exit(void);
struct gntdev_import *gntdev_import_create(const struct gntdev_request *request,
					   struct dma_buf *dmabuf);
void gntdev_import_release(struct gntdev_import *import);

#endif /* _XEN_GNTDEV_DMABUF_IMPORT_H */
