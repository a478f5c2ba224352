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

#include "run.h"

/**
 * struct gntdev_run - a run of pages
 * @balloon: where it is from
 * @addr: what our device sees it at, as one mapping for DMA
 * @size: of all pages in bytes
 */
struct gntdev_run {
	struct xen_balloon_run *balloon;
	dma_addr_t addr;
	size_t size;
};

/* What is mapped for DMA before there is memory; then it is as with exports. */
#define RUN_MAP_ATTRS	DMA_ATTR_SKIP_CPU_SYNC

static struct device *run_dev;

/**
 * gntdev_run_init - set the device that runs are allocated for
 * @dev: gntdev's misc device
 *
 * If the DMA API refuses the device, or uses a bounce buffer for all devices,
 * there are no runs: a copy must not stand between CPUs and the granted pages.
 *
 * Context: once, while the module is loaded.
 */
void gntdev_run_init(struct device *dev)
{
	if (dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64)) ||
	    dma_max_mapping_size(dev) != SIZE_MAX)
		return;

	/* The device node is there already: pairs with gntdev_run_get() */
	smp_store_release(&run_dev, dev);
}

/**
 * gntdev_run_wanted - whether an export is to have a run
 * @flags: of the request
 *
 * In PV domains devices find the granted frames where they are, whatever
 * addresses they are mapped at.
 *
 * Return: true if it asks for one and this domain is of a kind that has them.
 */
bool gntdev_run_wanted(u32 flags)
{
	return flags & (GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT) &&
	       xen_feature(XENFEAT_auto_translated_physmap);
}

/**
 * gntdev_run_get - get a run
 * @count: number of pages
 * @flags: %GNTDEV_DMA_FLAG_WC or %GNTDEV_DMA_FLAG_COHERENT, others are ignored
 * @pages: filled in
 *
 * May sleep.
 *
 * Return: the run, or NULL where there is no memory for it.
 */
struct gntdev_run *gntdev_run_get(unsigned int count, u32 flags,
				  struct page **pages)
{
	struct gntdev_run *run;

	/* Pairs with gntdev_run_init() */
	if (!smp_load_acquire(&run_dev))
		return NULL;

	run = kmalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return NULL;

	run->size = (size_t)count << PAGE_SHIFT;
	run->balloon = gnttab_alloc_run(run_dev, count,
					flags & GNTDEV_DMA_FLAG_WC ?
					DMA_ATTR_WRITE_COMBINE : 0, pages);
	if (IS_ERR(run->balloon))
		goto err_free;

	run->addr = dma_map_page_attrs(run_dev, pages[0], 0, run->size,
				       DMA_BIDIRECTIONAL, RUN_MAP_ATTRS);
	if (dma_mapping_error(run_dev, run->addr))
		goto err_free_run;

	return run;

err_free_run:
	gnttab_free_run(run->balloon, count, pages);
err_free:
	kfree(run);
	return NULL;
}

/**
 * gntdev_run_put - give a run back
 * @run: what gntdev_run_get() returned
 * @count: its pages
 * @pages: what gntdev_run_get() filled in; nothing is mapped on them
 *
 * May sleep.
 */
void gntdev_run_put(struct gntdev_run *run, unsigned int count,
		    struct page **pages)
{
	dma_unmap_page_attrs(run_dev, run->addr, run->size, DMA_BIDIRECTIONAL,
			     RUN_MAP_ATTRS);
	gnttab_free_run(run->balloon, count, pages);
	kfree(run);
}

/**
 * gntdev_run_vaddr - where the kernel has a run
 * @run: the run
 *
 * Return: the address of its first page; the others are behind it.
 */
void *gntdev_run_vaddr(const struct gntdev_run *run)
{
	return xen_balloon_run_vaddr(run->balloon);
}

/**
 * gntdev_run_pgprot - how the kernel maps a run
 * @run: the run
 *
 * The DMA API maps anew only what is not to be cached.
 *
 * Return: the protection for another mapping of the same kind.
 */
pgprot_t gntdev_run_pgprot(const struct gntdev_run *run)
{
	return is_vmalloc_addr(gntdev_run_vaddr(run)) ?
	       pgprot_writecombine(PAGE_KERNEL) : PAGE_KERNEL;
}

/**
 * gntdev_run_mmap - let user space map a run
 * @run: the run; must outlive @vma
 * @vma: where to; &vm_area_struct.vm_pgoff counts from the first page
 *
 * Called with the mmap lock held for writing.
 *
 * Return: 0, or what dma_mmap_attrs() fails with.
 */
int gntdev_run_mmap(struct gntdev_run *run, struct vm_area_struct *vma)
{
	return xen_balloon_run_mmap(run->balloon, vma);
}

/**
 * gntdev_run_begin_cpu_access - before a CPU reads or writes a run
 * @run: the run
 *
 * The other domain's mappings are cached: where ours are not, what it wrote has
 * to be in memory.
 */
void gntdev_run_begin_cpu_access(struct gntdev_run *run)
{
	dma_sync_single_for_device(run_dev, run->addr, run->size,
				   DMA_BIDIRECTIONAL);
}

/**
 * gntdev_run_end_cpu_access - after that
 * @run: the run
 *
 * And what was written past its caches must not be hidden by them.
 */
void gntdev_run_end_cpu_access(struct gntdev_run *run)
{
	dma_sync_single_for_cpu(run_dev, run->addr, run->size,
				DMA_BIDIRECTIONAL);
}
