// SPDX-License-Identifier: GPL-2.0-only
/*
 * An exporter of dma-bufs as real ones seldom make them: segments of any
 * length that begin and end anywhere, sizes that do not fit them, memory of the
 * wrong kind, and refusals.  odd_buffer.h tells how to use it.
 */

#include <linux/atomic.h>
#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/gfp.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include <xen/grant_table.h>
#include <xen/xen.h>

#include "odd_buffer.h"

/**
 * struct odd_segment - a segment's memory
 * @about: what it was asked to be
 * @page: the first of its pages, or NULL if it has none
 * @handle: Xen's of another domain's page
 */
struct odd_segment {
	struct odd_buffer_segment about;
	struct page *page;
	grant_handle_t handle;
};

/**
 * struct odd - a buffer
 * @ref: of the file that made it, and of the dma-buf while that is alive
 * @lock: protects @alive, and with it @dmabuf and the segments' memory; and @fence
 * @alive: so is the dma-buf
 * @dmabuf: the dma-buf while it is alive
 * @fence: a fence that is not signaled yet, or NULL
 * @waited: somebody waits for a fence, or has waited
 * @op: how it was asked for
 * @segments: its segments
 * @attached: number of attachments
 * @pinned: number of pins
 * @mapped: number of scatter tables
 * @attaches: how often a device was attached
 * @maps: how often a scatter table was made
 */
struct odd {
	struct kref ref;
	struct mutex lock; /* see above */
	bool alive;
	struct dma_buf *dmabuf;
	struct odd_fence *fence;
	bool waited;
	struct odd_buffer_make op;
	struct odd_segment *segments;
	atomic_t attached;
	atomic_t pinned;
	atomic_t mapped;
	atomic_t attaches;
	atomic_t maps;
};

static void odd_free(struct kref *ref)
{
	struct odd *odd = container_of(ref, struct odd, ref);

	kvfree(odd->segments);
	kfree(odd);
}

static void odd_put(struct odd *odd)
{
	kref_put(&odd->ref, odd_free);
}

/* ---- The memory */

static unsigned int odd_pages(const struct odd_segment *segment)
{
	return PFN_UP(segment->about.offset + segment->about.length);
}

static int odd_alloc_device(struct page **page)
{
	int ret = xen_alloc_unpopulated_pages(1, page);

	if (!ret && !is_zone_device_page(*page)) {
		xen_free_unpopulated_pages(1, page);
		*page = NULL;
		ret = -ENODEV;
	}

	return ret;
}

static phys_addr_t odd_address_of(const struct odd_segment *segment)
{
	return (phys_addr_t)(unsigned long)page_address(segment->page);
}

static int odd_alloc_foreign(struct odd_segment *segment, domid_t domid)
{
	struct gnttab_map_grant_ref map;
	int ret;

	ret = gnttab_alloc_pages(1, &segment->page);
	if (ret)
		return ret;

	gnttab_set_map_op(&map, odd_address_of(segment), GNTMAP_host_map,
			  segment->about.ref, domid);
	ret = gnttab_map_refs(&map, NULL, &segment->page, 1);
	if (!ret && map.status != GNTST_okay)
		ret = -EACCES;
	if (ret) {
		gnttab_free_pages(1, &segment->page);
		segment->page = NULL;
	}

	segment->handle = map.handle;
	return ret;
}

static void odd_free_foreign(struct odd_segment *segment)
{
	struct gnttab_unmap_grant_ref unmap;

	gnttab_set_unmap_op(&unmap, odd_address_of(segment), GNTMAP_host_map,
			    segment->handle);
	if (WARN_ON(gnttab_unmap_refs(&unmap, NULL, &segment->page, 1)))
		return;
	gnttab_free_pages(1, &segment->page);
}

static int odd_alloc_ram(struct odd_segment *segment)
{
	void *memory = alloc_pages_exact(odd_pages(segment) * PAGE_SIZE,
					 GFP_KERNEL | __GFP_ZERO);

	if (!memory)
		return -ENOMEM;

	segment->page = virt_to_page(memory);
	return 0;
}

static int odd_alloc(struct odd_segment *segment, domid_t domid)
{
	switch (segment->about.memory) {
	case ODD_BUFFER_DEVICE:
		return odd_alloc_device(&segment->page);
	case ODD_BUFFER_FOREIGN:
		return odd_alloc_foreign(segment, domid);
	default:
		return odd_alloc_ram(segment);
	}
}

