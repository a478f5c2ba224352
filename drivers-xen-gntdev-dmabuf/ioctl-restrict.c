// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctl that restricts an open gntdev file, number 20, and the checks of the
 * restriction in other requests.
 *
 * quota.c stores the restriction and counts the pages.  This file takes the context's
 * lock only to create the quota.  ioctl.c calls it for the ioctl, ioctl-export.c and
 * ioctl-import.c for their requests, and gntdev.c for those that it serves itself.
 */

#include <linux/uaccess.h>

#include <xen/interface/xen.h>

#include "../gntdev-common.h"
#include "ioctl.h"
#include "quota.h"
#include "request.h"

/* file_quota - the quota of an open gntdev file, or NULL if there is no memory */
static struct gntdev_quota *file_quota(struct gntdev_dmabuf_context *context)
{
	struct gntdev_quota *quota;

	/* Pairs with the store below */
	quota = smp_load_acquire(&context->quota);
	if (quota)
		return quota;

	mutex_lock(&context->lock);
	quota = context->quota;
	if (!quota) {
		quota = gntdev_quota_alloc(context->id);
		/* Pairs with the load above, and that of gntdev_dmabuf_allows() */
		smp_store_release(&context->quota, quota);
	}
	mutex_unlock(&context->lock);

	return quota;
}

/**
 * gntdev_ioctl_check_file - check a request against the restriction of its file
 * @context: context of the open gntdev file
 * @request: the request; its file_id and quota are filled in
 *
 * Context: process context, may sleep, takes @context->lock.
 * Return: 0; -EACCES if the file is restricted to another domain; -ENOMEM if there
 * is no memory for its quota.
 */
int gntdev_ioctl_check_file(struct gntdev_dmabuf_context *context,
			    struct gntdev_request *request)
{
	request->file_id = context->id;
	request->quota = file_quota(context);
	if (!request->quota)
		return -ENOMEM;

	return gntdev_quota_allows(request->quota, request->domid) ? 0 : -EACCES;
}

/**
 * gntdev_ioctl_restrict - serve ioctl 20: restrict a gntdev file
 * @context: context of the open gntdev file
 * @arg: argument of the ioctl
 * @size: size of the caller's structure in bytes
 *
 * Context: process context, may sleep, takes @context->lock.
 * Return: 0 or a negative errno, see include/uapi/xen/gntdev-dmabuf.h.
 */
long gntdev_ioctl_restrict(struct gntdev_dmabuf_context *context,
			   void __user *arg, size_t size)
{
	struct gntdev_restrict op;
	struct gntdev_quota *quota;
	int ret;

	ret = gntdev_request_copy_in(&op, sizeof(op), arg, size);
	if (ret)
		return ret;
	/* Xen reserves these numbers for other purposes */
	if (op.domid >= DOMID_FIRST_RESERVED)
		return -ESRCH;

	quota = file_quota(context);
	if (!quota)
		return -ENOMEM;

	return gntdev_quota_restrict(quota, op.domid, op.max_pages);
}

/**
 * gntdev_dmabuf_allows - whether the requests of a gntdev file can name a domain
 * @context: context of the gntdev file
 * @domid: the domain
 *
 * Context: any.
 * Return: false if the file is restricted to another domain.
 */
bool gntdev_dmabuf_allows(struct gntdev_dmabuf_context *context, u32 domid)
{
	/* Pairs with the store in file_quota() */
	struct gntdev_quota *quota = smp_load_acquire(&context->quota);

	return !quota || gntdev_quota_allows(quota, domid);
}
