// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA operations of gntdev's device in x86 PV domains.
 *
 * Grants name memory by this domain's page frames.  In a PV domain the DMA API
 * gives every device machine addresses instead, and a bounce buffer for each
 * segment whose machine frames do not follow each other.  So gntdev's device has
 * operations of its own there, as the devices of grant-dma-ops.c have: what it
 * reaches is another domain, and a bus address is a physical address of this
 * domain.  Called once, by source.c.
 */

#include <linux/dma-map-ops.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include <xen/xen.h>

#include "source.h"

static dma_addr_t source_pv_map_page(struct device *dev, struct page *page,
				     unsigned long offset, size_t size,
				     enum dma_data_direction dir,
				     unsigned long attrs)
{
	return page_to_phys(page) + offset;
}

static void source_pv_unmap_page(struct device *dev, dma_addr_t addr,
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

/* Memory without pages, which map_resource would be for, cannot be granted. */
static const struct dma_map_ops source_pv_dma_ops = {
	.map_page = source_pv_map_page,
	.unmap_page = source_pv_unmap_page,
	.map_sg = source_pv_map_sg,
};

/**
 * gntdev_source_pv_init - set the DMA operations of gntdev's device
 * @dev: the device
 *
 * Does nothing where this domain is not a PV domain.
 *
 * Context: while the module is loaded, before the device's DMA mask is set.
 */
void gntdev_source_pv_init(struct device *dev)
{
	if (xen_pv_domain())
		set_dma_ops(dev, &source_pv_dma_ops);
}
