/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMA operations by physical address.
 *
 * Before 6.19 struct dma_map_ops has map_page and unmap_page, which take a page
 * and an offset in it, where now it has map_phys and unmap_phys.  This file
 * supports the operations of one kind of device for each file that includes it.
 */

#ifndef _XEN_GNTDEV_DMABUF_COMPAT_DMA_MAP_OPS_H
#define _XEN_GNTDEV_DMABUF_COMPAT_DMA_MAP_OPS_H

#include <linux/dma-map-ops.h>
#include <linux/mm.h>

struct compat_dma_map_ops {
	dma_addr_t (*map_phys)(struct device *dev, phys_addr_t phys, size_t size,
			       enum dma_data_direction dir, unsigned long attrs);
	void (*unmap_phys)(struct device *dev, dma_addr_t addr, size_t size,
			   enum dma_data_direction dir, unsigned long attrs);
	int (*map_sg)(struct device *dev, struct scatterlist *sgl, int nents,
		      enum dma_data_direction dir, unsigned long attrs);
};

static __maybe_unused const struct compat_dma_map_ops *compat_dma_ops;
static __maybe_unused struct dma_map_ops compat_page_ops;

static __maybe_unused dma_addr_t
compat_map_page(struct device *dev, struct page *page, unsigned long offset,
		size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	return compat_dma_ops->map_phys(dev, page_to_phys(page) + offset, size,
					dir, attrs);
}

static __maybe_unused void
compat_set_dma_ops(struct device *dev, const struct compat_dma_map_ops *ops)
{
	compat_dma_ops = ops;
	compat_page_ops.map_page = compat_map_page;
	compat_page_ops.unmap_page = ops->unmap_phys;
	compat_page_ops.map_sg = ops->map_sg;
	set_dma_ops(dev, &compat_page_ops);
}

#define dma_map_ops	compat_dma_map_ops
#define set_dma_ops	compat_set_dma_ops

#endif /* _XEN_GNTDEV_DMABUF_COMPAT_DMA_MAP_OPS_H */
