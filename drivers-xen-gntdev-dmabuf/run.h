/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages whose addresses follow each other, for grants to be mapped on.
 */

#ifndef _XEN_GNTDEV_DMABUF_RUN_H
#define _XEN_GNTDEV_DMABUF_RUN_H

#include <linux/pgtable.h>
#include <linux/types.h>

struct device;
struct gntdev_run;
struct page;
struct vm_area_struct;

void gntdev_run_init(struct device *dev);
bool gntdev_run_wanted(u32 flags);
struct gntdev_run *gntdev_run_get(unsigned int count, u32 flags,
				  struct page **pages);
void gntdev_run_put(struct gntdev_run *run, unsigned int count,
		    struct page **pages);
void *gntdev_run_vaddr(const struct gntdev_run *run);
pgprot_t gntdev_run_pgprot(const struct gntdev_run *run);
int gntdev_run_mmap(struct gntdev_run *run, struct vm_area_struct *vma);
void gntdev_run_begin_cpu_access(struct gntdev_run *run);
void gntdev_run_end_cpu_access(struct gntdev_run *run);

#endif /* _XEN_GNTDEV_DMABUF_RUN_H */
