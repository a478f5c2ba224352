/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User mappings and kernel mappings of exported buffers.
 */

#ifndef _XEN_GNTDEV_DMABUF_CPUMAP_H
#define _XEN_GNTDEV_DMABUF_CPUMAP_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct address_space;
struct gntdev_grants;
struct gntdev_quota;
struct vm_area_struct;

/**
 * struct gntdev_cpumap - mappings of an exported buffer for CPUs
 * @lock: protects @grants and @users
 * @grants: the mapped grants; NULL after gntdev_cpumap_close()
 * @data_ofs: offset of the data in the first page, in bytes
 * @vaddr: address of the kernel mapping, from the first gntdev_cpumap_vmap() until
 *         gntdev_cpumap_close(); else NULL.  The dma-buf's reservation lock
 *         protects it.
 * @map_ram: whether vm_map_ram() made the kernel mapping
 * @quota: quota that user mappings are charged to; the export has the reference
 * @user_maps: on x86 PV, number of user mappings
 * @users: on x86 PV, list of user mappings
 *
 * The object is a part of the export, so it outlives each user mapping, which has
 * a reference to the dma-buf's file.
 */
struct gntdev_cpumap {
	struct mutex lock; /* see above */
	struct gntdev_grants *grants;
	unsigned int data_ofs;
	void *vaddr;
	bool map_ram;
	struct gntdev_quota *quota;
	atomic_t user_maps;
	struct list_head users;
};

int gntdev_cpumap_init(struct gntdev_cpumap *cpumap,
		       struct gntdev_grants *grants, unsigned int data_ofs,
		       struct gntdev_quota *quota);
int gntdev_cpumap_mmap(struct gntdev_cpumap *cpumap,
		       struct vm_area_struct *vma);
void *gntdev_cpumap_vmap(struct gntdev_cpumap *cpumap);
void gntdev_cpumap_close(struct gntdev_cpumap *cpumap,
			 struct address_space *mapping);

/* Called by cpumap.c only: user mappings on x86 PV */
#ifdef CONFIG_XEN_PV
int gntdev_pv_mmap(struct gntdev_cpumap *cpumap, struct vm_area_struct *vma);
void gntdev_pv_close(struct gntdev_cpumap *cpumap);
#else
static inline int gntdev_pv_mmap(struct gntdev_cpumap *cpumap,
				 struct vm_area_struct *vma)
{
	return -EOPNOTSUPP;
}

static inline void gntdev_pv_close(struct gntdev_cpumap *cpumap)
{
}
#endif

#endif /* _XEN_GNTDEV_DMABUF_CPUMAP_H */
