/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bus addresses of granted pages.
 */

#ifndef _XEN_GNTDEV_DMABUF_BUS_H
#define _XEN_GNTDEV_DMABUF_BUS_H

#include <linux/types.h>

struct device;
struct gntdev_grants;
struct sg_table;

unsigned long (*gntdev_bus_to_bfn(struct device *dev))(unsigned long pfn);
bool gntdev_bus_addressable(struct device *dev,
			    const struct gntdev_grants *grants);
bool gntdev_bus_bounces(struct device *dev, struct sg_table *sgt);

#endif /* _XEN_GNTDEV_DMABUF_BUS_H */
