/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exported buffers: foreign grants as a dma-buf.
 */

#ifndef _XEN_GNTDEV_DMABUF_EXPORT_H
#define _XEN_GNTDEV_DMABUF_EXPORT_H

#include <linux/types.h>

struct dma_buf;
struct gntdev_buf;
struct gntdev_request;

struct dma_buf *gntdev_export_create(const struct gntdev_request *request,
				     const u32 *refs,
				     struct gntdev_buf **buf);
void gntdev_export_publish(struct dma_buf *dmabuf, u64 file_id,
			   const struct gntdev_buf *buf);
struct dma_buf *gntdev_export_find(u64 file_id, u64 id);
void gntdev_export_put(struct dma_buf *dmabuf);
bool gntdev_is_export(const struct dma_buf *dmabuf);
int gntdev_export_revoke(struct dma_buf *dmabuf);

#endif /* _XEN_GNTDEV_DMABUF_EXPORT_H */
