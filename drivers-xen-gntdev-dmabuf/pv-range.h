/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ranges of kernel addresses with page table entries that Xen can map grants
 * onto, on x86 PV.
 */

#ifndef _XEN_GNTDEV_DMABUF_PV_RANGE_H
#define _XEN_GNTDEV_DMABUF_PV_RANGE_H

#include <linux/types.h>

struct gntdev_pv_range;

#ifdef CONFIG_XEN_PV
struct gntdev_pv_range *gntdev_pv_range_get(unsigned int count);
void gntdev_pv_range_put(struct gntdev_pv_range *range);
void *gntdev_pv_range_vaddr(const struct gntdev_pv_range *range);
phys_addr_t gntdev_pv_range_entry(const struct gntdev_pv_range *range,
				  unsigned int i);
void gntdev_pv_range_exit(void);
#else
static inline struct gntdev_pv_range *gntdev_pv_range_get(unsigned int count)
{
	return NULL;
}

static inline void gntdev_pv_range_put(struct gntdev_pv_range *range)
{
}

static inline void *gntdev_pv_range_vaddr(const struct gntdev_pv_range *range)
{
	return NULL;
}

static inline phys_addr_t
gntdev_pv_range_entry(const struct gntdev_pv_range *range, unsigned int i)
{
	return 0;
}

static inline void gntdev_pv_range_exit(void)
{
}
#endif

#endif /* _XEN_GNTDEV_DMABUF_PV_RANGE_H */
