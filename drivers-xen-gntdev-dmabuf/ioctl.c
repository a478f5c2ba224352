// SPDX-License-Identifier: GPL-2.0-only
/*
 * The requests of user space: decoded, copied in, checked, copied out.
 *
 * The three ways to ask for an export differ in their structures alone; from
 * struct gntdev_request on they are one.
 */

#define CREATE_TRACE_POINTS
#include "trace.h"

#include <linux/dma-buf.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <xen/features.h>
#include <xen/gntdev-dmabuf.h>

#include "../gntdev-common.h"
#include "directory.h"
#include "export.h"
#include "gntdev-dmabuf.h"
#include "pages.h"
#include "request.h"
#include "show.h"
#include "waiters.h"

/* The flags of requests 9 and 13, and what request 16 adds. */
#define FLAGS_OLD	(GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT)
#define FLAGS_EXPORT	(FLAGS_OLD | GNTDEV_DMABUF_EXPORT_READONLY |	\
			 GNTDEV_DMABUF_EXPORT_DIRECTORY |		\
			 GNTDEV_DMABUF_EXPORT_EVENTFD)

/**
 * gntdev_dmabuf_init - before the first gntdev file is opened
 *
 * Return: 0 or -ENOMEM.
 */
int gntdev_dmabuf_init(void)
{
	int ret;

	gntdev_life_init();
	ret = gntdev_pages_init();
	if (!ret)
		gntdev_show_init();
	return ret;
}

/**
 * gntdev_dmabuf_exit - when no gntdev file and no buffer is left
 */
void gntdev_dmabuf_exit(void)
{
	gntdev_show_exit();
	gntdev_pages_exit();
}

/**
 * gntdev_dmabuf_open - begin with a newly opened gntdev file
 * @context: its context, to be filled in
 *
 * There is nothing to do when the file is closed: the buffers that were made
 * through it live on for as long as they are used.
 */
void gntdev_dmabuf_open(struct gntdev_dmabuf_context *context)
{
	context->id = gntdev_life_next_id();
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

/* export_refs - the references that a program means, to be freed */
static u32 *export_refs(const struct gntdev_request *request,
			const u32 __user *from)
{
	u32 *refs, first;
	int ret;

	if (!(request->flags & GNTDEV_DMABUF_EXPORT_DIRECTORY))
		return vmemdup_array_user(from, request->count, sizeof(*refs));

	if (get_user(first, from))
		return ERR_PTR(-EFAULT);

	refs = kvmalloc_array(request->count, sizeof(*refs), GFP_KERNEL);
	if (!refs)
		return ERR_PTR(-ENOMEM);

	ret = gntdev_directory_read(request->domid, first, refs, request->count);
	if (ret) {
		kvfree(refs);
		return ERR_PTR(ret);
	}

	return refs;
}

/**
 * struct exported - an export on its way to user space
 * @dmabuf: the buffer
 * @life: its life
 * @fd: a descriptor that is reserved for it
 */
struct exported {
	struct dma_buf *dmabuf;
	struct gntdev_life *life;
	int fd;
};

/* export_begin - all but letting user space have it */
static int export_begin(struct gntdev_dmabuf_context *context,
			const struct gntdev_request *request, u32 known_flags,
			const u32 __user *from, struct exported *exported)
{
	const struct gntdev_life_about about = {
		.context = context->id,
		.domid = request->domid,
		.count = request->count,
		.flags = request->flags,
		.data_ofs = request->data_ofs,
	};
	u32 *refs;
	int ret;

	ret = gntdev_request_check(request, known_flags, gntdev_page_limit(),
				   xen_feature(XENFEAT_auto_translated_physmap));
	if (ret)
		return ret;

	refs = export_refs(request, from);
	if (IS_ERR(refs))
		return PTR_ERR(refs);

	ret = -ENOMEM;
	exported->life = gntdev_life_begin(&about);
	if (!exported->life)
		goto out_free_refs;

	exported->dmabuf = gntdev_export_create(request, refs, exported->life);
	if (IS_ERR(exported->dmabuf)) {
		ret = PTR_ERR(exported->dmabuf);
		gntdev_life_end(exported->life);
		goto out_free_refs;
	}

	exported->fd = get_unused_fd_flags(O_CLOEXEC);
	ret = min(exported->fd, 0);
	if (ret)
		dma_buf_put(exported->dmabuf);

out_free_refs:
	kvfree(refs);
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

	gntdev_life_name(exported->life, exported->fd, eventfd);
	fd_install(exported->fd, exported->dmabuf->file);
	return 0;
}

/* export_old - for the requests whose answer is the descriptor alone */
static int export_old(struct gntdev_dmabuf_context *context,
		      const struct gntdev_request *request,
		      const u32 __user *refs, u32 __user *fd)
{
	struct exported exported;
	int ret;

	ret = export_begin(context, request, FLAGS_OLD, refs, &exported);
	if (ret)
		return ret;

	return export_end(&exported, NULL, put_user(exported.fd, fd));
}

static long exp_from_refs(struct gntdev_dmabuf_context *context,
			  struct ioctl_gntdev_dmabuf_exp_from_refs __user *arg)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs op;
	struct gntdev_request request;

	if (copy_from_user(&op, arg, offsetof(typeof(op), refs)))
		return -EFAULT;

	request = (struct gntdev_request) {
		.flags = op.flags,
		.domid = op.domid,
		.count = op.count,
	};
	return export_old(context, &request, arg->refs, &arg->fd);
}

