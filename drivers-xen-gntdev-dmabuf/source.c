// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources: dma-bufs that are attached and mapped for imports.
 *
 * This file finds the pages of a dma-buf of any exporter and checks that they
 * can be granted.  It leaves granting them to import.c.
 *
 * An exporter gives its memory to devices.  This file registers a platform
 * device that imports for the peer domains.  The CPUs of a peer domain access
 * the memory through caches, so the device is coherent, and it can address all
 * memory.  The DMA API's direct mapping gives it physical addresses of this
 * domain; source-pv.c does so in x86 PV domains.  The DMA API has no reason to
 * use a bounce buffer for this device.  If it uses one for all devices, the
 * dma-buf is refused.  This file reads only the DMA addresses of the scatter
 * table, because only the exporter may use its page pointers.
 *
 * A dma-buf that is imported several times is attached and mapped once.  All
 * its imports share one struct gntdev_source.  A hash table finds the source of
 * a dma-buf.
 *
 * Locks: source_table_lock protects the table and the reference counts.  Each
 * source has a mutex, which is held while the dma-buf is mapped and unmapped.
 * The dma-buf's reservation lock nests inside that mutex.  A task that releases
 * an import does not wait long for the mutex: it is held for a long time only
 * while the first import maps the dma-buf, when no other import exists.
 *
 * Callers: import.c; ioctl.c for init and exit.
 */

#include <linux/dma-buf.h>
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

#include "fence.h"
#include "source.h"

/*
 * Each dma-buf in the table has at least one grant reference.  A domain has
 * 32768 of them unless Xen's option gnttab_max_frames is set, so on average a
 * bucket has at most 32 entries.
 */
static DEFINE_HASHTABLE(source_table, 10);
static DEFINE_SPINLOCK(source_table_lock);

static struct platform_device *source_device;

/**
 * gntdev_source_init - register the importing device
 *
 * Must precede any other function of this file.
 *
 * Context: process context, may sleep.
 * Return: 0, or the error of registering the device or setting its DMA mask.
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
	dev_set_dma_coherent(dev);
	dma_set_max_seg_size(dev, UINT_MAX);
	dma_set_seg_boundary(dev, ULONG_MAX);
	ret = dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (ret)
		platform_device_unregister(source_device);
	return ret;
}

/**
 * gntdev_source_exit - unregister the importing device
 *
 * No source is left.
 *
 * Context: process context, may sleep.
 */
void gntdev_source_exit(void)
{
	platform_device_unregister(source_device);
}

/*
 * source_flagged_grantable - whether a foreign or reserved page can be granted
 *
 * A grant of another domain is mapped over a foreign page.  In PV domains the
 * same flag marks pages that have contiguous machine frames from swiotlb-xen.
 * Such a frame maps back to the page, that of another domain does not.
 *
 * Pages of memory can be reserved.  Device memory in a pageblock with memory,
 * for example the VGA window, also has reserved page structures.
 */
static bool source_flagged_grantable(unsigned long pfn, struct page *page)
{
	if (PageForeign(page) &&
	    (xen_feature(XENFEAT_auto_translated_physmap) ||
	     gfn_to_pfn(pfn_to_gfn(pfn)) != pfn))
		return false;

	return !PageReserved(page) || page_is_ram(pfn);
}

/*
 * source_grantable - whether all pages are ordinary memory of this domain
 *
 * @valid: first page frame of the last pageblock that was found to have page
 *         structures, so that each pageblock is looked up once; -1 for none
 */
static bool source_grantable(unsigned long pfn, u64 count, unsigned long *valid)
{
	const unsigned long flags = BIT(PG_foreign) | BIT(PG_reserved);
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
		/*
		 * One load for both flags, because most pages have none of them.
		 * Others can change at the same time.
		 */
		if (READ_ONCE(*(const unsigned long *)&page->flags) & flags &&
		    !source_flagged_grantable(pfn, page))
			return false;
	}

	return true;
}

/**
 * gntdev_source_check_pages - count the pages of a source and check them
 * @source: the source; its @sgt is read, its @count and @data_ofs are set
 * @size: length of the buffer in bytes; the table can be longer
 *
 * Called by this file and by its KUnit tests.
 *
 * Context: any.
 * Return: 0, or -EOPNOTSUPP if a page is not ordinary memory of this domain, or
 * if the data does not fill all pages except the first and the last.
 */
