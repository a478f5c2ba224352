// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exported buffers: foreign grants as a dma-buf.
 *
 * This file creates the dma-buf, implements its operations and revokes it.  It
 * leaves mapping the grants to grants.c, mappings for CPUs to cpumap.c, mappings
 * for devices to devmap.c, and waiting for the release to buf.c.
 *
 * An export has its grants mapped until its last user has gone, or until it is
 * revoked.  A revoked export is an empty dma-buf: its operations fail.
 *
 * Locks: the dma-buf's reservation lock protects the grants, the kernel mapping and
 * the device mappings.  The dma-buf core holds it for map_dma_buf, unmap_dma_buf,
 * vmap and vunmap.  This file takes it for begin_cpu_access, end_cpu_access and the
 * revocation; the release needs no lock, because there is no other user.
 * exports_lock protects the tree of exports.
 *
 * Callers: the export ioctls and api.c create and revoke exports; the dma-buf core
 * calls the operations.
 */

#include <linux/dcache.h>
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <xen/gntdev-dmabuf.h>

#include "buf.h"
#include "buf-tree.h"
#include "contig.h"
#include "cpumap.h"
#include "devmap.h"
#include "export.h"
#include "grants.h"
#include "quota.h"
#include "request.h"
#include "trace.h"

/**
 * struct gntdev_export - an exported buffer
 * @node: node in exports, with the ids of the buffer and the gntdev file
 * @dmabuf: the dma-buf
 * @dentry: its directory entry, which exists as long as the dma-buf does
 * @grants: mapped grants, the memory of the buffer; NULL after the revocation
 * @count: number of pages
 * @data_ofs: offset of the data in the first page, in bytes
 * @buf: buffer record; unregistered when @grants are unmapped
 * @quota: quota that the pages and user mappings are charged to
 * @cpumap: mappings for CPUs
 * @devmap: mappings for devices
 * @vmapped: whether an importer uses the kernel mapping
 * @revoked: whether a revocation has begun: no new use begins
 * @unmap_error: 0, or the error of unmapping @grants
 *
 * The dma-buf's reservation lock protects @grants and the last three.
 */
struct gntdev_export {
	struct gntdev_buf_node node;
	struct dma_buf *dmabuf;
	struct dentry *dentry;
	struct gntdev_grants *grants;
	unsigned int count;
	unsigned int data_ofs;
	struct gntdev_buf *buf;
	struct gntdev_quota *quota;
	struct gntdev_cpumap cpumap;
	struct gntdev_devmap devmap;
	bool vmapped;
	bool revoked;
	int unmap_error;
};

static struct rb_root_cached exports = RB_ROOT_CACHED;
static DEFINE_SPINLOCK(exports_lock); /* exports */

static int export_attach(struct dma_buf *dmabuf,
			 struct dma_buf_attachment *attachment)
{
	struct gntdev_export *export = dmabuf->priv;

	return READ_ONCE(export->revoked) ? -ENODEV : 0;
}

static struct sg_table *export_map(struct dma_buf_attachment *attachment,
				   enum dma_data_direction dir)
{
	struct gntdev_export *export = attachment->dmabuf->priv;

	if (export->revoked)
		return ERR_PTR(-ENODEV);
	if (gntdev_grants_readonly(export->grants) && dir != DMA_TO_DEVICE)
		return ERR_PTR(-EACCES);

	return gntdev_devmap_map(&export->devmap, export->grants,
				 export->data_ofs, attachment, dir);
}

static void export_unmap(struct dma_buf_attachment *attachment,
			 struct sg_table *sgt, enum dma_data_direction dir)
{
	struct gntdev_export *export = attachment->dmabuf->priv;

	gntdev_devmap_unmap(&export->devmap, sgt);
}

/* export_begin_locked - begin_cpu_access with the reservation lock held */
static int export_begin_locked(struct gntdev_export *export,
			       enum dma_data_direction dir)
{
	if (export->revoked)
		return -ENODEV;
	/* With DMA_FROM_DEVICE the CPU only reads */
	if (gntdev_grants_readonly(export->grants) && dir != DMA_FROM_DEVICE)
		return -EACCES;

	gntdev_devmap_begin_cpu_access(&export->devmap);
	if (export->grants->contig)
		gntdev_contig_begin_cpu_access(export->grants->contig);
	return 0;
}

static int export_begin_cpu_access(struct dma_buf *dmabuf,
				   enum dma_data_direction dir)
{
	long ret;

	/* The core waits after this function, too late for what devices still write */
	ret = dma_resv_wait_timeout(dmabuf->resv,
				    dma_resv_usage_rw(dir != DMA_FROM_DEVICE),
				    true, MAX_SCHEDULE_TIMEOUT);
	if (ret < 0)
		return ret;

	dma_resv_lock(dmabuf->resv, NULL);
	ret = export_begin_locked(dmabuf->priv, dir);
	dma_resv_unlock(dmabuf->resv);

	return ret;
}

static int export_end_cpu_access(struct dma_buf *dmabuf,
				 enum dma_data_direction dir)
{
	struct gntdev_export *export = dmabuf->priv;

