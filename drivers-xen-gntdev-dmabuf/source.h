/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages of a dma-buf; nothing of grants.
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

/* The platform device that stands for the other domains; see suspend.c, too. */
#define GNTDEV_SOURCE_NAME	"xen-gntdev-dmabuf"

/**
 * struct gntdev_source - a dma-buf that is mapped for our device
 * @node: in the table of all sources
 * @dmabuf: the dma-buf; each import holds a reference to it
 * @refcount: number of imports, and of callers that look at this source;
 *            protected by the table's lock
 * @lock: protects @users and the members after it
 * @users: number of imports that use the mapping; while it is not 0 the members
 *         after it do not change, and an import reads them without @lock
 * @attachment: of our device to the dma-buf
 * @sgt: its exporter's scatter table; the bus addresses in it are physical
 *       addresses of this domain
 * @dir: the direction that @sgt is mapped for
 * @write_error: 0, or the error that the exporter mapped for writing with
 * @count: number of pages, from the one that holds the first byte
 * @data_ofs: where the data begins in the first page, in bytes
 *
 * All imports of a dma-buf share one source.
 */
struct gntdev_source {
	struct hlist_node node;
	struct dma_buf *dmabuf;
	unsigned int refcount;
	struct mutex lock; /* see above */
	unsigned int users;
	struct dma_buf_attachment *attachment;
	struct sg_table *sgt;
	enum dma_data_direction dir;
	int write_error;
	u64 count;
	unsigned int data_ofs;
};

/**
 * gntdev_source_segment_pages - the pages of a segment
 * @sg: the segment
 * @left: pages of the source from here on; what the segment has beyond them
 *        does not belong to it
 * @pfn: set to the first of them
 *
 * Return: how many follow each other from there, 0 if the segment has none.
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
int gntdev_source_measure(struct gntdev_source *source, u64 size);

#ifdef CONFIG_XEN_PV
void gntdev_source_pv_init(struct device *dev);
#else
static inline void gntdev_source_pv_init(struct device *dev)
{
}
#endif

#endif /* _XEN_GNTDEV_DMABUF_SOURCE_H */