int gntdev_source_check_pages(struct gntdev_source *source, u64 size)
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
 * source_bounces - whether the DMA API may have mapped a bounce buffer
 *
 * With swiotlb=force or encrypted memory the DMA API uses a bounce buffer for
 * every device, and limits the size of a mapping.
 */
static bool source_bounces(struct device *dev)
{
	return !xen_pv_domain() && dma_max_mapping_size(dev) != SIZE_MAX;
}

/*
 * source_map_attachment - map the attachment, for writing if possible
 *
 * Map for both directions even if this import is read-only: a later import can
 * be writable, and the DMA API reports a second mapping of the same memory as a
 * mistake.  If the exporter refuses writing, map for reading, and fail writable
 * imports with the exporter's error.
 */
static struct sg_table *source_map_attachment(struct gntdev_source *source,
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

/* source_map - attach and map the dma-buf and check its pages */
static int source_map(struct gntdev_source *source, struct device *dev,
		      bool readonly)
{
	int ret;

	source->attachment = dma_buf_attach(source->dmabuf, dev);
	if (IS_ERR(source->attachment))
		return PTR_ERR(source->attachment);

	source->sgt = source_map_attachment(source, readonly);
	if (IS_ERR(source->sgt)) {
		dma_buf_detach(source->dmabuf, source->attachment);
		return PTR_ERR(source->sgt);
	}

	ret = gntdev_source_check_pages(source, source->dmabuf->size);
	if (!ret && source_bounces(dev))
		ret = -EOPNOTSUPP;
	if (ret)
		source_unmap(source);

	return ret;
}

/**
 * gntdev_source_wait - wait until devices have finished their accesses
 * @dmabuf: the dma-buf
 * @readonly: false: wait for all accesses that devices have begun;
 *            true: wait for writes only
 *
 * Fences are signaled in finite time, so there is no timeout.
 *
 * Context: process context, sleeps.  The caller holds no lock, because the task
 * can be frozen.
 * Return: 0, or -EINTR after a fatal signal.  Other signals do not end the
 * wait.
 */
int gntdev_source_wait(struct dma_buf *dmabuf, bool readonly)
{
	return gntdev_fence_wait(dmabuf->resv, dma_resv_usage_rw(!readonly),
				 TASK_KILLABLE | TASK_FREEZABLE);
}

/*
 * source_add_user - add an import; the first one maps the dma-buf
 *
 * The dma-buf core waits for fences of the exporter, for example while it moves
 * the memory, and any signal ends that wait.  In that case wait for these
 * fences here, where only fatal signals end the wait, and map again.
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
		/* Not freezable: this task holds the source's mutex */
		ret = gntdev_fence_wait(source->dmabuf->resv,
					DMA_RESV_USAGE_KERNEL,
					TASK_KILLABLE);
		if (!ret)
			ret = source_map(source, dev, readonly);
	}
	if (!ret)
		source->users = 1;
	return ret;
}

/* source_find - find the source of a dma-buf and take a reference, or NULL */
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

/* source_find_or_add - find or add a source; NULL if there is no memory */
static struct gntdev_source *source_find_or_add(struct dma_buf *dmabuf)
{
	struct gntdev_source *source, *new;

	spin_lock(&source_table_lock);
	source = source_find(dmabuf);
	spin_unlock(&source_table_lock);
	if (source)
		return source;

	new = kzalloc_obj(*new);
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

/* source_put_ref - put a reference and free the source with the last one */
static void source_put_ref(struct gntdev_source *source)
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
 * gntdev_source_get - get the source of a dma-buf for an import
 * @dmabuf: the dma-buf; the import takes a reference
 * @readonly: whether the peer domain only reads the buffer
 *
 * The first import of a dma-buf attaches and maps it.
 *
 * Context: process context, sleeps, without the dma-buf's reservation lock.
 * Return: the source, to be put with gntdev_source_put(), or ERR_PTR:
 * -EOPNOTSUPP as gntdev_source_check_pages(), or if the DMA API uses bounce
 * buffers; -ENOMEM if there is no memory; -EINTR after a fatal signal; or the
 * exporter's error.
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
		source_put_ref(source);
		return ERR_PTR(ret);
	}

	get_dma_buf(dmabuf);
	return source;
}

/**
 * gntdev_source_put - put the source of an import
 * @source: a source that gntdev_source_get() returned
 *
 * The last import unmaps and detaches the dma-buf.  If there is no other
 * reference to the dma-buf, the exporter has freed it when this returns.  With
 * dma_buf_put() the exporter could free it later, after the waiters woke.
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
	source_put_ref(source);
	__fput_sync(dmabuf->file);
}