	dma_resv_lock(dmabuf->resv, NULL);
	if (export->grants) {
		if (export->grants->contig)
			gntdev_contig_end_cpu_access(export->grants->contig);
		gntdev_devmap_end_cpu_access(&export->devmap);
	}
	dma_resv_unlock(dmabuf->resv);

	return 0;
}

static int export_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct gntdev_export *export = dmabuf->priv;

	if (READ_ONCE(export->revoked))
		return -ENODEV;

	return gntdev_cpumap_mmap(&export->cpumap, vma);
}

static int export_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct gntdev_export *export = dmabuf->priv;
	void *vaddr;

	vaddr = gntdev_cpumap_vmap(&export->cpumap);
	if (!vaddr)
		return -ENOMEM;

	iosys_map_set_vaddr(map, vaddr);
	export->vmapped = true;
	return 0;
}

static void export_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct gntdev_export *export = dmabuf->priv;

	export->vmapped = false;
	iosys_map_clear(map);
}

static void export_free(struct gntdev_export *export)
{
	gntdev_quota_put(export->quota);
	kfree(export);
}

/* export_end - remove the CPU mappings, unmap the grants and unregister the record */
static void export_end(struct gntdev_export *export, struct address_space *mapping)
{
	gntdev_cpumap_close(&export->cpumap, mapping);
	export->unmap_error = gntdev_grants_unmap(export->grants);
	export->grants = NULL;
	trace_gntdev_dmabuf_unmap(gntdev_buf_id(export->buf), export->unmap_error);

	/* While Xen has a grant mapped, the buffer is not released */
	if (export->unmap_error) {
		gntdev_buf_set_stuck(export->buf);
	} else {
		gntdev_quota_uncharge(export->quota, export->count);
		gntdev_buf_unregister(export->buf);
	}

	/* Until here a revocation finds the buffer and waits for the release */
	spin_lock(&exports_lock);
	gntdev_buf_tree_del(&exports, &export->node);
	spin_unlock(&exports_lock);
}

static void export_release(struct dma_buf *dmabuf)
{
	struct gntdev_export *export = dmabuf->priv;

	/* Unless the buffer has been revoked */
	if (export->grants)
		export_end(export, NULL);
	export_free(export);
}