static void odd_free_segment(struct odd_segment *segment)
{
	if (!segment->page)
		return;

	switch (segment->about.memory) {
	case ODD_BUFFER_DEVICE:
		xen_free_unpopulated_pages(1, &segment->page);
		break;
	case ODD_BUFFER_FOREIGN:
		odd_free_foreign(segment);
		break;
	default:
		free_pages_exact(page_address(segment->page),
				 odd_pages(segment) * PAGE_SIZE);
	}
}

static void odd_free_segments(struct odd *odd)
{
	unsigned int i;

	for (i = 0; i < odd->op.count; i++)
		odd_free_segment(&odd->segments[i]);
}

/* ---- Fences */

/**
 * struct odd_fence - what a device, or the exporter itself, does with the buffer
 * @base: the fence
 * @lock: of the fence
 * @odd: the buffer; a fence is signaled before that goes
 */
struct odd_fence {
	struct dma_fence base;
	spinlock_t lock; /* see above */
	struct odd *odd;
};

static const char *odd_fence_name(struct dma_fence *fence)
{
	return "odd_buffer";
}

static bool odd_fence_enable_signaling(struct dma_fence *base)
{
	struct odd_fence *fence = container_of(base, struct odd_fence, base);

	WRITE_ONCE(fence->odd->waited, true);
	return true;
}

static const struct dma_fence_ops odd_fence_ops = {
	.get_driver_name = odd_fence_name,
	.get_timeline_name = odd_fence_name,
	.enable_signaling = odd_fence_enable_signaling,
};

static int odd_add_fence(struct odd *odd, unsigned long usage)
{
	struct dma_resv *resv = odd->dmabuf->resv;
	struct odd_fence *fence;
	int ret;

	if (odd->fence)
		return -EBUSY;

	fence = kzalloc(sizeof(*fence), GFP_KERNEL);
	if (!fence)
		return -ENOMEM;

	fence->odd = odd;
	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &odd_fence_ops, &fence->lock,
		       dma_fence_context_alloc(1), 1);
	dma_resv_lock(resv, NULL);
	ret = dma_resv_reserve_fences(resv, 1);
	if (!ret)
		dma_resv_add_fence(resv, &fence->base, usage);
	dma_resv_unlock(resv);
	if (ret) {
		dma_fence_put(&fence->base);
		return ret;
	}

	odd->waited = false;
	odd->fence = fence;
	return 0;
}

static int odd_signal(struct odd *odd)
{
	if (!odd->fence)
		return -ENOENT;

	dma_fence_signal(&odd->fence->base);
	dma_fence_put(&odd->fence->base);
	odd->fence = NULL;
	return 0;
}

/* ---- The dma-buf */

static int odd_attach(struct dma_buf *dmabuf,
		      struct dma_buf_attachment *attachment)
{
	struct odd *odd = dmabuf->priv;

	if (odd->op.attach_error)
		return -odd->op.attach_error;

	atomic_inc(&odd->attached);
	atomic_inc(&odd->attaches);
	return 0;
}

static void odd_detach(struct dma_buf *dmabuf,
		       struct dma_buf_attachment *attachment)
{
	struct odd *odd = dmabuf->priv;

	atomic_dec(&odd->attached);
}

static int odd_pin(struct dma_buf_attachment *attachment)
{
	struct odd *odd = attachment->dmabuf->priv;

	if (odd->op.pin_error)
		return -odd->op.pin_error;

	atomic_inc(&odd->pinned);
	return 0;
}

static void odd_unpin(struct dma_buf_attachment *attachment)
{
	struct odd *odd = attachment->dmabuf->priv;

	atomic_dec(&odd->pinned);
}

/* Several devices may have the buffer, and nobody does real DMA to it */
#define ODD_MAP_ATTRS	DMA_ATTR_SKIP_CPU_SYNC

/* odd_address - what an exporter does whose memory has no pages */
static void odd_address(struct odd *odd, struct sg_table *sgt)
{
	dma_addr_t address = odd->op.address;
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_sg(sgt, sg, i) {
		sg_dma_address(sg) = address + sg->offset;
		sg_dma_len(sg) = sg->length;
		address += odd_pages(&odd->segments[i]) * PAGE_SIZE;
	}
}

static struct sg_table *odd_map(struct dma_buf_attachment *attachment,
				enum dma_data_direction dir)
{
	struct odd *odd = attachment->dmabuf->priv;
	struct odd_segment *segment = odd->segments;
	struct scatterlist *sg;
	struct sg_table *sgt;
	unsigned int i;
	int ret;

	if (odd->op.map_error)
		return ERR_PTR(-odd->op.map_error);
	if (odd->op.write_error && dir != DMA_TO_DEVICE)
		return ERR_PTR(-odd->op.write_error);

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	ret = sg_alloc_table(sgt, odd->op.count, GFP_KERNEL);
	if (ret)
		goto err_free;

