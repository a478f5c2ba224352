// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of kernel addresses whose page table entries Xen can map grants onto,
 * on x86 PV.
 *
 * This file allocates the ranges and says where their entries are; grants.c
 * maps grants there.  vmap() creates the entries, and creates them empty.
 * Linux on PV asks Xen for each change of an entry, so making a range costs
 * about as much as mapping grants onto it, and vunmap() even more.  Therefore
 * ranges are kept for the next buffer: their sizes are powers of two, and
 * there is a list of free ranges for each size.
 *
 * ranges_lock protects the lists.
 */

#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <asm/xen/page.h>

#include "pv-range.h"

/*
 * Pages in all free ranges: as many as the largest buffer has unless gntdev's
 * parameter "limit" is raised.  Half a MiB of page tables belongs to them.
 */
#define RANGES_FREE_MAX		65536U

/* Sizes: 2^0 to 2^(RANGES_ORDERS - 1) pages */
#define RANGES_ORDERS		31

/**
 * struct gntdev_pv_range - a range of kernel addresses
 * @node: in the list of free ranges of this size
 * @vaddr: its first address
 * @order: it has 2^@order pages
 * @tables: the machine address of each page table that holds entries of the
 *          range, in the order of addresses
 */
struct gntdev_pv_range {
	struct hlist_node node;
	void *vaddr;
	unsigned int order;
	phys_addr_t tables[];
};

static struct hlist_head ranges_free[RANGES_ORDERS];
static unsigned int ranges_free_pages;
static DEFINE_SPINLOCK(ranges_lock); /* the two above */

/* range_map - find addresses for @range, with an empty entry for each page */
static bool range_map(struct gntdev_pv_range *range, unsigned int count)
{
	struct page **pages;

	pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return false;

	/* Which page it is does not matter: no CPU ever sees it there */
	memset_p((void **)pages, ZERO_PAGE(0), count);
	range->vaddr = vmap(pages, count, VM_MAP, PAGE_NONE);
	kvfree(pages);
	return range->vaddr;
}

static void range_find_tables(struct gntdev_pv_range *range, unsigned int count)
{
	unsigned long addr = (unsigned long)range->vaddr;
	unsigned long end = addr + count * PAGE_SIZE;
	phys_addr_t *table = range->tables;
	unsigned int level;
	pte_t *pte;

	for (; addr < end; addr = ALIGN_DOWN(addr, PMD_SIZE) + PMD_SIZE) {
		pte = lookup_address(addr, &level);
		*table++ = arbitrary_virt_to_machine(pte).maddr & PAGE_MASK;
	}
}

static struct gntdev_pv_range *range_create(unsigned int order)
{
	unsigned int count = 1U << order;
	struct gntdev_pv_range *range;

	/* A range that does not begin with a table touches one more */
	range = kmalloc(struct_size(range, tables, count / PTRS_PER_PTE + 2),
			GFP_KERNEL);
	if (!range)
		return NULL;

	range->order = order;
	if (!range_map(range, count)) {
		kfree(range);
		return NULL;
	}

	range_find_tables(range, count);
	return range;
}

static void range_destroy(struct gntdev_pv_range *range)
{
	vunmap(range->vaddr);
	kfree(range);
}

/* range_take - take a free range of 2^@order pages, or NULL if there is none */
static struct gntdev_pv_range *range_take(unsigned int order)
{
	struct gntdev_pv_range *range;

	spin_lock(&ranges_lock);
	range = hlist_entry_safe(ranges_free[order].first,
				 struct gntdev_pv_range, node);
	if (range) {
		hlist_del(&range->node);
		ranges_free_pages -= 1U << order;
	}
	spin_unlock(&ranges_lock);

	return range;
}

/**
 * gntdev_pv_range_get - get a range of kernel addresses
 * @count: number of pages that it must have, at least 1
 *
 * Context: process context, may sleep.
 * Return: the range, whose entries are empty, or NULL if there is no memory or
 * the domain has fewer pages of memory than @count.
 */
struct gntdev_pv_range *gntdev_pv_range_get(unsigned int count)
{
	unsigned int order = order_base_2(count);

	if (order >= RANGES_ORDERS)
		return NULL;

	return range_take(order) ?: range_create(order);
}

/**
 * gntdev_pv_range_put - give a range back
 * @range: what gntdev_pv_range_get() returned; no grant is mapped there
 *
 * Context: process context, may sleep.
 */
void gntdev_pv_range_put(struct gntdev_pv_range *range)
{
	unsigned int count = 1U << range->order;
	bool keep;

	spin_lock(&ranges_lock);
	keep = count <= RANGES_FREE_MAX - ranges_free_pages;
	if (keep) {
		hlist_add_head(&range->node, &ranges_free[range->order]);
		ranges_free_pages += count;
	}
	spin_unlock(&ranges_lock);

	if (!keep)
		range_destroy(range);
}

/**
 * gntdev_pv_range_vaddr - say where a range begins
 * @range: the range
 *
 * Context: any.
 * Return: its first address.
 */
void *gntdev_pv_range_vaddr(const struct gntdev_pv_range *range)
{
	return range->vaddr;
}

/**
 * gntdev_pv_range_entry - say where a page table entry of a range is
 * @range: the range
 * @i: which page, counted from 0
 *
 * Context: any.
 * Return: the machine address of the entry, for %GNTMAP_contains_pte.
 */
phys_addr_t gntdev_pv_range_entry(const struct gntdev_pv_range *range,
				  unsigned int i)
{
	unsigned long first = (unsigned long)range->vaddr;
	unsigned long addr = first + i * PAGE_SIZE;

	return range->tables[(addr >> PMD_SHIFT) - (first >> PMD_SHIFT)] +
	       pte_index(addr) * sizeof(pte_t);
}

/**
 * gntdev_pv_range_exit - free all ranges, when none is in use
 *
 * Context: process context, may sleep.
 */
void gntdev_pv_range_exit(void)
{
	struct gntdev_pv_range *range;
	unsigned int order;

	for (order = 0; order < RANGES_ORDERS; order++)
		while ((range = range_take(order)))
			range_destroy(range);
}
