/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs of the balloon driver, for grants to be mapped on.
 */

#ifndef _XEN_GRANT_DMA_H
#define _XEN_GRANT_DMA_H

#include <linux/err.h>

#include <xen/balloon-dma.h>
#include <xen/grant_table.h>

/**
 * gnttab_alloc_dma_pages - alloc a run of pages suitable for grant mapping into
 * @dev: as xen_balloon_dma_alloc()
 * @count: as xen_balloon_dma_alloc()
 * @attrs: as xen_balloon_dma_alloc()
 * @pages: as xen_balloon_dma_alloc()
 *
 * May sleep.
 *
 * Return: the run, to be freed with gnttab_free_dma_pages(), or ERR_PTR as
 * xen_balloon_dma_alloc().
 */
static inline struct xen_balloon_dma *
gnttab_alloc_dma_pages(struct device *dev, unsigned int count, unsigned long attrs,
		 struct page **pages)
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
 * gnttab_free_dma_pages - free what gnttab_alloc_dma_pages() allocated
 * @area: the run, no longer the caller's
 * @count: its pages
 * @pages: what gnttab_alloc_dma_pages() filled in; nothing is mapped on them
 *
 * May sleep.
 */
static inline void gnttab_free_dma_pages(struct xen_balloon_dma *area,
				   unsigned int count, struct page **pages)
{
	gnttab_pages_clear_private(count, pages);
	xen_balloon_dma_free(area);
}

#endif /* _XEN_GRANT_DMA_H */
