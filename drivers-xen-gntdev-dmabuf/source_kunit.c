// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: what pages a scatter table has, and whether they can be granted.
 *
 * The tables are as a device sees them that is told physical addresses, over
 * memory that was allocated for that.
 */

#include <kunit/test.h>
#include <linux/scatterlist.h>

#include <xen/features.h>

#include "source.h"

#define ORDER	3
#define MEMORY	(PAGE_SIZE << ORDER)
#define MOST	4

/**
 * struct table - what a test has to do with
 * @base: physical address of MEMORY bytes
 * @page: the first page there
 * @sgt: a table with room for MOST segments
 * @source: has that table
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
	table->page = alloc_pages(GFP_KERNEL, ORDER);
	KUNIT_ASSERT_NOT_NULL(test, table->page);
	table->base = page_to_phys(table->page);
	KUNIT_ASSERT_EQ(test, 0, sg_alloc_table(&table->sgt, MOST, GFP_KERNEL));
	table->sgt.nents = 0;
	table->source.sgt = &table->sgt;
	return 0;
}

static void table_exit(struct kunit *test)
{
	struct table *table = test->priv;

	if (table && table->page)
		__free_pages(table->page, ORDER);
	if (table)
		sg_free_table(&table->sgt);
}

/* add_at - a segment at an address */
static void add_at(struct kunit *test, phys_addr_t addr, unsigned int len)
{
	struct table *table = test->priv;
	struct scatterlist *sg = table->sgt.sgl + table->sgt.nents++;

	KUNIT_ASSERT_LE(test, table->sgt.nents, MOST);
	sg_dma_address(sg) = addr;
	sg_dma_len(sg) = len;
}

/* add - a segment at an offset in the memory that there is */
static void add(struct kunit *test, unsigned int at, unsigned int len)
{
	struct table *table = test->priv;

	add_at(test, table->base + at, len);
}

static int measure(struct kunit *test, u64 size)
{
	struct table *table = test->priv;

	return gntdev_source_measure(&table->source, size);
}

/* expect - what the source is found to be */
static void expect(struct kunit *test, u64 size, u64 count, unsigned int data_ofs)
{
	struct table *table = test->priv;

	KUNIT_EXPECT_EQ(test, 0, measure(test, size));
	KUNIT_EXPECT_EQ(test, count, table->source.count);
	KUNIT_EXPECT_EQ(test, data_ofs, table->source.data_ofs);
}

/* expect_run - the pages of a segment, where so many are left */
static void expect_run(struct kunit *test, unsigned int segment, u64 left,
		       unsigned int first, u64 count)
{
	struct table *table = test->priv;
	unsigned long pfn;

	KUNIT_EXPECT_EQ(test, count,
			gntdev_source_segment_pages(table->sgt.sgl + segment, left, &pfn));
	if (count)
		KUNIT_EXPECT_EQ(test, page_to_pfn(table->page) + first, pfn);
}

static void pages_of_all_segments_count(struct kunit *test)
{
	add(test, 0, 3 * PAGE_SIZE);
	add(test, 6 * PAGE_SIZE, 2 * PAGE_SIZE);
	add(test, 4 * PAGE_SIZE, PAGE_SIZE);
	expect(test, 6 * PAGE_SIZE, 6, 0);
	expect_run(test, 0, 6, 0, 3);
	expect_run(test, 1, 3, 6, 2);
	expect_run(test, 2, 1, 4, 1);
}

static void first_page_counts_where_data_begins_inside(struct kunit *test)
{
	add(test, 100, 2 * PAGE_SIZE);
	expect(test, 2 * PAGE_SIZE, 3, 100);
	expect_run(test, 0, 3, 0, 3);
}

static void last_page_counts_where_data_ends_inside(struct kunit *test)
{
	add(test, 0, PAGE_SIZE);
	add(test, PAGE_SIZE, 1);
	expect(test, PAGE_SIZE + 1, 2, 0);
	expect_run(test, 1, 1, 1, 1);
}

static void data_inside_one_page_is_a_page(struct kunit *test)
{
	add(test, 100, 8);
	expect(test, 8, 1, 100);
	expect_run(test, 0, 1, 0, 1);
}

static void what_is_beyond_the_size_does_not_count(struct kunit *test)
{
	add(test, 0, 4 * PAGE_SIZE);
	add(test, 6 * PAGE_SIZE, PAGE_SIZE);
	expect(test, PAGE_SIZE + 1, 2, 0);
	expect_run(test, 0, 2, 0, 2);
	expect_run(test, 1, 0, 6, 0);
}

static void size_beyond_the_segments_does_not_count(struct kunit *test)
{
	add(test, 0, 2 * PAGE_SIZE);
	expect(test, U64_MAX, 2, 0);
}

static void segment_of_nothing_is_passed_over(struct kunit *test)
{
	add(test, 5, 0);
	add(test, 0, PAGE_SIZE);
	add(test, 3 * PAGE_SIZE + 7, 0);
	add(test, 2 * PAGE_SIZE, PAGE_SIZE);
	expect(test, 2 * PAGE_SIZE, 2, 0);
	expect_run(test, 0, 2, 0, 0);
	expect_run(test, 2, 1, 0, 0);
}

static void table_of_nothing_has_no_pages(struct kunit *test)
{
	expect(test, PAGE_SIZE, 0, 0);
}

static void segment_that_begins_inside_a_page_is_refused(struct kunit *test)
{
	add(test, 0, PAGE_SIZE);
	add(test, 2 * PAGE_SIZE + 4, PAGE_SIZE - 4);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, measure(test, 2 * PAGE_SIZE));
}

static void segment_that_ends_inside_a_page_is_refused(struct kunit *test)
{
	add(test, 0, PAGE_SIZE - 4);
	add(test, 2 * PAGE_SIZE, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, measure(test, 2 * PAGE_SIZE));
	/* But not where nothing comes behind it */
	expect(test, PAGE_SIZE - 4, 1, 0);
}

static void memory_without_pages_is_refused(struct kunit *test)
{
	add(test, 0, PAGE_SIZE);
	add_at(test, 1ULL << 51, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, measure(test, 2 * PAGE_SIZE));
}

static void foreign_page_is_refused(struct kunit *test)
{
	struct table *table = test->priv;

	if (!xen_feature(XENFEAT_auto_translated_physmap))
		kunit_skip(test, "the page's own frame is under it");

	add(test, 0, 4 * PAGE_SIZE);
	SetPageForeign(table->page + 3);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, measure(test, 4 * PAGE_SIZE));
	ClearPageForeign(table->page + 3);
	expect(test, 4 * PAGE_SIZE, 4, 0);
}

static struct kunit_case source_cases[] = {
	KUNIT_CASE(pages_of_all_segments_count),
	KUNIT_CASE(first_page_counts_where_data_begins_inside),
	KUNIT_CASE(last_page_counts_where_data_ends_inside),
	KUNIT_CASE(data_inside_one_page_is_a_page),
	KUNIT_CASE(what_is_beyond_the_size_does_not_count),
	KUNIT_CASE(size_beyond_the_segments_does_not_count),
	KUNIT_CASE(segment_of_nothing_is_passed_over),
	KUNIT_CASE(table_of_nothing_has_no_pages),
	KUNIT_CASE(segment_that_begins_inside_a_page_is_refused),
	KUNIT_CASE(segment_that_ends_inside_a_page_is_refused),
	KUNIT_CASE(memory_without_pages_is_refused),
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
