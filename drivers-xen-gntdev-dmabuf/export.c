// SPDX-License-Identifier: GPL-2.0-only
/*
 * A dma-buf over mapped grants.
 *
 * The dma-buf's reservation lock is the only lock: the core holds it when it
 * calls map_dma_buf, unmap_dma_buf, vmap and vunmap, and we take it for CPU
 * access.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include <xen/page.h>

#include "cpumap.h"
#include "export.h"
#include "grants.h"
#include "waiters.h"

/**
 * struct gntdev_export - an exported buffer
 * @grants: its memory
 * @life: ends when @grants are unmapped
 * @kmap: its kernel mapping, while there is one
 * @mappings: struct export_mapping of all devices it is mapped for
 *
 * @kmap and @mappings are protected by the dma-buf's reservation lock.
 */
struct gntdev_export {
	struct gntdev_grants *grants;
	struct gntdev_life *life;
	struct gntdev_kmap kmap;
	struct list_head mappings;
};

/**
 * struct export_mapping - an exported buffer mapped for one device
 * @sgt: the scatter table that the importer sees
 * @dev: the importer's device
 * @dir: what the device may do
 * @node: in the buffer's mappings
 */
struct export_mapping {
	struct sg_table sgt;
	struct device *dev;
	enum dma_data_direction dir;
	struct list_head node;
};

/*
 * Whether a segment may run on from page i to the next one.  It must in both
 * address spaces: where only the guest-physical addresses do, swiotlb-xen
 * puts a bounce buffer between the device and the granted pages.
 */
static bool export_runs_on(struct gntdev_grants *grants, unsigned int i)
{
	unsigned long pfn = page_to_pfn(grants->pages[i]);
	unsigned long next = page_to_pfn(grants->pages[i + 1]);

	return next == pfn + 1 && pfn_to_bfn(next) == pfn_to_bfn(pfn) + 1;
}

/* The length in pages of the segment that begins at a page. */
static unsigned int export_run(struct gntdev_grants *grants, unsigned int first,
			       size_t max_segment)
{
	unsigned int n = 1;

	while (first + n < grants->count &&
	       (n + 1) * PAGE_SIZE <= max_segment &&
	       export_runs_on(grants, first + n - 1))
		n++;

	return n;
}

static int export_fill_table(struct sg_table *sgt, struct gntdev_grants *grants,
			     size_t max_segment)
{
	unsigned int i, n, segments = 0;
	struct scatterlist *sg;
	int ret;

	for (i = 0; i < grants->count; i += n) {
		n = export_run(grants, i, max_segment);
		segments++;
	}

	ret = sg_alloc_table(sgt, segments, GFP_KERNEL);
	if (ret)
		return ret;

	for (i = 0, sg = sgt->sgl; i < grants->count; i += n, sg = sg_next(sg)) {
		n = export_run(grants, i, max_segment);
		sg_set_page(sg, grants->pages[i], n * PAGE_SIZE, 0);
	}

	return 0;
}

static struct sg_table *export_map(struct dma_buf_attachment *attachment,
				   enum dma_data_direction dir)
{
	struct gntdev_export *export = attachment->dmabuf->priv;
	struct export_mapping *mapping;
	int ret;

	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL);
	if (!mapping)
		return ERR_PTR(-ENOMEM);

	mapping->dev = attachment->dev;
	mapping->dir = dir;

	ret = export_fill_table(&mapping->sgt, export->grants,
				dma_get_max_seg_size(attachment->dev));
	if (ret)
		goto err_free;

	ret = dma_map_sgtable(attachment->dev, &mapping->sgt, dir, 0);
	if (ret)
		goto err_free_table;

	list_add(&mapping->node, &export->mappings);
	return &mapping->sgt;

err_free_table:
	sg_free_table(&mapping->sgt);
err_free:
	kfree(mapping);
	return ERR_PTR(ret);
}

static void export_unmap(struct dma_buf_attachment *attachment,
			 struct sg_table *sgt, enum dma_data_direction dir)
{
	struct export_mapping *mapping;

