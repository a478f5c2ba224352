// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exported buffers: foreign grants as a dma-buf.
 *
 * This file creates the dma-buf and implements its operations.  It leaves
 * mapping the grants to grants.c, mappings for CPUs to cpumap.c, the scatter
 * table to segments.c, the choice of bus addresses to bus.c, and waiting for
 * the release to buf.c.
 *
 * Locks: the dma-buf's reservation lock protects the kernel mapping and the
 * list of device mappings.  The dma-buf core holds it for map_dma_buf,
 * unmap_dma_buf, vmap and vunmap.  This file takes it for begin_cpu_access and
 * end_cpu_access.
 *
 * Callers: the export ioctls and api.c create exports; the dma-buf core calls
 * the operations.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include <xen/gntdev-dmabuf.h>

#include "buf.h"
#include "bus.h"
#include "contig.h"
#include "cpumap.h"
#include "export.h"
#include "grants.h"
#include "quota.h"
#include "request.h"
#include "segments.h"
#include "trace.h"

/**
 * struct gntdev_export - an exported buffer
 * @grants: mapped grants, the memory of the buffer
 * @data_ofs: offset of the data in the first page, in bytes
 * @buf: buffer record; unregistered when @grants are unmapped
 * @vaddr: address of the kernel mapping, from the first vmap until the release;
 *         else NULL
 * @quota: quota that user mappings are charged to
 * @mappings: list of struct export_mapping, one for each device mapping
 *
 * The dma-buf's reservation lock protects @vaddr and @mappings.
 */
struct gntdev_export {
	struct gntdev_grants *grants;
	unsigned int data_ofs;
	struct gntdev_buf *buf;
	void *vaddr;
	struct gntdev_quota *quota;
	struct list_head mappings;
};

/**
 * struct export_mapping - an exported buffer mapped for one device
 * @sgt: scatter table that the importer gets
 * @dev: the importer's device
 * @dir: direction of the device's accesses
 * @node: node in &gntdev_export.mappings
 */
struct export_mapping {
	struct sg_table sgt;
	struct device *dev;
	enum dma_data_direction dir;
	struct list_head node;
};

/*
 * The buffer can be mapped for several devices at once.  The DMA API reports
 * overlapping mappings as a mistake if it synchronises caches when it maps.  So
 * this file synchronises them itself.  It also means that unmapping never
 * copies a bounce buffer, which gntdev_bus_bounces() refuses, over the pages.
 */
#define EXPORT_MAP_ATTRS	DMA_ATTR_SKIP_CPU_SYNC

static bool export_dir_writes(enum dma_data_direction dir)
{
	return dir == DMA_FROM_DEVICE || dir == DMA_BIDIRECTIONAL;
}

static struct sg_table *export_map(struct dma_buf_attachment *attachment,
				   enum dma_data_direction dir)
{
	struct gntdev_export *export = attachment->dmabuf->priv;
	struct gntdev_grants *grants = export->grants;
	struct export_mapping *mapping;
	int ret;

	if (gntdev_grants_readonly(grants) && export_dir_writes(dir))
		return ERR_PTR(-EACCES);
	if (!gntdev_bus_addressable(attachment->dev, grants))
		return ERR_PTR(-EOPNOTSUPP);

	mapping = kzalloc_obj(*mapping);
	if (!mapping)
		return ERR_PTR(-ENOMEM);

	mapping->dev = attachment->dev;
	mapping->dir = dir;

	ret = gntdev_segments_fill(&mapping->sgt, grants->pages, grants->count,
				   export->data_ofs,
				   dma_get_max_seg_size(attachment->dev),
				   gntdev_bus_to_bfn(attachment->dev));
	if (ret)
		goto err_free;

	ret = dma_map_sgtable(attachment->dev, &mapping->sgt, dir,
			      EXPORT_MAP_ATTRS);
	if (ret)
		goto err_free_table;

	if (gntdev_bus_bounces(attachment->dev, &mapping->sgt)) {
		ret = -EOPNOTSUPP;
		goto err_unmap;
	}

	dma_sync_sgtable_for_device(attachment->dev, &mapping->sgt, dir);
	list_add(&mapping->node, &export->mappings);
	return &mapping->sgt;

err_unmap:
	dma_unmap_sgtable(attachment->dev, &mapping->sgt, dir,
			  EXPORT_MAP_ATTRS);
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
	dma_sync_sgtable_for_cpu(mapping->dev, sgt, mapping->dir);
	dma_unmap_sgtable(mapping->dev, sgt, mapping->dir, EXPORT_MAP_ATTRS);
	sg_free_table(sgt);
	kfree(mapping);
}

static int export_begin_cpu_access(struct dma_buf *dmabuf,
				   enum dma_data_direction dir)
{
	struct gntdev_export *export = dmabuf->priv;
	struct export_mapping *mapping;

	/* With DMA_FROM_DEVICE the CPU only reads */
	if (gntdev_grants_readonly(export->grants) && dir != DMA_FROM_DEVICE)
		return -EACCES;

	dma_resv_lock(dmabuf->resv, NULL);
	list_for_each_entry(mapping, &export->mappings, node)
		dma_sync_sgtable_for_cpu(mapping->dev, &mapping->sgt,
					 mapping->dir);
	if (export->grants->contig)
		gntdev_contig_begin_cpu_access(export->grants->contig);
	dma_resv_unlock(dmabuf->resv);

	return 0;
}

