/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The header of this name, for kernels before 6.12, which have none: the compiler
 * looks here last (-idirafter).  There the type of a device's domain tells whether
 * the DMA API uses the IOMMU.
 */

#ifndef _XEN_GNTDEV_DMABUF_COMPAT_IOMMU_DMA_H
#define _XEN_GNTDEV_DMABUF_COMPAT_IOMMU_DMA_H

#include <linux/iommu.h>

static inline bool use_dma_iommu(struct device *dev)
{
#ifdef CONFIG_IOMMU_DMA
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	return domain && domain->type & __IOMMU_DOMAIN_DMA_API;
#else
	return false;
#endif
}

#endif /* _XEN_GNTDEV_DMABUF_COMPAT_IOMMU_DMA_H */
