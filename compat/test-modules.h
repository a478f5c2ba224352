/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces of newer kernels that only the test modules use.
 */

#ifndef _XEN_GNTDEV_DMABUF_COMPAT_TEST_MODULES_H
#define _XEN_GNTDEV_DMABUF_COMPAT_TEST_MODULES_H

#include <linux/mm.h>
#include <linux/pci.h>

/* Before 7.1 this operation of dynamic importers has another name. */
#define invalidate_mappings	move_notify

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
static inline void __iomem *pcim_iomap_region(struct pci_dev *pdev, int bar,
					      const char *name)
{
	int ret = pcim_iomap_regions(pdev, BIT(bar), name);

	return ret ? IOMEM_ERR_PTR(ret) : pcim_iomap_table(pdev)[bar];
}

struct follow_pfnmap_args {
	struct vm_area_struct *vma;
	unsigned long address;
	pgprot_t pgprot;
	pte_t *ptep;
	spinlock_t *lock;	/* of the page table that @ptep is in */
};

static __maybe_unused int follow_pfnmap_start(struct follow_pfnmap_args *args)
{
	int ret = follow_pte(args->vma->vm_mm, args->address, &args->ptep,
			     &args->lock);

	if (!ret)
		args->pgprot = pte_pgprot(*args->ptep);
	return ret;
}

static inline void follow_pfnmap_end(struct follow_pfnmap_args *args)
{
	pte_unmap_unlock(args->ptep, args->lock);
}
#endif

#endif /* _XEN_GNTDEV_DMABUF_COMPAT_TEST_MODULES_H */
