/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages of a dma-buf; nothing of grants.
 */

#ifndef _XEN_GNTDEV_DMABUF_SOURCE_H
#define _XEN_GNTDEV_DMABUF_SOURCE_H

#include <linux/dma-direction.h>
#include <linux/types.h>

struct dma_buf;
struct dma_buf_attachment;
struct sg_table;

/**
 * struct gntdev_source - a dma-buf whose pages stay where they are
 * @attachment: of our device to the dma-buf
 * @sgt: its exporter's scatter table; the bus addresses in it are physical
 *       addresses of this domain
 * @dir: what it is mapped for
 * @count: number of pages, from the one that holds the first byte
 * @data_ofs: where the data begins in the first page, in bytes
 */
struct gntdev_source {
	struct dma_buf_attachment *attachment;
	struct sg_table *sgt;
	enum dma_data_direction dir;
	u64 count;
	unsigned int data_ofs;
};

int gntdev_source_init(void);
void gntdev_source_exit(void);
int gntdev_source_get(struct gntdev_source *source, struct dma_buf *dmabuf,
		      bool readonly);
void gntdev_source_put(struct gntdev_source *source);
int gntdev_source_measure(struct gntdev_source *source, u64 size);
int gntdev_source_each(const struct gntdev_source *source,
		       int (*each)(void *data, unsigned long pfn, u64 count),
		       void *data);
int gntdev_source_check(const struct gntdev_source *source);

#endif /* _XEN_GNTDEV_DMABUF_SOURCE_H */
