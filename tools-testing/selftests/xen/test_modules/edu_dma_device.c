// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's educational PCI device as an importer of dma-bufs: its DMA engine
 * reads and writes memory at the DMA addresses of a scatter table.  Each device
 * has a file, /dev/edu0 and so on.  edu_dma.h describes the requests.  The
 * attachment is in edu_dma_buf.c.
 */

#include <linux/dma-mapping.h>
#include <linux/idr.h>
#include <linux/iopoll.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "edu_dma.h"
#include "edu_dma_buf.h"

#define EDU_DMA_SRC		0x80
#define EDU_DMA_DST		0x88
#define EDU_DMA_COUNT		0x90
#define EDU_DMA_COMMAND		0x98
#define EDU_DMA_START		BIT_ULL(0)
#define EDU_DMA_TO_HOST		BIT_ULL(1)

/* The device's own memory.  DMA cannot reach its end in QEMU 7.2: use half. */
#define EDU_MEMORY		0x40000
#define EDU_CHUNK		2048

/* The device takes a tenth of a second for a copy of any length */
#define EDU_POLL_US		2000
#define EDU_LIMIT_US		(60 * USEC_PER_SEC)

/**
 * struct edu - a device
 * @pdev: its PCI function
 * @regs: its registers
 * @page: memory that the device and the CPU share
 * @page_dma: DMA address of @page
 * @lock: protects the DMA engine, @page, @pdev's DMA mask and the attachments
 * @misc: its file
 * @number: number in the name of the file
 * @name: name of the file
 */
struct edu {
	struct pci_dev *pdev;
	void __iomem *regs;
	void *page;
	dma_addr_t page_dma;
	struct mutex lock; /* see above */
	struct miscdevice misc;
	int number;
	char name[16];
};

/**
 * struct edu_file - an open file
 * @edu: the device
 * @buf: the attachment to a dma-buf; the device's lock is the caller's lock
 */
struct edu_file {
	struct edu *edu;
	struct edu_buf buf;
};

static DEFINE_IDA(edu_numbers);

/* ---- Requests */

static long edu_ioctl_attach(struct edu_file *ef, void __user *user)
{
	struct edu_buf *buf = &ef->buf;
	struct edu_dma_attach op;
	int ret;

	if (copy_from_user(&op, user, sizeof(op)))
		return -EFAULT;
	if (!op.mask_bits)
		op.mask_bits = EDU_ADDRESS_BITS;
	if (op.mask_bits > EDU_ADDRESS_BITS)
		return -EINVAL;
	if (buf->attachment)
		return -EBUSY;

	switch (op.direction & ~(EDU_DMA_DYNAMIC | EDU_DMA_UNMAPPED)) {
	case EDU_DMA_TO_DEVICE:
		buf->dir = DMA_TO_DEVICE;
		break;
	case EDU_DMA_FROM_DEVICE:
		buf->dir = DMA_FROM_DEVICE;
		break;
	case EDU_DMA_TO_DEVICE | EDU_DMA_FROM_DEVICE:
		buf->dir = DMA_BIDIRECTIONAL;
		break;
	default:
		return -EINVAL;
	}
	buf->mask_bits = op.mask_bits;

	ret = edu_buf_attach(buf, &ef->edu->pdev->dev, &op);
	if (ret)
		return ret;

	if (copy_to_user(user, &op, sizeof(op))) {
		edu_buf_detach(buf);
		return -EFAULT;
	}

	return 0;
}

static long edu_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct edu_file *ef = file->private_data;
	long ret = -ENOTTY;

	mutex_lock(&ef->edu->lock);
	switch (cmd) {
	case EDU_DMA_ATTACH:
		ret = edu_ioctl_attach(ef, (void __user *)arg);
		break;
	case EDU_DMA_DETACH:
		ret = ef->buf.attachment ? 0 : -ENXIO;
		if (!ret)
			edu_buf_detach(&ef->buf);
		break;
	case EDU_DMA_HOLD:
		ret = -EINVAL;
		if (!(arg & ~EDU_DMA_HOLD_ALL))
			ret = ef->buf.attachment ?
			      edu_buf_hold(&ef->buf, arg) : -ENXIO;
		break;
	case EDU_DMA_UNMAP:
		ret = ef->buf.attachment ? edu_buf_unmap(&ef->buf) : -ENXIO;
		break;
	}
	mutex_unlock(&ef->edu->lock);

	return ret;
}

