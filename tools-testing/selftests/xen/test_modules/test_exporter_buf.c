// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers of the test module test_exporter: the memory of their segments, their
 * dma-buf and its fences.  test_exporter_file.c creates them for programs.
 *
 * Real exporters seldom make such buffers: segments of any length that begin
 * and end anywhere, a size that differs from the segments, memory that cannot
 * be granted, operations that fail.
 */

#include <linux/dma-fence.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include <xen/xen.h>

#include "test_exporter_buf.h"

static void exporter_buf_free(struct kref *ref)
{
	struct exporter_buf *buf = container_of(ref, struct exporter_buf, ref);

	kvfree(buf->segments);
	kfree(buf);
}

/* exporter_buf_put - put a reference; the last one frees the buffer */
void exporter_buf_put(struct exporter_buf *buf)
{
	kref_put(&buf->ref, exporter_buf_free);
}

/* ---- The memory of the segments */

/* exporter_segment_pages - number of pages that hold a segment */
unsigned int exporter_segment_pages(const struct exporter_segment *segment)
{
	return PFN_UP(segment->desc.offset + segment->desc.length);
}

static int alloc_device(struct page **page)
{
	int ret = xen_alloc_unpopulated_pages(1, page);

	if (!ret && !is_zone_device_page(*page)) {
		xen_free_unpopulated_pages(1, page);
		*page = NULL;
		ret = -ENODEV;
	}

	return ret;
}

static phys_addr_t segment_address(const struct exporter_segment *segment)
{
	return (phys_addr_t)(unsigned long)page_address(segment->page);
}

static int alloc_foreign(struct exporter_segment *segment, domid_t domid)
{
	struct gnttab_map_grant_ref map;
	int ret;

	ret = gnttab_alloc_pages(1, &segment->page);
	if (ret)
		return ret;

	gnttab_set_map_op(&map, segment_address(segment), GNTMAP_host_map,
			  segment->desc.ref, domid);
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

static void free_foreign(struct exporter_segment *segment)
{
	struct gnttab_unmap_grant_ref unmap;

	gnttab_set_unmap_op(&unmap, segment_address(segment), GNTMAP_host_map,
			    segment->handle);
	if (WARN_ON(gnttab_unmap_refs(&unmap, NULL, &segment->page, 1)))
		return;
	gnttab_free_pages(1, &segment->page);
}

static int alloc_ram(struct exporter_segment *segment)
{
	size_t size = exporter_segment_pages(segment) * PAGE_SIZE;
	void *memory = alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO);

	if (!memory)
		return -ENOMEM;

	segment->page = virt_to_page(memory);
	return 0;
}

static int alloc_segment(struct exporter_segment *segment, domid_t domid)
{
	switch (segment->desc.memory) {
	case TEST_EXPORTER_DEVICE:
		return alloc_device(&segment->page);
	case TEST_EXPORTER_FOREIGN:
		return alloc_foreign(segment, domid);
	default:
		return alloc_ram(segment);
	}
}

static void free_segment(struct exporter_segment *segment)
{
	if (!segment->page)
		return;

	switch (segment->desc.memory) {
	case TEST_EXPORTER_DEVICE:
		xen_free_unpopulated_pages(1, &segment->page);
		break;
	case TEST_EXPORTER_FOREIGN:
		free_foreign(segment);
		break;
	default:
		free_pages_exact(page_address(segment->page),
				 exporter_segment_pages(segment) * PAGE_SIZE);
	}
}

static void free_segments(struct exporter_buf *buf)
{
	unsigned int i;

	for (i = 0; i < buf->op.count; i++)
		free_segment(&buf->segments[i]);
}

/* ---- Fences */

/**
 * struct exporter_fence - a fence of the buffer's reservation object
 * @base: the fence
 * @lock: the spinlock of @base
 * @buf: the buffer, which signals the fence before it is freed
 */
struct exporter_fence {
	struct dma_fence base;
	spinlock_t lock; /* see above */
	struct exporter_buf *buf;
};

static const char *exporter_fence_name(struct dma_fence *fence)
{
	return "test_exporter";
}

static bool exporter_fence_enable_signaling(struct dma_fence *base)
{
	struct exporter_fence *fence =
		container_of(base, struct exporter_fence, base);

	WRITE_ONCE(fence->buf->waited, true);
	return true;
}