static const struct dma_buf_ops export_ops = {
	.attach = export_attach,
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
 * Without vmap, because an importer can write through a kernel mapping, and a
 * revoked buffer has no memory.  A vmap that fails instead would make
 * dma_buf_vmap() warn.
 */
static const struct dma_buf_ops export_no_vmap_ops = {
	.attach = export_attach,
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
	info.ops = readonly ? &export_no_vmap_ops : &export_ops;
	info.size = (size_t)export->grants->count << PAGE_SHIFT;
	info.flags = O_CLOEXEC | (readonly ? O_RDONLY : O_RDWR);
	info.priv = export;
	return dma_buf_export(&info);
}

/* export_alloc - allocate an export without grants, charged to the quota */
static struct gntdev_export *export_alloc(const struct gntdev_request *request)
{
	struct gntdev_export *export;

	export = kzalloc_obj(*export);
	if (!export)
		return ERR_PTR(-ENOMEM);

	/* A request of a driver in the kernel has no quota: allocate one */
	export->quota = request->quota ? gntdev_quota_get(request->quota) :
			gntdev_quota_alloc(0);
	if (!export->quota) {
		kfree(export);
		return ERR_PTR(-ENOMEM);
	}

	if (!gntdev_quota_charge(export->quota, request->count)) {
		export_free(export);
		return ERR_PTR(-EDQUOT);
	}

	RB_CLEAR_NODE(&export->node.rb);
	gntdev_devmap_init(&export->devmap);
	export->count = request->count;
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
 * if there is no memory; -EDQUOT if the gntdev file would have more pages than it
 * may; or the error of gntdev_grants_map() or dma_buf_export().
 */
struct dma_buf *gntdev_export_create(const struct gntdev_request *request,
				     const u32 *refs, struct gntdev_buf **buf)
{
	const struct gntdev_buf_info info = {
		.file_id = request->file_id,
		.domid = request->domid,
		.count = request->count,
		.flags = request->flags,
		.data_ofs = request->data_ofs,
	};
	struct gntdev_export *export;
	struct dma_buf *dmabuf;
	int ret;

	export = export_alloc(request);
	if (IS_ERR(export))
		return ERR_CAST(export);

	dmabuf = ERR_PTR(-ENOMEM);
	export->buf = gntdev_buf_register(&info);
	if (!export->buf)
		goto err_uncharge;

	export->grants = gntdev_grants_map(request->domid, refs, request->count,
					   request->data_ofs, request->flags);
	trace_gntdev_dmabuf_map(gntdev_buf_id(export->buf), request->domid,
				request->count,
				PTR_ERR_OR_ZERO(export->grants));
	if (IS_ERR(export->grants)) {
		dmabuf = ERR_CAST(export->grants);
		goto err_unregister;
	}

	ret = gntdev_cpumap_init(&export->cpumap, export->grants,
				 export->data_ofs, export->quota);
	dmabuf = ret ? ERR_PTR(ret) : export_create_dmabuf(export);
	if (IS_ERR(dmabuf))
		goto err_end;

	export->dmabuf = dmabuf;
	export->dentry = dmabuf->file->f_path.dentry;
	*buf = export->buf;
	return dmabuf;

err_end:
	export_end(export, NULL);
	goto err_free;
err_unregister:
	gntdev_buf_unregister(export->buf);
err_uncharge:
	gntdev_quota_uncharge(export->quota, export->count);
err_free:
	export_free(export);
	return dmabuf;
}

/**
 * gntdev_export_publish - let the gntdev file find an export
 * @dmabuf: the dma-buf, of gntdev_export_create()
 * @file_id: id of the open gntdev file
 * @buf: record of the buffer, which the caller does not use afterwards: another
 *       task can now revoke the buffer
 *
 * Context: process context.
 */
void gntdev_export_publish(struct dma_buf *dmabuf, u64 file_id,
			   const struct gntdev_buf *buf)
{
	struct gntdev_export *export = dmabuf->priv;

	spin_lock(&exports_lock);
	gntdev_buf_tree_add(&exports, &export->node, gntdev_buf_id(buf), file_id);
	spin_unlock(&exports_lock);
}

/**
 * gntdev_export_find - find the dma-buf of an export
 * @file_id: id of the open gntdev file that made the export
 * @id: id of the buffer
 *
 * The reference is one to the directory entry of the dma-buf: a descriptor that was
 * opened with O_PATH has no more, and retains the buffer.
 *
 * Context: process context.
 * Return: the dma-buf, to be put with gntdev_export_put(), or ERR_PTR: -ENOENT if
 * the file has no such export, -EAGAIN if its release has begun.
 */
struct dma_buf *gntdev_export_find(u64 file_id, u64 id)
{
	struct dma_buf *dmabuf = ERR_PTR(-ENOENT);
	struct gntdev_buf_node *node;
	struct gntdev_export *export;

	spin_lock(&exports_lock);
	node = gntdev_buf_tree_find(&exports, id, file_id);
	if (node) {
		export = container_of(node, struct gntdev_export, node);
		dmabuf = lockref_get_not_dead(&export->dentry->d_lockref) ?
			 export->dmabuf : ERR_PTR(-EAGAIN);
	}
	spin_unlock(&exports_lock);

	return dmabuf;
}

/**
 * gntdev_export_put - put the reference of gntdev_export_find()
 * @dmabuf: the dma-buf
 *
 * Context: process context, may sleep; releases the buffer if this is the last
 * reference.
 */
void gntdev_export_put(struct dma_buf *dmabuf)
{
	struct gntdev_export *export = dmabuf->priv;

	dput(export->dentry);
}

/**
 * gntdev_is_export - whether a dma-buf is an export
 * @dmabuf: the dma-buf
 *
 * Context: any; the caller has a reference.
 * Return: true if gntdev_export_create() has returned @dmabuf.
 */
bool gntdev_is_export(const struct dma_buf *dmabuf)
{
	/* export_revoke_locked() can change it at the same time */
	return READ_ONCE(dmabuf->ops)->release == export_release;
}

/* export_revoke_locked - gntdev_export_revoke() with the reservation lock held */
static int export_revoke_locked(struct gntdev_export *export)
{
	struct dma_buf *dmabuf = export->dmabuf;
	int ret;

	if (export->vmapped || !gntdev_devmap_revocable(&export->devmap))
		return -EBUSY;

	WRITE_ONCE(export->revoked, true);
	WRITE_ONCE(dmabuf->ops, &export_no_vmap_ops);

	ret = gntdev_devmap_revoke(&export->devmap, dmabuf);
	if (ret)
		return ret;

	/* Another task can have revoked the buffer during the wait, or before */
	if (export->grants)
		export_end(export, d_inode(export->dentry)->i_mapping);

	return export->unmap_error;
}

/**
 * gntdev_export_revoke - take the memory of an exported buffer away
 * @dmabuf: the dma-buf, of gntdev_export_create(); the caller has a reference to it
 *          or to its directory entry
 *
 * When this function has returned 0 the grants are unmapped, and the buffer is
 * released.  Later uses of the dma-buf fail with -ENODEV, and accesses through user
 * mappings raise SIGBUS.
 *
 * Context: process context, sleeps; the caller holds neither the reservation lock
 * nor mmap_lock.
 * Return: 0, also if the buffer has been revoked before; -EBUSY, with nothing
 * changed, if an importer that cannot be notified has mapped the buffer, or a driver
 * uses its kernel mapping; -EINTR after a fatal signal, with the revocation begun;
 * -EIO if Xen refused to unmap a grant.
 */
int gntdev_export_revoke(struct dma_buf *dmabuf)
{
	int ret;

	dma_resv_lock(dmabuf->resv, NULL);
	ret = export_revoke_locked(dmabuf->priv);
	dma_resv_unlock(dmabuf->resv);

	return ret;
}
