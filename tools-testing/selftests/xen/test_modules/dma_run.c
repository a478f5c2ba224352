// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs of the balloon driver for programs: see dma_run.h.
 *
 * The functions are a copy of those that are built into the kernel, with names
 * of their own.  So they run on a kernel that does not have them, and Xen seems
 * to do less than it is asked to when a program says so.
 */

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dma_run.h"

#define xen_balloon_run_alloc	dma_run_copy_alloc
#define xen_balloon_run_free	dma_run_copy_free
#define xen_balloon_run_vaddr	dma_run_copy_vaddr
#define xen_balloon_run_mmap	dma_run_copy_mmap
#define xen_balloon_run_exit	dma_run_copy_exit

#include <xen/balloon.h>
#include <xen/balloon-dma.h>
#include <xen/mem-reservation.h>
#include <xen/xen.h>

static_assert(DMA_RUN_WRITE_COMBINE == DMA_ATTR_WRITE_COMBINE);

/* What Xen still does, see &struct dma_run_fault */
static unsigned int fault_left[] = {
	[DMA_RUN_DECREASE] = DMA_RUN_NO_FAULT,
	[DMA_RUN_INCREASE] = DMA_RUN_NO_FAULT,
};

static DEFINE_MUTEX(fault_lock); /* protects it */

/* fault_serve - how many of as many pages Xen is asked to do something with */
static int fault_serve(unsigned int hypercall, int count)
{
	mutex_lock(&fault_lock);
	if (fault_left[hypercall] != DMA_RUN_NO_FAULT) {
		count = min_t(unsigned int, count, fault_left[hypercall]);
		fault_left[hypercall] -= count;
	}
	mutex_unlock(&fault_lock);

	return count;
}

static int fault_decrease(int count, xen_pfn_t *frames)
{
	count = fault_serve(DMA_RUN_DECREASE, count);
	return count ? xenmem_reservation_decrease(count, frames) : 0;
}

static int fault_increase(int count, xen_pfn_t *frames)
{
	count = fault_serve(DMA_RUN_INCREASE, count);
	return count ? xenmem_reservation_increase(count, frames) : 0;
}

#define xenmem_reservation_decrease	fault_decrease
#define xenmem_reservation_increase	fault_increase
#undef EXPORT_SYMBOL_GPL
#define EXPORT_SYMBOL_GPL(symbol)	static_assert(true, #symbol)

/* scripts/kernel puts it there */
#include "xen/balloon-dma.c"

/**
 * struct run_file - an open file
 * @lock: protects @run
 * @run: what it holds, or NULL
 */
struct run_file {
	struct mutex lock; /* see above */
	struct xen_balloon_run *run;
};

/* run_device - a device whose addresses have as many bits */
static struct device *run_device(unsigned int mask_bits)
{
	struct device *dev;

	if (!mask_bits || mask_bits > 64)
		return ERR_PTR(-EINVAL);

	dev = root_device_register("dma_run");
	if (IS_ERR(dev))
		return dev;

	/* Without the question whether the machine can serve such a device */
	dev->dma_mask = &dev->coherent_dma_mask;
	dev->coherent_dma_mask = DMA_BIT_MASK(mask_bits);
	return dev;
}

static int run_tell(struct page **pages, unsigned int count, u64 __user *pfns)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (put_user(page_to_pfn(pages[i]), pfns + i))
			return -EFAULT;

	return 0;
}

/* run_last - the last address that the device was given */
static u64 run_last(const struct xen_balloon_run *run)
{
	u64 last = 0;
	unsigned int i;

	for (i = 0; i < run->nr_chunks; i++)
		last = max(last, run->chunks[i].addr + run_chunk_size(run) - 1);
	return last;
}

static int run_alloc(struct run_file *rf, struct dma_run_alloc *op)
{
	struct xen_balloon_run *run;
	struct page **pages;
	struct device *dev;
	int ret;

	if (rf->run)
		return -EBUSY;

	/* The longest is more than any machine of these tests has */
	pages = kvcalloc(min_t(unsigned int, op->count, INT_MAX >> PAGE_SHIFT),
			 sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;

	dev = run_device(op->mask_bits);
	ret = PTR_ERR_OR_ZERO(dev);
	if (ret)
		goto out;

	run = xen_balloon_run_alloc(dev, op->count, op->attrs, pages);
	/* A run that needs it longer has a reference */
	root_device_unregister(dev);
	ret = PTR_ERR_OR_ZERO(run);
	if (ret)
		goto out;

	op->last = run_last(run);
	ret = run_tell(pages, op->count, u64_to_user_ptr(op->pfns));
	if (ret)
		xen_balloon_run_free(run);
	else
		rf->run = run;
out:
	kvfree(pages);
	return ret;
}

static int run_free(struct run_file *rf)
{
	if (!rf->run)
		return -EINVAL;

	xen_balloon_run_free(rf->run);
	rf->run = NULL;
	return 0;
}

static int run_fault(const struct dma_run_fault *op)
{
	if (op->hypercall >= ARRAY_SIZE(fault_left))
		return -EINVAL;

	mutex_lock(&fault_lock);
	fault_left[op->hypercall] = op->pages;
	mutex_unlock(&fault_lock);
	return 0;
}

static long run_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct run_file *rf = file->private_data;
	void __user *user = (void __user *)arg;
	struct dma_run_alloc alloc;
	struct dma_run_fault fault;
	int ret = -EFAULT;

	mutex_lock(&rf->lock);
	switch (cmd) {
	case DMA_RUN_ALLOC:
		if (!copy_from_user(&alloc, user, sizeof(alloc)))
			ret = run_alloc(rf, &alloc);
		if (!ret && copy_to_user(user, &alloc, sizeof(alloc)))
			ret = -EFAULT;
		break;
	case DMA_RUN_FREE:
		ret = run_free(rf);
		break;
	case DMA_RUN_FAULT:
		if (!copy_from_user(&fault, user, sizeof(fault)))
			ret = run_fault(&fault);
		break;
	default:
		ret = -ENOTTY;
	}
	mutex_unlock(&rf->lock);

	return ret;
}

static int run_open(struct inode *inode, struct file *file)
{
	struct run_file *rf = kzalloc(sizeof(*rf), GFP_KERNEL);

	if (!rf)
		return -ENOMEM;

	mutex_init(&rf->lock);
	file->private_data = rf;
	return 0;
}

static int run_release(struct inode *inode, struct file *file)
{
	struct run_file *rf = file->private_data;

	run_free(rf);
	kfree(rf);
	return 0;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = run_open,
	.release = run_release,
	.unlocked_ioctl = run_ioctl,
};

static struct miscdevice run_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "dma_run",
	.fops = &run_fops,
};

static int __init run_init(void)
{
	return xen_domain() ? misc_register(&run_misc) : -ENODEV;
}
module_init(run_init);

static void __exit run_exit(void)
{
	misc_deregister(&run_misc);
	xen_balloon_run_exit();
}
module_exit(run_exit);

MODULE_DESCRIPTION("Runs of the balloon driver, for programs");
MODULE_LICENSE("GPL");
