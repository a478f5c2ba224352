// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions that gntdev.c calls: initialisation of the module, open and
 * release of a gntdev file, its fdinfo, and the dispatcher of the ioctls.
 *
 * ioctl-export.c and ioctl-import.c serve the ioctls that convert buffers, and
 * ioctl-restrict.c the one that restricts a file.  This file serves those that only
 * ask or wait.  It owns no lock.
 */

#include <linux/uaccess.h>

#include "../gntdev-common.h"
#include "api.h"
#include "buf.h"
#include "contig.h"
#include "import.h"
#include "ioctl.h"
#include "pages.h"
#include "pv-range.h"
#include "quota.h"
#include "request.h"
#include "show.h"
#include "source.h"
#include "suspend.h"

/**
 * gntdev_dmabuf_init - initialise the conversion
 *
 * Context: module initialisation, before the first gntdev file is opened.
 * Return: 0, -ENOMEM, or the errno of registering a device or a driver.
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
 * gntdev_dmabuf_ready - allow other drivers to convert buffers
 * @dev: gntdev's misc device, for which contiguous memory is allocated
 *
 * Context: module initialisation, once, after its last step that can fail: if
 * it failed later, buffers of other drivers would use a module that is gone.
 */
void gntdev_dmabuf_ready(struct device *dev)
{
	gntdev_contig_init(dev);
	gntdev_api_set_ready(true);
}

/**
 * gntdev_dmabuf_exit - undo gntdev_dmabuf_init() and gntdev_dmabuf_ready()
 *
 * Context: module exit; no gntdev file is open and no buffer exists.
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
 * gntdev_dmabuf_open - initialise the context of a newly opened gntdev file
 * @context: filled in
 *
 * Context: process context.
 */
void gntdev_dmabuf_open(struct gntdev_dmabuf_context *context)
{
	context->id = gntdev_buf_new_id();
	mutex_init(&context->lock);
	context->imports_by_id = RB_ROOT_CACHED;
	context->imports_by_fd = RB_ROOT_CACHED;
	context->quota = NULL;
}

/**
 * gntdev_dmabuf_release - release the context of a gntdev file
 * @context: the context
 *
 * Releases the imports of the file.  Its exports stay until their last user
 * releases them.
 *
 * Context: process context, may sleep.  No other task uses the file.
 */
void gntdev_dmabuf_release(struct gntdev_dmabuf_context *context)
{
	gntdev_ioctl_release_all(context);
	gntdev_quota_put(context->quota);
	mutex_destroy(&context->lock);
}

/**
 * gntdev_dmabuf_show_fdinfo - print the buffers of a gntdev file into its fdinfo
 * @context: context of the gntdev file
 * @file: output
 *
 * Context: process context.
 */
void gntdev_dmabuf_show_fdinfo(struct gntdev_dmabuf_context *context,
			       struct seq_file *file)
{
	gntdev_show_fdinfo(file, context->id);
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
		.features = GNTDEV_DMABUF_FEATURE_RESTRICT |
			    GNTDEV_DMABUF_FEATURE_REVOKE,
	};
	if (gntdev_contig_possible())
		op.features |= GNTDEV_DMABUF_FEATURE_CONTIGUOUS;

	return gntdev_request_copy_out(arg, &op, sizeof(op));
}

/**
 * gntdev_dmabuf_ioctl - serve an ioctl that gntdev.c does not know
 * @context: context of the open gntdev file
 * @cmd: number of the ioctl
 * @arg: its argument
 *
 * Context: process context, may sleep, no lock held.
 * Return: the result of the ioctl, or -ENOIOCTLCMD for an unknown number.
 */
long gntdev_dmabuf_ioctl(struct gntdev_dmabuf_context *context,
			 unsigned int cmd, void __user *arg)
{
	size_t size = _IOC_SIZE(cmd);

	switch (cmd) {
	case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS:
		return gntdev_ioctl_exp_from_refs(context, arg, false);
	case IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED:
		return exp_wait_released(context, arg);
	case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS_V2:
		return gntdev_ioctl_exp_from_refs(context, arg, true);
	case IOCTL_GNTDEV_DMABUF_IMP_TO_REFS:
		return gntdev_ioctl_imp_to_refs(context, arg, false);
	case IOCTL_GNTDEV_DMABUF_IMP_TO_REFS_V2:
		return gntdev_ioctl_imp_to_refs(context, arg, true);
	case IOCTL_GNTDEV_DMABUF_IMP_RELEASE:
		return gntdev_ioctl_imp_release(context, arg);
	}

	/* The numbers of the extensible ioctls have the caller's structure size */
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
	case IOCTL_GNTDEV_RESTRICT & ~IOCSIZE_MASK:
		return gntdev_ioctl_restrict(context, arg, size);
	case IOCTL_GNTDEV_DMABUF_REVOKE & ~IOCSIZE_MASK:
		return gntdev_ioctl_revoke(context, arg, size);
	default:
		return -ENOIOCTLCMD;
	}
}
