/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading of page directories: chains of granted pages that hold references.
 */

#ifndef _XEN_GNTDEV_DMABUF_DIRECTORY_H
#define _XEN_GNTDEV_DMABUF_DIRECTORY_H

#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>

int gntdev_directory_step(const grant_ref_t *page, u32 *refs, unsigned int left,
			  grant_ref_t *next);
u32 *gntdev_directory_read(domid_t domid, grant_ref_t first, unsigned int count);

#endif /* _XEN_GNTDEV_DMABUF_DIRECTORY_H */
