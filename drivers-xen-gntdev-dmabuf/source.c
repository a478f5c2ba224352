// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages of a dma-buf, whatever its exporter.
 *
 * An exporter shows its memory to devices.  The device that imports stands for
 * the other domains, whose CPUs access the memory through caches: it is coherent,
 * and no address is beyond its reach.  The DMA API's direct mapping gives it this
 * domain's physical addresses; source-pv.c says what x86 PV domains need.  So the
 * DMA API has no reason to give it a bounce buffer, unless it does so for all
 * devices; then the dma-buf is refused.  The members of the scatter table that
 * are about pages are the exporter's own affair.
 *
 * A dma-buf that is imported several times is attached and mapped once.  All its
 * imports share one struct gntdev_source, which a table finds by the dma-buf.
 *
 * Locks: source_table_lock protects the table and the reference counts.  Each
 * source has a mutex, which is held while the dma-buf is mapped and unmapped; the
 * dma-buf's reservation lock is taken inside it.  Nobody waits long for that
 * mutex to release a buffer: it is held for long only while the first import
 * maps, and then there is no other import that could be released.
 *
 * Called by import.c.
 */

#include <linux/completion.h>
#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/file.h>
#include <linux/hashtable.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <xen/features.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "source.h"

/*
 * Each dma-buf in the table has a grant reference at least, and without Xen's
 * option gnttab_max_frames a domain has 32768 of them: at most 32 in a bucket.
 */
static DEFINE_HASHTABLE(source_table, 10);
static DEFINE_SPINLOCK(source_table_lock);

static struct platform_device *source_device;

/**
 * gntdev_source_init - make the device that dma-bufs are mapped for
 *
 * Context: process context, may sleep; before any other function of this file.
 * Return: 0, or what registering a device fails with.
 */
int gntdev_source_init(void)
{
	struct device *dev;
	int ret;

	source_device = platform_device_register_simple(GNTDEV_SOURCE_NAME,
							PLATFORM_DEVID_NONE,
							NULL, 0);
	if (IS_ERR(source_device))
		return PTR_ERR(source_device);

	dev = &source_device->dev;
	gntdev_source_pv_init(dev);
#ifdef CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE
	dev->dma_coherent = true;
#endif
	dma_set_max_seg_size(dev, UINT_MAX);
	dma_set_seg_boundary(dev, ULONG_MAX);
	ret = dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (ret)
		platform_device_unregister(source_device);
	return ret;
}

/**
 * gntdev_source_exit - when no source is left
 *
 * Context: process context, may sleep.
 */
void gntdev_source_exit(void)
{
	platform_device_unregister(source_device);
}

/*
 * source_special - whether a page with one of these marks can be granted
 *
 * A foreign page is where a grant of another domain is mapped.  In PV domains the
 * same bit marks pages that were given contiguous frames by swiotlb-xen; but
 * these frames lead back to the page, those of other domains do not.
 *
 * Some memory is reserved, and so are the pages of devices that have page
 * structures because memory is near, as the window of VGA.
 */
static bool source_special(unsigned long pfn, struct page *page)
{
	if (PageForeign(page) &&
	    (xen_feature(XENFEAT_auto_translated_physmap) ||
	     gfn_to_pfn(pfn_to_gfn(pfn)) != pfn))
		return false;

	return !PageReserved(page) || page_is_ram(pfn);
}

/*
 * source_grantable - whether all pages are memory of this domain
 *
 * @valid: first page of a pageblock whose pages have page structures, -1 for
 *         none; these need not be looked up
 */
static bool source_grantable(unsigned long pfn, u64 count, unsigned long *valid)
{
	const unsigned long special = BIT(PG_foreign) | BIT(PG_reserved);
	struct page *page;

	for (; count; count--, pfn++) {
		if (pageblock_start_pfn(pfn) != *valid) {
			if (!pfn_valid(pfn))
				return false;
			*valid = pageblock_start_pfn(pfn);
		}

		page = pfn_to_page(pfn);
		if (is_zone_device_page(page))
			return false;
		/* For most pages this is all */
		if (page->flags & special && !source_special(pfn, page))
			return false;
	}

	return true;
}

/**
 * gntdev_source_measure - look at a scatter table's pages
 * @source: its @sgt is looked at, its @count and @data_ofs are set
 * @size: length of the buffer in bytes; what the table has beyond that does
 *        not belong to it
 *
 * Return: 0, or -EOPNOTSUPP if some pages are not ordinary memory of this
 * domain, or the data does not fill all pages but the first and the last.
 */
