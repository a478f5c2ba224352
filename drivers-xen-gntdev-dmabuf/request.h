/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A decoded export or import request, of an ioctl or of another driver.
 */

#ifndef _XEN_GNTDEV_DMABUF_REQUEST_H
#define _XEN_GNTDEV_DMABUF_REQUEST_H

#include <linux/types.h>

#include <xen/gntdev-dmabuf.h>

struct eventfd_ctx;
struct gntdev_quota;

/**
 * struct gntdev_request - an export or import request
 * @file_id: id of the open gntdev file, 0 for a driver
 * @flags: GNTDEV_DMABUF_EXPORT_*, GNTDEV_DMA_FLAG_*, GNTDEV_DMABUF_IMPORT_*
 * @domid: the granting domain (export) or the peer domain (import), unchecked:
 *         can have more than 16 bits
 * @count: number of pages
 * @data_ofs: offset of the data in the first page, in bytes; exports only
 * @quota: quota of the open gntdev file, NULL for a driver
 */
struct gntdev_request {
	u64 file_id;
	u32 flags;
	u32 domid;
	u32 count;
	u32 data_ofs;
	struct gntdev_quota *quota;
};

/* Valid flags of ioctls 9 and 13, of ioctl 16, and of ioctl 17. */
#define GNTDEV_REQUEST_CONTIGUOUS	(GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT)
#define GNTDEV_REQUEST_EXPORT	(GNTDEV_REQUEST_CONTIGUOUS |			\
				 GNTDEV_DMABUF_EXPORT_READONLY |	\
				 GNTDEV_DMABUF_EXPORT_DIRECTORY |	\
				 GNTDEV_DMABUF_EXPORT_EVENTFD)
#define GNTDEV_REQUEST_IMPORT	(GNTDEV_DMABUF_IMPORT_READONLY |	\
				 GNTDEV_DMABUF_IMPORT_EVENTFD)

int gntdev_request_check(const struct gntdev_request *request, u32 known_flags,
			 u32 max_pages);
int gntdev_request_check_limit(const struct gntdev_request *request,
			       u32 known_flags);
int gntdev_request_check_refs(const u32 *refs, unsigned int count);
struct eventfd_ctx *gntdev_request_eventfd(u32 flags, int fd);
int gntdev_request_copy_in(void *to, size_t size, const void __user *from,
			   size_t user_size);
int gntdev_request_copy_out(void __user *to, const void *from, size_t size);

#endif /* _XEN_GNTDEV_DMABUF_REQUEST_H */