	mapping = container_of(sgt, struct export_mapping, sgt);
	list_del(&mapping->node);
	dma_unmap_sgtable(mapping->dev, sgt, mapping->dir, 0);
	sg_free_table(sgt);
	kfree(mapping);
}

static int export_begin_cpu_access(struct dma_buf *dmabuf,
				   enum dma_data_direction dir)
{
	struct gntdev_export *export = dmabuf->priv;
	struct export_mapping *mapping;

	dma_resv_lock(dmabuf->resv, NULL);
	list_for_each_entry(mapping, &export->mappings, node)
		dma_sync_sgtable_for_cpu(mapping->dev, &mapping->sgt,
					 mapping->dir);
	dma_resv_unlock(dmabuf->resv);

	return 0;
}

static int export_end_cpu_access(struct dma_buf *dmabuf,
				 enum dma_data_direction dir)
{
	struct gntdev_export *export = dmabuf->priv;
	struct export_mapping *mapping;

	dma_resv_lock(dmabuf->resv, NULL);
	list_for_each_entry(mapping, &export->mappings, node)
		dma_sync_sgtable_for_device(mapping->dev, &mapping->sgt,
					    mapping->dir);
	dma_resv_unlock(dmabuf->resv);

	return 0;
}

static int export_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct gntdev_export *export = dmabuf->priv;

	return gntdev_cpumap_mmap(export->grants, vma);
}

static int export_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct gntdev_export *export = dmabuf->priv;
	int ret;

	ret = gntdev_cpumap_vmap(export->grants, &export->kmap);
	if (ret)
		return ret;

	iosys_map_set_vaddr(map, export->kmap.vaddr);
	return 0;
}

static void export_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct gntdev_export *export = dmabuf->priv;

	gntdev_cpumap_vunmap(export->grants, &export->kmap);
	iosys_map_clear(map);
}

static void export_release(struct dma_buf *dmabuf)
{
	struct gntdev_export *export = dmabuf->priv;

	/* A buffer that Xen keeps mapped is never reported as released */
	if (!gntdev_grants_unmap(export->grants))
		gntdev_life_end(export->life);
	kfree(export);
}

static const struct dma_buf_ops export_ops = {
	.map_dma_buf = export_map,
	.unmap_dma_buf = export_unmap,
	.begin_cpu_access = export_begin_cpu_access,
	.end_cpu_access = export_end_cpu_access,
	.mmap = export_mmap,
	.vmap = export_vmap,
	.vunmap = export_vunmap,
	.release = export_release,
};

/**
 * gntdev_export_create - make a dma-buf of grant references
 * @domid: the domain that granted @refs
 * @refs: @count references, one for each page
 * @count: number of pages, at least 1
 * @life: becomes the buffer's and ends with it; if this function fails it is
 *        still the caller's
 *
 * May sleep.
 *
 * Return: the dma-buf, with one reference, or ERR_PTR: what
 * gntdev_grants_map() or dma_buf_export() fail with.
 */
struct dma_buf *gntdev_export_create(domid_t domid, const u32 *refs,
				     unsigned int count,
				     struct gntdev_life *life)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct gntdev_export *export;
	struct dma_buf *dmabuf;

	export = kzalloc(sizeof(*export), GFP_KERNEL);
	if (!export)
		return ERR_PTR(-ENOMEM);

	INIT_LIST_HEAD(&export->mappings);
	export->life = life;
	export->grants = gntdev_grants_map(domid, refs, count);
	if (IS_ERR(export->grants)) {
		dmabuf = ERR_CAST(export->grants);
		goto err_free;
	}

	info.ops = &export_ops;
	info.size = (size_t)count << PAGE_SHIFT;
	info.flags = O_RDWR | O_CLOEXEC;
	info.priv = export;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		goto err_unmap;

	return dmabuf;

err_unmap:
	gntdev_grants_unmap(export->grants);
err_free:
	kfree(export);
	return dmabuf;
}

MODULE_IMPORT_NS(DMA_BUF);
