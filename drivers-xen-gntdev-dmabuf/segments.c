// SPDX-License-Identifier: GPL-2.0-only
/*
 * A scatter table over pages.
 *
 * A segment runs on from one page to the next where it does so in both address
 * spaces, the guest's and the bus's.  Where only the guest-physical addresses
 * follow each other, swiotlb-xen would put a bounce buffer between the device
 * and the granted pages.
 */

#include <linux/mm.h>

#include "segments.h"

/* segment_length - in pages, of the segment that begins at the first page */
static unsigned int segment_length(struct page **pages, unsigned int count,
				   size_t max_segment,
				   unsigned long (*bus_frame)(unsigned long pfn))
{
	unsigned long pfn = page_to_pfn(pages[0]);
	unsigned long frame = bus_frame(pfn);
	unsigned int max, n;

	max = clamp_t(size_t, max_segment >> PAGE_SHIFT, 1, count);
	for (n = 1; n < max; n++)
		if (page_to_pfn(pages[n]) != pfn + n ||
		    bus_frame(pfn + n) != frame + n)
			break;

	return n;
}

/**
 * gntdev_segments_fill - make a scatter table over pages
 * @sgt: filled in, to be freed with sg_free_table()
 * @pages: the pages, in their order
 * @count: number of pages, at least 1
 * @data_ofs: where the table begins in the first page, in bytes
 * @max_segment: longest segment in bytes; a page, if less than one
 * @bus_frame: tells at which frame a device finds a page
 *
 * May sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int gntdev_segments_fill(struct sg_table *sgt, struct page **pages,
			 unsigned int count, unsigned int data_ofs,
			 size_t max_segment,
			 unsigned long (*bus_frame)(unsigned long pfn))
{
	unsigned int i, n, segments = 0;
	struct scatterlist *sg;
	int ret;

	for (i = 0; i < count; i += n) {
		n = segment_length(pages + i, count - i, max_segment, bus_frame);
		segments++;
	}

	ret = sg_alloc_table(sgt, segments, GFP_KERNEL);
	if (ret)
		return ret;

	for (i = 0, sg = sgt->sgl; i < count; i += n, sg = sg_next(sg)) {
		n = segment_length(pages + i, count - i, max_segment, bus_frame);
		sg_set_page(sg, pages[i], n * PAGE_SIZE - data_ofs, data_ofs);
		data_ofs = 0;
	}

	return 0;
}
