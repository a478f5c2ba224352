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
 * A buffer can be revoked while it is mapped.  In translated domains mmap() maps
 * nothing: the first access to each 2 MiB does.  gntdev_cpumap_close() clears the
 * entries that exist, and later accesses find no grants.  It could not find
 * entries that mmap() makes, because the kernel links a VMA to its file after
 * mmap() has returned.
 *
 * Locks: a page fault holds @lock of the buffer from the check of its grants until
 * the entry is set.  It is taken inside mmap_lock and the reservation lock.
 *
 * Caller: export.c.
 */

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/vmalloc.h>

#include <xen/features.h>
#include <xen/xen.h>

#include "contig.h"
#include "cpumap.h"
#include "grants.h"
#include "pv-range.h"

/**
 * gntdev_cpumap_init - initialise the mappings of a buffer
 * @cpumap: filled in
 * @grants: the mapped grants; they outlive gntdev_cpumap_close()
 * @data_ofs: offset of the data in the first page, in bytes
 * @quota: quota of the exporting file; outlives @cpumap
 *
 * Contiguous memory with a data offset is mapped here: vm_map_ram(), on which
 * cpumap_vmap() relies, has no argument for the protection of such memory.
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM.
 */
int gntdev_cpumap_init(struct gntdev_cpumap *cpumap,
		       struct gntdev_grants *grants, unsigned int data_ofs,
		       struct gntdev_quota *quota)
{
	mutex_init(&cpumap->lock);
	cpumap->grants = grants;
	cpumap->data_ofs = data_ofs;
	cpumap->vaddr = NULL;
	cpumap->map_ram = false;
	cpumap->quota = quota;
	atomic_set(&cpumap->user_maps, 0);
	INIT_LIST_HEAD(&cpumap->users);

	if (grants->contig && data_ofs && !gntdev_grants_readonly(grants) &&
	    !gntdev_cpumap_vmap(cpumap))
		return -ENOMEM;
	return 0;
}

/* cpumap_insert - map the pages from @start to @end, a part of @vma */
static vm_fault_t cpumap_insert(struct gntdev_grants *grants,
				struct vm_area_struct *vma,
				unsigned long start, unsigned long end)
{
	unsigned long i = vma->vm_pgoff + ((start - vma->vm_start) >> PAGE_SHIFT);
	vm_fault_t ret = VM_FAULT_NOPAGE;

	for (; start < end && ret == VM_FAULT_NOPAGE; start += PAGE_SIZE, i++)
		ret = vmf_insert_pfn(vma, start, page_to_pfn(grants->pages[i]));

	return ret;
}

/* cpumap_fault - map the page of an access, and all that share its page table */
static vm_fault_t cpumap_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct gntdev_cpumap *cpumap = vma->vm_private_data;
	unsigned long table = ALIGN_DOWN(vmf->address, PMD_SIZE);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	mutex_lock(&cpumap->lock);
	if (cpumap->grants)
		ret = cpumap_insert(cpumap->grants, vma,
				    max(table, vma->vm_start),
				    min(table + PMD_SIZE, vma->vm_end));
	mutex_unlock(&cpumap->lock);

	return ret;
}

static const struct vm_operations_struct cpumap_vm_ops = {
	.fault = cpumap_fault,
};

/* cpumap_mmap_locked - gntdev_cpumap_mmap() with @cpumap->lock held */
static int cpumap_mmap_locked(struct gntdev_cpumap *cpumap,
			      struct vm_area_struct *vma)
{
	struct gntdev_grants *grants = cpumap->grants;

	if (!grants)
		return -ENODEV;

	if (gntdev_grants_readonly(grants)) {
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		vm_flags_clear(vma, VM_MAYWRITE);
	}

	if (!xen_feature(XENFEAT_auto_translated_physmap))
		return gntdev_pv_mmap(cpumap, vma);

	if (grants->contig)
		vma->vm_page_prot = gntdev_contig_pgprot(grants->contig,
							 vma->vm_page_prot);
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &cpumap_vm_ops;
	vma->vm_private_data = cpumap;
	return 0;
}

/**
 * gntdev_cpumap_mmap - map a buffer into user space
 * @cpumap: the mappings of the buffer; they outlive @vma, which has a reference to
 *          the dma-buf's file
 * @vma: the user mapping; &vm_area_struct.vm_pgoff counts from the first grant,
 *       and the caller has checked that @vma ends within the buffer
 *
 * Context: process context, with the mmap lock held for writing.
 * Return: 0; -ENODEV after gntdev_cpumap_close(); -EINVAL if @vma is a private
 * mapping; -EACCES if @vma is writable and the grants are read-only; on x86 PV
 * the errors of gntdev_pv_mmap().
 */
