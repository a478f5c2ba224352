/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The requests of user space, for the one entry point they have.
 */

#ifndef _XEN_GNTDEV_DMABUF_IOCTL_H
#define _XEN_GNTDEV_DMABUF_IOCTL_H

#include <linux/types.h>

#include <xen/gntdev-dmabuf.h>

struct eventfd_ctx;
struct gntdev_dmabuf_context;

struct eventfd_ctx *gntdev_ioctl_eventfd(u32 flags, int fd);

long gntdev_ioctl_exp_from_refs(struct gntdev_dmabuf_context *context,
				struct ioctl_gntdev_dmabuf_exp_from_refs __user *arg);
long gntdev_ioctl_exp_from_refs_v2(struct gntdev_dmabuf_context *context,
				   struct ioctl_gntdev_dmabuf_exp_from_refs_v2 __user *arg);
long gntdev_ioctl_export(struct gntdev_dmabuf_context *context,
			 void __user *arg, size_t size);

long gntdev_ioctl_imp_to_refs(struct gntdev_dmabuf_context *context,
			      struct ioctl_gntdev_dmabuf_imp_to_refs __user *arg);
long gntdev_ioctl_imp_to_refs_v2(struct gntdev_dmabuf_context *context,
				 struct ioctl_gntdev_dmabuf_imp_to_refs_v2 __user *arg);
long gntdev_ioctl_import(struct gntdev_dmabuf_context *context,
			 void __user *arg, size_t size);
long gntdev_ioctl_imp_release(struct gntdev_dmabuf_context *context,
			      struct ioctl_gntdev_dmabuf_imp_release __user *arg);
long gntdev_ioctl_release(struct gntdev_dmabuf_context *context,
			  void __user *arg, size_t size);
void gntdev_ioctl_release_all(struct gntdev_dmabuf_context *context);

#endif /* _XEN_GNTDEV_DMABUF_IOCTL_H */
