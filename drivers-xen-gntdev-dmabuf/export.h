/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Foreign grants as a dma-buf.
 */

#ifndef _XEN_GNTDEV_DMABUF_EXPORT_H
#define _XEN_GNTDEV_DMABUF_EXPORT_H

#include <xen/grant_table.h>

struct dma_buf;
struct gntdev_life;

struct dma_buf *gntdev_export_create(domid_t domid, const u32 *refs,
				     unsigned int count,
				     struct gntdev_life *life);

#endif /* _XEN_GNTDEV_DMABUF_EXPORT_H */
