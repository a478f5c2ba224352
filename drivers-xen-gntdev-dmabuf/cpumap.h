/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What CPUs see of mapped grants: user mappings and kernel mappings.
 */

#ifndef _XEN_GNTDEV_DMABUF_CPUMAP_H
#define _XEN_GNTDEV_DMABUF_CPUMAP_H

#include <linux/errno.h>
#include <linux/types.h>

struct gntdev_grants;
struct gntdev_pv_ptes;
struct vm_area_struct;

/**
 * struct gntdev_kmap - a kernel mapping
 * @vaddr: where it begins
 * @count: number of pages
 * @ptes: on x86 PV, the grant mappings behind it
 */
struct gntdev_kmap {
	void *vaddr;
	unsigned int count;
	struct gntdev_pv_ptes *ptes;
};

int gntdev_cpumap_mmap(struct gntdev_grants *grants, struct vm_area_struct *vma);
int gntdev_cpumap_vmap(struct gntdev_grants *grants, unsigned int data_ofs,
		       struct gntdev_kmap *kmap);
void gntdev_cpumap_vunmap(struct gntdev_grants *grants, struct gntdev_kmap *kmap);

/* For cpumap.c only: the same for x86 PV, with the same results. */
#ifdef CONFIG_XEN_PV
int gntdev_pv_mmap(struct gntdev_grants *grants, struct vm_area_struct *vma);
int gntdev_pv_vmap(struct gntdev_grants *grants, struct gntdev_kmap *kmap);
void gntdev_pv_vunmap(struct gntdev_grants *grants, struct gntdev_kmap *kmap);
#else
static inline int gntdev_pv_mmap(struct gntdev_grants *grants,
				 struct vm_area_struct *vma)
{
	return -EOPNOTSUPP;
}

static inline int gntdev_pv_vmap(struct gntdev_grants *grants,
				 struct gntdev_kmap *kmap)
{
	return -EOPNOTSUPP;
}

static inline void gntdev_pv_vunmap(struct gntdev_grants *grants,
				    struct gntdev_kmap *kmap)
{
}
#endif

#endif /* _XEN_GNTDEV_DMABUF_CPUMAP_H */
