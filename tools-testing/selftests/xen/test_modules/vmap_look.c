// SPDX-License-Identifier: GPL-2.0-only
/*
 * A consumer of dma-bufs that looks at them through a kernel mapping, for
 * buffers of any size.  vmap_look.h tells how to use it.
 */

#include <linux/dma-buf.h>
#include <linux/iosys-map.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "vmap_look.h"

static int look_at(const struct iosys_map *map, const struct vmap_look *op)
{
	u32 __user *to = u64_to_user_ptr(op->words);
	unsigned int i;

	for (i = 0; i < op->count; i++)
		if (put_user(iosys_map_rd(map, (size_t)i * op->stride, u32),
			     to + i))
			return -EFAULT;

	return 0;
}

static int look(struct dma_buf *dmabuf, const struct vmap_look *op)
{
	struct iosys_map map, again;
	int ret;

	if (op->count && (u64)(op->count - 1) * op->stride + 4 > dmabuf->size)
		return -EINVAL;

	ret = dma_buf_vmap_unlocked(dmabuf, &map);
	if (ret)
		return ret;

	ret = dma_buf_vmap_unlocked(dmabuf, &again);
	if (ret)
		goto out;

	ret = look_at(&again, op);
	dma_buf_vunmap_unlocked(dmabuf, &again);
out:
	dma_buf_vunmap_unlocked(dmabuf, &map);
	return ret;
}

static long look_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct dma_buf *dmabuf;
	struct vmap_look op;
	int ret;

	if (cmd != VMAP_LOOK)
		return -ENOTTY;
	if (copy_from_user(&op, (void __user *)arg, sizeof(op)))
		return -EFAULT;

	dmabuf = dma_buf_get(op.fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	ret = look(dmabuf, &op);
	dma_buf_put(dmabuf);
	return ret;
}

static const struct file_operations look_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = look_ioctl,
};

static struct miscdevice look_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vmap_look",
	.fops = &look_fops,
};
module_misc_device(look_device);

MODULE_DESCRIPTION("Looks at dma-bufs through a kernel mapping");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMA_BUF);
