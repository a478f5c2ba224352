// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of source.c: count the pages of a scatter table and check whether
 * they can be granted.
 *
 * The DMA addresses in the tables are physical addresses of memory that the
 * test allocated.
 */

#include <kunit/test.h>
#include <linux/scatterlist.h>

#include <xen/features.h>

#include "source.h"

#define PAGES_ORDER	3
#define MAX_SEGMENTS	4

/**
 * struct table - memory and scatter table of a test
 * @base: physical address of the memory
 * @page: first page of the memory
 * @sgt: table with room for %MAX_SEGMENTS segments
 * @source: source with that table
 */
struct table {
	phys_addr_t base;
	struct page *page;
	struct sg_table sgt;
	struct gntdev_source source;
};

static int table_init(struct kunit *test)
{
	struct table *table = kunit_kzalloc(test, sizeof(*table), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	test->priv = table;
	table->page = alloc_pages(GFP_KERNEL, PAGES_ORDER);
	KUNIT_ASSERT_NOT_NULL(test, table->page);
	table->base = page_to_phys(table->page);
	KUNIT_ASSERT_EQ(test, 0, sg_alloc_table(&table->sgt, MAX_SEGMENTS,
						GFP_KERNEL));
	table->sgt.nents = 0;
	table->source.sgt = &table->sgt;
	return 0;
}

static void table_exit(struct kunit *test)
{
	struct table *table = test->priv;

	if (table && table->page)
		__free_pages(table->page, PAGES_ORDER);
	if (table)
		sg_free_table(&table->sgt);
}

/* add_addr - add a segment at a physical address */
static void add_addr(struct kunit *test, phys_addr_t addr, unsigned int len)
{
	struct table *table = test->priv;
	struct scatterlist *sg = table->sgt.sgl + table->sgt.nents++;

	KUNIT_ASSERT_LE(test, table->sgt.nents, MAX_SEGMENTS);
	sg_dma_address(sg) = addr;
	sg_dma_len(sg) = len;
}

/* add - add a segment at an offset in the memory */
static void add(struct kunit *test, unsigned int offset, unsigned int len)
{
	struct table *table = test->priv;

	add_addr(test, table->base + offset, len);
}

static int check_pages(struct kunit *test, u64 size)
{
	struct table *table = test->priv;

	return gntdev_source_check_pages(&table->source, size);
}

/* expect - expect a number of pages and a data offset */
static void expect(struct kunit *test, u64 size, u64 count,
		   unsigned int data_ofs)
{
	struct table *table = test->priv;

	KUNIT_EXPECT_EQ(test, 0, check_pages(test, size));
	KUNIT_EXPECT_EQ(test, count, table->source.count);
	KUNIT_EXPECT_EQ(test, data_ofs, table->source.data_ofs);
}

/* expect_pages - expect contiguous pages of a segment if @left are left */
static void expect_pages(struct kunit *test, unsigned int segment, u64 left,
			 unsigned int first, u64 count)
{
	struct table *table = test->priv;
	unsigned long pfn;

	KUNIT_EXPECT_EQ(test, count,
			gntdev_source_segment_pages(table->sgt.sgl + segment,
						    left, &pfn));
	if (count)
		KUNIT_EXPECT_EQ(test, page_to_pfn(table->page) + first, pfn);
}

static void pages_of_all_segments_are_counted(struct kunit *test)
{
	add(test, 0, 3 * PAGE_SIZE);
	add(test, 6 * PAGE_SIZE, 2 * PAGE_SIZE);
	add(test, 4 * PAGE_SIZE, PAGE_SIZE);
	expect(test, 6 * PAGE_SIZE, 6, 0);
	expect_pages(test, 0, 6, 0, 3);
	expect_pages(test, 1, 3, 6, 2);
	expect_pages(test, 2, 1, 4, 1);
}

static void first_page_is_counted_if_data_begins_inside(struct kunit *test)
{
	add(test, 100, 2 * PAGE_SIZE);
	expect(test, 2 * PAGE_SIZE, 3, 100);
	expect_pages(test, 0, 3, 0, 3);
}

static void last_page_is_counted_if_data_ends_inside(struct kunit *test)
{
	add(test, 0, PAGE_SIZE);
	add(test, PAGE_SIZE, 1);
	expect(test, PAGE_SIZE + 1, 2, 0);
	expect_pages(test, 1, 1, 1, 1);
}

static void data_inside_one_page_is_one_page(struct kunit *test)
{
	add(test, 100, 8);
	expect(test, 8, 1, 100);
	expect_pages(test, 0, 1, 0, 1);
}

static void pages_beyond_the_size_are_not_counted(struct kunit *test)
{
	add(test, 0, 4 * PAGE_SIZE);
	add(test, 6 * PAGE_SIZE, PAGE_SIZE);
	expect(test, PAGE_SIZE + 1, 2, 0);
	expect_pages(test, 0, 2, 0, 2);
	expect_pages(test, 1, 0, 6, 0);
}

static void size_beyond_the_segments_is_not_counted(struct kunit *test)
{
	add(test, 0, 2 * PAGE_SIZE);
	expect(test, U64_MAX, 2, 0);
}

static void empty_segment_is_skipped(struct kunit *test)
{
	add(test, 5, 0);
	add(test, 0, PAGE_SIZE);
	add(test, 3 * PAGE_SIZE + 7, 0);
	add(test, 2 * PAGE_SIZE, PAGE_SIZE);
	expect(test, 2 * PAGE_SIZE, 2, 0);
	expect_pages(test, 0, 2, 0, 0);
	expect_pages(test, 2, 1, 0, 0);
}

static void empty_table_has_no_pages(struct kunit *test)
{
	expect(test, PAGE_SIZE, 0, 0);
}

static void segment_that_begins_inside_a_page_is_refused(struct kunit *test)
{
	add(test, 0, PAGE_SIZE);
	add(test, 2 * PAGE_SIZE + 4, PAGE_SIZE - 4);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, check_pages(test, 2 * PAGE_SIZE));
}

