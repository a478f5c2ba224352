/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls of ioctl-export.c, ioctl-import.c and ioctl-restrict.c, for the
 * dispatcher in ioctl.c, and the check of a request against its file's restriction.
 */

#ifndef _XEN_GNTDEV_DMABUF_IOCTL_H
#define _XEN_GNTDEV_DMABUF_IOCTL_H

#include <linux/types.h>

#include <xen/gntdev-dmabuf.h>

struct gntdev_dmabuf_context;
struct gntdev_request;

int gntdev_ioctl_check_file(struct gntdev_dmabuf_context *context,
			    struct gntdev_request *request);
long gntdev_ioctl_restrict(struct gntdev_dmabuf_context *context,
			   void __user *arg, size_t size);

long gntdev_ioctl_exp_from_refs(struct gntdev_dmabuf_context *context,
				u32 __user *arg, bool v2);
long gntdev_ioctl_export(struct gntdev_dmabuf_context *context,
			 void __user *arg, size_t size);
long gntdev_ioctl_revoke(struct gntdev_dmabuf_context *context,
			 void __user *arg, size_t size);

long gntdev_ioctl_imp_to_refs(struct gntdev_dmabuf_context *context,
			      struct ioctl_gntdev_dmabuf_imp_to_refs_v2 __user *arg,
			      bool v2);
long gntdev_ioctl_import(struct gntdev_dmabuf_context *context,
			 void __user *arg, size_t size);
long gntdev_ioctl_imp_release(struct gntdev_dmabuf_context *context,
			      struct ioctl_gntdev_dmabuf_imp_release __user *arg);
long gntdev_ioctl_release(struct gntdev_dmabuf_context *context,
			  void __user *arg, size_t size);
void gntdev_ioctl_release_all(struct gntdev_dmabuf_context *context);

#endif /* _XEN_GNTDEV_DMABUF_IOCTL_H */
