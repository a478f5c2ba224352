// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages of a dma-buf, whatever its exporter.
 *
 * An exporter shows its memory to devices.  The device that imports is gntdev's
 * own misc device.  The DMA API's direct mapping gives it this domain's physical
 * addresses; source-pv.c says what x86 PV domains need.  No address is beyond
 * the device's reach, so the DMA API has no reason to give it a bounce buffer;
 * where it would have another reason, the dma-buf is refused.  The members of
 * the scatter table that are about pages are the exporter's own affair.
 *
 * Called by import.c.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/file.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include <xen/features.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "source.h"

static struct device *source_dev;
static struct device_dma_parameters source_dma_parms;

/**
 * gntdev_source_init - make gntdev's device one that dma-bufs can be mapped for
 * @dev: the device
 *
 * Until then, or if the DMA API refuses the device, nothing can be imported.
 *
 * Context: once, while the module is loaded.
 */
void gntdev_source_init(struct device *dev)
{
	gntdev_source_pv_init(dev);
	dev->dma_parms = &source_dma_parms;
	dma_set_max_seg_size(dev, UINT_MAX);
	dma_set_seg_boundary(dev, ULONG_MAX);
	if (dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64)))
		return;

	/* The device node is there already: pairs with gntdev_source_get() */
	smp_store_release(&source_dev, dev);
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

/* source_grantable - whether all pages are memory of this domain */
static bool source_grantable(unsigned long pfn, u64 count)
{
	const unsigned long special = BIT(PG_foreign) | BIT(PG_reserved);
	struct page *page;

	for (; count; count--, pfn++) {
		if (!pfn_valid(pfn))
			return false;

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
		if (!source_grantable(PHYS_PFN(addr), PFN_UP(end)))
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
 * limit to what can be mapped.  A device that does not look into caches gets one
 * for memory that is short enough to share a cache line with other memory.
 */
static bool source_bounces(const struct gntdev_source *source)
{
	struct device *dev = source->attachment->dev;
	struct scatterlist *sg;
	unsigned int i;

	if (xen_pv_domain())
		return false;
	if (dma_max_mapping_size(dev) != SIZE_MAX)
		return true;

	for_each_sgtable_dma_sg(source->sgt, sg, i) {
		if (sg_dma_len(sg) && sg_dma_len(sg) < 2 * ARCH_DMA_MINALIGN &&
		    dma_need_sync(dev, sg_dma_address(sg)))
			return true;
	}

	return false;
}

/**
 * gntdev_source_get - hold on to a dma-buf and its memory
 * @source: filled in
 * @dmabuf: the buffer, of which a reference is taken
 * @readonly: whether nobody will write to it
 *
 * May sleep.  The caller must not hold the dma-buf's reservation lock.
 *
 * Return: 0, -EOPNOTSUPP as gntdev_source_measure() or if the DMA API would have
 * a copy mapped, -ENODEV if the module is not loaded completely, or what the
 * exporter fails with.
 */
int gntdev_source_get(struct gntdev_source *source, struct dma_buf *dmabuf,
		      bool readonly)
{
	/* Pairs with gntdev_source_init() */
	struct device *dev = smp_load_acquire(&source_dev);
	int ret;

	if (!dev)
		return -ENODEV;

	source->dir = readonly ? DMA_TO_DEVICE : DMA_BIDIRECTIONAL;
	source->attachment = dma_buf_attach(dmabuf, dev);
	if (IS_ERR(source->attachment))
		return PTR_ERR(source->attachment);

	source->sgt = dma_buf_map_attachment_unlocked(source->attachment,
						      source->dir);
	if (IS_ERR(source->sgt)) {
		ret = PTR_ERR(source->sgt);
		goto err_detach;
	}

	ret = gntdev_source_measure(source, dmabuf->size);
	if (!ret && source_bounces(source))
		ret = -EOPNOTSUPP;
	if (ret)
		goto err_unmap;

	get_dma_buf(dmabuf);
	return 0;

err_unmap:
	dma_buf_unmap_attachment_unlocked(source->attachment, source->sgt,
					  source->dir);
err_detach:
	dma_buf_detach(dmabuf, source->attachment);
	return ret;
}

/**
 * gntdev_source_put - let go of it
 * @source: what gntdev_source_get() filled in
 *
 * If nobody else has the dma-buf, its exporter has freed it afterwards: not, as
 * with dma_buf_put(), when the kernel finds the time.  Somebody will be told.
 *
 * May sleep.  The caller must not hold the dma-buf's reservation lock.
 */
void gntdev_source_put(struct gntdev_source *source)
{
	struct dma_buf *dmabuf = source->attachment->dmabuf;

	dma_buf_unmap_attachment_unlocked(source->attachment, source->sgt,
					  source->dir);
	dma_buf_detach(dmabuf, source->attachment);
	__fput_sync(dmabuf->file);
}
