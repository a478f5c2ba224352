// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where devices find granted pages.
 *
 * A bounce buffer between a device and a granted page would be a copy, taken
 * when the page is mapped for the device, of what the other domain goes on
 * changing.  The DMA API does not tell a driver whether it uses one.  This file
 * finds out, and for that it has to know what only the DMA API and swiotlb-xen
 * know otherwise: the bus address of a page.  No other file of the driver
 * includes <linux/dma-direct.h> or <linux/dma-map-ops.h>.
 *
 * Called by export.c for each mapping for a device.
 */

#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/scatterlist.h>
#include <linux/swiotlb.h>

#include <xen/page.h>

#include "bus.h"
#include "grants.h"

/* bus_xen_frame - for a device behind swiotlb-xen; pfn_to_bfn() may be a macro */
static unsigned long bus_xen_frame(unsigned long pfn)
{
	return pfn_to_bfn(pfn);
}

/* bus_own_frame - for others: as a CPU, or as an IOMMU of this domain says */
static unsigned long bus_own_frame(unsigned long pfn)
{
	return pfn;
}

/*
 * gntdev_bus_frame - say where a device finds pages
 *
 * @dev: the device
 *
 * Context: any.
 * Return: a function that says at which bus frame @dev finds a page.
 */
unsigned long (*gntdev_bus_frame(struct device *dev))(unsigned long pfn)
{
	return get_dma_ops(dev) ? bus_xen_frame : bus_own_frame;
}

/**
 * gntdev_bus_reaches - whether a device can do without a bounce buffer
 * @dev: the device
 * @grants: what is to be mapped for it
 *
 * On x86 PV this has to be known before the pages are mapped for @dev: the DMA
 * API fills a bounce buffer from the pages' linear addresses, where nothing is
 * mapped.  Elsewhere gntdev_bus_bounces() finds out afterwards.
 *
 * Context: process context.
 * Return: false if a bounce buffer would be used, or where it is not known yet,
 * true.
 */
bool gntdev_bus_reaches(struct device *dev, const struct gntdev_grants *grants)
{
	u64 mask = min_not_zero(dma_get_mask(dev), dev->bus_dma_limit);
	unsigned long (*bus_frame)(unsigned long pfn) = gntdev_bus_frame(dev);
	unsigned int i;

	if (!grants->range)
		return true;
	if (is_swiotlb_force_bounce(dev))
		return false;

	for (i = 0; i < grants->count; i++) {
		unsigned long frame = bus_frame(page_to_pfn(grants->pages[i]));

		if (PFN_PHYS(frame) + PAGE_SIZE - 1 > mask)
			return false;
	}

	return true;
}

/* bus_translated - whether an IOMMU of this domain chooses the bus addresses */
static bool bus_translated(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	return domain && iommu_is_dma_domain(domain);
}

/**
 * gntdev_bus_bounces - whether the DMA API uses a bounce buffer
 * @dev: the device
 * @sgt: granted pages that are mapped for it
 *
 * Context: any.
 * Return: whether @dev gets another address than that of one of the pages.
 */
bool gntdev_bus_bounces(struct device *dev, struct sg_table *sgt)
{
	struct scatterlist *sg;
	unsigned int i;

	if (bus_translated(dev))
		return false;

	for_each_sgtable_sg(sgt, sg, i) {
		unsigned long frame = bus_xen_frame(page_to_pfn(sg_page(sg)));
		phys_addr_t bus = PFN_PHYS(frame) + sg->offset;

		if (sg_dma_address(sg) != phys_to_dma(dev, bus) &&
		    sg_dma_address(sg) != phys_to_dma(dev, sg_phys(sg)))
			return true;
	}

	return false;
}
