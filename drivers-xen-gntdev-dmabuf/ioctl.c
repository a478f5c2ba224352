// SPDX-License-Identifier: GPL-2.0-only
/*
 * What gntdev.c calls: the one entry point for requests of user space, and
 * what comes and goes with the module and with an open gntdev file.
 */

#define CREATE_TRACE_POINTS
#include "trace.h"

#include <linux/eventfd.h>
#include <linux/uaccess.h>

#include "../gntdev-common.h"
#include "api.h"
#include "import.h"
#include "ioctl.h"
#include "pages.h"
#include "pv-range.h"
#include "quota.h"
#include "request.h"
#include "contig.h"
#include "show.h"
#include "source.h"
#include "suspend.h"
#include "buf.h"

/**
 * gntdev_dmabuf_init - before the first gntdev file is opened
 *
 * Return: 0, -ENOMEM, or what registering a device or a driver fails with.
 */
int gntdev_dmabuf_init(void)
{
	int ret;

	gntdev_buf_init();
	ret = gntdev_pages_init();
	if (ret)
		return ret;

	ret = gntdev_source_init();
	if (ret)
		goto err_pages;

	ret = gntdev_import_init();
	if (ret)
		goto err_source;

	ret = gntdev_suspend_init();
	if (ret)
		goto err_import;

	gntdev_show_init();
	return 0;

err_import:
	gntdev_import_exit();
err_source:
	gntdev_source_exit();
err_pages:
	gntdev_pages_exit();
	return ret;
}

/**
 * gntdev_dmabuf_ready - let other drivers convert buffers
 * @dev: gntdev's misc device, for which contiguous memory is allocated
 *
 * Context: once, when gntdev's own initialisation cannot fail any more: a
 * buffer that a driver made by then could not be undone.
 */
void gntdev_dmabuf_ready(struct device *dev)
{
	gntdev_contig_init(dev);
	gntdev_api_set_ready(true);
}

/**
 * gntdev_dmabuf_exit - when no gntdev file and no buffer is left
 */
void gntdev_dmabuf_exit(void)
{
	gntdev_api_set_ready(false);
	gntdev_show_exit();
	gntdev_suspend_exit();
	gntdev_import_exit();
	gntdev_source_exit();
	gntdev_pages_exit();
	gntdev_pv_range_exit();
}

/**
 * gntdev_dmabuf_open - begin with a newly opened gntdev file
 * @context: its context, to be filled in
 */
void gntdev_dmabuf_open(struct gntdev_dmabuf_context *context)
{
	context->id = gntdev_buf_new_id();
	mutex_init(&context->lock);
	INIT_LIST_HEAD(&context->imports);
	context->quota = NULL;
}

/**
 * gntdev_dmabuf_release - a gntdev file is closed for good
 * @context: its context
 *
 * What was imported is released.  What was exported lives on for as long as it
 * is used.
 */
void gntdev_dmabuf_release(struct gntdev_dmabuf_context *context)
{
	gntdev_ioctl_release_all(context);
	gntdev_quota_put(context->quota);
	mutex_destroy(&context->lock);
}

/**
 * gntdev_dmabuf_show_fdinfo - add to the fdinfo of a gntdev file
 * @context: its context
 * @file: where to write
 */
void gntdev_dmabuf_show_fdinfo(struct gntdev_dmabuf_context *context,
			       struct seq_file *file)
{
	gntdev_show_context(file, context->id);
}

/**
 * gntdev_ioctl_eventfd - the eventfd that a request names
 * @flags: the request's
 * @fd: its eventfd
 *
 * Return: the eventfd, to be put, NULL if it names none, or ERR_PTR: -EBADF,
 * -EINVAL.
 */
struct eventfd_ctx *gntdev_ioctl_eventfd(u32 flags, int fd)
{
	if (flags & GNTDEV_DMABUF_EXPORT_EVENTFD)
		return eventfd_ctx_fdget(fd);

	return fd ? ERR_PTR(-EINVAL) : NULL;
}

static long exp_wait_released(struct gntdev_dmabuf_context *context,
			      struct ioctl_gntdev_dmabuf_exp_wait_released __user *arg)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released op;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;

	return gntdev_buf_wait_fd(context->id, op.fd, op.wait_to_ms);
}

static long wait_released(void __user *arg, size_t size)
{
	struct gntdev_dmabuf_wait op;
	int ret;

	ret = gntdev_request_copy_in(&op, sizeof(op), arg, size);
	if (ret)
		return ret;
	if (op.reserved)
		return -EINVAL;

	return gntdev_buf_wait_id(op.id, op.timeout_ms);
}

static long query(void __user *arg, size_t size)
{
	struct gntdev_dmabuf_query op;
	int ret;

	ret = gntdev_request_copy_in(&op, sizeof(op), arg, size);
	if (ret)
		return ret;

	op = (struct gntdev_dmabuf_query) {
		.export_flags = GNTDEV_REQUEST_EXPORT,
		.import_flags = GNTDEV_REQUEST_IMPORT,
		.max_pages = gntdev_page_limit(),
	};
	if (gntdev_contig_wanted(GNTDEV_REQUEST_OLD))
		op.features |= GNTDEV_DMABUF_FEATURE_CONTIGUOUS;

	return gntdev_request_copy_out(arg, &op, sizeof(op));
}

/**
 * gntdev_dmabuf_ioctl - serve a request that gntdev does not know
 * @context: the open gntdev file's
 * @cmd: ioctl number
 * @arg: its argument
 *
 * Process context, no locks held.
 *
 * Return: what the ioctl returns, -ENOIOCTLCMD for a number that is not ours
 * either.
 */
long gntdev_dmabuf_ioctl(struct gntdev_dmabuf_context *context,
			 unsigned int cmd, void __user *arg)
{
	size_t size = _IOC_SIZE(cmd);

	switch (cmd) {
	case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS:
		return gntdev_ioctl_exp_from_refs(context, arg);
	case IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED:
		return exp_wait_released(context, arg);
	case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS_V2:
		return gntdev_ioctl_exp_from_refs_v2(context, arg);
	case IOCTL_GNTDEV_DMABUF_IMP_TO_REFS:
		return gntdev_ioctl_imp_to_refs(context, arg);
	case IOCTL_GNTDEV_DMABUF_IMP_TO_REFS_V2:
		return gntdev_ioctl_imp_to_refs_v2(context, arg);
	case IOCTL_GNTDEV_DMABUF_IMP_RELEASE:
		return gntdev_ioctl_imp_release(context, arg);
	}

	/* The others say with their number how long their structure is */
	switch (cmd & ~IOCSIZE_MASK) {
	case IOCTL_GNTDEV_DMABUF_QUERY & ~IOCSIZE_MASK:
		return query(arg, size);
	case IOCTL_GNTDEV_DMABUF_EXPORT & ~IOCSIZE_MASK:
		return gntdev_ioctl_export(context, arg, size);
	case IOCTL_GNTDEV_DMABUF_IMPORT & ~IOCSIZE_MASK:
		return gntdev_ioctl_import(context, arg, size);
	case IOCTL_GNTDEV_DMABUF_RELEASE & ~IOCSIZE_MASK:
		return gntdev_ioctl_release(context, arg, size);
	case IOCTL_GNTDEV_DMABUF_WAIT & ~IOCSIZE_MASK:
		return wait_released(arg, size);
	default:
		return -ENOIOCTLCMD;
	}
}