static const struct dma_fence_ops exporter_fence_ops = {
	.get_driver_name = exporter_fence_name,
	.get_timeline_name = exporter_fence_name,
	.enable_signaling = exporter_fence_enable_signaling,
};

/*
 * exporter_buf_add_fence - add a fence to the dma-buf; caller holds the lock
 *
 * Return: 0, -EBUSY if the last fence is not signaled yet, or -ENOMEM.
 */
int exporter_buf_add_fence(struct exporter_buf *buf, unsigned long usage)
{
	struct dma_resv *resv = buf->dmabuf->resv;
	struct exporter_fence *fence;
	int ret;

	if (buf->fence)
		return -EBUSY;

	fence = kzalloc_obj(*fence);
	if (!fence)
		return -ENOMEM;

	fence->buf = buf;
	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &exporter_fence_ops, &fence->lock,
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

	buf->waited = false;
	buf->fence = fence;
	return 0;
}

/*
 * exporter_buf_signal - signal the fence; caller holds the lock
 *
 * Return: 0, or -ENOENT if there is no fence.
 */
int exporter_buf_signal(struct exporter_buf *buf)
{
	if (!buf->fence)
		return -ENOENT;

	dma_fence_signal(&buf->fence->base);
	dma_fence_put(&buf->fence->base);
	buf->fence = NULL;
	return 0;
}

/* ---- The dma-buf */

static int exporter_attach(struct dma_buf *dmabuf,
			   struct dma_buf_attachment *attachment)
{
	struct exporter_buf *buf = dmabuf->priv;

	if (buf->op.attach_error)
		return -buf->op.attach_error;

	atomic_inc(&buf->attached);
	atomic_inc(&buf->attaches);
	return 0;
}

static void exporter_detach(struct dma_buf *dmabuf,
			    struct dma_buf_attachment *attachment)
{
	struct exporter_buf *buf = dmabuf->priv;

	atomic_dec(&buf->attached);
}

static int exporter_pin(struct dma_buf_attachment *attachment)
{
	struct exporter_buf *buf = attachment->dmabuf->priv;

	if (buf->op.pin_error)
		return -buf->op.pin_error;

	atomic_inc(&buf->pinned);
	return 0;
}

static void exporter_unpin(struct dma_buf_attachment *attachment)
{
	struct exporter_buf *buf = attachment->dmabuf->priv;

	atomic_dec(&buf->pinned);
}

/* No device of these tests does DMA to the buffer */
#define EXPORTER_MAP_ATTRS	DMA_ATTR_SKIP_CPU_SYNC

/* set_addresses - set the DMA addresses of a buffer without pages */
static void set_addresses(struct exporter_buf *buf, struct sg_table *sgt)
{
	dma_addr_t address = buf->op.address;
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_sg(sgt, sg, i) {
		sg_dma_address(sg) = address + sg->offset;
		sg_dma_len(sg) = sg->length;
		address += exporter_segment_pages(&buf->segments[i]) *
			   PAGE_SIZE;
	}
}

static struct sg_table *exporter_map(struct dma_buf_attachment *attachment,
				     enum dma_data_direction dir)
{
	struct exporter_buf *buf = attachment->dmabuf->priv;
	struct exporter_segment *segment = buf->segments;
	struct scatterlist *sg;
	struct sg_table *sgt;
	unsigned int i;
	int ret;

	if (buf->op.map_error)
		return ERR_PTR(-buf->op.map_error);
	if (buf->op.write_error && dir != DMA_TO_DEVICE)
		return ERR_PTR(-buf->op.write_error);

	sgt = kzalloc_obj(*sgt);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	ret = sg_alloc_table(sgt, buf->op.count, GFP_KERNEL);
	if (ret)
		goto err_free;

	for_each_sgtable_sg(sgt, sg, i) {
		sg_set_page(sg, segment->page, segment->desc.length,
			    segment->desc.offset);
		segment++;
	}

	if (buf->op.address)
		set_addresses(buf, sgt);
	else
		ret = dma_map_sgtable(attachment->dev, sgt, dir,
				      EXPORTER_MAP_ATTRS);
	if (ret)
		goto err_free_table;

	atomic_inc(&buf->mapped);
	atomic_inc(&buf->maps);
	return sgt;

err_free_table:
	sg_free_table(sgt);
err_free:
	kfree(sgt);
	return ERR_PTR(ret);
}

