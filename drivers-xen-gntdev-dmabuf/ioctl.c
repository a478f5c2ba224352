// SPDX-License-Identifier: GPL-2.0-only
/*
 * The requests of user space: decoded, copied in, checked, copied out.
 */

#include <linux/dma-buf.h>
#include <linux/file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <xen/features.h>
#include <xen/gntdev-dmabuf.h>
#include <xen/interface/xen.h>

#include "../gntdev-common.h"
#include "export.h"
#include "gntdev-dmabuf.h"
#include "waiters.h"

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

static int check_flags(u32 flags)
{
	if (flags & ~(GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT))
		return -EINVAL;
	if (flags == (GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT))
		return -EINVAL;
	/* Bus addresses of a PV domain are the granted frames in any case */
	if (flags && xen_feature(XENFEAT_auto_translated_physmap))
		return -EOPNOTSUPP;
	return 0;
}

static int check_count(u32 count)
{
	if (!count)
		return -EINVAL;
	if (gntdev_test_page_count(count))
		return -E2BIG;
	return 0;
}

/* install - give user space the buffer's descriptor, or nothing at all */
static int install(struct dma_buf *dmabuf, struct gntdev_life *life,
		   u32 __user *to)
{
	int fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;

	if (put_user(fd, to)) {
		put_unused_fd(fd);
		return -EFAULT;
	}

	gntdev_life_name(life, fd);
	fd_install(fd, dmabuf->file);
	return 0;
}

static long exp_from_refs(struct gntdev_dmabuf_context *context,
			  struct ioctl_gntdev_dmabuf_exp_from_refs __user *arg)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs op;
	struct gntdev_life *life;
	struct dma_buf *dmabuf;
	u32 *refs;
	int ret;

	if (copy_from_user(&op, arg, offsetof(typeof(op), refs)))
		return -EFAULT;

	ret = check_flags(op.flags) ?: check_count(op.count);
	if (ret)
		return ret;

	/* Not a domain but a name that Xen keeps for other purposes */
	if (op.domid >= DOMID_FIRST_RESERVED)
		return -ESRCH;

	refs = vmemdup_array_user(arg->refs, op.count, sizeof(*refs));
	if (IS_ERR(refs))
		return PTR_ERR(refs);

	life = gntdev_life_begin(context->id);
	if (!life) {
		ret = -ENOMEM;
		goto out_free_refs;
	}

	dmabuf = gntdev_export_create(op.domid, refs, op.count, life);
	if (IS_ERR(dmabuf)) {
		ret = PTR_ERR(dmabuf);
		gntdev_life_end(life);
		goto out_free_refs;
	}

	ret = install(dmabuf, life, &arg->fd);
	if (ret)
		dma_buf_put(dmabuf);

out_free_refs:
	kvfree(refs);
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
	switch (cmd) {
	case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS:
		return exp_from_refs(context, arg);
	case IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED:
		return exp_wait_released(context, arg);
	default:
		return -ENOIOCTLCMD;
	}
}