/* ---- The DMA engine */

static int edu_copy(struct edu *edu, u64 src, u64 dst, size_t count,
		    u64 direction)
{
	u64 command;
	int ret;

	if (!edu->pdev->is_busmaster)
		return -EIO;

	writeq(src, edu->regs + EDU_DMA_SRC);
	writeq(dst, edu->regs + EDU_DMA_DST);
	writeq(count, edu->regs + EDU_DMA_COUNT);
	writeq(EDU_DMA_START | direction, edu->regs + EDU_DMA_COMMAND);

	ret = readq_poll_timeout(edu->regs + EDU_DMA_COMMAND, command,
				 !(command & EDU_DMA_START), EDU_POLL_US,
				 EDU_LIMIT_US);
	/* A copy that does not end must not write to memory after its release */
	if (ret)
		pci_clear_master(edu->pdev);
	return ret;
}

/* edu_find - find the DMA address at an offset; returns the rest of its segment */
static size_t edu_find(struct sg_table *sgt, u64 offset, dma_addr_t *addr)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		if (offset < sg_dma_len(sg)) {
			*addr = sg_dma_address(sg) + offset;
			return sg_dma_len(sg) - offset;
		}
		offset -= sg_dma_len(sg);
	}

	return 0;
}

/* edu_copy_through - copy from a DMA address to another, through the device */
static int edu_copy_through(struct edu *edu, dma_addr_t src, dma_addr_t dst,
			    size_t count)
{
	int ret = edu_copy(edu, src, EDU_MEMORY, count, 0);

	return ret ?: edu_copy(edu, EDU_MEMORY, dst, count, EDU_DMA_TO_HOST);
}

/*
 * edu_access - let the device read bytes of the buffer into edu->page, or write
 * to the buffer from there
 *
 * The mapping is held and the dma-buf has a fence until the DMA has ended.
 *
 * Return: the number of bytes, 0 at the end of the buffer, or an error.
 */
static ssize_t edu_access(struct edu_file *ef, enum dma_data_direction dir,
			  size_t count, loff_t pos)
{
	struct edu *edu = ef->edu;
	u32 held = ef->buf.held;
	dma_addr_t addr;
	ssize_t ret;

	ret = edu_buf_hold(&ef->buf, EDU_DMA_HOLD_ALL);
	if (ret)
		return ret;

	count = min(count, edu_find(ef->buf.sgt, pos, &addr));
	if (count && dir == DMA_FROM_DEVICE)
		ret = edu_copy_through(edu, edu->page_dma, addr, count);
	else if (count)
		ret = edu_copy_through(edu, addr, edu->page_dma, count);
	edu_buf_hold(&ef->buf, held);

	return ret ?: count;
}

/*
 * edu_transfer - let the device read bytes of the buffer, or write to it
 * @dir: DMA_TO_DEVICE fills @to, DMA_FROM_DEVICE writes @from
 *
 * Return: the number of bytes, 0 at the end of the buffer, or an error.
 */
static ssize_t edu_transfer(struct edu_file *ef, enum dma_data_direction dir,
			    char __user *to, const char __user *from,
			    size_t count, loff_t pos)
{
	struct edu *edu = ef->edu;
	ssize_t n;

	if (!ef->buf.attachment)
		return -ENXIO;
	if (ef->buf.dir != dir && ef->buf.dir != DMA_BIDIRECTIONAL)
		return -EACCES;

	count = min_t(size_t, count, EDU_CHUNK);
	if (dir == DMA_FROM_DEVICE && copy_from_user(edu->page, from, count))
		return -EFAULT;
	n = edu_access(ef, dir, count, pos);
	if (n > 0 && dir == DMA_TO_DEVICE && copy_to_user(to, edu->page, n))
		n = -EFAULT;

	return n;
}

