// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA operations of the importing device in x86 PV domains.
 *
 * This file sets the operations; source.c registers the device and uses it.
 *
 * A grant table entry has a page frame number of this domain.  In a PV domain
 * the DMA API gives a device machine addresses instead, and uses a bounce
 * buffer for each segment whose machine frames are not contiguous.  So the
 * importing device has its own operations, like the devices of grant-dma-ops.c.
 * They return physical addresses of this domain as DMA addresses.
 *
 * This file has no lock.
 *
 * Caller: source.c, once.
 */

#include <linux/dma-map-ops.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include <xen/xen.h>

#include "source.h"

static dma_addr_t source_pv_map_phys(struct device *dev, phys_addr_t phys,
				     size_t size, enum dma_data_direction dir,
				     unsigned long attrs)
{
	return phys;
}

static void source_pv_unmap_phys(struct device *dev, dma_addr_t addr,
				 size_t size, enum dma_data_direction dir,
				 unsigned long attrs)
{
}

static int source_pv_map_sg(struct device *dev, struct scatterlist *sgl,
			    int nents, enum dma_data_direction dir,
			    unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		sg->dma_address = sg_phys(sg);
		sg_dma_len(sg) = sg->length;
	}

	return nents;
}

/* No map_resource: memory without page structures cannot be granted */
static const struct dma_map_ops source_pv_dma_ops = {
	.map_phys = source_pv_map_phys,
	.unmap_phys = source_pv_unmap_phys,
	.map_sg = source_pv_map_sg,
};

/**
 * gntdev_source_pv_init - set the DMA operations of the importing device
 * @dev: the device
 *
 * Does nothing if this domain is not a PV domain.
 *
 * Context: process context, while the module is loaded, before the DMA mask of
 * @dev is set.
 */
void gntdev_source_pv_init(struct device *dev)
{
	if (xen_pv_domain())
		set_dma_ops(dev, &source_pv_dma_ops);
}
