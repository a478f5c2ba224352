// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of exported buffers for devices.
 *
 * This file maps the granted pages for the devices of importers, and keeps a list
 * of these mappings: CPU accesses synchronise all of them, and a revocation must
 * end them.  It leaves the scatter table to segments.c, the choice of bus addresses
 * to bus.c, and CPU mappings to cpumap.c.
 *
 * Locks: the dma-buf's reservation lock protects the list.
 *
 * Caller: export.c.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "bus.h"
#include "devmap.h"
#include "fence.h"
#include "grants.h"
#include "segments.h"

/**
 * struct device_mapping - an exported buffer mapped for one device
 * @sgt: scatter table that the importer gets
 * @attachment: the importer's attachment
 * @dir: direction of the device's accesses
 * @node: node in &gntdev_devmap.mappings
 */
struct device_mapping {
	struct sg_table sgt;
	struct dma_buf_attachment *attachment;
	enum dma_data_direction dir;
	struct list_head node;
};

/*
 * The buffer can be mapped for several devices at once.  The DMA API reports
 * overlapping mappings as a mistake if it synchronises caches when it maps.  So
 * this file synchronises them itself.  It also means that unmapping never
 * copies a bounce buffer, which gntdev_bus_bounces() refuses, over the pages.
 */
#define DEVMAP_ATTRS	DMA_ATTR_SKIP_CPU_SYNC

/**
 * gntdev_devmap_init - initialise the mappings of a buffer
 * @devmap: filled in
 *
 * Context: any.
 */
void gntdev_devmap_init(struct gntdev_devmap *devmap)
{
	INIT_LIST_HEAD(&devmap->mappings);
	init_waitqueue_head(&devmap->unmapped);
}

/**
 * gntdev_devmap_map - map a buffer for a device
 * @devmap: the mappings of the buffer
 * @grants: the mapped grants; they outlive the mapping
 * @data_ofs: offset of the data in the first page, in bytes
 * @attachment: the importer's attachment
 * @dir: direction of the device's accesses, which @grants allow
 *
 * Context: process context, may sleep; the caller holds the reservation lock.
 * Return: the scatter table, to be unmapped with gntdev_devmap_unmap(), or
 * ERR_PTR: -EOPNOTSUPP if the device cannot reach a page without a bounce buffer;
 * -ENOMEM; or the error of the DMA API.
 */
struct sg_table *gntdev_devmap_map(struct gntdev_devmap *devmap,
				   struct gntdev_grants *grants,
				   unsigned int data_ofs,
				   struct dma_buf_attachment *attachment,
				   enum dma_data_direction dir)
{
	struct device *dev = attachment->dev;
	struct device_mapping *mapping;
	int ret;

	if (!gntdev_bus_addressable(dev, grants))
		return ERR_PTR(-EOPNOTSUPP);

	mapping = kzalloc_obj(*mapping);
	if (!mapping)
		return ERR_PTR(-ENOMEM);

	mapping->attachment = attachment;
	mapping->dir = dir;

	ret = gntdev_segments_fill(&mapping->sgt, grants->pages, grants->count,
				   data_ofs, dma_get_max_seg_size(dev),
				   gntdev_bus_to_bfn(dev));
	if (ret)
		goto err_free;

	ret = dma_map_sgtable(dev, &mapping->sgt, dir, DEVMAP_ATTRS);
	if (ret)
		goto err_free_table;

	if (gntdev_bus_bounces(dev, &mapping->sgt)) {
		ret = -EOPNOTSUPP;
		goto err_unmap;
	}

	dma_sync_sgtable_for_device(dev, &mapping->sgt, dir);
	list_add(&mapping->node, &devmap->mappings);
	return &mapping->sgt;

err_unmap:
	dma_unmap_sgtable(dev, &mapping->sgt, dir, DEVMAP_ATTRS);
err_free_table:
	sg_free_table(&mapping->sgt);
err_free:
	kfree(mapping);
	return ERR_PTR(ret);
}

