// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attachment of an edu device to a dma-buf, as a static or as a dynamic
 * importer.  A dynamic importer unmaps the buffer when the exporter invalidates
 * the mapping, or as soon as the mapping is no longer held.
 *
 * Locks: see struct edu_buf.  edu_dma_device.c calls this file; the exporter
 * calls edu_invalidate().
 */

#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "edu_dma.h"
#include "edu_dma_buf.h"

/* ---- The fence of an access */

/**
 * struct edu_fence - a fence
 * @base: the fence, the first member so that the fence core can free it
 * @lock: lock of @base
 */
struct edu_fence {
	struct dma_fence base;
	spinlock_t lock; /* see above */
};

static const char *edu_fence_name(struct dma_fence *fence)
{
	return "edu_dma";
}

static const struct dma_fence_ops edu_fence_ops = {
	.get_driver_name = edu_fence_name,
	.get_timeline_name = edu_fence_name,
};

/* edu_fence_add - add a fence to the dma-buf, whose reservation lock is held */
static int edu_fence_add(struct edu_buf *buf)
{
	struct dma_resv *resv = buf->attachment->dmabuf->resv;
	struct edu_fence *fence;
	int ret;

	ret = dma_resv_reserve_fences(resv, 1);
	if (ret)
		return ret;
	fence = kzalloc_obj(*fence);
	if (!fence)
		return -ENOMEM;

	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &edu_fence_ops, &fence->lock,
		       dma_fence_context_alloc(1), 1);
	dma_resv_add_fence(resv, &fence->base, buf->dir == DMA_TO_DEVICE ?
			   DMA_RESV_USAGE_READ : DMA_RESV_USAGE_WRITE);
	buf->fence = &fence->base;
	return 0;
}

/* The exporter may hold the reservation lock while it waits for the fence. */
static void edu_fence_signal(struct edu_buf *buf)
{
	if (!buf->fence)
		return;
	dma_fence_signal(buf->fence);
	dma_fence_put(buf->fence);
	buf->fence = NULL;
}

/* ---- The mapping.  These functions need the reservation lock. */

/*
 * The DMA API reads the mask while it maps, and the caller's lock excludes other
 * uses of it.  Therefore the smaller mask is in place during the mapping only.
 */
static int edu_map(struct edu_buf *buf)
{
	struct device *dev = buf->attachment->dev;
	struct sg_table *sgt;
	int ret;

	/* An exporter may wait for the unmap: no new access before that */
	if (buf->sgt)
		return buf->invalid ? -ENODEV : 0;

	ret = dma_set_mask(dev, DMA_BIT_MASK(buf->mask_bits));
	if (ret)
		return ret;

	sgt = dma_buf_map_attachment(buf->attachment, buf->dir);
	dma_set_mask(dev, DMA_BIT_MASK(EDU_ADDRESS_BITS));
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);

	buf->sgt = sgt;
	return 0;
}

static void edu_unmap(struct edu_buf *buf)
{
	if (buf->sgt)
		dma_buf_unmap_attachment(buf->attachment, buf->sgt, buf->dir);
	buf->sgt = NULL;
	buf->invalid = false;
}

static void edu_invalidate(struct dma_buf_attachment *attachment)
{
	struct edu_buf *buf = attachment->importer_priv;

	if (buf->held & EDU_DMA_HOLD_MAPPING)
		buf->invalid = true;
	else
		edu_unmap(buf);
}

static const struct dma_buf_attach_ops edu_importer_ops = {
	.invalidate_mappings = edu_invalidate,
};

/* ---- For the device */

/**
 * edu_buf_hold - hold the mapping, or have a fence in the dma-buf, or end that
 * @buf: an attachment
 * @held: EDU_DMA_HOLD_*
 *
 * Maps the buffer if it is not mapped and @held has a new bit.
 *
 * Context: process context, may sleep.  The caller holds its lock.
 * Return: 0, or with no new bit set -ENODEV if the exporter invalidated the
 * mapping while it was held, -ENOMEM, or the error of the exporter.
 */