static int export_end_cpu_access(struct dma_buf *dmabuf,
				 enum dma_data_direction dir)
{
	struct gntdev_export *export = dmabuf->priv;
	struct export_mapping *mapping;

	dma_resv_lock(dmabuf->resv, NULL);
	if (export->grants->contig)
		gntdev_contig_end_cpu_access(export->grants->contig);
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

/*
 * Many display drivers copy each frame and map the buffer for each copy.  So
 * the kernel mapping is cached until the release.
 */
static int export_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct gntdev_export *export = dmabuf->priv;

	if (!export->vaddr)
		export->vaddr = gntdev_cpumap_vmap(export->grants,
						   export->data_ofs);
	if (!export->vaddr)
		return -ENOMEM;

	iosys_map_set_vaddr(map, export->vaddr + export->data_ofs);
	return 0;
}

static void export_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	iosys_map_clear(map);
}

static void export_free(struct gntdev_export *export)
{
	gntdev_quota_put(export->quota);
	kfree(export);
}

static void export_release(struct dma_buf *dmabuf)
{
	struct gntdev_export *export = dmabuf->priv;
	int ret;

	if (export->vaddr)
		gntdev_cpumap_vunmap(export->grants, export->vaddr);
	ret = gntdev_grants_unmap(export->grants);
	trace_gntdev_dmabuf_unmap(gntdev_buf_id(export->buf), ret);

	/* While Xen has a grant mapped, the buffer is not released */
	if (ret)
		gntdev_buf_set_state(export->buf, GNTDEV_BUF_STUCK);
	else
		gntdev_buf_unregister(export->buf);
	export_free(export);
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

/*
 * Without vmap, because an importer can write through a kernel mapping.  A vmap
 * that fails instead would make dma_buf_vmap() warn.
 */
static const struct dma_buf_ops export_readonly_ops = {
	.map_dma_buf = export_map,
	.unmap_dma_buf = export_unmap,
	.begin_cpu_access = export_begin_cpu_access,
	.end_cpu_access = export_end_cpu_access,
	.mmap = export_mmap,
	.release = export_release,
};

/* export_create_dmabuf - create the dma-buf when the grants are mapped */
static struct dma_buf *export_create_dmabuf(struct gntdev_export *export)
{
	bool readonly = gntdev_grants_readonly(export->grants);
	DEFINE_DMA_BUF_EXPORT_INFO(info);

	/* Importers and mmap() count in pages, so the size is in whole pages */
	info.ops = readonly ? &export_readonly_ops : &export_ops;
	info.size = (size_t)export->grants->count << PAGE_SHIFT;
	info.flags = O_CLOEXEC | (readonly ? O_RDONLY : O_RDWR);
	info.priv = export;
	return dma_buf_export(&info);
}

/* export_alloc - allocate an export without grants, or NULL */
static struct gntdev_export *export_alloc(const struct gntdev_request *request)
{
	struct gntdev_export *export;

	export = kzalloc_obj(*export);
	if (!export)
		return NULL;

	/* A request of a driver in the kernel has no quota: allocate one */
	export->quota = request->quota ? gntdev_quota_get(request->quota) :
			gntdev_quota_alloc();
	if (!export->quota) {
		kfree(export);
		return NULL;
	}

	INIT_LIST_HEAD(&export->mappings);
	export->data_ofs = request->data_ofs;
	return export;
}

/**
 * gntdev_export_create - map grants and create a dma-buf for them
 * @request: the granting domain, number of pages, flags and data offset; the
 *           caller has checked it
 * @refs: grant references, one for each page
 * @buf: set to the buffer record, which is valid until the buffer is released
 *
 * Context: process context, may sleep as gntdev_grants_map().
 * Return: the dma-buf, with one reference for the caller, or ERR_PTR: -ENOMEM
 * if there is no memory or the kernel could not map so many pages, or the error
 * of gntdev_grants_map() or dma_buf_export().
 */
struct dma_buf *gntdev_export_create(const struct gntdev_request *request,
				     const u32 *refs, struct gntdev_buf **buf)
{
	const struct gntdev_buf_info info = {
		.context = request->context,
		.domid = request->domid,
		.count = request->count,
		.flags = request->flags,
		.data_ofs = request->data_ofs,
	};
	struct gntdev_export *export;
	struct dma_buf *dmabuf;

	if (gntdev_cpumap_check(request->count))
		return ERR_PTR(-ENOMEM);

	export = export_alloc(request);
	if (!export)
		return ERR_PTR(-ENOMEM);

	dmabuf = ERR_PTR(-ENOMEM);
	export->buf = gntdev_buf_register(&info);
	if (!export->buf)
		goto err_free;

	export->grants = gntdev_grants_map(request->domid, refs, request->count,
					   request->data_ofs, request->flags);
	trace_gntdev_dmabuf_map(gntdev_buf_id(export->buf), request->domid,
				request->count,
				PTR_ERR_OR_ZERO(export->grants));
	if (IS_ERR(export->grants)) {
		dmabuf = ERR_CAST(export->grants);
		goto err_unregister;
	}

	export->grants->quota = export->quota;
	dmabuf = export_create_dmabuf(export);
	if (IS_ERR(dmabuf))
		goto err_unmap;

	*buf = export->buf;
	return dmabuf;

err_unmap:
	gntdev_grants_unmap(export->grants);
err_unregister:
	gntdev_buf_unregister(export->buf);
err_free:
	export_free(export);
	return dmabuf;
}

MODULE_IMPORT_NS("DMA_BUF");
