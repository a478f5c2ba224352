// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages whose addresses follow each other, for grants to be mapped on.
 *
 * Who exports does not say for which device.  So they come from the DMA API for
 * gntdev's misc device, which has no needs of its own: it reaches all memory,
 * and where that makes a difference it does not look into caches.
 */

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <xen/features.h>
#include <xen/gntdev-dmabuf.h>
#include <xen/grant-dma.h>

#include "contig.h"

/**
 * struct gntdev_contig - a run of pages
 * @area: where it is from
 * @addr: what our device sees it at, as one mapping for DMA
 * @size: of all pages in bytes
 */
struct gntdev_contig {
	struct xen_balloon_dma *area;
	dma_addr_t addr;
	size_t size;
};

/* What is mapped for DMA before there is memory; then it is as with exports. */
#define CONTIG_MAP_ATTRS	DMA_ATTR_SKIP_CPU_SYNC

static struct device *contig_dev;

/**
 * gntdev_contig_init - set the device that runs are allocated for
 * @dev: gntdev's misc device
 *
 * If the DMA API refuses the device, or uses a bounce buffer for all devices,
 * there are no runs: a copy must not stand between CPUs and the granted pages.
 *
 * Context: once, while the module is loaded.
 */
void gntdev_contig_init(struct device *dev)
{
	if (dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64)) ||
	    dma_max_mapping_size(dev) != SIZE_MAX)
		return;

	/* The device node is there already: pairs with gntdev_contig_alloc() */
	smp_store_release(&contig_dev, dev);
}

/**
 * gntdev_contig_wanted - whether an export is to have a run
 * @flags: of the request
 *
 * In PV domains devices find the granted frames where they are, whatever
 * addresses they are mapped at.
 *
 * Return: true if it asks for one and this domain is of a kind that has them.
 */
bool gntdev_contig_wanted(u32 flags)
{
	return flags & (GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT) &&
	       xen_feature(XENFEAT_auto_translated_physmap);
}

/**
 * gntdev_contig_alloc - get a run
 * @count: number of pages
 * @flags: %GNTDEV_DMA_FLAG_WC or %GNTDEV_DMA_FLAG_COHERENT, others are ignored
 * @pages: filled in
 *
 * May sleep.
 *
 * Return: the run, or NULL where there is no memory for it.
 */
struct gntdev_contig *gntdev_contig_alloc(unsigned int count, u32 flags,
				  struct page **pages)
{
	struct gntdev_contig *contig;

	/* Pairs with gntdev_contig_init() */
	if (!smp_load_acquire(&contig_dev))
		return NULL;

	contig = kmalloc(sizeof(*contig), GFP_KERNEL);
	if (!contig)
		return NULL;

	contig->size = (size_t)count << PAGE_SHIFT;
	contig->area = gnttab_alloc_dma_pages(contig_dev, count,
					flags & GNTDEV_DMA_FLAG_WC ?
					DMA_ATTR_WRITE_COMBINE : 0, pages);
	if (IS_ERR(contig->area))
		goto err_free;

	contig->addr = dma_map_page_attrs(contig_dev, pages[0], 0, contig->size,
				       DMA_BIDIRECTIONAL, CONTIG_MAP_ATTRS);
	if (dma_mapping_error(contig_dev, contig->addr))
		goto err_free_area;

	return contig;

err_free_area:
	gnttab_free_dma_pages(contig->area, count, pages);
err_free:
	kfree(contig);
	return NULL;
}

/**
 * gntdev_contig_free - give a run back
 * @contig: what gntdev_contig_alloc() returned
 * @count: its pages
 * @pages: what gntdev_contig_alloc() filled in; nothing is mapped on them
 *
 * May sleep.
 */
void gntdev_contig_free(struct gntdev_contig *contig, unsigned int count,
		    struct page **pages)
{
	dma_unmap_page_attrs(contig_dev, contig->addr, contig->size, DMA_BIDIRECTIONAL,
			     CONTIG_MAP_ATTRS);
	gnttab_free_dma_pages(contig->area, count, pages);
	kfree(contig);
}

/**
 * gntdev_contig_vaddr - where the kernel has a run
 * @contig: the run
 *
 * Return: the address of its first page; the others are behind it.
 */
void *gntdev_contig_vaddr(const struct gntdev_contig *contig)
{
	return xen_balloon_dma_vaddr(contig->area);
}

/**
 * gntdev_contig_pgprot - how the kernel maps a run
 * @contig: the run
 *
 * The DMA API maps anew only what is not to be cached.
 *
 * Return: the protection for another mapping of the same kind.
 */
pgprot_t gntdev_contig_pgprot(const struct gntdev_contig *contig)
{
	return is_vmalloc_addr(gntdev_contig_vaddr(contig)) ?
	       pgprot_writecombine(PAGE_KERNEL) : PAGE_KERNEL;
}

/**
 * gntdev_contig_mmap - let user space map a run
 * @contig: the run; must outlive @vma
 * @vma: where to; &vm_area_struct.vm_pgoff counts from the first page
 *
 * Called with the mmap lock held for writing.
 *
 * Return: 0, or what dma_mmap_attrs() fails with.
 */
int gntdev_contig_mmap(struct gntdev_contig *contig, struct vm_area_struct *vma)
{
	return xen_balloon_dma_mmap(contig->area, vma);
}

/**
 * gntdev_contig_begin_cpu_access - before a CPU reads or writes a run
 * @contig: the run
 *
 * The other domain's mappings are cached: where ours are not, what it wrote has
 * to be in memory.
 */
void gntdev_contig_begin_cpu_access(struct gntdev_contig *contig)
{
	dma_sync_single_for_device(contig_dev, contig->addr, contig->size,
				   DMA_BIDIRECTIONAL);
}

/**
 * gntdev_contig_end_cpu_access - after that
 * @contig: the run
 *
 * And what was written past its caches must not be hidden by them.
 */
void gntdev_contig_end_cpu_access(struct gntdev_contig *contig)
{
	dma_sync_single_for_cpu(contig_dev, contig->addr, contig->size,
				DMA_BIDIRECTIONAL);
}
