// SPDX-License-Identifier: GPL-2.0-only
/*
 * User mappings and kernel mappings of exported buffers.
 *
 * This file maps granted pages for CPUs.  In translated domains the granted
 * frame is behind the page's guest-physical address, and page tables hold that
 * address as for any page.  On x86 PV page tables hold machine addresses that
 * only Xen may write: cpumap-pv.c makes the user mappings there, and pv-range.c
 * the kernel addresses.  Cache maintenance is left to export.c and contig.c.
 *
 * User mappings map page frames (%VM_PFNMAP) and not pages.  So
 * get_user_pages() cannot take a reference to a granted page, which would
 * outlive the buffer.
 *
 * This file has no lock.
 *
 * Caller: export.c.
 */

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/vmalloc.h>

#include <xen/features.h>
#include <xen/xen.h>

#include "contig.h"
#include "cpumap.h"
#include "grants.h"
#include "pv-range.h"

/* Pages (1 MiB) between two checks for a signal and for rescheduling */
#define CPUMAP_BATCH	256

/* cpumap_insert - map all pages into user space, in translated domains */
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
 * gntdev_cpumap_mmap - map grants into user space
 * @grants: grants to map; they outlive @vma, which has a reference to the
 *          dma-buf's file
 * @vma: the user mapping; &vm_area_struct.vm_pgoff counts from the first grant,
 *       and the caller has checked that @vma ends within @grants
 *
 * Maps all pages now, so that mmap() reports any failure and no access fails
 * later.
 *
 * Context: process context, with the mmap lock held for writing.
 * Return: 0; -EINVAL if @vma is a private mapping; -EACCES if @vma is writable
 * and @grants are read-only; -ENOMEM if there is no memory; -EINTR after a
 * fatal signal; on x86 PV the errors of gntdev_pv_mmap(); for a contiguous area
 * those of gntdev_contig_mmap().
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
 * gntdev_cpumap_check - check that the kernel can map a buffer
 * @count: number of pages of the buffer
 *
 * vmap() refuses more pages than this domain has memory, and dma_buf_vmap()
 * warns when the exporter's vmap fails.  So such a buffer must not be exported.
 *
 * Context: any.
 * Return: 0, or -ENOMEM if the buffer has too many pages.
 */
int gntdev_cpumap_check(unsigned int count)
{
	/* With a data offset the kernel mapping has one more page */
	return count < totalram_pages() ? 0 : -ENOMEM;
}

/**
 * gntdev_cpumap_vmap - map grants at contiguous kernel addresses
 * @grants: grants to map, not read-only, because the mapping is writable
 * @data_ofs: offset of the data in the first page, in bytes
 *
 * With a data offset the last page is mapped a second time behind the last one.
 * An importer that starts at @data_ofs and takes the dma-buf's size as the
 * length of the data accesses @data_ofs bytes of it.
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
		    grants->contig ? gntdev_contig_pgprot(grants->contig) :
		    PAGE_KERNEL);
}

/**
 * gntdev_cpumap_vunmap - undo gntdev_cpumap_vmap()
 * @grants: the mapped grants
 * @vaddr: the address that gntdev_cpumap_vmap() returned
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
