// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads dma-bufs through a kernel mapping, as drivers do that use the CPU, and
 * reads the page protection of user mappings.  vmap_look.h describes the
 * requests.
 */

#include <linux/dma-buf.h>
#include <linux/iosys-map.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "vmap_look.h"

/**
 * struct look_file - an open file
 * @lock: protects the other members
 * @dmabuf: the dma-buf that VMAP_LOOK_KEEP mapped, or NULL
 * @map: its kernel mapping
 */
struct look_file {
	struct mutex lock; /* see above */
	struct dma_buf *dmabuf;
	struct iosys_map map;
};

static int read_words(const struct iosys_map *map, const struct vmap_look *op)
{
	u32 __user *to = u64_to_user_ptr(op->words);
	unsigned int i;

	for (i = 0; i < op->count; i++)
		if (put_user(iosys_map_rd(map, (size_t)i * op->stride, u32),
			     to + i))
			return -EFAULT;

	return 0;
}

static int look(struct dma_buf *dmabuf, struct vmap_look *op)
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

	op->vmapped = is_vmalloc_addr(again.vaddr);
	op->address = (unsigned long)again.vaddr;
	ret = read_words(&again, op);
	dma_buf_vunmap_unlocked(dmabuf, &again);
out:
	dma_buf_vunmap_unlocked(dmabuf, &map);
	return ret;
}

static int is_write_combined(unsigned long address)
{
	struct follow_pfnmap_args args = { .address = address };
	pgprot_t combined;
	int ret = -EFAULT;

	mmap_read_lock(current->mm);
	args.vma = vma_lookup(current->mm, address);
	if (args.vma && !follow_pfnmap_start(&args)) {
		combined = pgprot_writecombine(args.pgprot);
		ret = pgprot_val(combined) == pgprot_val(args.pgprot);
		follow_pfnmap_end(&args);
	}
	mmap_read_unlock(current->mm);
	return ret;
}

static int keep(struct look_file *look, int fd)
{
	struct dma_buf *dmabuf;
	int ret = -EBUSY;

	dmabuf = dma_buf_get(fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	mutex_lock(&look->lock);
	if (!look->dmabuf)
		ret = dma_buf_vmap_unlocked(dmabuf, &look->map);
	if (!ret)
		look->dmabuf = dmabuf;
	mutex_unlock(&look->lock);
	if (ret)
		dma_buf_put(dmabuf);
	return ret;
}

static long look_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct dma_buf *dmabuf;
	struct vmap_look op;
	int ret;

	if (cmd == VMAP_LOOK_COMBINED)
		return is_write_combined(arg);
	if (cmd == VMAP_LOOK_KEEP)
		return keep(file->private_data, arg);
	if (cmd != VMAP_LOOK)
		return -ENOTTY;
	if (copy_from_user(&op, (void __user *)arg, sizeof(op)))
		return -EFAULT;

	dmabuf = dma_buf_get(op.fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	ret = look(dmabuf, &op);
	dma_buf_put(dmabuf);
	if (!ret && copy_to_user((void __user *)arg, &op, sizeof(op)))
		ret = -EFAULT;
	return ret;
}

static int look_open(struct inode *inode, struct file *file)
{
	struct look_file *look = kzalloc_obj(*look);

	if (!look)
		return -ENOMEM;
	mutex_init(&look->lock);
	file->private_data = look;
	return 0;
}

static int look_release(struct inode *inode, struct file *file)
{
	struct look_file *look = file->private_data;

	if (look->dmabuf) {
		dma_buf_vunmap_unlocked(look->dmabuf, &look->map);
		dma_buf_put(look->dmabuf);
	}
	kfree(look);
	return 0;
}

static const struct file_operations look_fops = {
	.owner = THIS_MODULE,
	.open = look_open,
	.release = look_release,
	.unlocked_ioctl = look_ioctl,
};

static struct miscdevice look_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vmap_look",
	.fops = &look_fops,
};
module_misc_device(look_device);

MODULE_DESCRIPTION("Reads dma-bufs through a kernel mapping");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DMA_BUF");