int gntdev_cpumap_mmap(struct gntdev_cpumap *cpumap, struct vm_area_struct *vma)
{
	int ret;

	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;

	mutex_lock(&cpumap->lock);
	ret = cpumap_mmap_locked(cpumap, vma);
	mutex_unlock(&cpumap->lock);

	return ret;
}

/* cpumap_pages - number of pages of the kernel mapping */
static unsigned int cpumap_pages(const struct gntdev_cpumap *cpumap,
				 const struct gntdev_grants *grants)
{
	return grants->count + !!cpumap->data_ofs;
}

/* cpumap_vmap - map the grants at contiguous kernel addresses, NULL without memory */
static void *cpumap_vmap(struct gntdev_cpumap *cpumap)
{
	struct gntdev_grants *grants = cpumap->grants;
	unsigned int count = cpumap_pages(cpumap, grants);
	void *vaddr;

	if (grants->range)
		return gntdev_pv_range_vaddr(grants->range);

	if (grants->contig) {
		if (!cpumap->data_ofs)
			return gntdev_contig_vaddr(grants->contig);
		return vmap(grants->pages, count, VM_MAP,
			    gntdev_contig_pgprot(grants->contig, PAGE_KERNEL));
	}

	vaddr = vmap(grants->pages, count, VM_MAP, PAGE_KERNEL);
	if (vaddr)
		return vaddr;

	/*
	 * vmap() refuses more pages than this domain has memory at the moment, and
	 * dma_buf_vmap() warns when the exporter's vmap fails
	 */
	vaddr = vm_map_ram(grants->pages, count, NUMA_NO_NODE);
	cpumap->map_ram = vaddr;
	return vaddr;
}

/**
 * gntdev_cpumap_vmap - map a buffer at contiguous kernel addresses
 * @cpumap: the mappings of the buffer, whose grants are mapped and not read-only,
 *          because the mapping is writable
 *
 * Many display drivers copy each frame and map the buffer for each copy.  So the
 * kernel mapping is cached until gntdev_cpumap_close().
 *
 * With a data offset the last page is mapped a second time behind the last one.
 * An importer that starts at the offset and takes the dma-buf's size as the
 * length of the data accesses as many bytes of it.
 *
 * Context: process context, may sleep; the caller holds the reservation lock.
 * Return: the address of the data, or NULL if there is no memory; never NULL on
 * x86 PV, where gntdev_grants_map() has made the mapping.
 */
void *gntdev_cpumap_vmap(struct gntdev_cpumap *cpumap)
{
	if (!cpumap->vaddr)
		cpumap->vaddr = cpumap_vmap(cpumap);

	return cpumap->vaddr ? cpumap->vaddr + cpumap->data_ofs : NULL;
}

/* cpumap_vunmap - undo cpumap_vmap() */
static void cpumap_vunmap(struct gntdev_cpumap *cpumap, struct gntdev_grants *grants)
{
	void *vaddr = cpumap->vaddr;

	if (!vaddr || grants->range)
		return;

	if (cpumap->map_ram)
		vm_unmap_ram(vaddr, cpumap_pages(cpumap, grants));
	else if (!grants->contig || vaddr != gntdev_contig_vaddr(grants->contig))
		vunmap(vaddr);
}

/**
 * gntdev_cpumap_close - remove all mappings of a buffer
 * @cpumap: the mappings of the buffer; nothing uses the kernel mapping
 * @mapping: the dma-buf's address space, or NULL if there is no user mapping
 *
 * Afterwards no CPU of this domain can access the grants: accesses through user
 * mappings raise SIGBUS.  A second call does nothing.
 *
 * Context: process context, may sleep; the caller holds the reservation lock, or
 * the last reference to the dma-buf.  It does not hold mmap_lock.
 */
void gntdev_cpumap_close(struct gntdev_cpumap *cpumap,
			 struct address_space *mapping)
{
	struct gntdev_grants *grants;

	mutex_lock(&cpumap->lock);
	grants = cpumap->grants;
	if (grants)
		gntdev_pv_close(cpumap);
	cpumap->grants = NULL;
	mutex_unlock(&cpumap->lock);
	if (!grants)
		return;

	/* On x86 PV the entries are empty already */
	if (mapping)
		unmap_mapping_range(mapping, 0, 0, 1);
	cpumap_vunmap(cpumap, grants);
	cpumap->vaddr = NULL;
}
