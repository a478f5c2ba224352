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
#include <linux/vmalloc.h>

#include <xen/xen.h>
#include <xen/features.h>

#include "cpumap.h"
#include "grants.h"
#include "run.h"

/* A fault maps this many pages, as far as there are any: a megabyte. */
#define CPUMAP_FAULT_AROUND	256

static vm_fault_t cpumap_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct gntdev_grants *grants = vma->vm_private_data;
	unsigned long address = vmf->address & PAGE_MASK;
	unsigned long i, n;
	vm_fault_t ret;

	n = min_t(unsigned long, (vma->vm_end - address) >> PAGE_SHIFT,
		  CPUMAP_FAULT_AROUND);
	for (i = 0; i < n; i++) {
		struct page *page = grants->pages[vmf->pgoff + i];

		ret = vmf_insert_pfn(vma, address + i * PAGE_SIZE,
				     page_to_pfn(page));
		/* Only the page that was asked for has to be there */
		if (ret != VM_FAULT_NOPAGE)
			return i ? VM_FAULT_NOPAGE : ret;
	}

	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct cpumap_vm_ops = {
	.fault = cpumap_fault,
};

/**
 * gntdev_cpumap_mmap - let user space map grants
 * @grants: what to map; must outlive @vma, which holds the dma-buf's file
 * @vma: where to; &vm_area_struct.vm_pgoff counts from the first grant, and
 *       the caller has checked that it ends within @grants
 *
 * The pages come with the first access, or all at once if they are a run, whose
 * protection @vma gets.  Called with the mmap lock held for writing.
 *
 * Return: 0, -EINVAL for a private mapping, -EACCES where one for writing is
 * asked for and @grants are read-only, -ENOMEM.
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

	if (grants->run)
		return gntdev_run_mmap(grants->run, vma);

	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &cpumap_vm_ops;
	vma->vm_private_data = grants;
	return 0;
}

/**
 * gntdev_cpumap_vmap - map grants into the kernel, one after the other
 * @grants: what to map
 * @data_ofs: where in the first page the user begins to count
 * @kmap: filled in
 *
 * Who counts from an offset and takes the dma-buf's size for the length of the
 * data runs into the next page: that is then the last page once more.
 *
 * A kernel mapping can be written to: @grants must not be read-only.  May
 * sleep.
 *
 * Return: 0, -ENOMEM, on x86 PV also what gntdev_grants_errno() says.
 */
int gntdev_cpumap_vmap(struct gntdev_grants *grants, unsigned int data_ofs,
		       struct gntdev_kmap *kmap)
{
	kmap->count = grants->count + !!data_ofs;
	if (!xen_feature(XENFEAT_auto_translated_physmap))
		return gntdev_pv_vmap(grants, kmap);

	if (grants->run && !data_ofs) {
		kmap->vaddr = gntdev_run_vaddr(grants->run);
		return 0;
	}

	kmap->vaddr = vmap(grants->pages, kmap->count, VM_MAP,
			   grants->run ? gntdev_run_pgprot(grants->run) :
			   PAGE_KERNEL);
	return kmap->vaddr ? 0 : -ENOMEM;
}

/**
 * gntdev_cpumap_vunmap - undo gntdev_cpumap_vmap()
 * @grants: what is mapped
 * @kmap: what gntdev_cpumap_vmap() filled in
 *
 * May sleep.
 */
void gntdev_cpumap_vunmap(struct gntdev_grants *grants, struct gntdev_kmap *kmap)
{
	if (!xen_feature(XENFEAT_auto_translated_physmap)) {
		gntdev_pv_vunmap(grants, kmap);
		return;
	}

	if (!grants->run || kmap->vaddr != gntdev_run_vaddr(grants->run))
		vunmap(kmap->vaddr);
	kmap->vaddr = NULL;
}