int gntdev_source_measure(struct gntdev_source *source, u64 size)
{
	unsigned long valid = -1UL;
	u64 count = 0, end = 0;
	struct scatterlist *sg;
	unsigned int i;

	source->data_ofs = 0;

	for_each_sgtable_dma_sg(source->sgt, sg, i) {
		dma_addr_t addr = sg_dma_address(sg);
		u64 len = min_t(u64, sg_dma_len(sg), size);

		if (!len)
			continue;
		if (!count)
			source->data_ofs = offset_in_page(addr);
		else if (offset_in_page(addr) || offset_in_page(end))
			return -EOPNOTSUPP;

		end = offset_in_page(addr) + len;
		if (!source_grantable(PHYS_PFN(addr), PFN_UP(end), &valid))
			return -EOPNOTSUPP;

		size -= len;
		count += PFN_UP(end);
	}

	source->count = count;
	return 0;
}

/*
 * source_bounces - whether the DMA API may have mapped a copy of the memory
 *
 * swiotlb=force and encrypted memory give every device a bounce buffer, and a
 * limit to what can be mapped.
 */
static bool source_bounces(struct device *dev)
{
	return !xen_pv_domain() && dma_max_mapping_size(dev) != SIZE_MAX;
}

/*
 * source_map_for - map the attachment, as far as the exporter lets us
 *
 * For both directions, even if this import is read-only: a later import may want
 * to write, and a second mapping of the same memory is what the DMA API takes for
 * a mistake.  An exporter that refuses to be written to is mapped for reading,
 * and writable imports are told what it said.
 */
static struct sg_table *source_map_for(struct gntdev_source *source,
				       bool readonly)
{
	struct sg_table *sgt;

	source->write_error = 0;
	source->dir = DMA_BIDIRECTIONAL;
	sgt = dma_buf_map_attachment_unlocked(source->attachment, source->dir);
	if (!readonly || (sgt != ERR_PTR(-EACCES) && sgt != ERR_PTR(-EPERM)))
		return sgt;

	source->write_error = PTR_ERR(sgt);
	source->dir = DMA_TO_DEVICE;
	return dma_buf_map_attachment_unlocked(source->attachment, source->dir);
}

static void source_unmap(struct gntdev_source *source)
{
	dma_buf_unmap_attachment_unlocked(source->attachment, source->sgt,
					  source->dir);
	dma_buf_detach(source->dmabuf, source->attachment);
}

/* source_map - attach and map the dma-buf and look at its pages */
static int source_map(struct gntdev_source *source, struct device *dev,
		      bool readonly)
{
	int ret;

	source->attachment = dma_buf_attach(source->dmabuf, dev);
	if (IS_ERR(source->attachment))
		return PTR_ERR(source->attachment);

	source->sgt = source_map_for(source, readonly);
	if (IS_ERR(source->sgt)) {
		ret = PTR_ERR(source->sgt);
		goto err_detach;
	}

	ret = gntdev_source_measure(source, source->dmabuf->size);
	if (!ret && source_bounces(dev))
		ret = -EOPNOTSUPP;
	if (ret)
		goto err_unmap;

	return 0;

err_unmap:
	dma_buf_unmap_attachment_unlocked(source->attachment, source->sgt,
					  source->dir);
err_detach:
	dma_buf_detach(source->dmabuf, source->attachment);
	return ret;
}

/* struct source_waiter - a task that sleeps until a fence is signaled */
struct source_waiter {
	struct dma_fence_cb cb;
	struct completion done;
};

static void source_signaled(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	complete(&container_of(cb, struct source_waiter, cb)->done);
}

/* source_wait_fence - dma_fence_wait() wakes for any signal or for none */
static int source_wait_fence(struct dma_fence *fence, unsigned int state)
{
	struct source_waiter waiter;
	int ret;

	init_completion(&waiter.done);
	if (dma_fence_add_callback(fence, &waiter.cb, source_signaled))
		return 0;

	ret = wait_for_completion_state(&waiter.done, state);
	if (!ret)
		return 0;

	/* After that no callback runs, whether it was removed or had run */
	dma_fence_remove_callback(fence, &waiter.cb);
	return -EINTR;
}

/* source_wait_usage - wait for fences in @state, TASK_* */
static int source_wait_usage(struct dma_buf *dmabuf, enum dma_resv_usage usage,
			     unsigned int state)
{
	struct dma_resv_iter cursor;
	struct dma_fence *fence;
	int ret = 0;

	dma_resv_iter_begin(&cursor, dmabuf->resv, usage);
	dma_resv_for_each_fence_unlocked(&cursor, fence) {
		ret = source_wait_fence(fence, state);
		if (ret)
			break;
	}
	dma_resv_iter_end(&cursor);

	return ret;
}

/**
 * gntdev_source_wait - wait for the devices that use a dma-buf
 * @dmabuf: the dma-buf
 * @readonly: false: wait for all that devices do with the buffer at this time;
 *            true: only for what they write
 *
 * Fences are signaled in finite time, so there is no time limit.
 *
 * Context: process context, sleeps; no lock may be held, because the task may be
 * frozen.
 *
 * Return: 0, or -EINTR if a fatal signal came.  Other signals do not end the
 * wait.
 */
