// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scatter table over pages.
 *
 * This file merges pages into segments.  It leaves mapping the table for a
 * device to devmap.c and the choice of bus addresses to bus.c.
 *
 * Two pages are in one segment only if both their guest-physical addresses and
 * their bus addresses are contiguous.  For a segment whose bus addresses are
 * not contiguous, swiotlb-xen would use a bounce buffer, which is a copy of the
 * granted pages.
 *
 * This file has no lock.
 *
 * Caller: devmap.c.
 */

#include <linux/mm.h>

#include "segments.h"

/* segment_pages - number of pages of the segment that begins at @pages */
static unsigned int segment_pages(struct page **pages, unsigned int count,
				  size_t max_segment,
				  unsigned long (*to_bfn)(unsigned long pfn))
{
	unsigned long pfn = page_to_pfn(pages[0]);
	unsigned long bfn = to_bfn(pfn);
	unsigned int max, n;

	max = clamp_t(size_t, max_segment >> PAGE_SHIFT, 1, count);
	for (n = 1; n < max; n++)
		if (page_to_pfn(pages[n]) != pfn + n ||
		    to_bfn(pfn + n) != bfn + n)
			break;

	return n;
}

/**
 * gntdev_segments_fill - allocate and fill a scatter table over pages
 * @sgt: filled in, to be freed with sg_free_table()
 * @pages: the pages, in the order of the buffer
 * @count: number of pages, at least 1
 * @data_ofs: offset of the data in the first page, in bytes, less than
 *            %PAGE_SIZE
 * @max_segment: maximum length of a segment in bytes; less than %PAGE_SIZE
 *               means one page
 * @to_bfn: converts a page frame number to the bus frame number for the device
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM if there is no memory for the table.
 */
int gntdev_segments_fill(struct sg_table *sgt, struct page **pages,
			 unsigned int count, unsigned int data_ofs,
			 size_t max_segment,
			 unsigned long (*to_bfn)(unsigned long pfn))
{
	unsigned int i, n, segments = 0;
	struct scatterlist *sg;
	int ret;

	for (i = 0; i < count; i += n) {
		n = segment_pages(pages + i, count - i, max_segment, to_bfn);
		segments++;
	}

	ret = sg_alloc_table(sgt, segments, GFP_KERNEL);
	if (ret)
		return ret;

	for (i = 0, sg = sgt->sgl; i < count; i += n, sg = sg_next(sg)) {
		n = segment_pages(pages + i, count - i, max_segment, to_bfn);
		sg_set_page(sg, pages[i], n * PAGE_SIZE - data_ofs, data_ofs);
		data_ofs = 0;
	}

	return 0;
}
