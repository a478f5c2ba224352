// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is asked for: whether it can be meant, and how it is copied.
 */

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include <xen/interface/grant_table.h>
#include <xen/interface/xen.h>

#include "../gntdev-common.h"
#include "request.h"

/**
 * gntdev_request_check - whether an export or import can be meant as it is
 * @request: the request
 * @known_flags: the flags that can be meant
 * @max_pages: how many pages it may have
 *
 * Return: 0, -EINVAL, -E2BIG or -ESRCH, as include/uapi says.
 */
int gntdev_request_check(const struct gntdev_request *request, u32 known_flags,
			 u32 max_pages)
{
	if (request->flags & ~known_flags)
		return -EINVAL;
	if ((request->flags & GNTDEV_REQUEST_OLD) == GNTDEV_REQUEST_OLD)
		return -EINVAL;
	if (!request->count || request->data_ofs >= PAGE_SIZE)
		return -EINVAL;
	if (request->count > max_pages)
		return -E2BIG;
	/* Not a domain but a name that Xen keeps for other purposes */
	if (request->domid >= DOMID_FIRST_RESERVED)
		return -ESRCH;

	return 0;
}

/**
 * gntdev_request_check_here - the same, with what holds in this domain
 * @request: the request
 * @known_flags: the flags that can be meant
 *
 * Return: as gntdev_request_check().
 */
int gntdev_request_check_here(const struct gntdev_request *request,
			      u32 known_flags)
{
	return gntdev_request_check(request, known_flags, gntdev_page_limit());
}

/**
 * gntdev_request_check_refs - check the references of an export
 * @refs: the references
 * @count: number of references
 *
 * Xen and its tools fill the first entries of a grant table themselves: 0 is a
 * domain's console page, 1 its xenstore page.  A guest never grants the pages
 * of a buffer by one of these, and they are what a list that is shorter than
 * the caller believes seems to contain: 0 behind its end.
 *
 * Context: Any.
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
 * gntdev_request_copy_in - copy a structure that may grow
 * @to: where to
 * @size: its size here; programs know at least as much
 * @from: the program's
 * @user_size: its size there
 *
 * Return: 0, -EFAULT, -EINVAL where the program's is too short, -E2BIG where
 * it says something that is not known here.
 */
int gntdev_request_copy_in(void *to, size_t size, const void __user *from,
			   size_t user_size)
{
	if (user_size < size)
		return -EINVAL;

	return copy_struct_from_user(to, size, from, user_size);
}

/**
 * gntdev_request_copy_out - copy a structure back that may grow
 * @to: the program's, of which gntdev_request_copy_in() said that it is long
 *      enough and holds nothing but 0 beyond @size
 * @from: what it is to hold
 * @size: its size here
 *
 * Return: 0 or -EFAULT.
 */
int gntdev_request_copy_out(void __user *to, const void *from, size_t size)
{
	return copy_to_user(to, from, size) ? -EFAULT : 0;
}
