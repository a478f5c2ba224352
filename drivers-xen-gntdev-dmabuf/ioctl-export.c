// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls that export grant references as a dma-buf, numbers 9, 13 and 16, and
 * the one that revokes an export, 21.
 *
 * The three export ioctls differ only in their argument structures.  Each is
 * decoded into a struct gntdev_request; everything after that is shared.  export.c
 * makes and revokes the buffer.  This file owns no lock.  ioctl.c calls it.
 */

#include <linux/dma-buf.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../gntdev-common.h"
#include "buf.h"
#include "directory.h"
#include "export.h"
#include "ioctl.h"
#include "request.h"

/* export_refs - get the references from user space or from a page directory */
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
 * struct exported - an export that user space does not have yet
 * @dmabuf: the dma-buf
 * @buf: its record
 * @fd: the descriptor number that is reserved for it
 */
struct exported {
	struct dma_buf *dmabuf;
	struct gntdev_buf *buf;
	int fd;
};

/* export_create - make the dma-buf and reserve a descriptor number */
static int export_create(struct gntdev_dmabuf_context *context,
			 struct gntdev_request *request, u32 known_flags,
			 const u32 __user *from, struct exported *exported)
{
	u32 *refs;
	int ret;

	ret = gntdev_request_check_limit(request, known_flags);
	if (ret)
		return ret;

	ret = gntdev_ioctl_check_file(context, request);
	if (ret)
		return ret;

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
 * export_install - install the descriptor, or undo export_create()
 *
 * @copied: 0 if user space has the descriptor number, else the error of copying
 */
static int export_install(struct gntdev_dmabuf_context *context,
			  struct exported *exported,
			  struct eventfd_ctx *eventfd, int copied)
{
	if (copied) {
		put_unused_fd(exported->fd);
		dma_buf_put(exported->dmabuf);
		return copied;
	}

	gntdev_buf_set_eventfd(exported->buf, eventfd);
	gntdev_buf_set_fd(exported->buf, exported->fd);
	gntdev_export_publish(exported->dmabuf, context->id, exported->buf);
	fd_install(exported->fd, exported->dmabuf->file);
	return 0;
}

/*
 * The structures of ioctls 9 and 13 are arrays of 32-bit words: flags, count,
 * data_ofs (13 only), fd, domid, refs[].
 */
#define EXP_WORDS	(offsetof(struct ioctl_gntdev_dmabuf_exp_from_refs, refs) / sizeof(u32))
#define EXP_WORDS_V2	(offsetof(struct ioctl_gntdev_dmabuf_exp_from_refs_v2, refs) / sizeof(u32))

static_assert(EXP_WORDS == 4 && EXP_WORDS_V2 == 5);

/**
 * gntdev_ioctl_exp_from_refs - serve ioctl 9 or 13
 * @context: context of the open gntdev file
 * @arg: argument of the ioctl: struct ioctl_gntdev_dmabuf_exp_from_refs, or
 *       struct ioctl_gntdev_dmabuf_exp_from_refs_v2
 * @v2: true for 13
 *
 * Context: process context, may sleep, takes no lock of the caller.
 * Return: 0 or a negative errno, see include/uapi/xen/gntdev-dmabuf.h.
 */
long gntdev_ioctl_exp_from_refs(struct gntdev_dmabuf_context *context,
				u32 __user *arg, bool v2)
{
	unsigned int n = v2 ? EXP_WORDS_V2 : EXP_WORDS;
	struct gntdev_request request;
	struct exported exported;
	u32 words[EXP_WORDS_V2];
	int ret;

	if (copy_from_user(words, arg, n * sizeof(*words)))
		return -EFAULT;

	request = (struct gntdev_request) {
		.flags = words[0],
		.count = words[1],
		.data_ofs = v2 ? words[2] : 0,
		.domid = words[n - 1],
	};
	ret = export_create(context, &request, GNTDEV_REQUEST_CONTIGUOUS,
			    arg + n, &exported);
	if (ret)
		return ret;

	return export_install(context, &exported, NULL,
			      put_user(exported.fd, arg + n - 2));
}

/**
 * gntdev_ioctl_export - serve ioctl 16
 * @context: context of the open gntdev file
 * @arg: argument of the ioctl
 * @size: size of the caller's structure in bytes
 *
 * Context: process context, may sleep, takes no lock of the caller.
 * Return: 0 or a negative errno, see include/uapi/xen/gntdev-dmabuf.h.
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

	eventfd = gntdev_request_eventfd(op.flags, op.eventfd);
	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);

	request = (struct gntdev_request) {
		.flags = op.flags,
		.domid = op.domid,
		.count = op.count,
		.data_ofs = op.data_ofs,
	};
	ret = export_create(context, &request, GNTDEV_REQUEST_EXPORT,
			    u64_to_user_ptr(op.refs), &exported);
	if (ret)
		goto err_put_eventfd;

	op.fd = exported.fd;
	op.id = gntdev_buf_id(exported.buf);
	ret = export_install(context, &exported, eventfd,
			     gntdev_request_copy_out(arg, &op, sizeof(op)));
	if (ret)
		goto err_put_eventfd;

	return 0;

err_put_eventfd:
	if (eventfd)
		eventfd_ctx_put(eventfd);
	return ret;
}

/* revoke_stuck - whether an export of the file can never be released */
static bool revoke_stuck(u64 file_id, u64 id)
{
	struct gntdev_buf_info info;

	return id && gntdev_buf_next_in_file(file_id, id - 1, &info) &&
	       info.id == id && info.state == GNTDEV_BUF_STUCK;
}

/* revoke_wait - wait for the end of a release that has begun, or an error */
static int revoke_wait(u64 file_id, u64 id)
{
	int ret;

	do {
		if (revoke_stuck(file_id, id))
			return -EIO;
		ret = gntdev_buf_wait_id(id, MSEC_PER_SEC);
	} while (ret == -ETIMEDOUT);

	return ret == -ENOENT ? 0 : ret;
}

/**
 * gntdev_ioctl_revoke - serve ioctl 21: revoke an export
 * @context: context of the open gntdev file
 * @arg: argument of the ioctl
 * @size: size of the caller's structure in bytes
 *
 * Context: process context, may sleep, takes no lock of the caller.
 * Return: 0 or a negative errno, see include/uapi/xen/gntdev-dmabuf.h.
 */
long gntdev_ioctl_revoke(struct gntdev_dmabuf_context *context,
			 void __user *arg, size_t size)
{
	struct gntdev_dmabuf_revoke op;
	struct dma_buf *dmabuf;
	int ret;

	ret = gntdev_request_copy_in(&op, sizeof(op), arg, size);
	if (ret)
		return ret;

	dmabuf = gntdev_export_find(context->id, op.id);
	if (dmabuf == ERR_PTR(-EAGAIN))
		return revoke_wait(context->id, op.id);
	if (IS_ERR(dmabuf))
		return revoke_stuck(context->id, op.id) ? -EIO : -ENOENT;

	ret = gntdev_export_revoke(dmabuf);
	gntdev_export_put(dmabuf);
	return ret;
}
