/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User mappings and kernel mappings of exported buffers.
 */

#ifndef _XEN_GNTDEV_DMABUF_CPUMAP_H
#define _XEN_GNTDEV_DMABUF_CPUMAP_H

#include <linux/errno.h>
#include <linux/types.h>

struct gntdev_grants;
struct vm_area_struct;

int gntdev_cpumap_mmap(struct gntdev_grants *grants, struct vm_area_struct *vma);
int gntdev_cpumap_check(unsigned int count);
void *gntdev_cpumap_vmap(struct gntdev_grants *grants, unsigned int data_ofs);
void gntdev_cpumap_vunmap(struct gntdev_grants *grants, void *vaddr);

/* Called by cpumap.c only: gntdev_cpumap_mmap() on x86 PV */
#ifdef CONFIG_XEN_PV
int gntdev_pv_mmap(struct gntdev_grants *grants, struct vm_area_struct *vma);
#else
static inline int gntdev_pv_mmap(struct gntdev_grants *grants,
				 struct vm_area_struct *vma)
{
	return -EOPNOTSUPP;
}
#endif

#endif /* _XEN_GNTDEV_DMABUF_CPUMAP_H */
