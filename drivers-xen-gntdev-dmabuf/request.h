/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is asked for, by whichever request or by another driver.
 */

#ifndef _XEN_GNTDEV_DMABUF_REQUEST_H
#define _XEN_GNTDEV_DMABUF_REQUEST_H

#include <linux/types.h>

#include <xen/gntdev-dmabuf.h>

struct gntdev_quota;

/**
 * struct gntdev_request - an export or import
 * @context: id of the open gntdev file, 0 for the kernel itself
 * @flags: GNTDEV_DMABUF_EXPORT_*, GNTDEV_DMA_FLAG_*, GNTDEV_DMABUF_IMPORT_*
 * @domid: the domain that granted the pages or may map them, as it was given
 * @count: number of pages
 * @data_ofs: where the data of an export begins in the first page
 * @quota: what user mappings of an export are charged to; NULL for one of its
 *         own
 */
struct gntdev_request {
	u64 context;
	u32 flags;
	u32 domid;
	u32 count;
	u32 data_ofs;
	struct gntdev_quota *quota;
};

/* The flags that requests know: 9 and 13, 16, 17. */
#define GNTDEV_REQUEST_OLD	(GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT)
#define GNTDEV_REQUEST_EXPORT	(GNTDEV_REQUEST_OLD |			\
				 GNTDEV_DMABUF_EXPORT_READONLY |	\
				 GNTDEV_DMABUF_EXPORT_DIRECTORY |	\
				 GNTDEV_DMABUF_EXPORT_EVENTFD)
#define GNTDEV_REQUEST_IMPORT	(GNTDEV_DMABUF_IMPORT_READONLY |	\
				 GNTDEV_DMABUF_IMPORT_EVENTFD)

int gntdev_request_check(const struct gntdev_request *request, u32 known_flags,
			 u32 max_pages);
int gntdev_request_check_here(const struct gntdev_request *request,
			      u32 known_flags);
int gntdev_request_check_refs(const u32 *refs, unsigned int count);
int gntdev_request_copy_in(void *to, size_t size, const void __user *from,
			   size_t user_size);
int gntdev_request_copy_out(void __user *to, const void *from, size_t size);

#endif /* _XEN_GNTDEV_DMABUF_REQUEST_H */
