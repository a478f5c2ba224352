/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The locks of dma-bufs.
 *
 * Since 6.2 the dma-buf core holds the reservation lock when it calls map_dma_buf,
 * unmap_dma_buf, vmap and vunmap.  Before, only some importers hold it.  This file
 * has a mutex for each file that includes it, which is held instead.  It is taken
 * inside the reservation lock.  devmap.c has another mutex than export.c, but unlocks
 * the reservation lock only to revoke a buffer that is mapped for a device, which
 * compat/revoke.h excludes.
 */

#ifndef _XEN_GNTDEV_DMABUF_COMPAT_DMA_BUF_H
#define _XEN_GNTDEV_DMABUF_COMPAT_DMA_BUF_H

#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/numa.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define dma_buf_map_attachment_unlocked		dma_buf_map_attachment
#define dma_buf_unmap_attachment_unlocked	dma_buf_unmap_attachment
#define dma_buf_vmap_unlocked			dma_buf_vmap
#define dma_buf_vunmap_unlocked			dma_buf_vunmap

/**
 * struct compat_dma_buf_ops - operations that take the mutex
 * @locked: the operations that the dma-buf core calls
 * @ops: the operations of the file, which @locked calls
 */
struct compat_dma_buf_ops {
	struct dma_buf_ops locked;
	const struct dma_buf_ops *ops;
};

static __maybe_unused DEFINE_MUTEX(compat_dma_buf_lock);
/* A file has at most two kinds of exports. */
static __maybe_unused struct compat_dma_buf_ops compat_dma_buf_ops[2];

static inline const struct dma_buf_ops *compat_ops(struct dma_buf *dmabuf)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(compat_dma_buf_ops); i++)
		if (dmabuf->ops == &compat_dma_buf_ops[i].locked)
			return compat_dma_buf_ops[i].ops;

	/* The file has replaced the operations; no device has the buffer mapped */
	return dmabuf->ops;
}

static __maybe_unused struct sg_table *
compat_map_dma_buf(struct dma_buf_attachment *attachment,
		   enum dma_data_direction dir)
{
	struct sg_table *sgt;

	mutex_lock(&compat_dma_buf_lock);
	sgt = compat_ops(attachment->dmabuf)->map_dma_buf(attachment, dir);
	mutex_unlock(&compat_dma_buf_lock);
	return sgt;
}

static __maybe_unused void
compat_unmap_dma_buf(struct dma_buf_attachment *attachment,
		     struct sg_table *sgt, enum dma_data_direction dir)
{
	mutex_lock(&compat_dma_buf_lock);
	compat_ops(attachment->dmabuf)->unmap_dma_buf(attachment, sgt, dir);
	mutex_unlock(&compat_dma_buf_lock);
}

static __maybe_unused int
compat_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	const struct dma_buf_ops *ops;
	int ret;

	mutex_lock(&compat_dma_buf_lock);
	ops = compat_ops(dmabuf);
	ret = ops->vmap ? ops->vmap(dmabuf, map) : -EINVAL;
	mutex_unlock(&compat_dma_buf_lock);
	return ret;
}

static __maybe_unused void
compat_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	mutex_lock(&compat_dma_buf_lock);
	compat_ops(dmabuf)->vunmap(dmabuf, map);
	mutex_unlock(&compat_dma_buf_lock);
}

/* compat_find_ops - find the operations that call @ops; NULL if the table is full */
static __maybe_unused struct compat_dma_buf_ops *
compat_find_ops(const struct dma_buf_ops *ops)
{
	struct compat_dma_buf_ops *compat;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(compat_dma_buf_ops); i++) {
		compat = &compat_dma_buf_ops[i];
		if (!compat->ops) {
			compat->ops = ops;
			compat->locked = *ops;
			compat->locked.map_dma_buf = compat_map_dma_buf;
			compat->locked.unmap_dma_buf = compat_unmap_dma_buf;
			if (ops->vmap)
				compat->locked.vmap = compat_vmap;
			if (ops->vunmap)
				compat->locked.vunmap = compat_vunmap;
		}
		if (compat->ops == ops)
			return compat;
	}

	return NULL;
}

static __maybe_unused struct dma_buf *
compat_dma_buf_export(const struct dma_buf_export_info *info)
{
	struct dma_buf_export_info locked_info = *info;
	struct compat_dma_buf_ops *compat;

	mutex_lock(&compat_dma_buf_lock);
	compat = compat_find_ops(info->ops);
	mutex_unlock(&compat_dma_buf_lock);
	if (WARN_ON_ONCE(!compat))
		return ERR_PTR(-EINVAL);

	locked_info.ops = &compat->locked;
	return dma_buf_export(&locked_info);
}

/*
 * Before 6.2 dma_buf_vmap() looks for vmap without a lock, calls it later, and warns
 * if it fails.  So operations that a file replaces by others without vmap get one
 * that succeeds: the mapping shows a page of zeroes again and again, which is its own.
 */
static __maybe_unused struct dma_buf_ops compat_no_memory_ops;

/*
 * compat_no_memory_pages - number of pages of such a mapping
 *
 * One page more than the buffer has, as a data offset in the first page needs.
 */
static __maybe_unused unsigned int
compat_no_memory_pages(const struct dma_buf *dmabuf)
{
	return (dmabuf->size >> PAGE_SHIFT) + 1;
}

/* Unlike vmap(), vm_map_ram() maps more pages than this domain has */
static __maybe_unused int
compat_vmap_no_memory(struct dma_buf *dmabuf, struct iosys_map *map)
{
	unsigned int count = compat_no_memory_pages(dmabuf);
	struct page **pages, *page;
	void *vaddr = NULL;

	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;

	pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	if (pages) {
		memset_p((void **)pages, page, count);
		vaddr = vm_map_ram(pages, count, NUMA_NO_NODE);
		kvfree(pages);
	}
	if (!vaddr) {
		__free_page(page);
		return -ENOMEM;
	}

	iosys_map_set_vaddr(map, vaddr);
	return 0;
}

static __maybe_unused void
compat_vunmap_no_memory(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct page *page = vmalloc_to_page(map->vaddr);

	vm_unmap_ram(map->vaddr, compat_no_memory_pages(dmabuf));
	__free_page(page);
}

/* For patches/linux-6.1/0017 */
static __maybe_unused void
compat_replace_ops(struct dma_buf *dmabuf, const struct dma_buf_ops *ops)
{
	lockdep_assert_held(&compat_dma_buf_lock);

	/* A file replaces them by one kind only */
	if (!compat_no_memory_ops.release) {
		compat_no_memory_ops = *ops;
		compat_no_memory_ops.vmap = compat_vmap_no_memory;
		compat_no_memory_ops.vunmap = compat_vunmap_no_memory;
	}
	/* Pairs with the address dependency of who reads the operations without a lock */
	smp_store_release(&dmabuf->ops, &compat_no_memory_ops);
}

static inline int compat_dma_resv_lock(struct dma_resv *resv,
				       struct ww_acquire_ctx *ctx)
{
	int ret = dma_resv_lock(resv, ctx);

	if (!ret)
		mutex_lock(&compat_dma_buf_lock);
	return ret;
}

static inline void compat_dma_resv_unlock(struct dma_resv *resv)
{
	mutex_unlock(&compat_dma_buf_lock);
	dma_resv_unlock(resv);
}

#define dma_buf_export		compat_dma_buf_export
#define dma_resv_lock		compat_dma_resv_lock
#define dma_resv_unlock		compat_dma_resv_unlock

#endif /* _XEN_GNTDEV_DMABUF_COMPAT_DMA_BUF_H */
