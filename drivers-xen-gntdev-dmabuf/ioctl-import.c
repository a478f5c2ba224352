// SPDX-License-Identifier: GPL-2.0-only
/*
 * The requests of user space that import, 11, 14 and 17, and that take back
 * what they granted, 12 and 19.
 *
 * An import belongs to the open gntdev file that made it, and is released with
 * it.  The number that the dma-buf had then names it there, the latest first.
 */

#include <linux/dma-buf.h>
#include <linux/eventfd.h>
#include <linux/uaccess.h>

#include "../gntdev-common.h"
#include "import.h"
#include "ioctl.h"
#include "request.h"
#include "buf.h"

/* import_begin - all but letting user space have the references */
static struct gntdev_import *import_begin(const struct gntdev_request *request,
					  u32 known_flags, u32 fd)
{
	struct gntdev_import *import;
	struct dma_buf *dmabuf;
	int ret;

	ret = gntdev_request_check_here(request, known_flags);
	if (ret)
		return ERR_PTR(ret);

	dmabuf = dma_buf_get(fd);
	if (IS_ERR(dmabuf))
		return ERR_CAST(dmabuf);

	import = gntdev_import_create(request, dmabuf);
	dma_buf_put(dmabuf);
	if (!IS_ERR(import))
		import->fd = fd;

	return import;
}

/* import_old - for the requests that have no flags */
static struct gntdev_import *import_old(struct gntdev_dmabuf_context *context,
					u32 fd, u32 domid, u32 count)
{
	const struct gntdev_request request = {
		.context = context->id,
		.domid = domid,
		.count = count,
	};

	return import_begin(&request, 0, fd);
}

/*
 * import_end - give user space the references, or take them back
 *
 * @refs: where they go
 * @eventfd: to be signalled at the end, or NULL
 * @copied: what came of telling user space the rest: 0 or an error
 */
static int import_end(struct gntdev_dmabuf_context *context,
		      struct gntdev_import *import, u32 __user *refs,
		      struct eventfd_ctx *eventfd, int copied)
{
	if (!copied && copy_to_user(refs, import->refs,
				    import->held * sizeof(*refs)))
		copied = -EFAULT;
	if (copied) {
		gntdev_import_release(import);
		return copied;
	}

	gntdev_buf_set_eventfd(import->buf, eventfd);
	mutex_lock(&context->lock);
	list_add(&import->node, &context->imports);
	mutex_unlock(&context->lock);
	return 0;
}

/**
 * gntdev_ioctl_imp_to_refs - request 11
 * @context: the open gntdev file's
 * @arg: its argument
 *
 * Return: 0 or an error, as include/uapi says.
 */
long gntdev_ioctl_imp_to_refs(struct gntdev_dmabuf_context *context,
			      struct ioctl_gntdev_dmabuf_imp_to_refs __user *arg)
{
	struct ioctl_gntdev_dmabuf_imp_to_refs op;
	struct gntdev_import *import;

	if (copy_from_user(&op, arg, offsetof(typeof(op), refs)))
		return -EFAULT;

	import = import_old(context, op.fd, op.domid, op.count);
	if (IS_ERR(import))
		return PTR_ERR(import);

	/* Whoever uses this request has no way to learn of an offset */
	return import_end(context, import, arg->refs, NULL,
			  import->source->data_ofs ? -EINVAL : 0);
}

/**
 * gntdev_ioctl_imp_to_refs_v2 - request 14
 * @context: the open gntdev file's
 * @arg: its argument
 *
 * Return: 0 or an error, as include/uapi says.
 */
long gntdev_ioctl_imp_to_refs_v2(struct gntdev_dmabuf_context *context,
				 struct ioctl_gntdev_dmabuf_imp_to_refs_v2 __user *arg)
{
	struct ioctl_gntdev_dmabuf_imp_to_refs_v2 op;
	struct gntdev_import *import;

	if (copy_from_user(&op, arg, offsetof(typeof(op), refs)))
		return -EFAULT;

	import = import_old(context, op.fd, op.domid, op.count);
	if (IS_ERR(import))
		return PTR_ERR(import);

	return import_end(context, import, arg->refs, NULL,
			  put_user(import->source->data_ofs, &arg->data_ofs));
}

/**
 * gntdev_ioctl_import - request 17
 * @context: the open gntdev file's
 * @arg: its argument
 * @size: how long that is
 *
 * Return: 0 or an error, as include/uapi says.
 */
long gntdev_ioctl_import(struct gntdev_dmabuf_context *context,
			 void __user *arg, size_t size)
{
	struct gntdev_dmabuf_import op;
	struct gntdev_request request;
	struct eventfd_ctx *eventfd;
	struct gntdev_import *import;
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
	};
	import = import_begin(&request, GNTDEV_REQUEST_IMPORT, op.fd);
	if (IS_ERR(import)) {
		ret = PTR_ERR(import);
		goto err_put_eventfd;
	}

	op.data_ofs = import->source->data_ofs;
	op.id = gntdev_buf_id(import->buf);
	ret = import_end(context, import, u64_to_user_ptr(op.refs), eventfd,
			 gntdev_request_copy_out(arg, &op, sizeof(op)));
	if (ret)
		goto err_put_eventfd;

	return 0;

err_put_eventfd:
	if (eventfd)
		eventfd_ctx_put(eventfd);
	return ret;
}

static u64 name_fd(const struct gntdev_import *import)
{
	return import->fd;
}

static u64 name_id(const struct gntdev_import *import)
{
	return gntdev_buf_id(import->buf);
}

static int release_named(struct gntdev_dmabuf_context *context, u64 name,
			 u64 (*name_of)(const struct gntdev_import *import))
{
	struct gntdev_import *import;

	mutex_lock(&context->lock);
	list_for_each_entry(import, &context->imports, node) {
		if (name_of(import) != name)
			continue;
		list_del(&import->node);
		mutex_unlock(&context->lock);
		gntdev_import_release(import);
		return 0;
	}
	mutex_unlock(&context->lock);

	return -ENOENT;
}

/**
 * gntdev_ioctl_imp_release - request 12
 * @context: the open gntdev file's
 * @arg: its argument
 *
 * Return: 0 or an error, as include/uapi says.
 */
long gntdev_ioctl_imp_release(struct gntdev_dmabuf_context *context,
			      struct ioctl_gntdev_dmabuf_imp_release __user *arg)
{
	struct ioctl_gntdev_dmabuf_imp_release op;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;

	return release_named(context, op.fd, name_fd);
}

/**
 * gntdev_ioctl_release - request 19
 * @context: the open gntdev file's
 * @arg: its argument
 * @size: how long that is
 *
 * Return: 0 or an error, as include/uapi says.
 */
long gntdev_ioctl_release(struct gntdev_dmabuf_context *context,
			  void __user *arg, size_t size)
{
	struct gntdev_dmabuf_release op;
	int ret;

	ret = gntdev_request_copy_in(&op, sizeof(op), arg, size);
	if (ret)
		return ret;

	return release_named(context, op.id, name_id);
}

/**
 * gntdev_ioctl_release_all - when the open gntdev file is closed
 * @context: its context
 */
void gntdev_ioctl_release_all(struct gntdev_dmabuf_context *context)
{
	struct gntdev_import *import, *next;

	list_for_each_entry_safe(import, next, &context->imports, node)
		gntdev_import_release(import);
}