static void exporter_unmap(struct dma_buf_attachment *attachment,
			   struct sg_table *sgt, enum dma_data_direction dir)
{
	struct exporter_buf *buf = attachment->dmabuf->priv;

	if (!buf->op.address)
		dma_unmap_sgtable(attachment->dev, sgt, dir, EXPORTER_MAP_ATTRS);
	sg_free_table(sgt);
	kfree(sgt);
	atomic_dec(&buf->mapped);
}

static void exporter_release_buf(struct dma_buf *dmabuf)
{
	struct exporter_buf *buf = dmabuf->priv;

	mutex_lock(&buf->lock);
	buf->alive = false;
	exporter_buf_signal(buf);
	free_segments(buf);
	mutex_unlock(&buf->lock);
	exporter_buf_put(buf);
}

static const struct dma_buf_ops exporter_ops = {
	.attach = exporter_attach,
	.detach = exporter_detach,
	.map_dma_buf = exporter_map,
	.unmap_dma_buf = exporter_unmap,
	.release = exporter_release_buf,
};

static const struct dma_buf_ops exporter_dynamic_ops = {
	.attach = exporter_attach,
	.detach = exporter_detach,
	.pin = exporter_pin,
	.unpin = exporter_unpin,
	.map_dma_buf = exporter_map,
	.unmap_dma_buf = exporter_unmap,
	.release = exporter_release_buf,
};

/* ---- Creation */

static bool segment_is_invalid(const struct test_exporter_segment *desc)
{
	return !desc->length || desc->offset > TEST_EXPORTER_MAX_LENGTH ||
	       desc->length > TEST_EXPORTER_MAX_LENGTH - desc->offset ||
	       desc->memory > TEST_EXPORTER_FOREIGN ||
	       (desc->memory != TEST_EXPORTER_RAM &&
		desc->offset + desc->length > PAGE_SIZE);
}

/* exporter_buf_prepare - copy the segments in and allocate their memory */
static int exporter_buf_prepare(struct exporter_buf *buf)
{
	struct test_exporter_segment __user *user =
		u64_to_user_ptr(buf->op.segments);
	struct exporter_segment *segment;
	unsigned int i;
	int ret = 0;

	buf->segments = kvcalloc(buf->op.count, sizeof(*segment), GFP_KERNEL);
	if (!buf->segments)
		return -ENOMEM;

	for (i = 0; !ret && i < buf->op.count; i++) {
		segment = &buf->segments[i];
		if (copy_from_user(&segment->desc, user + i,
				   sizeof(segment->desc)))
			ret = -EFAULT;
		else if (segment_is_invalid(&segment->desc))
			ret = -EINVAL;
		else if (!buf->op.address)
			ret = alloc_segment(segment, buf->op.domid);
	}

	if (ret)
		free_segments(buf);
	return ret;
}

/**
 * exporter_buf_create - create a buffer and export its dma-buf
 * @op: the program's request; the caller has checked count and error numbers
 * @created: set to the buffer, of which the caller gets a reference
 *
 * Context: process context of the program, may sleep.
 * Return: the dma-buf, or an ERR_PTR():
 * * -EINVAL a segment is out of range
 * * -EFAULT the segments cannot be read
 * * -ENODEV there are no pages of ZONE_DEVICE
 * * -EACCES Xen refused to map the page of another domain
 * * -ENOMEM no memory
 */
struct dma_buf *exporter_buf_create(const struct test_exporter_create *op,
				    struct exporter_buf **created)
{
	struct exporter_buf *buf = kzalloc(sizeof(*buf), GFP_KERNEL);
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;
	int ret;

	if (!buf)
		return ERR_PTR(-ENOMEM);

	kref_init(&buf->ref);
	mutex_init(&buf->lock);
	buf->op = *op;
	ret = exporter_buf_prepare(buf);
	if (ret)
		goto err_put;

	info.ops = op->dynamic ? &exporter_dynamic_ops : &exporter_ops;
	info.size = op->size;
	info.flags = O_RDWR;
	info.priv = buf;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		ret = PTR_ERR(dmabuf);
		goto err_free_segments;
	}

	buf->dmabuf = dmabuf;
	buf->alive = true;
	kref_get(&buf->ref);
	*created = buf;
	return dmabuf;

err_free_segments:
	free_segments(buf);
err_put:
	exporter_buf_put(buf);
	return ERR_PTR(ret);
}