int gntdev_source_wait(struct dma_buf *dmabuf, bool readonly)
{
	return source_wait_usage(dmabuf, dma_resv_usage_rw(!readonly),
				 TASK_KILLABLE | TASK_FREEZABLE);
}

/*
 * source_add_user - map the dma-buf for the first import
 *
 * The dma-buf core waits for the exporter's own fences, as when it moves the
 * memory, and any signal ends that wait.  So wait for them as
 * gntdev_source_wait() does, and map again what has been moved by then.
 */
static int source_add_user(struct gntdev_source *source, struct device *dev,
			   bool readonly)
{
	int ret;

	if (source->users) {
		if (!readonly && source->write_error)
			return source->write_error;
		source->users++;
		return 0;
	}

	ret = source_map(source, dev, readonly);
	if (ret == -ERESTARTSYS) {
		/* A task that holds the source's mutex must not be frozen */
		ret = source_wait_usage(source->dmabuf, DMA_RESV_USAGE_KERNEL,
					TASK_KILLABLE);
		if (!ret)
			ret = source_map(source, dev, readonly);
	}
	if (!ret)
		source->users = 1;
	return ret;
}

/* source_find - the source of a dma-buf, with a reference taken, or NULL */
static struct gntdev_source *source_find(struct dma_buf *dmabuf)
{
	struct gntdev_source *source;

	lockdep_assert_held(&source_table_lock);

	hash_for_each_possible(source_table, source, node,
			       (unsigned long)dmabuf) {
		if (source->dmabuf == dmabuf) {
			source->refcount++;
			return source;
		}
	}

	return NULL;
}

/* source_find_or_add - the same, but NULL only if there is no memory */
static struct gntdev_source *source_find_or_add(struct dma_buf *dmabuf)
{
	struct gntdev_source *source, *new;

	spin_lock(&source_table_lock);
	source = source_find(dmabuf);
	spin_unlock(&source_table_lock);
	if (source)
		return source;

	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return NULL;

	mutex_init(&new->lock);
	new->dmabuf = dmabuf;
	new->refcount = 1;

	spin_lock(&source_table_lock);
	source = source_find(dmabuf);
	if (!source)
		hash_add(source_table, &new->node, (unsigned long)dmabuf);
	spin_unlock(&source_table_lock);
	if (!source)
		return new;

	mutex_destroy(&new->lock);
	kfree(new);
	return source;
}

static void source_drop(struct gntdev_source *source)
{
	bool last;

	spin_lock(&source_table_lock);
	last = !--source->refcount;
	if (last)
		hash_del(&source->node);
	spin_unlock(&source_table_lock);
	if (!last)
		return;

	mutex_destroy(&source->lock);
	kfree(source);
}

/**
 * gntdev_source_get - attach and map a dma-buf, or share that with other imports
 * @dmabuf: the buffer, of which a reference is taken
 * @readonly: whether the other domain only reads it
 *
 * Context: process context, sleeps, without the dma-buf's reservation lock.
 *
 * Return: the source, until gntdev_source_put(), or ERR_PTR: -EOPNOTSUPP as
 * gntdev_source_measure() or if the DMA API would have a copy mapped, -ENOMEM,
 * -EINTR if a fatal signal came, and what the exporter fails with.
 */
struct gntdev_source *gntdev_source_get(struct dma_buf *dmabuf, bool readonly)
{
	struct gntdev_source *source;
	int ret;

	source = source_find_or_add(dmabuf);
	if (!source)
		return ERR_PTR(-ENOMEM);

	ret = mutex_lock_killable(&source->lock);
	if (!ret) {
		ret = source_add_user(source, &source_device->dev, readonly);
		mutex_unlock(&source->lock);
	}
	if (ret) {
		source_drop(source);
		return ERR_PTR(ret);
	}

	get_dma_buf(dmabuf);
	return source;
}

/**
 * gntdev_source_put - let go of a source
 * @source: what gntdev_source_get() returned
 *
 * The last import unmaps and detaches the dma-buf.  If there is no other
 * reference to the dma-buf, its exporter has freed it when this returns; with
 * dma_buf_put() the exporter might free it later, after the waiters woke.
 *
 * Context: process context, sleeps, without the dma-buf's reservation lock.
 */
void gntdev_source_put(struct gntdev_source *source)
{
	struct dma_buf *dmabuf = source->dmabuf;

	mutex_lock(&source->lock);
	if (!--source->users)
		source_unmap(source);
	mutex_unlock(&source->lock);
	source_drop(source);
	__fput_sync(dmabuf->file);
}
