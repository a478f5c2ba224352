// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CPUs see of mapped grants, where the hypervisor translates addresses:
 * the granted frame stands behind the page's guest-physical address, and page
 * tables hold that address as they would for any page.  x86 PV, where page
 * tables hold machine addresses that only Xen may write, is in cpumap-pv.c.
 *
 * User mappings are mappings of page frames, not of pages: nobody can take a
 * reference to a granted page through them and keep the page beyond the
 * buffer's end.
 */

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/vmalloc.h>

#include <xen/xen.h>
#include <xen/features.h>

#include "cpumap.h"
#include "grants.h"
#include "pv-range.h"
#include "contig.h"

/* Pages mapped before the next look at signals and the scheduler: a megabyte. */
#define CPUMAP_BATCH	256

/* cpumap_insert - map all pages, where page tables hold their addresses */
static int cpumap_insert(struct gntdev_grants *grants,
			 struct vm_area_struct *vma)
{
	unsigned long i, count = vma_pages(vma);
	struct page *page;

	for (i = 0; i < count; i++) {
		page = grants->pages[vma->vm_pgoff + i];
		if (vmf_insert_pfn(vma, vma->vm_start + i * PAGE_SIZE,
				   page_to_pfn(page)) != VM_FAULT_NOPAGE)
			return -ENOMEM;
		if (i % CPUMAP_BATCH)
			continue;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}

	return 0;
}

/**
 * gntdev_cpumap_mmap - let user space map grants
 * @grants: what to map; must outlive @vma, which holds the dma-buf's file
 * @vma: where to; &vm_area_struct.vm_pgoff counts from the first grant, and
 *       the caller has checked that it ends within @grants
 *
 * Maps all pages at once: what can fail, fails here.
 *
 * Context: process context, with the mmap lock held for writing.
 * Return: 0, -EINVAL for a private mapping, -EACCES where one for writing is
 * asked for and @grants are read-only, -ENOMEM, -EINTR if a fatal signal came,
 * on x86 PV -ENOSPC as gntdev_pv_mmap().
 */
int gntdev_cpumap_mmap(struct gntdev_grants *grants, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;

	if (gntdev_grants_readonly(grants)) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		vm_flags_clear(vma, VM_MAYWRITE);
	}

	if (!xen_feature(XENFEAT_auto_translated_physmap))
		return gntdev_pv_mmap(grants, vma);

	if (grants->contig)
		return gntdev_contig_mmap(grants->contig, vma);

	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	return cpumap_insert(grants, vma);
}

/**
 * gntdev_cpumap_check - whether the kernel can map a buffer
 * @count: its number of pages
 *
 * vmap() refuses more pages than this domain has memory, and dma_buf_vmap()
 * warns of whatever fails in it: such a buffer is not to be exported.
 *
 * Context: any.
 * Return: 0 or -ENOMEM.
 */
int gntdev_cpumap_check(unsigned int count)
{
	/* A data offset makes it one page more */
	return count < totalram_pages() ? 0 : -ENOMEM;
}

/**
 * gntdev_cpumap_vmap - map grants into the kernel, one after the other
 * @grants: what to map
 * @data_ofs: where in the first page the data begins, in bytes
 *
 * An importer that counts from @data_ofs and takes the dma-buf's size for the
 * length of the data reaches beyond the last page.  There the last page is
 * mapped a second time.
 *
 * A kernel mapping can be written to: @grants must not be read-only.
 *
 * Context: process context, may sleep.
 * Return: the address of the first page, or NULL if there is no memory; never
 * NULL on x86 PV, where gntdev_grants_map() has made the mapping.
 */
void *gntdev_cpumap_vmap(struct gntdev_grants *grants, unsigned int data_ofs)
{
	if (grants->range)
		return gntdev_pv_range_vaddr(grants->range);

	if (grants->contig && !data_ofs)
		return gntdev_contig_vaddr(grants->contig);

	return vmap(grants->pages, grants->count + !!data_ofs, VM_MAP,
		    grants->contig ? gntdev_contig_pgprot(grants->contig) : PAGE_KERNEL);
}

/**
 * gntdev_cpumap_vunmap - undo gntdev_cpumap_vmap()
 * @grants: what is mapped
 * @vaddr: what gntdev_cpumap_vmap() returned
 *
 * Context: process context, may sleep.
 */
void gntdev_cpumap_vunmap(struct gntdev_grants *grants, void *vaddr)
{
	if (grants->range)
		return;

	if (!grants->contig || vaddr != gntdev_contig_vaddr(grants->contig))
		vunmap(vaddr);
}
