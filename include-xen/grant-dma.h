/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMA areas of the balloon driver with pages that grants can be mapped over.
 */

#ifndef _XEN_GRANT_DMA_H
#define _XEN_GRANT_DMA_H

#include <linux/err.h>

#include <xen/balloon-dma.h>
#include <xen/grant_table.h>

/**
 * gnttab_alloc_dma_pages - allocate a DMA area for grants
 * @dev: as xen_balloon_dma_alloc()
 * @count: as xen_balloon_dma_alloc()
 * @attrs: as xen_balloon_dma_alloc()
 * @pages: as xen_balloon_dma_alloc()
 *
 * Context: process context, may sleep.
 * Return: the area, to be freed with gnttab_free_dma_pages(), or ERR_PTR as
 * xen_balloon_dma_alloc(); also -ENOMEM if there is no memory for the grant
 * table's data of the pages.
 */
static inline struct xen_balloon_dma *
gnttab_alloc_dma_pages(struct device *dev, unsigned int count,
		       unsigned long attrs, struct page **pages)
{
	struct xen_balloon_dma *area;
	int ret;

	area = xen_balloon_dma_alloc(dev, count, attrs, pages);
	if (IS_ERR(area))
		return area;

	ret = gnttab_pages_set_private(count, pages);
	if (ret) {
		gnttab_pages_clear_private(count, pages);
		xen_balloon_dma_free(area);
		return ERR_PTR(ret);
	}

	return area;
}

/**
 * gnttab_free_dma_pages - free a DMA area for grants
 * @area: an area that gnttab_alloc_dma_pages() returned
 * @count: number of its pages
 * @pages: its pages; no grant is mapped over them
 *
 * Context: process context, may sleep; does not wait for memory of Xen, see
 * xen_balloon_dma_free().
 */
static inline void gnttab_free_dma_pages(struct xen_balloon_dma *area,
					 unsigned int count,
					 struct page **pages)
{
	gnttab_pages_clear_private(count, pages);
	xen_balloon_dma_free(area);
}

#endif /* _XEN_GRANT_DMA_H */