	for_each_sgtable_sg(sgt, sg, i) {
		sg_set_page(sg, segment->page, segment->about.length,
			    segment->about.offset);
		segment++;
	}

	if (odd->op.address)
		odd_address(odd, sgt);
	else
		ret = dma_map_sgtable(attachment->dev, sgt, dir, ODD_MAP_ATTRS);
	if (ret)
		goto err_free_table;

	atomic_inc(&odd->mapped);
	atomic_inc(&odd->maps);
	return sgt;

err_free_table:
	sg_free_table(sgt);
err_free:
	kfree(sgt);
	return ERR_PTR(ret);
}

static void odd_unmap(struct dma_buf_attachment *attachment,
		      struct sg_table *sgt, enum dma_data_direction dir)
{
	struct odd *odd = attachment->dmabuf->priv;

	if (!odd->op.address)
		dma_unmap_sgtable(attachment->dev, sgt, dir, ODD_MAP_ATTRS);
	sg_free_table(sgt);
	kfree(sgt);
	atomic_dec(&odd->mapped);
}

static void odd_release_buffer(struct dma_buf *dmabuf)
{
	struct odd *odd = dmabuf->priv;

	mutex_lock(&odd->lock);
	odd->alive = false;
	odd_signal(odd);
	odd_free_segments(odd);
	mutex_unlock(&odd->lock);
	odd_put(odd);
}

static const struct dma_buf_ops odd_ops = {
	.attach = odd_attach,
	.detach = odd_detach,
	.map_dma_buf = odd_map,
	.unmap_dma_buf = odd_unmap,
	.release = odd_release_buffer,
};

static const struct dma_buf_ops odd_dynamic_ops = {
	.attach = odd_attach,
	.detach = odd_detach,
	.pin = odd_pin,
	.unpin = odd_unpin,
	.map_dma_buf = odd_map,
	.unmap_dma_buf = odd_unmap,
	.release = odd_release_buffer,
};

/* ---- The file */

static bool odd_wrong(const struct odd_buffer_segment *about)
{
	return !about->length || about->offset > ODD_BUFFER_MAX_LENGTH ||
	       about->length > ODD_BUFFER_MAX_LENGTH - about->offset ||
	       about->memory > ODD_BUFFER_FOREIGN ||
	       (about->memory != ODD_BUFFER_RAM &&
		about->offset + about->length > PAGE_SIZE);
}

/* odd_prepare - the segments that a program wants, with their memory */
static int odd_prepare(struct odd *odd)
{
	struct odd_buffer_segment __user *user = u64_to_user_ptr(odd->op.segments);
	struct odd_segment *segment;
	unsigned int i;
	int ret = 0;

	odd->segments = kvcalloc(odd->op.count, sizeof(*segment), GFP_KERNEL);
	if (!odd->segments)
		return -ENOMEM;

	for (i = 0; !ret && i < odd->op.count; i++) {
		segment = &odd->segments[i];
		if (copy_from_user(&segment->about, user + i,
				   sizeof(segment->about)))
			ret = -EFAULT;
		else if (odd_wrong(&segment->about))
			ret = -EINVAL;
		else if (!odd->op.address)
			ret = odd_alloc(segment, odd->op.domid);
	}

	if (ret)
		odd_free_segments(odd);
	return ret;
}

/* odd_create - a buffer, of which the caller and the dma-buf have a reference */
static struct dma_buf *odd_create(const struct odd_buffer_make *op,
				  struct odd **made)
{
	struct odd *odd = kzalloc(sizeof(*odd), GFP_KERNEL);
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;
	int ret;

	if (!odd)
		return ERR_PTR(-ENOMEM);

	kref_init(&odd->ref);
	mutex_init(&odd->lock);
	odd->op = *op;
	ret = odd_prepare(odd);
	if (ret)
		goto err_put;

	info.ops = op->dynamic ? &odd_dynamic_ops : &odd_ops;
	info.size = op->size;
	info.flags = O_RDWR;
	info.priv = odd;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		ret = PTR_ERR(dmabuf);
		goto err_free_segments;
	}

	odd->dmabuf = dmabuf;
	odd->alive = true;
	kref_get(&odd->ref);
	*made = odd;
	return dmabuf;

err_free_segments:
	odd_free_segments(odd);
err_put:
	odd_put(odd);
	return ERR_PTR(ret);
}

static bool odd_is_error(int error)
{
	return error >= 0 && error <= MAX_ERRNO;
}

