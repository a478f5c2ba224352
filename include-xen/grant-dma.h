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
 * gnttab_alloc_run - alloc a run of pages suitable for grant mapping into
 * @dev: as xen_balloon_run_alloc()
 * @count: as xen_balloon_run_alloc()
 * @attrs: as xen_balloon_run_alloc()
 * @pages: as xen_balloon_run_alloc()
 *
 * May sleep.
 *
 * Return: the run, to be freed with gnttab_free_run(), or ERR_PTR as
 * xen_balloon_run_alloc().
 */
static inline struct xen_balloon_run *
gnttab_alloc_run(struct device *dev, unsigned int count, unsigned long attrs,
		 struct page **pages)
{
	struct xen_balloon_run *run;
	int ret;

	run = xen_balloon_run_alloc(dev, count, attrs, pages);
	if (IS_ERR(run))
		return run;

	ret = gnttab_pages_set_private(count, pages);
	if (ret) {
		gnttab_pages_clear_private(count, pages);
		xen_balloon_run_free(run);
		return ERR_PTR(ret);
	}

	return run;
}

/**
 * gnttab_free_run - free what gnttab_alloc_run() allocated
 * @run: the run, no longer the caller's
 * @count: its pages
 * @pages: what gnttab_alloc_run() filled in; nothing is mapped on them
 *
 * May sleep.
 */
static inline void gnttab_free_run(struct xen_balloon_run *run,
				   unsigned int count, struct page **pages)
{
	gnttab_pages_clear_private(count, pages);
	xen_balloon_run_free(run);
}

#endif /* _XEN_GRANT_DMA_H */
