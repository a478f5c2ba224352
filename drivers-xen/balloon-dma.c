// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the DMA API that is given to Xen.
 *
 * What the DMA API allocates for a device has addresses that the device can
 * reach, one after the other, and a kernel mapping as the device needs it.  The
 * addresses of such a run stay allocated while its memory goes to Xen; then
 * other memory, as that of grants, can be put behind them.
 *
 * A run goes back to the DMA API, and through it to the page allocator, only as
 * a whole and with memory behind each of its pages.  Xen may have none to give
 * at that time, because another domain has taken it.  The run waits then and a
 * worker asks again.
 *
 * In a PV domain nothing that is allocated here decides about bus addresses:
 * they are those of the machine frames, which go to Xen, and the frames that
 * come back will be others.  There the run is made of pages that were allocated
 * one by one: the DMA API takes a larger piece back only with frames that follow
 * each other.
 *
 * Nothing here needs more of the kernel than it exports, so this file can be
 * part of a module; its user is then to call xen_balloon_dma_exit().
 */

#include <linux/dma-mapping.h>
#include <linux/iommu-dma.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <asm/xen/hypercall.h>

#include <xen/balloon.h>
#include <xen/balloon-dma.h>
#include <xen/features.h>
#include <xen/mem-reservation.h>
#include <xen/page.h>

/* A kernel that gets these functions with a module does not count the pages. */
#ifndef balloon_account
static inline void balloon_account(long pages)
{
}
#endif

/* Rather no run than that a program is killed for it */
#define AREA_GFP		(GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/* Pages in one hypercall */
#define AREA_BATCH	128U

/* The first time, and the longest time, between two tries to get memory back. */
#define AREA_RETRY_FIRST	HZ
#define AREA_RETRY_LAST	(32 * HZ)

/**
 * struct area_chunk - what was allocated in one piece
 * @vaddr: where the kernel has it
 * @addr: where the device has it
 * @page: the first page; the others follow
 */
struct area_chunk {
	void *vaddr;
	dma_addr_t addr;
	struct page *page;
};

/**
 * struct xen_balloon_dma - pages that were allocated through the DMA API
 * @dev: for which device
 * @attrs: the DMA API's attributes
 * @count: number of pages
 * @first_out: the first page that Xen has the memory of
 * @end_out: the one after the last of these
 * @node: in the list of those that wait for memory
 * @frames: room for the arguments of a hypercall: what to free needs no memory
 * @chunk_pages: pages in each of @chunks
 * @nr_chunks: number of chunks
 * @chunks: the pages in their order
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

static LIST_HEAD(pending);
static unsigned long pending_retry = AREA_RETRY_FIRST;
static DEFINE_MUTEX(pending_lock); /* protects both */

static bool domain_is_pv(void)
{
	return !xen_feature(XENFEAT_auto_translated_physmap);
}

static size_t area_chunk_size(const struct xen_balloon_dma *area)
{
	return (size_t)area->chunk_pages << PAGE_SHIFT;
}

static struct page *area_page(const struct xen_balloon_dma *area, unsigned int i)
{
	return area->chunks[i / area->chunk_pages].page + i % area->chunk_pages;
}

/* ---- Xen's half */

/* area_flush - nobody reaches memory any more that goes to Xen */
static void area_flush(void)
{
#ifdef CONFIG_XEN_HAVE_PVMMU
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_ALL };

	if (domain_is_pv())
		WARN_ON(HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
#endif
}

/*
 * area_decrease - give Xen the memory of pages
 *
 * The DMA API has zeroed them, so nobody else learns what was in them.  Returns
 * how many of them Xen took, from the first on; the others are as they were.
 */
static unsigned int area_decrease(struct xen_balloon_dma *area, unsigned int first,
			     unsigned int n)
{
	struct page *page;
	unsigned int i;
	int done;

	for (i = 0; i < n; i++) {
		page = area_page(area, first + i);
		area->frames[i] = xen_page_to_gfn(page);
		xenmem_reservation_va_mapping_reset(1, &page);
	}
	area_flush();

	done = max(xenmem_reservation_decrease(n, area->frames), 0);
	for (i = done; i < n; i++) {
		page = area_page(area, first + i);
		xenmem_reservation_va_mapping_update(1, &page, &area->frames[i]);
	}

	balloon_account(-done);
	return done;
}

/* area_decrease_all - the same with all pages; whether Xen took them */
static bool area_decrease_all(struct xen_balloon_dma *area)
{
	unsigned int n, done;

	while (area->end_out < area->count) {
		n = min(area->count - area->end_out, AREA_BATCH);
		done = area_decrease(area, area->end_out, n);
		area->end_out += done;
		if (done < n)
			return false;
	}

	return true;
}

/* area_increase_all - get memory from Xen for what has none; whether all have it */
static bool area_increase_all(struct xen_balloon_dma *area)
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

		/* In a PV domain the frames that came are written over them */
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
	}

	return true;
}

/* ---- The DMA API's half */

static void area_free(struct xen_balloon_dma *area)
{
	unsigned int i;

	/* It does nothing for what was not allocated */
	for (i = 0; i < area->nr_chunks; i++)
		dma_free_attrs(area->dev, area_chunk_size(area),
			       area->chunks[i].vaddr, area->chunks[i].addr,
			       area->attrs);
	put_device(area->dev);
	kvfree(area);
}

/* area_first_page - NULL where there is memory of a device's own, not the domain's */
static struct page *area_first_page(void *vaddr)
{
	unsigned long pfn;

	if (is_vmalloc_addr(vaddr))
		pfn = vmalloc_to_pfn(vaddr);
	else
		pfn = virt_addr_valid(vaddr) ? PHYS_PFN(virt_to_phys(vaddr)) : 0;