static long exp_from_refs_v2(struct gntdev_dmabuf_context *context,
			     struct ioctl_gntdev_dmabuf_exp_from_refs_v2 __user *arg)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs_v2 op;
	struct gntdev_request request;

	if (copy_from_user(&op, arg, offsetof(typeof(op), refs)))
		return -EFAULT;

	request = (struct gntdev_request) {
		.flags = op.flags,
		.domid = op.domid,
		.count = op.count,
		.data_ofs = op.data_ofs,
	};
	return export_old(context, &request, arg->refs, &arg->fd);
}

/* get_eventfd - the eventfd that an export names, NULL if it names none */
static struct eventfd_ctx *get_eventfd(const struct gntdev_dmabuf_export *op)
{
	if (op->flags & GNTDEV_DMABUF_EXPORT_EVENTFD)
		return eventfd_ctx_fdget(op->eventfd);

	return op->eventfd ? ERR_PTR(-EINVAL) : NULL;
}

static long export(struct gntdev_dmabuf_context *context, void __user *arg,
		   size_t size)
{
	struct gntdev_dmabuf_export op;
	struct gntdev_request request;
	struct eventfd_ctx *eventfd;
	struct exported exported;
	int ret;

	ret = gntdev_request_copy_in(&op, sizeof(op), arg, size);
	if (ret)
		return ret;

	eventfd = get_eventfd(&op);
	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);

	request = (struct gntdev_request) {
		.flags = op.flags,
		.domid = op.domid,
		.count = op.count,
		.data_ofs = op.data_ofs,
	};
	ret = export_begin(context, &request, FLAGS_EXPORT,
			   u64_to_user_ptr(op.refs), &exported);
	if (ret)
		goto err_put_eventfd;

	op.fd = exported.fd;
	op.id = gntdev_life_id(exported.life);
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

static long exp_wait_released(struct gntdev_dmabuf_context *context,
			      struct ioctl_gntdev_dmabuf_exp_wait_released __user *arg)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released op;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;

	return gntdev_life_wait_fd(context->id, op.fd, op.wait_to_ms);
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

	return gntdev_life_wait_id(op.id, op.timeout_ms);
}

static long query(void __user *arg, size_t size)
{
	struct gntdev_dmabuf_query op;
	int ret;

	ret = gntdev_request_copy_in(&op, sizeof(op), arg, size);
	if (ret)
		return ret;

	op = (struct gntdev_dmabuf_query) {
		.export_flags = FLAGS_EXPORT,
		.max_pages = gntdev_page_limit(),
	};
	/* Contiguous memory is refused where it would make a difference */
	if (xen_feature(XENFEAT_auto_translated_physmap))
		op.export_flags &= ~FLAGS_OLD;

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
		return exp_from_refs(context, arg);
	case IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED:
		return exp_wait_released(context, arg);
	case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS_V2:
		return exp_from_refs_v2(context, arg);
	}

	/* The others say with their number how long their structure is */
	switch (cmd & ~IOCSIZE_MASK) {
	case IOCTL_GNTDEV_DMABUF_QUERY & ~IOCSIZE_MASK:
		return query(arg, size);
	case IOCTL_GNTDEV_DMABUF_EXPORT & ~IOCSIZE_MASK:
		return export(context, arg, size);
	case IOCTL_GNTDEV_DMABUF_WAIT & ~IOCSIZE_MASK:
		return wait_released(arg, size);
	default:
		return -ENOIOCTLCMD;
	}
}
