// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls that import a dma-buf as grant references, 11, 14 and 17, and those
 * that release an import, 12 and 19.
 *
 * The three import ioctls differ only in their argument structures.  import.c
 * makes and releases the import.  This file has the imports of an open gntdev file
 * in two trees (buf-tree.c), by id and by descriptor number, under the context's
 * lock.  Closing the file releases them.  ioctl.c calls this file.
 */

#include <linux/dma-buf.h>
#include <linux/eventfd.h>
#include <linux/rbtree.h>
#include <linux/uaccess.h>

#include "../gntdev-common.h"
#include "buf.h"
#include "buf-tree.h"
#include "import.h"
#include "ioctl.h"
#include "request.h"

/* import_create - make the import of the dma-buf that @fd names */
static struct gntdev_import *import_create(struct gntdev_dmabuf_context *context,
					   struct gntdev_request *request,
					   u32 known_flags, u32 fd)
{
	struct gntdev_import *import;
	struct dma_buf *dmabuf;
	int ret;

	ret = gntdev_request_check_limit(request, known_flags);
	if (!ret)
		ret = gntdev_ioctl_check_file(context, request);
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

/* import_add - let the file find an import */
static void import_add(struct gntdev_dmabuf_context *context,
		       struct gntdev_import *import)
{
	u64 id = gntdev_buf_id(import->buf);

	gntdev_buf_tree_add(&context->imports_by_id, &import->by_id, id, 0);
	/* Ids ascend: ~id puts the latest import of a descriptor first */
	gntdev_buf_tree_add(&context->imports_by_fd, &import->by_fd, import->fd, ~id);
}

static void import_del(struct gntdev_dmabuf_context *context,
		       struct gntdev_import *import)
{
	gntdev_buf_tree_del(&context->imports_by_id, &import->by_id);
	gntdev_buf_tree_del(&context->imports_by_fd, &import->by_fd);
}

/*
 * import_return - copy the references to user space, or release the import
 *
 * @refs: destination of the references
 * @eventfd: signalled when the import has been released, or NULL
 * @copied: 0 if the rest was copied, else the error of copying it
 */
static int import_return(struct gntdev_dmabuf_context *context,
			 struct gntdev_import *import, u32 __user *refs,
			 struct eventfd_ctx *eventfd, int copied)
{
	if (!copied && copy_to_user(refs, import->refs,
				    import->nr_refs * sizeof(*refs)))
		copied = -EFAULT;
	if (copied) {
		gntdev_import_release(import);
		return copied;
	}

	gntdev_buf_set_eventfd(import->buf, eventfd);
	mutex_lock(&context->lock);
	import_add(context, import);
	mutex_unlock(&context->lock);
	return 0;
}

/* Ioctl 14 has the fields of ioctl 11, data_ofs behind them, and then refs[]. */
static_assert(offsetof(struct ioctl_gntdev_dmabuf_imp_to_refs, refs) ==
	      offsetof(struct ioctl_gntdev_dmabuf_imp_to_refs_v2, data_ofs));

/**
 * gntdev_ioctl_imp_to_refs - serve ioctl 11 or 14
 * @context: context of the open gntdev file
 * @arg: argument of the ioctl; 11 has no @arg->data_ofs
 * @v2: true for 14
 *
 * Context: process context, may sleep, takes @context->lock.
 * Return: 0 or a negative errno, see include/uapi/xen/gntdev-dmabuf.h.
 */
long gntdev_ioctl_imp_to_refs(struct gntdev_dmabuf_context *context,
			      struct ioctl_gntdev_dmabuf_imp_to_refs_v2 __user *arg,
			      bool v2)
{
	size_t head = v2 ? offsetof(typeof(*arg), refs) :
			   offsetof(typeof(*arg), data_ofs);
	struct ioctl_gntdev_dmabuf_imp_to_refs_v2 op;
	struct gntdev_request request;
	struct gntdev_import *import;
	unsigned int data_ofs;
	int copied;

	if (copy_from_user(&op, arg, head))
		return -EFAULT;

	request = (struct gntdev_request) {
		.domid = op.domid,
		.count = op.count,
	};
	import = import_create(context, &request, 0, op.fd);
	if (IS_ERR(import))
		return PTR_ERR(import);

	/* Ioctl 11 cannot return an offset, so it refuses a buffer that has one */
	data_ofs = import->source->data_ofs;
	if (v2)
		copied = put_user(data_ofs, &arg->data_ofs);
	else
		copied = data_ofs ? -EINVAL : 0;

	return import_return(context, import, (void __user *)arg + head, NULL,
			     copied);
}

/**
 * gntdev_ioctl_import - serve ioctl 17
 * @context: context of the open gntdev file
 * @arg: argument of the ioctl
 * @size: size of the caller's structure in bytes
 *
 * Context: process context, may sleep, takes @context->lock.
 * Return: 0 or a negative errno, see include/uapi/xen/gntdev-dmabuf.h.
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

	eventfd = gntdev_request_eventfd(op.flags, op.eventfd);
	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);

	request = (struct gntdev_request) {
		.flags = op.flags,
		.domid = op.domid,
		.count = op.count,
	};
	import = import_create(context, &request, GNTDEV_REQUEST_IMPORT, op.fd);
	if (IS_ERR(import)) {
		ret = PTR_ERR(import);
		goto err_put_eventfd;
	}

	op.data_ofs = import->source->data_ofs;
	op.id = gntdev_buf_id(import->buf);
	ret = import_return(context, import, u64_to_user_ptr(op.refs), eventfd,
			    gntdev_request_copy_out(arg, &op, sizeof(op)));
	if (ret)
		goto err_put_eventfd;

	return 0;

err_put_eventfd:
	if (eventfd)
		eventfd_ctx_put(eventfd);
	return ret;
}

/* import_by_fd - the latest import of a descriptor number, or NULL */
static struct gntdev_import *import_by_fd(struct gntdev_dmabuf_context *context,
					  u64 fd)
{
	struct gntdev_buf_node *node;

	node = gntdev_buf_tree_find_from(&context->imports_by_fd, fd, 0);
	if (!node || node->major != fd)
		return NULL;
	return container_of(node, struct gntdev_import, by_fd);
}

static struct gntdev_import *import_by_id(struct gntdev_dmabuf_context *context,
					  u64 id)
{
	struct gntdev_buf_node *node;

	node = gntdev_buf_tree_find(&context->imports_by_id, id, 0);
	return node ? container_of(node, struct gntdev_import, by_id) : NULL;
}

/* release_by_key - release the import that @find finds for @key */
static int release_by_key(struct gntdev_dmabuf_context *context, u64 key,
			  struct gntdev_import *(*find)(struct gntdev_dmabuf_context *context,
							u64 key))
{
	struct gntdev_import *import;

	mutex_lock(&context->lock);
	import = find(context, key);
	if (import)
		import_del(context, import);
	mutex_unlock(&context->lock);
	if (!import)
		return -ENOENT;

	gntdev_import_release(import);
	return 0;
}

/**
 * gntdev_ioctl_imp_release - serve ioctl 12: release an import by descriptor number
 * @context: context of the open gntdev file
 * @arg: argument of the ioctl
 *
 * Context: process context, may sleep, takes @context->lock.
 * Return: 0 or a negative errno, see include/uapi/xen/gntdev-dmabuf.h.
 */
long gntdev_ioctl_imp_release(struct gntdev_dmabuf_context *context,
			      struct ioctl_gntdev_dmabuf_imp_release __user *arg)
{
	struct ioctl_gntdev_dmabuf_imp_release op;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;

	return release_by_key(context, op.fd, import_by_fd);
}

/**
 * gntdev_ioctl_release - serve ioctl 19: release an import by id
 * @context: context of the open gntdev file
 * @arg: argument of the ioctl
 * @size: size of the caller's structure in bytes
 *
 * Context: process context, may sleep, takes @context->lock.
 * Return: 0 or a negative errno, see include/uapi/xen/gntdev-dmabuf.h.
 */
long gntdev_ioctl_release(struct gntdev_dmabuf_context *context,
			  void __user *arg, size_t size)
{
	struct gntdev_dmabuf_release op;
	int ret;

	ret = gntdev_request_copy_in(&op, sizeof(op), arg, size);
	if (ret)
		return ret;

	return release_by_key(context, op.id, import_by_id);
}

/**
 * gntdev_ioctl_release_all - release all imports of a gntdev file
 * @context: context of the file, which is being closed
 *
 * Context: process context, may sleep.
 */
void gntdev_ioctl_release_all(struct gntdev_dmabuf_context *context)
{
	struct gntdev_import *import;
	struct rb_node *rb;

	/* The latest first */
	while ((rb = rb_first_cached(&context->imports_by_id))) {
		import = rb_entry(rb, struct gntdev_import, by_id.rb);
		import_del(context, import);
		gntdev_import_release(import);
	}
}
