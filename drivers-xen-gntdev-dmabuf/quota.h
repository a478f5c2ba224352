/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Quota of maptrack handles for user mappings of exported buffers, on x86 PV.
 */

#ifndef _XEN_GNTDEV_DMABUF_QUOTA_H
#define _XEN_GNTDEV_DMABUF_QUOTA_H

#include <linux/types.h>

struct gntdev_quota;

struct gntdev_quota *gntdev_quota_alloc(void);
struct gntdev_quota *gntdev_quota_get(struct gntdev_quota *quota);
void gntdev_quota_put(struct gntdev_quota *quota);
bool gntdev_quota_charge(struct gntdev_quota *quota, atomic_t *maps,
			 unsigned int count);
void gntdev_quota_uncharge(struct gntdev_quota *quota, atomic_t *maps,
			   unsigned int count);

#endif /* _XEN_GNTDEV_DMABUF_QUOTA_H */
