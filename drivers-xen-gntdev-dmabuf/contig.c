// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contiguous areas: local pages with contiguous addresses, for grants to be
 * mapped over.
 *
 * This file allocates a DMA area of the balloon driver for each buffer that is
 * to be contiguous, and keeps CPU caches consistent with it.
 * It leaves mapping grants over the pages to grants.c, and ballooning to
 * drivers/xen/balloon-dma.c.
 *
 * A request to export does not name the device that will use the buffer.  So
 * the area is allocated for gntdev's misc device.  That device reaches all
 * memory, and on architectures where devices can be non-coherent, it is
 * non-coherent.
 *
 * This file has no lock.
 *
 * Callers: grants.c, cpumap.c and export.c; ioctl.c for init and
 * gntdev_contig_possible(); show.c for gntdev_contig_wanted().
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
 * struct gntdev_contig - a contiguous area
 * @area: the DMA area that has the pages
 * @addr: DMA address of the first page for gntdev's misc device
 * @size: size of the area in bytes
 */
struct gntdev_contig {
	struct xen_balloon_dma *area;
	dma_addr_t addr;
	size_t size;
};

/*
 * The area is mapped for DMA while its pages are ballooned out, so there is
 * nothing to synchronise.  begin_cpu_access and end_cpu_access do that later.
 */
#define CONTIG_MAP_ATTRS	DMA_ATTR_SKIP_CPU_SYNC

static struct device *contig_dev;

/**
 * gntdev_contig_init - set the device that contiguous areas are allocated for
 * @dev: gntdev's misc device
 *
 * If the DMA API refuses the device, or uses a bounce buffer for all devices,
 * no contiguous area can be allocated: CPUs and devices would access a copy
 * instead of the granted pages.
 *
 * Context: process context, once, while the module is loaded.
 */
void gntdev_contig_init(struct device *dev)
{
	if (dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64)) ||
	    dma_max_mapping_size(dev) != SIZE_MAX)
		return;

	/*
	 * Programs can already open the device node: pairs with
	 * gntdev_contig_alloc()
	 */
	smp_store_release(&contig_dev, dev);
}

/**
 * gntdev_contig_wanted - whether an exported buffer needs a contiguous area
 * @flags: flags of the request
 *
 * In PV domains the bus addresses are those of the granted machine frames, so a
 * contiguous area would gain nothing.
 *
 * Context: any.
 * Return: true if @flags has %GNTDEV_DMA_FLAG_WC or %GNTDEV_DMA_FLAG_COHERENT
 * and this domain is not a PV domain.
 */
bool gntdev_contig_wanted(u32 flags)
{
	return flags & (GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT) &&
	       xen_feature(XENFEAT_auto_translated_physmap);
}

/**
 * gntdev_contig_possible - whether exported buffers can be contiguous
 *
 * Context: any.
 * Return: true if this domain is not a PV domain, and gntdev_contig_init() has set
 * the device.
 */
bool gntdev_contig_possible(void)
{
	return gntdev_contig_wanted(GNTDEV_DMA_FLAG_WC) && READ_ONCE(contig_dev);
}

/**
 * gntdev_contig_alloc - allocate a contiguous area
 * @count: number of pages, at least 1
 * @flags: %GNTDEV_DMA_FLAG_WC or %GNTDEV_DMA_FLAG_COHERENT; other flags are
 *         ignored
 * @pages: array of @count entries, filled in
 *
 * Context: process context, may sleep.
 * Return: the area, to be freed with gntdev_contig_free(), or NULL if there is
 * no contiguous memory, or no device to allocate it for.
 */
struct gntdev_contig *gntdev_contig_alloc(unsigned int count, u32 flags,
					  struct page **pages)
{
	struct gntdev_contig *contig;

	/* Pairs with gntdev_contig_init() */
	if (!smp_load_acquire(&contig_dev))
		return NULL;

	contig = kmalloc_obj(*contig);
	if (!contig)
		return NULL;

	contig->size = (size_t)count << PAGE_SHIFT;
	contig->area = gnttab_alloc_dma_pages(contig_dev, count,
					      flags & GNTDEV_DMA_FLAG_WC ?
					      DMA_ATTR_WRITE_COMBINE : 0,
					      pages);
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
 * gntdev_contig_free - free a contiguous area
 * @contig: the area that gntdev_contig_alloc() returned
 * @count: number of its pages
 * @pages: its pages, with no grant mapped over them
 *
 * Context: process context, may sleep.
 */
void gntdev_contig_free(struct gntdev_contig *contig, unsigned int count,
			struct page **pages)
{
	dma_unmap_page_attrs(contig_dev, contig->addr, contig->size,
			     DMA_BIDIRECTIONAL, CONTIG_MAP_ATTRS);
	gnttab_free_dma_pages(contig->area, count, pages);
	kfree(contig);
}

/**
 * gntdev_contig_vaddr - kernel address of a contiguous area
 * @contig: the area
 *
 * Context: any.
 * Return: the address of the first page; the addresses of the pages are
 * contiguous.
 */
void *gntdev_contig_vaddr(const struct gntdev_contig *contig)
{
	return xen_balloon_dma_vaddr(contig->area);
}

/**
 * gntdev_contig_pgprot - protection of further mappings of a contiguous area
 * @contig: the area
 * @prot: protection of a mapping of cached memory
 *
 * The DMA API uses an address of the vmalloc area only for memory that CPUs
 * must not cache.
 *
 * Context: any.
 * Return: the protection that the mapping of the area must have.
 */
pgprot_t gntdev_contig_pgprot(const struct gntdev_contig *contig, pgprot_t prot)
{
	return is_vmalloc_addr(gntdev_contig_vaddr(contig)) ?
	       pgprot_writecombine(prot) : prot;
}

/**
 * gntdev_contig_begin_cpu_access - prepare a contiguous area for CPU access
 * @contig: the area
 *
 * The mappings of the granting domain are cached.  If ours are not, write back
 * the caches, so that a CPU of this domain reads from memory what the granting
 * domain wrote.
 *
 * Context: any.
 */
void gntdev_contig_begin_cpu_access(struct gntdev_contig *contig)
{
	dma_sync_single_for_device(contig_dev, contig->addr, contig->size,
				   DMA_BIDIRECTIONAL);
}

/**
 * gntdev_contig_end_cpu_access - finish CPU access to a contiguous area
 * @contig: the area
 *
 * If our mappings are not cached, invalidate the caches, so that the granting
 * domain reads what a CPU of this domain wrote to memory.
 *
 * Context: any.
 */
void gntdev_contig_end_cpu_access(struct gntdev_contig *contig)
{
	dma_sync_single_for_cpu(contig_dev, contig->addr, contig->size,
				DMA_BIDIRECTIONAL);
}
