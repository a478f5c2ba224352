/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMA areas: memory of the DMA API with its pages ballooned out, so that grants
 * can be mapped at its addresses.
 */

#ifndef _XEN_BALLOON_DMA_H
#define _XEN_BALLOON_DMA_H

#include <linux/types.h>

struct device;
struct page;
struct xen_balloon_dma;

struct xen_balloon_dma *xen_balloon_dma_alloc(struct device *dev,
					      unsigned int count,
					      unsigned long attrs,
					      struct page **pages);
void xen_balloon_dma_free(struct xen_balloon_dma *area);
void *xen_balloon_dma_vaddr(struct xen_balloon_dma *area);

#endif /* _XEN_BALLOON_DMA_H */
