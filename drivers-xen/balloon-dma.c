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
 * part of a module; its user is then to call xen_balloon_run_exit().
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
#define RUN_GFP		(GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/* Pages in one hypercall */
#define RUN_BATCH	128U

/* The first time, and the longest time, between two tries to get memory back. */
#define RUN_RETRY_FIRST	HZ
#define RUN_RETRY_LAST	(32 * HZ)

/**
 * struct run_chunk - what was allocated in one piece
 * @vaddr: where the kernel has it
 * @addr: where the device has it
 * @page: the first page; the others follow
 */
struct run_chunk {
	void *vaddr;
	dma_addr_t addr;
	struct page *page;
};

/**
 * struct xen_balloon_run - pages that were allocated through the DMA API
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
struct xen_balloon_run {
	struct device *dev;
	unsigned long attrs;
	unsigned int count;
	unsigned int first_out;
	unsigned int end_out;
	struct list_head node;
	xen_pfn_t frames[RUN_BATCH];
	unsigned int chunk_pages;
	unsigned int nr_chunks;
	struct run_chunk chunks[] __counted_by(nr_chunks);
};

static LIST_HEAD(waiting);
static unsigned long waiting_retry = RUN_RETRY_FIRST;
static DEFINE_MUTEX(waiting_lock); /* protects both */

static bool run_is_pv(void)
{
	return !xen_feature(XENFEAT_auto_translated_physmap);
}

static size_t run_chunk_size(const struct xen_balloon_run *run)
{
	return (size_t)run->chunk_pages << PAGE_SHIFT;
}

static struct page *run_page(const struct xen_balloon_run *run, unsigned int i)
{
	return run->chunks[i / run->chunk_pages].page + i % run->chunk_pages;
}

/* ---- Xen's half */

/* run_flush - nobody reaches memory any more that goes to Xen */
static void run_flush(void)
{
#ifdef CONFIG_XEN_HAVE_PVMMU
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_ALL };

	if (run_is_pv())
		WARN_ON(HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
#endif
}

/*
 * run_give - give Xen the memory of pages
 *
 * The DMA API has zeroed them, so nobody else learns what was in them.  Returns
 * how many of them Xen took, from the first on; the others are as they were.
 */
static unsigned int run_give(struct xen_balloon_run *run, unsigned int first,
			     unsigned int n)
{
	struct page *page;
	unsigned int i;
	int done;

	for (i = 0; i < n; i++) {
		page = run_page(run, first + i);
		run->frames[i] = xen_page_to_gfn(page);
		xenmem_reservation_va_mapping_reset(1, &page);
	}
	run_flush();

	done = max(xenmem_reservation_decrease(n, run->frames), 0);
	for (i = done; i < n; i++) {
		page = run_page(run, first + i);
		xenmem_reservation_va_mapping_update(1, &page, &run->frames[i]);
	}

	balloon_account(-done);
	return done;
}

/* run_give_all - the same with all pages; whether Xen took them */
static bool run_give_all(struct xen_balloon_run *run)
{
	unsigned int n, done;

	while (run->end_out < run->count) {
		n = min(run->count - run->end_out, RUN_BATCH);
		done = run_give(run, run->end_out, n);
		run->end_out += done;
		if (done < n)
			return false;
	}

	return true;
}

/* run_take_back - get memory from Xen for what has none; whether all have it */
static bool run_take_back(struct xen_balloon_run *run)
{
	struct page *page;
	unsigned int i, n;
	int done;

	while (run->first_out < run->end_out) {
		n = min(run->end_out - run->first_out, RUN_BATCH);
		for (i = 0; i < n; i++) {
			page = run_page(run, run->first_out + i);
			run->frames[i] = page_to_xen_pfn(page);
		}

		/* In a PV domain the frames that came are written over them */
		done = max(xenmem_reservation_increase(n, run->frames), 0);
		for (i = 0; i < done; i++) {
			page = run_page(run, run->first_out + i);
			xenmem_reservation_va_mapping_update(1, &page,
							     &run->frames[i]);
		}

		balloon_account(done);
		run->first_out += done;
		if (done < n)
			return false;
	}

	return true;
}

