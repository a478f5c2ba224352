/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages of a dma-buf; nothing of grants.
 */

#ifndef _XEN_GNTDEV_DMABUF_SOURCE_H
#define _XEN_GNTDEV_DMABUF_SOURCE_H

#include <linux/dma-direction.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

struct device;
struct dma_buf;
struct dma_buf_attachment;

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

/**
 * gntdev_source_run - the pages of a segment
 * @sg: the segment
 * @left: pages of the source from here on; what the segment has beyond them
 *        does not belong to it
 * @pfn: set to the first of them
 *
 * Return: how many follow each other from there, 0 if the segment has none.
 */
static inline u64 gntdev_source_run(struct scatterlist *sg, u64 left,
				    unsigned long *pfn)
{
	dma_addr_t addr = sg_dma_address(sg);
	u64 end = sg_dma_len(sg) ? offset_in_page(addr) + sg_dma_len(sg) : 0;

	*pfn = PHYS_PFN(addr);
	return min_t(u64, PFN_UP(end), left);
}

void gntdev_source_init(struct device *dev);
int gntdev_source_get(struct gntdev_source *source, struct dma_buf *dmabuf,
		      bool readonly);
void gntdev_source_put(struct gntdev_source *source);
int gntdev_source_measure(struct gntdev_source *source, u64 size);

#ifdef CONFIG_XEN_PV
void gntdev_source_pv_init(struct device *dev);
#else
static inline void gntdev_source_pv_init(struct device *dev)
{
}
#endif

#endif /* _XEN_GNTDEV_DMABUF_SOURCE_H */
