// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of kernel addresses with page table entries that Xen can map grants
 * onto, on x86 PV.
 *
 * This file allocates the ranges, computes the machine addresses of their
 * entries and caches free ranges.  It leaves mapping grants onto the entries to
 * grants.c.
 *
 * vmap() creates the entries, and they are empty.  Linux on PV calls Xen for
 * each change of an entry, so a range costs about as much as mapping grants
 * onto it, and vunmap() costs even more.  Therefore free ranges are cached for
 * the next buffer.  The size of a range is a power of two, and each size has a
 * list of free ranges.  If they are too many, those that were freed first are
 * destroyed, of any size.  The last one stays, even if it is larger.
 *
 * Locks: ranges_lock protects the lists and the number of pages in them.
 *
 * Callers: grants.c; cpumap.c for the address of a range; ioctl.c for exit.
 */

#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "pv-range.h"
#include "pv-table.h"

/*
 * Pages in all cached ranges, or one range that is larger: the size of the largest
 * buffer with the default of gntdev's parameter "limit".  Their page tables take
 * 512 KiB, or up to 1 MiB if the ranges are small, because vmap() aligns them.
 */
#define RANGES_CACHE_MAX	65536U

/* Sizes: 2^0 to 2^(RANGES_ORDERS - 1) pages */
#define RANGES_ORDERS		31

/**
 * struct gntdev_pv_range - a range of kernel addresses
 * @node: node in the list of free ranges of this size
 * @free: node in the list of all free ranges
 * @vaddr: first address
 * @order: the range has 2^@order pages
 * @tables: machine address of each page table that has entries of the range,
 *          see pv-table.h; found again for each buffer
 */
struct gntdev_pv_range {
	struct hlist_node node;
	struct list_head free;
	void *vaddr;
	unsigned int order;
	phys_addr_t tables[];
};

static struct hlist_head ranges_free[RANGES_ORDERS];
/* All free ranges, the last freed first */
static LIST_HEAD(ranges_all_free);
static unsigned int ranges_free_pages;
static DEFINE_SPINLOCK(ranges_lock); /* the three above */

/* range_map - allocate addresses for a range, with an empty entry per page */
static bool range_map(struct gntdev_pv_range *range, unsigned int count)
{
	struct page **pages;

	pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return false;

	/*
	 * PAGE_NONE: no CPU can access this page, so any page will do.  VM_IOREMAP:
	 * /proc/kcore shows zeroes, because this domain has no struct page for the
	 * frames that the entries will hold.
	 */
	memset_p((void **)pages, ZERO_PAGE(0), count);
	range->vaddr = vmap(pages, count, VM_MAP | VM_IOREMAP, PAGE_NONE);
	kvfree(pages);
	return range->vaddr;
}

/*
 * range_find_tables - find the page tables of a range, before each use
 *
 * A domain that was saved and restored has its page tables in other machine frames.
 * While a range is in use the domain cannot be saved, see suspend.c.
 */
static void range_find_tables(struct gntdev_pv_range *range, unsigned int count)
{
	unsigned long addr = (unsigned long)range->vaddr;
	unsigned long end = addr + count * PAGE_SIZE;
	phys_addr_t *table = range->tables;
	unsigned int level;
	pte_t *pte;

	for (; addr < end; addr = ALIGN_DOWN(addr, PMD_SIZE) + PMD_SIZE) {
		pte = lookup_address(addr, &level);
		*table++ = gntdev_pv_table_maddr(pte);
	}
}

static struct gntdev_pv_range *range_create(unsigned int order)
{
	unsigned int count = 1U << order;
	struct gntdev_pv_range *range;

	/* A range that begins in the middle of a table needs one more */
	range = kmalloc(struct_size(range, tables, count / PTRS_PER_PTE + 2),
			GFP_KERNEL);
	if (!range)
		return NULL;

	range->order = order;
	if (!range_map(range, count)) {
		kfree(range);
		return NULL;
	}

	return range;
}

static void range_destroy(struct gntdev_pv_range *range)
{
	vunmap(range->vaddr);
	kfree(range);
}

/* range_remove - remove a range from the cache */
static void range_remove(struct gntdev_pv_range *range)
{
	lockdep_assert_held(&ranges_lock);

	hlist_del(&range->node);
	list_del(&range->free);
	ranges_free_pages -= 1U << range->order;
}

/* range_pop - remove a range of 2^@order pages from the cache, NULL if none */
static struct gntdev_pv_range *range_pop(unsigned int order)
{
	struct gntdev_pv_range *range;

	spin_lock(&ranges_lock);
	range = hlist_entry_safe(ranges_free[order].first,
				 struct gntdev_pv_range, node);
	if (range)
		range_remove(range);
	spin_unlock(&ranges_lock);

	return range;
}

/**
 * gntdev_pv_range_get - get a range of kernel addresses
 * @count: number of pages, at least 1; the range can have more
 *
 * Context: process context, may sleep.
 * Return: the range, to be freed with gntdev_pv_range_put(), with empty
 * entries; or NULL if there is no memory or the domain has fewer pages of
 * memory than the range.
 */
struct gntdev_pv_range *gntdev_pv_range_get(unsigned int count)
{
	unsigned int order = order_base_2(count);
	struct gntdev_pv_range *range;

	if (order >= RANGES_ORDERS)
		return NULL;

	range = range_pop(order) ?: range_create(order);
	/* After a restore of the domain cached ranges have other page tables */
	if (range)
		range_find_tables(range, 1U << order);
	return range;
}

/**
 * gntdev_pv_range_put - free a range or put it into the cache
 * @range: a range that gntdev_pv_range_get() returned, with no grant mapped
 *         onto its entries
 *
 * Context: process context, may sleep.
 */
void gntdev_pv_range_put(struct gntdev_pv_range *range)
{
	struct gntdev_pv_range *next;
	LIST_HEAD(excess);

	spin_lock(&ranges_lock);
	hlist_add_head(&range->node, &ranges_free[range->order]);
	list_add(&range->free, &ranges_all_free);
	ranges_free_pages += 1U << range->order;
	while (ranges_free_pages > RANGES_CACHE_MAX &&
	       !list_is_singular(&ranges_all_free)) {
		range = list_last_entry(&ranges_all_free, struct gntdev_pv_range,
					free);
		range_remove(range);
		list_add(&range->free, &excess);
	}
	spin_unlock(&ranges_lock);

	list_for_each_entry_safe(range, next, &excess, free)
		range_destroy(range);
}

/**
 * gntdev_pv_range_vaddr - kernel address of a range
 * @range: the range
 *
 * Context: any.
 * Return: the first address of the range.
 */
void *gntdev_pv_range_vaddr(const struct gntdev_pv_range *range)
{
	return range->vaddr;
}

/**
 * gntdev_pv_range_entry - machine address of a page table entry of a range
 * @range: the range
 * @i: number of the page, counted from 0
 *
 * Context: any.
 * Return: the machine address of the entry, for %GNTMAP_contains_pte.
 */
phys_addr_t gntdev_pv_range_entry(const struct gntdev_pv_range *range,
				  unsigned int i)
{
	unsigned long start = (unsigned long)range->vaddr;

	return gntdev_pv_pte_maddr(range->tables, start, start + i * PAGE_SIZE);
}

/**
 * gntdev_pv_range_exit - free all cached ranges
 *
 * No range is in use.
 *
 * Context: process context, may sleep.
 */
void gntdev_pv_range_exit(void)
{
	struct gntdev_pv_range *range;
	unsigned int order;

	for (order = 0; order < RANGES_ORDERS; order++)
		while ((range = range_pop(order)))
			range_destroy(range);
}