/* ---- The DMA API's half */

static void run_destroy(struct xen_balloon_run *run)
{
	unsigned int i;

	/* It does nothing for what was not allocated */
	for (i = 0; i < run->nr_chunks; i++)
		dma_free_attrs(run->dev, run_chunk_size(run),
			       run->chunks[i].vaddr, run->chunks[i].addr,
			       run->attrs);
	put_device(run->dev);
	kvfree(run);
}

/* run_first_page - NULL where there is memory of a device's own, not the domain's */
static struct page *run_first_page(void *vaddr)
{
	unsigned long pfn;

	if (is_vmalloc_addr(vaddr))
		pfn = vmalloc_to_pfn(vaddr);
	else
		pfn = virt_addr_valid(vaddr) ? PHYS_PFN(virt_to_phys(vaddr)) : 0;

	return pfn && pfn_valid(pfn) && page_is_ram(pfn) ? pfn_to_page(pfn) : NULL;
}

static struct xen_balloon_run *run_create(struct device *dev,
					  unsigned int count,
					  unsigned long attrs)
{
	unsigned int i, nr_chunks = run_is_pv() ? count : 1;
	struct xen_balloon_run *run;
	struct run_chunk *chunk;
	int ret = -ENOMEM;

	/* Nor do others go without until it is clear that there is no run */
	if (count > si_mem_available())
		return ERR_PTR(-ENOMEM);

	run = kvzalloc(struct_size(run, chunks, nr_chunks), GFP_KERNEL);
	if (!run)
		return ERR_PTR(-ENOMEM);

	run->dev = get_device(dev);
	run->attrs = attrs;
	run->count = count;
	run->chunk_pages = count / nr_chunks;
	run->nr_chunks = nr_chunks;
	for (i = 0; i < nr_chunks; i++) {
		chunk = &run->chunks[i];
		chunk->vaddr = dma_alloc_attrs(dev, run_chunk_size(run),
					       &chunk->addr, RUN_GFP, attrs);
		if (!chunk->vaddr)
			goto err_destroy;

		chunk->page = run_first_page(chunk->vaddr);
		if (!chunk->page) {
			ret = -EOPNOTSUPP;
			goto err_destroy;
		}
	}

	return run;

err_destroy:
	run_destroy(run);
	return ERR_PTR(ret);
}

/* ---- What waits */

/* Nobody looks into memory that is not there: not even who dumps all memory. */
static void run_set_offline(struct xen_balloon_run *run, bool offline)
{
	struct page *page;
	unsigned int i;

	for (i = 0; i < run->count; i++) {
		page = run_page(run, i);
		if (offline)
			__SetPageOffline(page);
		else
			__ClearPageOffline(page);
	}
}

static void waiting_retry_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(waiting_work, waiting_retry_all);

static void waiting_retry_all(struct work_struct *work)
{
	struct xen_balloon_run *run, *next;

	mutex_lock(&waiting_lock);

	/* One after the other, so that the first is complete sooner */
	list_for_each_entry_safe(run, next, &waiting, node) {
		if (!run_take_back(run))
			break;
		list_del(&run->node);
		run_set_offline(run, false);
		run_destroy(run);
		module_put(THIS_MODULE);
	}

	waiting_retry = min(2 * waiting_retry, (unsigned long)RUN_RETRY_LAST);
	if (!list_empty(&waiting))
		schedule_delayed_work(&waiting_work, waiting_retry);

	mutex_unlock(&waiting_lock);
}

static void waiting_add(struct xen_balloon_run *run)
{
	__module_get(THIS_MODULE);
	run_set_offline(run, true);

	mutex_lock(&waiting_lock);
	list_add_tail(&run->node, &waiting);
	waiting_retry = RUN_RETRY_FIRST;
	mod_delayed_work(system_wq, &waiting_work, waiting_retry);
	mutex_unlock(&waiting_lock);
}