	return pfn && pfn_valid(pfn) && page_is_ram(pfn) ? pfn_to_page(pfn) : NULL;
}

static struct xen_balloon_dma *area_create(struct device *dev,
					  unsigned int count,
					  unsigned long attrs)
{
	unsigned int i, nr_chunks = domain_is_pv() ? count : 1;
	struct xen_balloon_dma *area;
	struct area_chunk *chunk;
	int ret = -ENOMEM;

	/* Nor do others go without until it is clear that there is no run */
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
			goto err_destroy;

		chunk->page = area_first_page(chunk->vaddr);
		if (!chunk->page) {
			ret = -EOPNOTSUPP;
			goto err_destroy;
		}
	}

	return area;

err_destroy:
	area_free(area);
	return ERR_PTR(ret);
}

/* ---- What waits */

/* Nobody looks into memory that is not there: not even who dumps all memory. */
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

	/* One after the other, so that the first is complete sooner */
	list_for_each_entry_safe(area, next, &pending, node) {
		if (!area_increase_all(area))
			break;
		list_del(&area->node);
		area_set_offline(area, false);
		area_free(area);
		module_put(THIS_MODULE);
	}

	pending_retry = min(2 * pending_retry, (unsigned long)AREA_RETRY_LAST);
	if (!list_empty(&pending))
		schedule_delayed_work(&pending_work, pending_retry);

	mutex_unlock(&pending_lock);
}

static void pending_add(struct xen_balloon_dma *area)
{
	__module_get(THIS_MODULE);
	area_set_offline(area, true);

	mutex_lock(&pending_lock);
	list_add_tail(&area->node, &pending);
	pending_retry = AREA_RETRY_FIRST;
	mod_delayed_work(system_wq, &pending_work, pending_retry);
	mutex_unlock(&pending_lock);
}

/* ---- What others call */

/**
 * xen_balloon_dma_free - free a run, whatever became of its memory
 * @area: what xen_balloon_dma_alloc() returned; nothing is mapped on its pages,
 *       and nobody has mapped them
 *
 * Where Xen has no memory to give, the run waits for it, for as long as it
 * takes; @area->dev has to be able to free DMA memory until then.  May sleep, but
 * does not wait.
 */
void xen_balloon_dma_free(struct xen_balloon_dma *area)
{
	if (area_increase_all(area))
		area_free(area);
	else
		pending_add(area);
}
EXPORT_SYMBOL_GPL(xen_balloon_dma_free);

/**
 * xen_balloon_dma_alloc - get pages of the DMA API without memory
 * @dev: for which device; its mask is respected
 * @count: how many, 1 to INT_MAX >> PAGE_SHIFT
 * @attrs: %DMA_ATTR_WRITE_COMBINE for what dma_alloc_wc() gives, 0 for what
 *         dma_alloc_coherent() gives
 * @pages: filled in with @count pages, which follow each other unless in a PV
 *         domain
 *
 * From dma_alloc_attrs(), so where the kernel has memory for that purpose
 * (CMA), it comes from there.  The memory went to Xen: who wants to access the
 * pages has to put other memory behind them.  May sleep.
 *
 * Return: the run, to be freed with xen_balloon_dma_free(), or ERR_PTR: -EINVAL
 * for what @count and @attrs cannot be, -EOPNOTSUPP if @dev has memory of its
 * own that is not the domain's, or needs no run because it is behind an IOMMU of
 * the domain, -ENOMEM if there is no such memory, or if Xen did not take all of it.
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

	area = area_create(dev, count, attrs);
	if (IS_ERR(area))
		return area;

	for (i = 0; i < count; i++)
		pages[i] = area_page(area, i);

	if (!area_decrease_all(area)) {
		xen_balloon_dma_free(area);
		return ERR_PTR(-ENOMEM);
	}

	return area;
}
EXPORT_SYMBOL_GPL(xen_balloon_dma_alloc);

/**
 * xen_balloon_dma_vaddr - where the kernel has a run
 * @area: the run
 *
 * Return: where the first page is and the others behind it, cached or not as
 * the device needs it; NULL in PV domains, where they are not one behind the
 * other.
 */
void *xen_balloon_dma_vaddr(struct xen_balloon_dma *area)
{
	return area->chunk_pages == area->count ? area->chunks[0].vaddr : NULL;
}
EXPORT_SYMBOL_GPL(xen_balloon_dma_vaddr);

/**
 * xen_balloon_dma_mmap - let user space map a run
 * @area: the run, with memory behind it; must outlive @vma
 * @vma: where to; &vm_area_struct.vm_pgoff counts from the first page
 *
 * Its protection becomes that of the kernel's own mapping.  Called with the
 * mmap lock held for writing.
 *
 * Return: 0, -ENXIO beyond the end, -EOPNOTSUPP in PV domains, where page
 * tables take more than a page's address, or what dma_mmap_attrs() fails with.
 */
int xen_balloon_dma_mmap(struct xen_balloon_dma *area,
			 struct vm_area_struct *vma)
{
	if (domain_is_pv())
		return -EOPNOTSUPP;

	return dma_mmap_attrs(area->dev, vma, area->chunks[0].vaddr,
			      area->chunks[0].addr, area_chunk_size(area),
			      area->attrs);
}
EXPORT_SYMBOL_GPL(xen_balloon_dma_mmap);

/**
 * xen_balloon_dma_exit - when a module goes that this file is part of
 *
 * It stays for as long as runs wait; the worker may still be about to return.
 */
void xen_balloon_dma_exit(void)
{
	cancel_delayed_work_sync(&pending_work);
}
EXPORT_SYMBOL_GPL(xen_balloon_dma_exit);
