// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages of a dma-buf, whatever its exporter.
 *
 * An exporter shows its memory to devices, and tells each where the device
 * finds it.  So there is a device here that stands for the other domains: its
 * bus addresses are this domain's physical addresses, no IOMMU is before it,
 * no address is beyond its reach and no cache between, so that nobody has a
 * reason to give it a copy.  What the scatter table's entries know of pages
 * beside that is the exporter's own affair.
 */

#include <linux/dma-buf.h>
#include <linux/dma-map-ops.h>
#include <linux/file.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include <xen/features.h>
#include <xen/page.h>

#include "source.h"

static dma_addr_t source_map_page(struct device *dev, struct page *page,
				  unsigned long offset, size_t size,
				  enum dma_data_direction dir,
				  unsigned long attrs)
{
	return page_to_phys(page) + offset;
}

static void source_unmap_page(struct device *dev, dma_addr_t addr, size_t size,
			      enum dma_data_direction dir, unsigned long attrs)
{
}

static int source_map_sg(struct device *dev, struct scatterlist *sgl, int nents,
			 enum dma_data_direction dir, unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		sg->dma_address = sg_phys(sg);
		sg_dma_len(sg) = sg->length;
	}

	return nents;
}

/* Memory without pages, which map_resource would be for, cannot be granted. */
static const struct dma_map_ops source_dma_ops = {
	.map_page = source_map_page,
	.unmap_page = source_unmap_page,
	.map_sg = source_map_sg,
};

static struct device *source_dev;
static struct device_dma_parameters source_dma_parms;

/**
 * gntdev_source_init - before any other function of this file
 *
 * Return: 0 or what making a device fails with.
 */
int gntdev_source_init(void)
{
	int ret;

	source_dev = root_device_register("xen-gntdev-dmabuf");
	if (IS_ERR(source_dev))
		return PTR_ERR(source_dev);

	set_dma_ops(source_dev, &source_dma_ops);
	source_dev->dma_parms = &source_dma_parms;
	dma_set_max_seg_size(source_dev, UINT_MAX);
	dma_set_seg_boundary(source_dev, ULONG_MAX);
	ret = dma_coerce_mask_and_coherent(source_dev, DMA_BIT_MASK(64));
	if (ret)
		root_device_unregister(source_dev);
	return ret;
}

/**
 * gntdev_source_exit - when no source is left
 */
void gntdev_source_exit(void)
{
	root_device_unregister(source_dev);
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

/**
 * gntdev_source_get - hold on to a dma-buf and its memory
 * @source: filled in
 * @dmabuf: the buffer, of which a reference is taken
 * @readonly: whether nobody will write to it
 *
 * May sleep.  The caller must not hold the dma-buf's reservation lock.
 *
 * Return: 0, -EOPNOTSUPP as gntdev_source_measure(), or what the exporter
 * fails with.
 */
int gntdev_source_get(struct gntdev_source *source, struct dma_buf *dmabuf,
		      bool readonly)
{
	int ret;

	source->dir = readonly ? DMA_TO_DEVICE : DMA_BIDIRECTIONAL;
	source->attachment = dma_buf_attach(dmabuf, source_dev);
	if (IS_ERR(source->attachment))
		return PTR_ERR(source->attachment);

	source->sgt = dma_buf_map_attachment_unlocked(source->attachment,
						      source->dir);
	if (IS_ERR(source->sgt)) {
		ret = PTR_ERR(source->sgt);
		goto err_detach;
	}

	ret = gntdev_source_measure(source, dmabuf->size);
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