/* ---- What others call */

/**
 * xen_balloon_run_free - free a run, whatever became of its memory
 * @run: what xen_balloon_run_alloc() returned; nothing is mapped on its pages,
 *       and nobody has mapped them
 *
 * Where Xen has no memory to give, the run waits for it, for as long as it
 * takes; @run->dev has to be able to free DMA memory until then.  May sleep, but
 * does not wait.
 */
void xen_balloon_run_free(struct xen_balloon_run *run)
{
	if (run_take_back(run))
		run_destroy(run);
	else
		waiting_add(run);
}
EXPORT_SYMBOL_GPL(xen_balloon_run_free);

/**
 * xen_balloon_run_alloc - get pages of the DMA API without memory
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
 * Return: the run, to be freed with xen_balloon_run_free(), or ERR_PTR: -EINVAL
 * for what @count and @attrs cannot be, -EOPNOTSUPP if @dev has memory of its
 * own that is not the domain's, or needs no run because it is behind an IOMMU of
 * the domain, -ENOMEM if there is no such memory, or if Xen did not take all of it.
 */
struct xen_balloon_run *xen_balloon_run_alloc(struct device *dev,
					      unsigned int count,
					      unsigned long attrs,
					      struct page **pages)
{
	struct xen_balloon_run *run;
	unsigned int i;

	if (!count || count > INT_MAX >> PAGE_SHIFT ||
	    attrs & ~DMA_ATTR_WRITE_COMBINE)
		return ERR_PTR(-EINVAL);
	if (use_dma_iommu(dev))
		return ERR_PTR(-EOPNOTSUPP);

	run = run_create(dev, count, attrs);
	if (IS_ERR(run))
		return run;

	for (i = 0; i < count; i++)
		pages[i] = run_page(run, i);

	if (!run_give_all(run)) {
		xen_balloon_run_free(run);
		return ERR_PTR(-ENOMEM);
	}

	return run;
}
EXPORT_SYMBOL_GPL(xen_balloon_run_alloc);

/**
 * xen_balloon_run_vaddr - where the kernel has a run
 * @run: the run
 *
 * Return: where the first page is and the others behind it, cached or not as
 * the device needs it; NULL in PV domains, where they are not one behind the
 * other.
 */
void *xen_balloon_run_vaddr(struct xen_balloon_run *run)
{
	return run->chunk_pages == run->count ? run->chunks[0].vaddr : NULL;
}
EXPORT_SYMBOL_GPL(xen_balloon_run_vaddr);

/**
 * xen_balloon_run_mmap - let user space map a run
 * @run: the run, with memory behind it; must outlive @vma
 * @vma: where to; &vm_area_struct.vm_pgoff counts from the first page
 *
 * Its protection becomes that of the kernel's own mapping.  Called with the
 * mmap lock held for writing.
 *
 * Return: 0, -ENXIO beyond the end, -EOPNOTSUPP in PV domains, where page
 * tables take more than a page's address, or what dma_mmap_attrs() fails with.
 */
int xen_balloon_run_mmap(struct xen_balloon_run *run,
			 struct vm_area_struct *vma)
{
	if (run_is_pv())
		return -EOPNOTSUPP;

	return dma_mmap_attrs(run->dev, vma, run->chunks[0].vaddr,
			      run->chunks[0].addr, run_chunk_size(run),
			      run->attrs);
}
EXPORT_SYMBOL_GPL(xen_balloon_run_mmap);

/**
 * xen_balloon_run_exit - when a module goes that this file is part of
 *
 * It stays for as long as runs wait; the worker may still be about to return.
 */
void xen_balloon_run_exit(void)
{
	cancel_delayed_work_sync(&waiting_work);
}
EXPORT_SYMBOL_GPL(xen_balloon_run_exit);