static void segment_that_ends_inside_a_page_is_refused(struct kunit *test)
{
	add(test, 0, PAGE_SIZE - 4);
	add(test, 2 * PAGE_SIZE, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, check_pages(test, 2 * PAGE_SIZE));
	/* The last segment can end inside a page */
	expect(test, PAGE_SIZE - 4, 1, 0);
}

static void memory_without_page_structures_is_refused(struct kunit *test)
{
	add(test, 0, PAGE_SIZE);
	add_addr(test, 1ULL << 51, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, check_pages(test, 2 * PAGE_SIZE));
}

static void foreign_page_is_refused(struct kunit *test)
{
	struct table *table = test->priv;

	if (!xen_feature(XENFEAT_auto_translated_physmap))
		kunit_skip(test, "on x86 PV the page still has its own machine frame");

	add(test, 0, 4 * PAGE_SIZE);
	SetPageForeign(table->page + 3);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, check_pages(test, 4 * PAGE_SIZE));
	ClearPageForeign(table->page + 3);
	expect(test, 4 * PAGE_SIZE, 4, 0);
}

static struct kunit_case source_cases[] = {
	KUNIT_CASE(pages_of_all_segments_are_counted),
	KUNIT_CASE(first_page_is_counted_if_data_begins_inside),
	KUNIT_CASE(last_page_is_counted_if_data_ends_inside),
	KUNIT_CASE(data_inside_one_page_is_one_page),
	KUNIT_CASE(pages_beyond_the_size_are_not_counted),
	KUNIT_CASE(size_beyond_the_segments_is_not_counted),
	KUNIT_CASE(empty_segment_is_skipped),
	KUNIT_CASE(empty_table_has_no_pages),
	KUNIT_CASE(segment_that_begins_inside_a_page_is_refused),
	KUNIT_CASE(segment_that_ends_inside_a_page_is_refused),
	KUNIT_CASE(memory_without_page_structures_is_refused),
	KUNIT_CASE(foreign_page_is_refused),
	{}
};

static struct kunit_suite source_suite = {
	.name = "gntdev_dmabuf_source",
	.init = table_init,
	.exit = table_exit,
	.test_cases = source_cases,
};

kunit_test_suite(source_suite);
