// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA areas: memory of the DMA API with its pages ballooned out.
 *
 * This file allocates memory through the DMA API for a device and balloons out
 * its pages.  The addresses stay allocated, so grants can be mapped at them.
 * The addresses are contiguous unless in a PV domain, the device can reach them,
 * and the kernel mapping is cached or not as the device needs it.
 *
 * This file leaves mapping grants to its callers.  It reports the number of
 * pages to balloon.c, which computes the balloon's target.
 *
 * An area is freed to the DMA API, and so to the page allocator, only as a
 * whole and only after Xen has populated all its pages again.  Xen may have no
 * memory at that time, because another domain has got it.  The area is then
 * pending, and a work tries again.
 *
 * In a PV domain the bus address of a page is that of its machine frame.  Xen
 * gets the frame and later returns another one, so an allocation cannot choose
 * bus addresses.  There each page of an area is a chunk of its own: the DMA API
 * frees a larger chunk only if its machine frames are contiguous.
 *
 * Locks: pending_lock protects the list of pending areas and their retry
 * interval.  Any other state of an area belongs to its user, and to the work
 * while the area is pending.
 *
 * Callers: gnttab_alloc_dma_pages(), and drivers that allocate an area
 * directly.
 */

#include <linux/dma-mapping.h>
#include <linux/iommu-dma.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <asm/xen/hypercall.h>

#include <xen/balloon.h>
#include <xen/balloon-dma.h>
#include <xen/features.h>
#include <xen/mem-reservation.h>
#include <xen/page.h>

/* Fail the allocation rather than invoke the OOM killer */
#define AREA_GFP	(GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/* Pages in one hypercall */
#define AREA_BATCH	128U

/* First and longest interval between two tries to populate, in jiffies */
#define PENDING_RETRY_FIRST	HZ
#define PENDING_RETRY_MAX	(32 * HZ)

/**
 * struct area_chunk - one allocation of the DMA API
 * @vaddr: kernel address
 * @addr: DMA address for the device
 * @page: first page; the pages are contiguous
 */
struct area_chunk {
	void *vaddr;
	dma_addr_t addr;
	struct page *page;
};

/**
 * struct xen_balloon_dma - a DMA area
 * @dev: device that the memory was allocated for
 * @attrs: DMA_ATTR_* of the allocation
 * @count: number of pages
 * @first_out: index of the first page that is ballooned out
 * @end_out: index after the last page that is ballooned out
 * @node: node in the list of pending areas
 * @frames: arguments of a hypercall, so that freeing needs no memory
 * @chunk_pages: number of pages in each of @chunks
 * @nr_chunks: number of chunks, 1 unless in a PV domain
 * @chunks: the chunks, in the order of the pages
 */
struct xen_balloon_dma {
	struct device *dev;
	unsigned long attrs;
	unsigned int count;
	unsigned int first_out;
	unsigned int end_out;
	struct list_head node;
	xen_pfn_t frames[AREA_BATCH];
	unsigned int chunk_pages;
	unsigned int nr_chunks;
	struct area_chunk chunks[] __counted_by(nr_chunks);
};

static LIST_HEAD(pending_areas);
static unsigned long pending_interval = PENDING_RETRY_FIRST;
static DEFINE_MUTEX(pending_lock); /* pending_areas, pending_interval */

static bool domain_is_pv(void)
{
	return !xen_feature(XENFEAT_auto_translated_physmap);
}

static size_t area_chunk_size(const struct xen_balloon_dma *area)
{
	return (size_t)area->chunk_pages << PAGE_SHIFT;
}

static struct page *area_page(const struct xen_balloon_dma *area,
			      unsigned int i)
{
	return area->chunks[i / area->chunk_pages].page + i % area->chunk_pages;
}

/* ---- Balloon out and in */

/* area_flush_tlb - make sure that no CPU accesses the pages through its TLB */
static void area_flush_tlb(void)
{
#ifdef CONFIG_XEN_HAVE_PVMMU
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_ALL };

	if (domain_is_pv())
		WARN_ON(HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
#endif
}

/*
 * area_balloon_out_batch - balloon out up to AREA_BATCH pages
 *
 * The DMA API has zeroed the pages, so no data leaks to another domain.
 * Returns the number of pages that Xen took, beginning with the first; the
 * others are unchanged.
 */
static unsigned int area_balloon_out_batch(struct xen_balloon_dma *area,
					   unsigned int first, unsigned int n)
{
	struct page *page;
	unsigned int i;
	int done;

	for (i = 0; i < n; i++) {
		page = area_page(area, first + i);
		area->frames[i] = xen_page_to_gfn(page);
		xenmem_reservation_va_mapping_reset(1, &page);
	}
	area_flush_tlb();

	done = max(xenmem_reservation_decrease(n, area->frames), 0);
	for (i = done; i < n; i++) {
		page = area_page(area, first + i);
		xenmem_reservation_va_mapping_update(1, &page,
						     &area->frames[i]);
	}

	balloon_account(-done);
	return done;
}