/**
 * gntdev_devmap_unmap - undo gntdev_devmap_map()
 * @devmap: the mappings of the buffer
 * @sgt: the scatter table
 *
 * Context: process context, may sleep; the caller holds the reservation lock.
 */
void gntdev_devmap_unmap(struct gntdev_devmap *devmap, struct sg_table *sgt)
{
	struct device_mapping *mapping = container_of(sgt, struct device_mapping, sgt);
	struct device *dev = mapping->attachment->dev;

	list_del(&mapping->node);
	dma_sync_sgtable_for_cpu(dev, sgt, mapping->dir);
	dma_unmap_sgtable(dev, sgt, mapping->dir, DEVMAP_ATTRS);
	sg_free_table(sgt);
	kfree(mapping);

	if (list_empty(&devmap->mappings))
		wake_up_all(&devmap->unmapped);
}

/**
 * gntdev_devmap_begin_cpu_access - make what devices wrote visible to CPUs
 * @devmap: the mappings of the buffer
 *
 * Context: process context, may sleep; the caller holds the reservation lock.
 */
void gntdev_devmap_begin_cpu_access(struct gntdev_devmap *devmap)
{
	struct device_mapping *mapping;

	list_for_each_entry(mapping, &devmap->mappings, node)
		dma_sync_sgtable_for_cpu(mapping->attachment->dev,
					 &mapping->sgt, mapping->dir);
}

/**
 * gntdev_devmap_end_cpu_access - make what CPUs wrote visible to devices
 * @devmap: the mappings of the buffer
 *
 * Context: process context, may sleep; the caller holds the reservation lock.
 */
void gntdev_devmap_end_cpu_access(struct gntdev_devmap *devmap)
{
	struct device_mapping *mapping;

	list_for_each_entry(mapping, &devmap->mappings, node)
		dma_sync_sgtable_for_device(mapping->attachment->dev,
					    &mapping->sgt, mapping->dir);
}

/**
 * gntdev_devmap_revocable - whether all importers that map a buffer can be notified
 * @devmap: the mappings of the buffer
 *
 * An importer that maps buffers statically, as most display and camera drivers do,
 * accesses the buffer until it unmaps it, and nothing can end that.
 *
 * Context: any; the caller holds the reservation lock.
 * Return: false if an importer that cannot be notified has mapped the buffer.
 */
bool gntdev_devmap_revocable(struct gntdev_devmap *devmap)
{
	struct device_mapping *mapping;

	list_for_each_entry(mapping, &devmap->mappings, node)
		if (!dma_buf_attach_revocable(mapping->attachment))
			return false;

	return true;
}

/**
 * gntdev_devmap_revoke - have all importers unmap a buffer
 * @devmap: the mappings of the buffer, which are revocable
 * @dmabuf: the dma-buf; the caller refuses to map it again
 *
 * The kernel-doc of dma_buf_invalidate_mappings() has the two waits: until the
 * fences are signaled devices access the buffer, and until an importer unmaps it,
 * which must happen in bounded time, its device can still read.
 *
 * Context: process context, sleeps; the caller holds the reservation lock, which is
 * released during the waits.
 * Return: 0, or -EINTR after a fatal signal.
 */
int gntdev_devmap_revoke(struct gntdev_devmap *devmap, struct dma_buf *dmabuf)
{
	int ret;

	if (list_empty(&devmap->mappings))
		return 0;

	dma_buf_invalidate_mappings(dmabuf);
	dma_resv_unlock(dmabuf->resv);

	/*
	 * The reservation lock is not held while this task waits.  list_empty() reads
	 * what list_del() writes last.  No mapping is added any more, and the importer
	 * that removes the last one holds the reservation lock until it is unmapped.
	 */
	ret = gntdev_fence_wait(dmabuf->resv, DMA_RESV_USAGE_BOOKKEEP,
				TASK_KILLABLE);
	if (!ret && wait_event_killable(devmap->unmapped,
					list_empty(&devmap->mappings)))
		ret = -EINTR;

	dma_resv_lock(dmabuf->resv, NULL);
	return ret;
}

MODULE_IMPORT_NS("DMA_BUF");