static int odd_make(struct file *file, struct odd_buffer_make __user *user)
{
	struct odd_buffer_make op;
	struct dma_buf *dmabuf;
	struct odd *odd;
	int ret;

	if (copy_from_user(&op, user, sizeof(op)))
		return -EFAULT;
	if (!op.count || op.count > ODD_BUFFER_MAX_SEGMENTS ||
	    !odd_is_error(op.attach_error) || !odd_is_error(op.pin_error) ||
	    !odd_is_error(op.map_error) || !odd_is_error(op.write_error))
		return -EINVAL;

	op.fd = get_unused_fd_flags(O_CLOEXEC);
	if (op.fd < 0)
		return op.fd;

	ret = -EFAULT;
	if (put_user(op.fd, &user->fd))
		goto err_put_fd;

	dmabuf = odd_create(&op, &odd);
	if (IS_ERR(dmabuf)) {
		ret = PTR_ERR(dmabuf);
		goto err_put_fd;
	}

	if (cmpxchg(&file->private_data, NULL, odd)) {
		odd_put(odd);
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

static int odd_state(struct odd *odd, struct odd_buffer_state __user *user)
{
	const struct odd_buffer_state op = {
		.alive = READ_ONCE(odd->alive),
		.attached = atomic_read(&odd->attached),
		.pinned = atomic_read(&odd->pinned),
		.mapped = atomic_read(&odd->mapped),
		.attaches = atomic_read(&odd->attaches),
		.maps = atomic_read(&odd->maps),
		.waited = READ_ONCE(odd->waited),
	};

	return copy_to_user(user, &op, sizeof(op)) ? -EFAULT : 0;
}

static int odd_use_fence(struct odd *odd, unsigned int cmd, unsigned long usage)
{
	int ret = -ENXIO;

	if (usage > ODD_BUFFER_READS)
		return -EINVAL;

	mutex_lock(&odd->lock);
	if (odd->alive)
		ret = cmd == ODD_BUFFER_FENCE ? odd_add_fence(odd, usage) :
						odd_signal(odd);
	mutex_unlock(&odd->lock);
	return ret;
}

static long odd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct odd *odd = READ_ONCE(file->private_data);

	switch (cmd) {
	case ODD_BUFFER_MAKE:
		return odd_make(file, (void __user *)arg);
	case ODD_BUFFER_STATE:
		return odd ? odd_state(odd, (void __user *)arg) : -ENXIO;
	case ODD_BUFFER_FENCE:
	case ODD_BUFFER_SIGNAL:
		return odd ? odd_use_fence(odd, cmd, arg) : -ENXIO;
	default:
		return -ENOTTY;
	}
}

/* odd_insert - all pages, which must be as many as there is room for */
static int odd_insert(struct odd *odd, struct vm_area_struct *vma)
{
	unsigned long address = vma->vm_start;
	struct odd_segment *segment;
	unsigned int i, k;
	int ret;

	for (i = 0; i < odd->op.count; i++) {
		segment = &odd->segments[i];
		if (segment->about.memory != ODD_BUFFER_RAM)
			return -ENXIO;
		for (k = 0; k < odd_pages(segment); k++) {
			ret = vm_insert_page(vma, address, segment->page + k);
			if (ret)
				return ret;
			address += PAGE_SIZE;
		}
	}

	return address == vma->vm_end ? 0 : -EINVAL;
}

static int odd_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct odd *odd = READ_ONCE(file->private_data);
	int ret = -ENXIO;

	if (!odd)
		return -ENXIO;
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_pgoff)
		return -EINVAL;

	mutex_lock(&odd->lock);
	if (odd->alive && !odd->op.address)
		ret = odd_insert(odd, vma);
	mutex_unlock(&odd->lock);

	return ret;
}

static int odd_open(struct inode *inode, struct file *file)
{
	/* There is no buffer yet */
	file->private_data = NULL;
	return 0;
}

static int odd_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		odd_put(file->private_data);
	return 0;
}

static const struct file_operations odd_fops = {
	.owner = THIS_MODULE,
	.open = odd_open,
	.release = odd_release,
	.mmap = odd_mmap,
	.unlocked_ioctl = odd_ioctl,
};

static struct miscdevice odd_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "odd_buffer",
	.fops = &odd_fops,
};
module_misc_device(odd_device);

static_assert((int)ODD_BUFFER_MOVES == (int)DMA_RESV_USAGE_KERNEL &&
	      (int)ODD_BUFFER_WRITES == (int)DMA_RESV_USAGE_WRITE &&
	      (int)ODD_BUFFER_READS == (int)DMA_RESV_USAGE_READ);

MODULE_DESCRIPTION("Exports dma-bufs of kinds that are rare");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(DMA_BUF);
