// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of export and import requests, and copying of their structures.
 *
 * The ioctls (ioctl*.c), api.c and directory.c call this file.  It has no state and no
 * lock.
 */

#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include <xen/interface/grant_table.h>
#include <xen/interface/xen.h>

#include "../gntdev-common.h"
#include "request.h"

/**
 * gntdev_request_check - check the fields of a request
 * @request: the request
 * @known_flags: valid flags of the request
 * @max_pages: largest number of pages
 *
 * Context: any.
 * Return: 0; -EINVAL if a flag is unknown, two flags exclude each other, the
 * number of pages is 0 or the offset is beyond the first page; -E2BIG if the
 * number of pages exceeds @max_pages; -ESRCH if @request->domid is not the number
 * of a domain.
 */
int gntdev_request_check(const struct gntdev_request *request, u32 known_flags,
			 u32 max_pages)
{
	if (request->flags & ~known_flags)
		return -EINVAL;
	if ((request->flags & GNTDEV_REQUEST_CONTIGUOUS) == GNTDEV_REQUEST_CONTIGUOUS)
		return -EINVAL;
	if (!request->count || request->data_ofs >= PAGE_SIZE)
		return -EINVAL;
	if (request->count > max_pages)
		return -E2BIG;
	/* Xen reserves these numbers for other purposes */
	if (request->domid >= DOMID_FIRST_RESERVED)
		return -ESRCH;

	return 0;
}

/**
 * gntdev_request_check_limit - check a request against gntdev's page limit
 * @request: the request
 * @known_flags: valid flags of the request
 *
 * The module parameter "limit" is the largest number of pages.
 *
 * Context: any.
 * Return: as gntdev_request_check().
 */
int gntdev_request_check_limit(const struct gntdev_request *request,
			       u32 known_flags)
{
	return gntdev_request_check(request, known_flags, gntdev_page_limit());
}

/**
 * gntdev_request_check_refs - check the references of an export
 * @refs: the references
 * @count: number of references
 *
 * Xen and its tools fill the first entries of a grant table: 0 is the domain's
 * console page, 1 its xenstore page.  A guest never grants the pages of a buffer
 * by these references.  A list that is shorter than the caller believes has zeros
 * behind its end: without this check the buffer would contain the console page.
 *
 * Context: any.
 * Return: 0, or -EINVAL if one of @refs is below %GNTTAB_NR_RESERVED_ENTRIES.
 */
int gntdev_request_check_refs(const u32 *refs, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (refs[i] < GNTTAB_NR_RESERVED_ENTRIES)
			return -EINVAL;

	return 0;
}

/**
 * gntdev_request_eventfd - get the eventfd that a request names
 * @flags: flags of the request
 * @fd: its eventfd field; must be 0 without the eventfd flag
 *
 * Context: process context.
 * Return: the eventfd, with a reference; NULL without the flag; or ERR_PTR:
 * -EBADF if @fd is not open, -EINVAL if it is not an eventfd, or not 0.
 */
struct eventfd_ctx *gntdev_request_eventfd(u32 flags, int fd)
{
	/* Exports and imports have the same flag */
	BUILD_BUG_ON(GNTDEV_DMABUF_EXPORT_EVENTFD != GNTDEV_DMABUF_IMPORT_EVENTFD);
	if (flags & GNTDEV_DMABUF_EXPORT_EVENTFD)
		return eventfd_ctx_fdget(fd);

	return fd ? ERR_PTR(-EINVAL) : NULL;
}

/**
 * gntdev_request_copy_in - copy an extensible structure from user space
 * @to: destination
 * @size: size of the structure in this kernel, in bytes
 * @from: the caller's structure
 * @user_size: size of the caller's structure in bytes; no caller has a smaller
 *             one than the first version, which is @size now
 *
 * Context: process context, may sleep.
 * Return: 0; -EFAULT; -EINVAL if @user_size is less than @size; -E2BIG if the
 * caller's structure has a non-zero byte beyond @size.
 */
int gntdev_request_copy_in(void *to, size_t size, const void __user *from,
			   size_t user_size)
{
	if (user_size < size)
		return -EINVAL;

	return copy_struct_from_user(to, size, from, user_size);
}

/**
 * gntdev_request_copy_out - copy an extensible structure back to user space
 * @to: the caller's structure, which gntdev_request_copy_in() has accepted: it
 *      has at least @size bytes and only zeros beyond
 * @from: source
 * @size: size of the structure in this kernel, in bytes
 *
 * Context: process context, may sleep.
 * Return: 0 or -EFAULT.
 */
int gntdev_request_copy_out(void __user *to, const void *from, size_t size)
{
	return copy_to_user(to, from, size) ? -EFAULT : 0;
}