/* area_balloon_out - balloon out all pages; false if Xen did not take all */
static bool area_balloon_out(struct xen_balloon_dma *area)
{
	unsigned int n, done;

	while (area->end_out < area->count) {
		n = min(area->count - area->end_out, AREA_BATCH);
		done = area_balloon_out_batch(area, area->end_out, n);
		area->end_out += done;
		if (done < n)
			return false;
		cond_resched();
	}

	return true;
}

/* area_balloon_in - populate all pages again; false if Xen lacks memory */
static bool area_balloon_in(struct xen_balloon_dma *area)
{
	struct page *page;
	unsigned int i, n;
	int done;

	while (area->first_out < area->end_out) {
		n = min(area->end_out - area->first_out, AREA_BATCH);
		for (i = 0; i < n; i++) {
			page = area_page(area, area->first_out + i);
			area->frames[i] = page_to_xen_pfn(page);
		}

		/* In a PV domain Xen overwrites them with machine frames */
		done = max(xenmem_reservation_increase(n, area->frames), 0);
		for (i = 0; i < done; i++) {
			page = area_page(area, area->first_out + i);
			xenmem_reservation_va_mapping_update(1, &page,
							     &area->frames[i]);
		}

		balloon_account(done);
		area->first_out += done;
		if (done < n)
			return false;
		cond_resched();
	}

	return true;
}

/* ---- Allocate and free through the DMA API */

static void area_free(struct xen_balloon_dma *area)
{
	unsigned int i;

	/* dma_free_attrs() does nothing for a chunk that was not allocated */
	for (i = 0; i < area->nr_chunks; i++)
		dma_free_attrs(area->dev, area_chunk_size(area),
			       area->chunks[i].vaddr, area->chunks[i].addr,
			       area->attrs);
	put_device(area->dev);
	kvfree(area);
}

/* area_chunk_page - first page of a chunk, NULL if it is a device's memory */
static struct page *area_chunk_page(void *vaddr)
{
	unsigned long pfn = 0;

	if (is_vmalloc_addr(vaddr))
		pfn = vmalloc_to_pfn(vaddr);
	else if (virt_addr_valid(vaddr))
		pfn = PHYS_PFN(virt_to_phys(vaddr));

	if (!pfn || !pfn_valid(pfn) || !page_is_ram(pfn))
		return NULL;

	return pfn_to_page(pfn);
}

static struct xen_balloon_dma *area_alloc(struct device *dev,
					  unsigned int count,
					  unsigned long attrs)
{
	unsigned int i, nr_chunks = domain_is_pv() ? count : 1;
	struct xen_balloon_dma *area;
	struct area_chunk *chunk;
	int ret = -ENOMEM;

	/* Do not use up the memory for an allocation that cannot succeed */
	if (count > si_mem_available())
		return ERR_PTR(-ENOMEM);

	area = kvzalloc(struct_size(area, chunks, nr_chunks), GFP_KERNEL);
	if (!area)
		return ERR_PTR(-ENOMEM);

	area->dev = get_device(dev);
	area->attrs = attrs;
	area->count = count;
	area->chunk_pages = count / nr_chunks;
	area->nr_chunks = nr_chunks;
	for (i = 0; i < nr_chunks; i++) {
		chunk = &area->chunks[i];
		chunk->vaddr = dma_alloc_attrs(dev, area_chunk_size(area),
					       &chunk->addr, AREA_GFP, attrs);
		if (!chunk->vaddr)
			goto err_free;

		chunk->page = area_chunk_page(chunk->vaddr);
		if (!chunk->page) {
			ret = -EOPNOTSUPP;
			goto err_free;
		}
	}

	return area;

err_free:
	area_free(area);
	return ERR_PTR(ret);
}

/* ---- Pending areas */

/*
 * Mark the pages offline so that kdump and /proc/kcore skip them while Xen has
 * their memory.
 */
static void area_set_offline(struct xen_balloon_dma *area, bool offline)
{
	struct page *page;
	unsigned int i;

	for (i = 0; i < area->count; i++) {
		page = area_page(area, i);
		if (offline)
			__SetPageOffline(page);
		else
			__ClearPageOffline(page);
	}
}

static void pending_retry_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(pending_work, pending_retry_all);