int edu_buf_hold(struct edu_buf *buf, u32 held)
{
	struct dma_resv *resv = buf->attachment->dmabuf->resv;
	int ret = 0;

	if (!(held & EDU_DMA_HOLD_FENCE))
		edu_fence_signal(buf);

	dma_resv_lock(resv, NULL);
	if (held & ~buf->held)
		ret = edu_map(buf);
	if (!ret && (held & EDU_DMA_HOLD_FENCE) && !buf->fence)
		ret = edu_fence_add(buf);
	if (!ret)
		buf->held = held;
	if (buf->invalid && !(buf->held & EDU_DMA_HOLD_MAPPING))
		edu_unmap(buf);
	dma_resv_unlock(resv);

	return ret;
}

/**
 * edu_buf_unmap - unmap the buffer, which stays attached
 * @buf: an attachment
 *
 * Context: process context, may sleep.  The caller holds its lock.
 * Return: 0, or -EBUSY if something of the mapping is held.
 */
int edu_buf_unmap(struct edu_buf *buf)
{
	struct dma_resv *resv = buf->attachment->dmabuf->resv;

	if (buf->held)
		return -EBUSY;

	dma_resv_lock(resv, NULL);
	edu_unmap(buf);
	dma_resv_unlock(resv);
	return 0;
}

/**
 * edu_buf_detach - unmap the buffer and detach the device
 * @buf: an attachment, which then has none
 *
 * Context: process context, may sleep.  The caller holds its lock.
 */
void edu_buf_detach(struct edu_buf *buf)
{
	struct dma_buf *dmabuf = buf->attachment->dmabuf;

	edu_fence_signal(buf);
	dma_resv_lock(dmabuf->resv, NULL);
	edu_unmap(buf);
	dma_resv_unlock(dmabuf->resv);
	dma_buf_detach(dmabuf, buf->attachment);
	dma_buf_put(dmabuf);
	*buf = (struct edu_buf) { };
}

/* edu_describe - fill in what the request returns about the scatter table */
static void edu_describe(const struct edu_buf *buf, struct edu_dma_attach *op)
{
	struct scatterlist *sg;
	unsigned int i;

	op->segments = buf->sgt->nents;
	op->first = sg_dma_address(buf->sgt->sgl);
	op->length = 0;
	for_each_sgtable_dma_sg(buf->sgt, sg, i)
		op->length += sg_dma_len(sg);
}

/**
 * edu_buf_attach - attach a device to a dma-buf and map it
 * @buf: an attachment that has none; its direction and its mask are set
 * @dev: the device
 * @op: the request, whose results are filled in
 *
 * Context: process context, may sleep.  The caller holds its lock.
 * Return: 0, -EBADF or -EINVAL if the request does not name a dma-buf, or the
 * error of the exporter.
 */
int edu_buf_attach(struct edu_buf *buf, struct device *dev,
		   struct edu_dma_attach *op)
{
	bool dynamic = op->direction & EDU_DMA_DYNAMIC;
	struct dma_buf_attachment *attachment;
	struct dma_buf *dmabuf;
	int ret;

	dmabuf = dma_buf_get(op->fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	attachment = dma_buf_dynamic_attach(dmabuf, dev,
					    dynamic ? &edu_importer_ops : NULL, buf);
	if (IS_ERR(attachment)) {
		dma_buf_put(dmabuf);
		return PTR_ERR(attachment);
	}
	buf->attachment = attachment;
	if (op->direction & EDU_DMA_UNMAPPED)
		return 0;

	dma_resv_lock(dmabuf->resv, NULL);
	ret = edu_map(buf);
	if (!ret)
		edu_describe(buf, op);
	dma_resv_unlock(dmabuf->resv);
	if (ret)
		edu_buf_detach(buf);

	return ret;
}

MODULE_IMPORT_NS("DMA_BUF");
