/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sources: dma-bufs that are attached and mapped for imports.
 */

#ifndef _XEN_GNTDEV_DMABUF_SOURCE_H
#define _XEN_GNTDEV_DMABUF_SOURCE_H

#include <linux/dma-direction.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pfn.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

struct device;
struct dma_buf;
struct dma_buf_attachment;

/* Name of the importing platform device; suspend.c has a driver for it */
#define GNTDEV_SOURCE_NAME	"xen-gntdev-dmabuf"

/**
 * struct gntdev_source - a dma-buf, mapped for the importing device
 * @node: node in the table of all sources
 * @dmabuf: the dma-buf; each import has a reference to it
 * @refcount: number of imports, and of tasks that are about to get or put the
 *            source; protected by the table's lock
 * @lock: protects @users and the members after it
 * @users: number of imports that use the mapping.  While it is not 0, the
 *         members after it do not change and imports read them without @lock.
 * @attachment: attachment of the importing device to the dma-buf
 * @sgt: scatter table of the exporter; the DMA addresses in it are physical
 *       addresses of this domain
 * @dir: direction that @sgt is mapped for
 * @write_error: error of the exporter if it refused to map for writing, else 0
 * @count: number of pages, beginning with the one that has the first byte
 * @data_ofs: offset of the data in the first page, in bytes
 *
 * All imports of a dma-buf share one source.
 */
struct gntdev_source {
	struct hlist_node node;
	struct dma_buf *dmabuf;
	unsigned int refcount;
	struct mutex lock; /* members after it */
	unsigned int users;
	struct dma_buf_attachment *attachment;
	struct sg_table *sgt;
	enum dma_data_direction dir;
	int write_error;
	u64 count;
	unsigned int data_ofs;
};

/**
 * gntdev_source_segment_pages - pages of a segment of a source
 * @sg: the segment, mapped for the importing device
 * @left: number of pages of the source from this segment on; further pages of
 *        the segment do not belong to the source
 * @pfn: set to the page frame number of the first page
 *
 * Context: any.
 * Return: number of contiguous pages from @pfn on, 0 if the segment is empty.
 */
static inline u64 gntdev_source_segment_pages(struct scatterlist *sg, u64 left,
					      unsigned long *pfn)
{
	dma_addr_t addr = sg_dma_address(sg);
	u64 end = sg_dma_len(sg) ? offset_in_page(addr) + sg_dma_len(sg) : 0;

	*pfn = PHYS_PFN(addr);
	return min_t(u64, PFN_UP(end), left);
}

int gntdev_source_init(void);
void gntdev_source_exit(void);
struct gntdev_source *gntdev_source_get(struct dma_buf *dmabuf, bool readonly);
void gntdev_source_put(struct gntdev_source *source);
int gntdev_source_wait(struct dma_buf *dmabuf, bool readonly);
int gntdev_source_check_pages(struct gntdev_source *source, u64 size);

#ifdef CONFIG_XEN_PV
void gntdev_source_pv_init(struct device *dev);
#else
static inline void gntdev_source_pv_init(struct device *dev)
{
}
#endif

#endif /* _XEN_GNTDEV_DMABUF_SOURCE_H */
