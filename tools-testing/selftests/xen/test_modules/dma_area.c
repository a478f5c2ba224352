// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA areas of the balloon driver for programs: see dma_area.h.
 *
 * The module includes the source of the functions of xen-balloon-dma, and
 * renames them.  Therefore it also runs on a kernel without these
 * functions, and it can make the hypercalls that they call process fewer pages.
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

#include "dma_area.h"

#define xen_balloon_dma_alloc	dma_area_copy_alloc
#define xen_balloon_dma_free	dma_area_copy_free
#define xen_balloon_dma_vaddr	dma_area_copy_vaddr

#include <xen/balloon.h>
#include <xen/balloon-dma.h>
#include <xen/mem-reservation.h>
#include <xen/xen.h>

static_assert(DMA_AREA_WRITE_COMBINE == DMA_ATTR_WRITE_COMBINE);

/* Pages that Xen still processes, see &struct dma_area_fault */
static unsigned int fault_left[] = {
	[DMA_AREA_DECREASE] = DMA_AREA_NO_FAULT,
	[DMA_AREA_INCREASE] = DMA_AREA_NO_FAULT,
};

static DEFINE_MUTEX(fault_lock); /* protects fault_left */

/* fault_limit - limit the pages of a hypercall to those that are left */
static int fault_limit(unsigned int hypercall, int count)
{
	mutex_lock(&fault_lock);
	if (fault_left[hypercall] != DMA_AREA_NO_FAULT) {
		count = min_t(unsigned int, count, fault_left[hypercall]);
		fault_left[hypercall] -= count;
	}
	mutex_unlock(&fault_lock);

	return count;
}

static int fault_decrease(int count, xen_pfn_t *frames)
{
	count = fault_limit(DMA_AREA_DECREASE, count);
	return count ? xenmem_reservation_decrease(count, frames) : 0;
}

static int fault_increase(int count, xen_pfn_t *frames)
{
	count = fault_limit(DMA_AREA_INCREASE, count);
	return count ? xenmem_reservation_increase(count, frames) : 0;
}

#define xenmem_reservation_decrease	fault_decrease
#define xenmem_reservation_increase	fault_increase
#undef EXPORT_SYMBOL_GPL
#define EXPORT_SYMBOL_GPL(symbol)	static_assert(true, #symbol)

/* The kernel's file, or a copy that scripts/kernel puts there */
#pragma push_macro("module_exit")
#undef module_exit
#define module_exit(function)		static_assert(true, #function)
#include "xen/balloon-dma.c"
#pragma pop_macro("module_exit")

/**
 * struct area_file - an open file
 * @lock: protects @area
 * @area: the DMA area of the file, or NULL
 */
struct area_file {
	struct mutex lock; /* see above */
	struct xen_balloon_dma *area;
};

/* test_device - register a device whose DMA addresses have @mask_bits bits */
static struct device *test_device(unsigned int mask_bits)
{
	struct device *dev;

	if (!mask_bits || mask_bits > 64)
		return ERR_PTR(-EINVAL);

	dev = root_device_register("dma_area");
	if (IS_ERR(dev))
		return dev;

	/* Not with dma_set_mask(), which refuses masks that reach no memory */
	dev->dma_mask = &dev->coherent_dma_mask;
	dev->coherent_dma_mask = DMA_BIT_MASK(mask_bits);
	return dev;
}

static int put_pfns(struct page **pages, unsigned int count, u64 __user *pfns)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (put_user(page_to_pfn(pages[i]), pfns + i))
			return -EFAULT;

	return 0;
}

/* last_address - the last DMA address of an area */
static u64 last_address(const struct xen_balloon_dma *area)
{
	u64 last = 0;
	unsigned int i;

	for (i = 0; i < area->nr_chunks; i++)
		last = max(last, area->chunks[i].addr + area_chunk_size(area) - 1);
	return last;
}

static int file_alloc(struct area_file *af, struct dma_area_alloc *op)
{
	struct xen_balloon_dma *area;
	struct page **pages;
	struct device *dev;
	int ret;

	if (af->area)
		return -EBUSY;

	/* An area of INT_MAX bytes is larger than the memory of any test machine */
	pages = kvcalloc(min_t(unsigned int, op->count, INT_MAX >> PAGE_SHIFT),
			 sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;

	dev = test_device(op->mask_bits);
	ret = PTR_ERR_OR_ZERO(dev);
	if (ret)
		goto out;

	area = xen_balloon_dma_alloc(dev, op->count, op->attrs, pages);
	/* An area that needs the device longer has a reference to it */
	root_device_unregister(dev);
	ret = PTR_ERR_OR_ZERO(area);
	if (ret)
		goto out;

	op->last = last_address(area);
	ret = put_pfns(pages, op->count, u64_to_user_ptr(op->pfns));
	if (ret)
		xen_balloon_dma_free(area);
	else
		af->area = area;
out:
	kvfree(pages);
	return ret;
}

static int file_free(struct area_file *af)
{
	if (!af->area)
		return -EINVAL;

	xen_balloon_dma_free(af->area);
	af->area = NULL;
	return 0;
}

static int set_fault(const struct dma_area_fault *op)
{
	if (op->hypercall >= ARRAY_SIZE(fault_left))
		return -EINVAL;

	mutex_lock(&fault_lock);
	fault_left[op->hypercall] = op->pages;
	mutex_unlock(&fault_lock);
	return 0;
}

static long dma_area_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct area_file *af = file->private_data;
	void __user *user = (void __user *)arg;
	struct dma_area_alloc alloc;
	struct dma_area_fault fault;
	int ret = -EFAULT;

	mutex_lock(&af->lock);
	switch (cmd) {
	case DMA_AREA_ALLOC:
		if (!copy_from_user(&alloc, user, sizeof(alloc)))
			ret = file_alloc(af, &alloc);
		if (!ret && copy_to_user(user, &alloc, sizeof(alloc)))
			ret = -EFAULT;
		break;
	case DMA_AREA_FREE:
		ret = file_free(af);
		break;
	case DMA_AREA_FAULT:
		if (!copy_from_user(&fault, user, sizeof(fault)))
			ret = set_fault(&fault);
		break;
	default:
		ret = -ENOTTY;
	}
	mutex_unlock(&af->lock);

	return ret;
}

static int dma_area_open(struct inode *inode, struct file *file)
{
	struct area_file *af = kzalloc(sizeof(*af), GFP_KERNEL);

	if (!af)
		return -ENOMEM;

	mutex_init(&af->lock);
	file->private_data = af;
	return 0;
}

static int dma_area_release(struct inode *inode, struct file *file)
{
	struct area_file *af = file->private_data;

	file_free(af);
	kfree(af);
	return 0;
}

static const struct file_operations dma_area_fops = {
	.owner = THIS_MODULE,
	.open = dma_area_open,
	.release = dma_area_release,
	.unlocked_ioctl = dma_area_ioctl,
};

static struct miscdevice dma_area_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "dma_area",
	.fops = &dma_area_fops,
};

static int __init dma_area_init(void)
{
	return xen_domain() ? misc_register(&dma_area_misc) : -ENODEV;
}
module_init(dma_area_init);

static void __exit dma_area_exit(void)
{
	misc_deregister(&dma_area_misc);
	balloon_dma_exit();
}
module_exit(dma_area_exit);

MODULE_DESCRIPTION("DMA areas of the balloon driver for test programs");
MODULE_LICENSE("GPL");
