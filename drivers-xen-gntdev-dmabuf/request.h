/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program asks for, whichever of the requests it used.
 */

#ifndef _XEN_GNTDEV_DMABUF_REQUEST_H
#define _XEN_GNTDEV_DMABUF_REQUEST_H

#include <linux/types.h>

/**
 * struct gntdev_request - an export
 * @flags: GNTDEV_DMABUF_EXPORT_*, GNTDEV_DMA_FLAG_*
 * @domid: the domain that granted the pages, as the program gave it
 * @count: number of pages
 * @data_ofs: where the data begins in the first page
 */
struct gntdev_request {
	u32 flags;
	u32 domid;
	u32 count;
	u32 data_ofs;
};

int gntdev_request_check(const struct gntdev_request *request, u32 known_flags,
			 u32 max_pages, bool translated);
int gntdev_request_copy_in(void *to, size_t size, const void __user *from,
			   size_t user_size);
int gntdev_request_copy_out(void __user *to, const void *from, size_t size);

#endif /* _XEN_GNTDEV_DMABUF_REQUEST_H */