static ssize_t edu_read(struct file *file, char __user *user, size_t count,
			loff_t *pos)
{
	struct edu_file *ef = file->private_data;
	ssize_t n;

	mutex_lock(&ef->edu->lock);
	n = edu_transfer(ef, DMA_TO_DEVICE, user, NULL, count, *pos);
	if (n > 0)
		*pos += n;
	mutex_unlock(&ef->edu->lock);

	return n;
}

static ssize_t edu_write(struct file *file, const char __user *user,
			 size_t count, loff_t *pos)
{
	struct edu_file *ef = file->private_data;
	ssize_t n;

	mutex_lock(&ef->edu->lock);
	n = edu_transfer(ef, DMA_FROM_DEVICE, NULL, user, count, *pos);
	if (n > 0)
		*pos += n;
	else if (!n && count)
		n = -ENOSPC;
	mutex_unlock(&ef->edu->lock);

	return n;
}

/* ---- The file and the device */

static int edu_open(struct inode *inode, struct file *file)
{
	struct miscdevice *misc = file->private_data;
	struct edu_file *ef = kzalloc(sizeof(*ef), GFP_KERNEL);

	if (!ef)
		return -ENOMEM;

	ef->edu = container_of(misc, struct edu, misc);
	file->private_data = ef;
	return 0;
}

static int edu_release(struct inode *inode, struct file *file)
{
	struct edu_file *ef = file->private_data;

	mutex_lock(&ef->edu->lock);
	if (ef->buf.attachment)
		edu_buf_detach(&ef->buf);
	mutex_unlock(&ef->edu->lock);
	kfree(ef);
	return 0;
}

static const struct file_operations edu_fops = {
	.owner = THIS_MODULE,
	.open = edu_open,
	.release = edu_release,
	.read = edu_read,
	.write = edu_write,
	.llseek = default_llseek,
	.unlocked_ioctl = edu_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct device *dev = &pdev->dev;
	struct edu *edu;
	int ret;

	edu = devm_kzalloc(dev, sizeof(*edu), GFP_KERNEL);
	if (!edu)
		return -ENOMEM;

	edu->pdev = pdev;
	mutex_init(&edu->lock);
	pci_set_drvdata(pdev, edu);

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;

	edu->regs = pcim_iomap_region(pdev, 0, "edu");
	if (IS_ERR(edu->regs))
		return PTR_ERR(edu->regs);

	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(EDU_ADDRESS_BITS));
	if (ret)
		return ret;

	/* The device takes segments of any length: segments are merged */
	dma_set_max_seg_size(dev, UINT_MAX);

	edu->page = dmam_alloc_coherent(dev, PAGE_SIZE, &edu->page_dma,
					GFP_KERNEL);
	if (!edu->page)
		return -ENOMEM;

	edu->number = ida_alloc(&edu_numbers, GFP_KERNEL);
	if (edu->number < 0)
		return edu->number;

	snprintf(edu->name, sizeof(edu->name), "edu%d", edu->number);
	edu->misc.minor = MISC_DYNAMIC_MINOR;
	edu->misc.name = edu->name;
	edu->misc.fops = &edu_fops;
	edu->misc.parent = dev;

	pci_set_master(pdev);
	ret = misc_register(&edu->misc);
	if (ret)
		goto err_stop;

	return 0;

err_stop:
	pci_clear_master(pdev);
	ida_free(&edu_numbers, edu->number);
	return ret;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	misc_deregister(&edu->misc);
	pci_clear_master(pdev);
	ida_free(&edu_numbers, edu->number);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = "edu_dma",
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
	/* Only unloading the module, which open files pin, may unbind it */
	.driver.suppress_bind_attrs = true,
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("QEMU's edu device as an importer of dma-bufs");
MODULE_LICENSE("GPL");
