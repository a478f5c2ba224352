// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bus addresses of granted pages.
 *
 * This file finds out whether the DMA API uses a bounce buffer for a granted
 * page.  It leaves mapping for a device, and refusing to, to devmap.c.
 *
 * A bounce buffer is a copy that the DMA API makes when it maps the page.  The
 * device would not see what the granting domain writes later.  The DMA API does
 * not report to a driver whether it uses a bounce buffer.  So this file computes the
 * bus address of a page as the DMA API and swiotlb-xen do.  It is the only file
 * for exports that includes <linux/dma-direct.h> or <linux/dma-map-ops.h>.
 *
 * A bus frame number (bfn) is a bus address divided by %XEN_PAGE_SIZE.
 *
 * This file has no lock.
 *
 * Caller: devmap.c, for each device mapping.
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

/* bus_xen_bfn - for a device with swiotlb-xen; pfn_to_bfn() can be a macro */
static unsigned long bus_xen_bfn(unsigned long pfn)
{
	return pfn_to_bfn(pfn);
}

/*
 * bus_direct_bfn - for other devices
 *
 * The bus address is the guest-physical address, or an IOMMU of this domain
 * translates it, which makes any two pages contiguous.
 */
static unsigned long bus_direct_bfn(unsigned long pfn)
{
	return pfn;
}

/*
 * gntdev_bus_to_bfn - conversion of page frames to bus frames for a device
 *
 * @dev: the device
 *
 * Context: any.
 * Return: a function that converts a page frame number to the bus frame number
 * that @dev uses for the page.
 */
unsigned long (*gntdev_bus_to_bfn(struct device *dev))(unsigned long pfn)
{
	return get_dma_ops(dev) ? bus_xen_bfn : bus_direct_bfn;
}

/**
 * gntdev_bus_addressable - whether a device can address all pages
 * @dev: the device
 * @grants: grants to be mapped for @dev
 *
 * On x86 PV the caller must check this before it maps the pages for @dev: the
 * DMA API would fill a bounce buffer from the pages' linear addresses, where no
 * grant is mapped.  In other domains gntdev_bus_bounces() checks afterwards.
 *
 * Context: process context.
 * Return: false on x86 PV if the DMA API would use a bounce buffer, else true.
 */
bool gntdev_bus_addressable(struct device *dev,
			    const struct gntdev_grants *grants)
{
	u64 mask = min_not_zero(dma_get_mask(dev), dev->bus_dma_limit);
	unsigned long (*to_bfn)(unsigned long pfn) = gntdev_bus_to_bfn(dev);
	unsigned int i;

	if (!grants->range)
		return true;
	if (is_swiotlb_force_bounce(dev))
		return false;

	for (i = 0; i < grants->count; i++) {
		unsigned long bfn = to_bfn(page_to_pfn(grants->pages[i]));

		if (PFN_PHYS(bfn) + PAGE_SIZE - 1 > mask)
			return false;
	}

	return true;
}

/* bus_has_iommu - whether an IOMMU of this domain translates bus addresses */
static bool bus_has_iommu(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	return domain && iommu_is_dma_domain(domain);
}

/**
 * gntdev_bus_bounces - whether the DMA API uses a bounce buffer
 * @dev: the device
 * @sgt: scatter table of granted pages, mapped for @dev
 *
 * Context: any.
 * Return: true if the DMA address of a segment is not that of its pages.
 */
bool gntdev_bus_bounces(struct device *dev, struct sg_table *sgt)
{
	struct scatterlist *sg;
	unsigned int i;

	if (bus_has_iommu(dev))
		return false;

	for_each_sgtable_sg(sgt, sg, i) {
		unsigned long bfn = bus_xen_bfn(page_to_pfn(sg_page(sg)));
		phys_addr_t bus = PFN_PHYS(bfn) + sg->offset;

		if (sg_dma_address(sg) != phys_to_dma(dev, bus) &&
		    sg_dma_address(sg) != phys_to_dma(dev, sg_phys(sg)))
			return true;
	}

	return false;
}
