/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scatter table over pages.
 */

#ifndef _XEN_GNTDEV_DMABUF_SEGMENTS_H
#define _XEN_GNTDEV_DMABUF_SEGMENTS_H

#include <linux/scatterlist.h>

int gntdev_segments_fill(struct sg_table *sgt, struct page **pages,
			 unsigned int count, unsigned int data_ofs,
			 size_t max_segment,
			 unsigned long (*to_bfn)(unsigned long pfn));

#endif /* _XEN_GNTDEV_DMABUF_SEGMENTS_H */
