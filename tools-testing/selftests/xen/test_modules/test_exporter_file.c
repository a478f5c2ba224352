// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file /dev/test_exporter: an exporter of dma-bufs that real exporters
 * seldom make.  test_exporter.h describes the requests, test_exporter_buf.c
 * makes the buffers.
 */

#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "test_exporter_buf.h"

static bool is_error(int error)
{
	return error >= 0 && error <= MAX_ERRNO;
}

static int exporter_create(struct file *file,
			   struct test_exporter_create __user *user)
{
	struct test_exporter_create op;
	struct exporter_buf *buf;
	struct dma_buf *dmabuf;
	int ret;

	if (copy_from_user(&op, user, sizeof(op)))
		return -EFAULT;
	if (!op.count || op.count > TEST_EXPORTER_MAX_SEGMENTS ||
	    !is_error(op.attach_error) || !is_error(op.pin_error) ||
	    !is_error(op.map_error) || !is_error(op.write_error))
		return -EINVAL;

	op.fd = get_unused_fd_flags(O_CLOEXEC);
	if (op.fd < 0)
		return op.fd;

	ret = -EFAULT;
	if (put_user(op.fd, &user->fd))
		goto err_put_fd;

	dmabuf = exporter_buf_create(&op, &buf);
	if (IS_ERR(dmabuf)) {
		ret = PTR_ERR(dmabuf);
		goto err_put_fd;
	}

	if (cmpxchg(&file->private_data, NULL, buf)) {
		exporter_buf_put(buf);
		dma_buf_put(dmabuf);
		ret = -EBUSY;
		goto err_put_fd;
	}

	fd_install(op.fd, dmabuf->file);
	return 0;

err_put_fd:
	put_unused_fd(op.fd);
	return ret;
}

static int exporter_state(struct exporter_buf *buf,
			  struct test_exporter_state __user *user)
{
	const struct test_exporter_state op = {
		.alive = READ_ONCE(buf->alive),
		.attached = atomic_read(&buf->attached),
		.pinned = atomic_read(&buf->pinned),
		.mapped = atomic_read(&buf->mapped),
		.attaches = atomic_read(&buf->attaches),
		.maps = atomic_read(&buf->maps),
		.waited = READ_ONCE(buf->waited),
	};

	return copy_to_user(user, &op, sizeof(op)) ? -EFAULT : 0;
}

static int exporter_use_fence(struct exporter_buf *buf, unsigned int cmd,
			      unsigned long usage)
{
	int ret = -ENXIO;

	if (usage > TEST_EXPORTER_READ)
		return -EINVAL;

	mutex_lock(&buf->lock);
	if (buf->alive)
		ret = cmd == TEST_EXPORTER_ADD_FENCE ?
		      exporter_buf_add_fence(buf, usage) :
		      exporter_buf_signal(buf);
	mutex_unlock(&buf->lock);
	return ret;
}

static long exporter_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct exporter_buf *buf = READ_ONCE(file->private_data);

	switch (cmd) {
	case TEST_EXPORTER_CREATE:
		return exporter_create(file, (void __user *)arg);
	case TEST_EXPORTER_STATE:
		return buf ? exporter_state(buf, (void __user *)arg) : -ENXIO;
	case TEST_EXPORTER_ADD_FENCE:
	case TEST_EXPORTER_SIGNAL_FENCE:
		return buf ? exporter_use_fence(buf, cmd, arg) : -ENXIO;
	default:
		return -ENOTTY;
	}
}

/* exporter_insert_pages - map all pages; the mapping must have their size */
static int exporter_insert_pages(struct exporter_buf *buf,
				 struct vm_area_struct *vma)
{
	unsigned long address = vma->vm_start;
	struct exporter_segment *segment;
	unsigned int i, k;
	int ret;

	for (i = 0; i < buf->op.count; i++) {
		segment = &buf->segments[i];
		if (segment->desc.memory != TEST_EXPORTER_RAM)
			return -ENXIO;
		for (k = 0; k < exporter_segment_pages(segment); k++) {
			ret = vm_insert_page(vma, address, segment->page + k);
			if (ret)
				return ret;
			address += PAGE_SIZE;
		}
	}

	return address == vma->vm_end ? 0 : -EINVAL;
}

static int exporter_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct exporter_buf *buf = READ_ONCE(file->private_data);
	int ret = -ENXIO;

	if (!buf)
		return -ENXIO;
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_pgoff)
		return -EINVAL;

	mutex_lock(&buf->lock);
	if (buf->alive && !buf->op.address)
		ret = exporter_insert_pages(buf, vma);
	mutex_unlock(&buf->lock);

	return ret;
}

static int exporter_open(struct inode *inode, struct file *file)
{
	/* misc_open() has set it to the device; here it is the buffer */
	file->private_data = NULL;
	return 0;
}

static int exporter_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		exporter_buf_put(file->private_data);
	return 0;
}

static const struct file_operations exporter_fops = {
	.owner = THIS_MODULE,
	.open = exporter_open,
	.release = exporter_release,
	.mmap = exporter_mmap,
	.unlocked_ioctl = exporter_ioctl,
};

static struct miscdevice exporter_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "test_exporter",
	.fops = &exporter_fops,
};
module_misc_device(exporter_misc);

static_assert((int)TEST_EXPORTER_KERNEL == (int)DMA_RESV_USAGE_KERNEL &&
	      (int)TEST_EXPORTER_WRITE == (int)DMA_RESV_USAGE_WRITE &&
	      (int)TEST_EXPORTER_READ == (int)DMA_RESV_USAGE_READ);

MODULE_DESCRIPTION("Test exporter of dma-bufs that real exporters seldom make");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DMA_BUF");
