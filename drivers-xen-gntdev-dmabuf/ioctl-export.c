// SPDX-License-Identifier: GPL-2.0-only
/*
 * The requests of user space that export: 9, 13 and 16.
 *
 * They differ in their structures alone; from struct gntdev_request on they
 * are one.
 */

#include <linux/dma-buf.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../gntdev-common.h"
#include "directory.h"
#include "export.h"
#include "ioctl.h"
#include "quota.h"
#include "request.h"
#include "buf.h"

/* export_refs - the references that a program means, to be freed */
static u32 *export_refs(const struct gntdev_request *request,
			const u32 __user *from)
{
	u32 first, *refs;
	int ret;

	if (request->flags & GNTDEV_DMABUF_EXPORT_DIRECTORY) {
		if (get_user(first, from))
			return ERR_PTR(-EFAULT);
		return gntdev_directory_read(request->domid, first,
					     request->count);
	}

	refs = vmemdup_array_user(from, request->count, sizeof(*from));
	if (IS_ERR(refs))
		return refs;

	ret = gntdev_request_check_refs(refs, request->count);
	if (ret) {
		kvfree(refs);
		return ERR_PTR(ret);
	}

	return refs;
}

/**
 * struct exported - an export on its way to user space
 * @dmabuf: the buffer
 * @buf: its buf
 * @fd: a descriptor that is reserved for it
 */
struct exported {
	struct dma_buf *dmabuf;
	struct gntdev_buf *buf;
	int fd;
};

/* export_quota - the quota of an open gntdev file, or NULL if there is no memory */
static struct gntdev_quota *export_quota(struct gntdev_dmabuf_context *context)
{
	struct gntdev_quota *quota;

	/* Pairs with the store below */
	quota = smp_load_acquire(&context->quota);
	if (quota)
		return quota;

	mutex_lock(&context->lock);
	quota = context->quota;
	if (!quota) {
		quota = gntdev_quota_alloc();
		/* Pairs with the load above */
		smp_store_release(&context->quota, quota);
	}
	mutex_unlock(&context->lock);

	return quota;
}

/* export_begin - all but letting user space have it */
static int export_begin(struct gntdev_dmabuf_context *context,
			struct gntdev_request *request, u32 known_flags,
			const u32 __user *from, struct exported *exported)
{
	u32 *refs;
	int ret;

	ret = gntdev_request_check_here(request, known_flags);
	if (ret)
		return ret;

	request->quota = export_quota(context);
	if (!request->quota)
		return -ENOMEM;

	refs = export_refs(request, from);
	if (IS_ERR(refs))
		return PTR_ERR(refs);

	exported->dmabuf = gntdev_export_create(request, refs, &exported->buf);
	kvfree(refs);
	if (IS_ERR(exported->dmabuf))
		return PTR_ERR(exported->dmabuf);

	exported->fd = get_unused_fd_flags(O_CLOEXEC);
	ret = min(exported->fd, 0);
	if (ret)
		dma_buf_put(exported->dmabuf);

	return ret;
}

/*
 * export_end - give user space the buffer, or nothing at all
 *
 * @copied: what came of telling user space the descriptor: 0 or an error
 */
static int export_end(struct exported *exported, struct eventfd_ctx *eventfd,
		      int copied)
{
	if (copied) {
		put_unused_fd(exported->fd);
		dma_buf_put(exported->dmabuf);
		return copied;
	}

	gntdev_buf_set_eventfd(exported->buf, eventfd);
	gntdev_buf_set_fd(exported->buf, exported->fd);
	fd_install(exported->fd, exported->dmabuf->file);
	return 0;
}

/* export_old - for the requests whose answer is the descriptor alone */
static int export_old(struct gntdev_dmabuf_context *context,
		      struct gntdev_request *request,
		      const u32 __user *refs, u32 __user *fd)
{
	struct exported exported;
	int ret;

	ret = export_begin(context, request, GNTDEV_REQUEST_OLD, refs,
			   &exported);
	if (ret)
		return ret;

	return export_end(&exported, NULL, put_user(exported.fd, fd));
}

/**
 * gntdev_ioctl_exp_from_refs - request 9
 * @context: the open gntdev file's
 * @arg: its argument
 *
 * Return: 0 or an error, as include/uapi says.
 */
long gntdev_ioctl_exp_from_refs(struct gntdev_dmabuf_context *context,
				struct ioctl_gntdev_dmabuf_exp_from_refs __user *arg)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs op;
	struct gntdev_request request;

	if (copy_from_user(&op, arg, offsetof(typeof(op), refs)))
		return -EFAULT;

	request = (struct gntdev_request) {
		.context = context->id,
		.flags = op.flags,
		.domid = op.domid,
		.count = op.count,
	};
	return export_old(context, &request, arg->refs, &arg->fd);
}

/**
 * gntdev_ioctl_exp_from_refs_v2 - request 13
 * @context: the open gntdev file's
 * @arg: its argument
 *
 * Return: 0 or an error, as include/uapi says.
 */
long gntdev_ioctl_exp_from_refs_v2(struct gntdev_dmabuf_context *context,
				   struct ioctl_gntdev_dmabuf_exp_from_refs_v2 __user *arg)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs_v2 op;
	struct gntdev_request request;

	if (copy_from_user(&op, arg, offsetof(typeof(op), refs)))
		return -EFAULT;

	request = (struct gntdev_request) {
		.context = context->id,
		.flags = op.flags,
		.domid = op.domid,
		.count = op.count,
		.data_ofs = op.data_ofs,
	};
	return export_old(context, &request, arg->refs, &arg->fd);
}

/**
 * gntdev_ioctl_export - request 16
 * @context: the open gntdev file's
 * @arg: its argument
 * @size: how long that is
 *
 * Return: 0 or an error, as include/uapi says.
 */
long gntdev_ioctl_export(struct gntdev_dmabuf_context *context,
			 void __user *arg, size_t size)
{
	struct gntdev_dmabuf_export op;
	struct gntdev_request request;
	struct eventfd_ctx *eventfd;
	struct exported exported;
	int ret;

	ret = gntdev_request_copy_in(&op, sizeof(op), arg, size);
	if (ret)
		return ret;

	eventfd = gntdev_ioctl_eventfd(op.flags, op.eventfd);
	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);

	request = (struct gntdev_request) {
		.context = context->id,
		.flags = op.flags,
		.domid = op.domid,
		.count = op.count,
		.data_ofs = op.data_ofs,
	};
	ret = export_begin(context, &request, GNTDEV_REQUEST_EXPORT,
			   u64_to_user_ptr(op.refs), &exported);
	if (ret)
		goto err_put_eventfd;

	op.fd = exported.fd;
	op.id = gntdev_buf_id(exported.buf);
	ret = export_end(&exported, eventfd,
			 gntdev_request_copy_out(arg, &op, sizeof(op)));
	if (ret)
		goto err_put_eventfd;

	return 0;

err_put_eventfd:
	if (eventfd)
		eventfd_ctx_put(eventfd);
	return ret;
}