static void pending_retry_all(struct work_struct *work)
{
	struct xen_balloon_dma *area, *next;

	mutex_lock(&pending_lock);

	/* In order, so that the first area is complete as soon as possible */
	list_for_each_entry_safe(area, next, &pending_areas, node) {
		if (!area_balloon_in(area))
			break;
		list_del(&area->node);
		area_set_offline(area, false);
		area_free(area);
		module_put(THIS_MODULE);
	}

	pending_interval = min(2 * pending_interval,
			       (unsigned long)PENDING_RETRY_MAX);
	if (!list_empty(&pending_areas))
		schedule_delayed_work(&pending_work, pending_interval);

	mutex_unlock(&pending_lock);
}

static void pending_add(struct xen_balloon_dma *area)
{
	__module_get(THIS_MODULE);
	area_set_offline(area, true);

	mutex_lock(&pending_lock);
	list_add_tail(&area->node, &pending_areas);
	pending_interval = PENDING_RETRY_FIRST;
	mod_delayed_work(system_percpu_wq, &pending_work, pending_interval);
	mutex_unlock(&pending_lock);
}

/* ---- Exported functions */

/**
 * xen_balloon_dma_free - populate the pages of a DMA area again and free it
 * @area: an area that xen_balloon_dma_alloc() returned; no grant is mapped at
 *        its addresses, and neither user space nor a device maps its pages
 *
 * If Xen has no memory, the area is pending until Xen has, without a time
 * limit.  Until then @area->dev must be able to free DMA memory.
 *
 * Context: process context, may sleep; does not wait for memory of Xen.
 */
void xen_balloon_dma_free(struct xen_balloon_dma *area)
{
	if (area_balloon_in(area))
		area_free(area);
	else
		pending_add(area);
}
EXPORT_SYMBOL_GPL(xen_balloon_dma_free);

/**
 * xen_balloon_dma_alloc - allocate a DMA area, with its pages ballooned out
 * @dev: device to allocate for; its coherent DMA mask is respected
 * @count: number of pages, 1 to INT_MAX >> PAGE_SHIFT
 * @attrs: %DMA_ATTR_WRITE_COMBINE to allocate as dma_alloc_wc(), 0 to allocate
 *         as dma_alloc_coherent()
 * @pages: array of @count entries, filled in; the pages are contiguous unless
 *         in a PV domain
 *
 * dma_alloc_attrs() allocates the memory, from CMA if the kernel has it.  The
 * caller must map grants over the pages before they are accessed.
 *
 * Context: process context, may sleep.
 * Return: the area, to be freed with xen_balloon_dma_free(), or ERR_PTR:
 * -EINVAL if @count or @attrs are out of range; -EOPNOTSUPP if the DMA API
 * returns memory of the device instead of the domain's, or if @dev is behind an
 * IOMMU of the domain and so needs no contiguous memory; -ENOMEM if there is
 * not enough memory, or if Xen did not take all of it.
 */
struct xen_balloon_dma *xen_balloon_dma_alloc(struct device *dev,
					      unsigned int count,
					      unsigned long attrs,
					      struct page **pages)
{
	struct xen_balloon_dma *area;
	unsigned int i;

	if (!count || count > INT_MAX >> PAGE_SHIFT ||
	    attrs & ~DMA_ATTR_WRITE_COMBINE)
		return ERR_PTR(-EINVAL);
	if (use_dma_iommu(dev))
		return ERR_PTR(-EOPNOTSUPP);

	area = area_alloc(dev, count, attrs);
	if (IS_ERR(area))
		return area;

	for (i = 0; i < count; i++)
		pages[i] = area_page(area, i);

	if (!area_balloon_out(area)) {
		xen_balloon_dma_free(area);
		return ERR_PTR(-ENOMEM);
	}

	return area;
}
EXPORT_SYMBOL_GPL(xen_balloon_dma_alloc);

/**
 * xen_balloon_dma_vaddr - kernel address of a DMA area
 * @area: the area
 *
 * Context: any.
 * Return: the address of the first page, with the others at contiguous
 * addresses, cached or not as the device needs it; NULL for several pages in a PV
 * domain, where the addresses are not contiguous.
 */
void *xen_balloon_dma_vaddr(struct xen_balloon_dma *area)
{
	return area->chunk_pages == area->count ? area->chunks[0].vaddr : NULL;
}
EXPORT_SYMBOL_GPL(xen_balloon_dma_vaddr);

/* A pending area has a reference to the module, but the work can still run */
static void __exit balloon_dma_exit(void)
{
	cancel_delayed_work_sync(&pending_work);
}
module_exit(balloon_dma_exit);

MODULE_DESCRIPTION("DMA areas of the Xen balloon driver");
MODULE_LICENSE("GPL");
