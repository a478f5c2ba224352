// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of segments.c: the scatter table over pages.
 *
 * The pages are real and contiguous.  The bus frame numbers are computed by
 * functions of this file that replace pfn_to_bfn().
 */

#include <kunit/test.h>

#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>

#include "segments.h"

#define PAGES		8U
#define PAGES_ORDER	ilog2(PAGES)

/**
 * struct want - arguments for a scatter table, and the expected segments
 * @pages: the pages
 * @count: number of pages
 * @data_ofs: offset of the data in the first page, in bytes
 * @max_segment: maximum length of a segment in bytes
 * @bus: converts a page frame number to a bus frame number
 * @lengths: expected length of each segment in pages; 0 after the last
 */
struct want {
	struct page **pages;
	unsigned int count;
	unsigned int data_ofs;
	size_t max_segment;
	unsigned long (*bus)(unsigned long pfn);
	unsigned int lengths[PAGES + 1];
};

static unsigned long bus_moved(unsigned long pfn)
{
	return pfn + 0x1000;
}

/* No two pages have contiguous bus frames */
static unsigned long bus_spread(unsigned long pfn)
{
	return pfn * 2;
}

/* Pages 2n and 2n + 1 have contiguous bus frames */
static unsigned long bus_pairs(unsigned long pfn)
{
	return (pfn & ~1UL) * 2 + (pfn & 1);
}

/* Pages n and n + 2 have contiguous bus frames */
static unsigned long bus_halved(unsigned long pfn)
{
	return pfn / 2;
}

static unsigned long bus_backwards(unsigned long pfn)
{
	return ~pfn;
}

static void expect_table(struct kunit *test, const struct want *want)
{
	unsigned int i = 0, page = 0, offset = want->data_ofs;
	struct scatterlist *sg;
	struct sg_table sgt;
	size_t total = 0;

	KUNIT_ASSERT_EQ(test, 0,
			gntdev_segments_fill(&sgt, want->pages, want->count,
					     want->data_ofs, want->max_segment,
					     want->bus));

	for_each_sgtable_sg(&sgt, sg, i) {
		if (i == PAGES || !want->lengths[i])
			break;
		KUNIT_EXPECT_PTR_EQ(test, sg_page(sg), want->pages[page]);
		KUNIT_EXPECT_EQ(test, sg->offset, offset);
		KUNIT_EXPECT_EQ(test, sg->length,
				want->lengths[i] * PAGE_SIZE - offset);
		page += want->lengths[i];
		total += sg->length;
		offset = 0;
	}

	/* The table has all expected segments and no other */
	KUNIT_EXPECT_EQ(test, i, sgt.orig_nents);
	KUNIT_EXPECT_EQ(test, want->lengths[i], 0);
	KUNIT_EXPECT_EQ(test, total,
			want->count * PAGE_SIZE - want->data_ofs);
	sg_free_table(&sgt);
}

#define EXPECT_SGT(test, ...) \
	expect_table(test, &(const struct want){ __VA_ARGS__ })

static void contiguous_pages_and_bus_frames_are_one_segment(struct kunit *test)
{
	EXPECT_SGT(test, .pages = test->priv, .count = PAGES, .bus = bus_moved,
		   .max_segment = SIZE_MAX, .lengths = { PAGES });
}

static void segment_ends_where_bus_frames_are_not_contiguous(struct kunit *test)
{
	EXPECT_SGT(test, .pages = test->priv, .count = PAGES, .bus = bus_pairs,
		   .max_segment = SIZE_MAX, .lengths = { 2, 2, 2, 2 });
	EXPECT_SGT(test, .pages = test->priv, .count = PAGES, .bus = bus_spread,
		   .max_segment = SIZE_MAX,
		   .lengths = { 1, 1, 1, 1, 1, 1, 1, 1 });
}

static void segment_ends_where_pages_are_not_contiguous(struct kunit *test)
{
	struct page **contig = test->priv;
	struct page *pages[] = { contig[0], contig[2], contig[4], contig[6] };

	EXPECT_SGT(test, .pages = pages, .count = 4, .bus = bus_halved,
		   .max_segment = SIZE_MAX, .lengths = { 1, 1, 1, 1 });
}

static void descending_pages_are_not_merged(struct kunit *test)
{
	struct page **contig = test->priv;
	struct page *pages[] = { contig[3], contig[2], contig[1], contig[0] };

	EXPECT_SGT(test, .pages = pages, .count = 4, .bus = bus_moved,
		   .max_segment = SIZE_MAX, .lengths = { 1, 1, 1, 1 });
	EXPECT_SGT(test, .pages = pages, .count = 4, .bus = bus_backwards,
		   .max_segment = SIZE_MAX, .lengths = { 1, 1, 1, 1 });
}

static void descending_bus_frames_are_not_merged(struct kunit *test)
{
	EXPECT_SGT(test, .pages = test->priv, .count = 4,
		   .bus = bus_backwards, .max_segment = SIZE_MAX,
		   .lengths = { 1, 1, 1, 1 });
}

static void repeated_page_is_in_two_segments(struct kunit *test)
{
	struct page **contig = test->priv;
	struct page *pages[] = { contig[0], contig[0], contig[1] };

	EXPECT_SGT(test, .pages = pages, .count = 3, .bus = bus_moved,
		   .max_segment = SIZE_MAX, .lengths = { 1, 2 });
}

static void one_page_is_one_segment(struct kunit *test)
{
	EXPECT_SGT(test, .pages = test->priv, .count = 1, .bus = bus_moved,
		   .max_segment = SIZE_MAX, .lengths = { 1 });
}

static void segment_is_not_longer_than_the_maximum(struct kunit *test)
{
	const size_t three = 3 * PAGE_SIZE;

	EXPECT_SGT(test, .pages = test->priv, .count = PAGES, .bus = bus_moved,
		   .max_segment = three, .lengths = { 3, 3, 2 });
	EXPECT_SGT(test, .pages = test->priv, .count = PAGES, .bus = bus_pairs,
		   .max_segment = three, .lengths = { 2, 2, 2, 2 });
	EXPECT_SGT(test, .pages = test->priv, .count = PAGES, .bus = bus_moved,
		   .max_segment = PAGES * PAGE_SIZE, .lengths = { PAGES });
}

static void maximum_is_rounded_down_to_pages(struct kunit *test)
{
	EXPECT_SGT(test, .pages = test->priv, .count = PAGES, .bus = bus_moved,
		   .max_segment = 4 * PAGE_SIZE - 1, .lengths = { 3, 3, 2 });
	EXPECT_SGT(test, .pages = test->priv, .count = PAGES, .bus = bus_moved,
		   .max_segment = 3 * PAGE_SIZE + 512,
		   .lengths = { 3, 3, 2 });
}

static void maximum_below_a_page_means_one_page(struct kunit *test)
{
	static const size_t limits[] = { 0, 1, 512, PAGE_SIZE - 1, PAGE_SIZE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++)
		EXPECT_SGT(test, .pages = test->priv, .count = 4,
			   .bus = bus_moved, .max_segment = limits[i],
			   .lengths = { 1, 1, 1, 1 });
}

static void offset_applies_to_the_first_segment_only(struct kunit *test)
{
	EXPECT_SGT(test, .pages = test->priv, .count = PAGES, .bus = bus_moved,
		   .data_ofs = 100, .max_segment = SIZE_MAX,
		   .lengths = { PAGES });
	EXPECT_SGT(test, .pages = test->priv, .count = PAGES, .bus = bus_pairs,
		   .data_ofs = 100, .max_segment = SIZE_MAX,
		   .lengths = { 2, 2, 2, 2 });
	EXPECT_SGT(test, .pages = test->priv, .count = PAGES, .bus = bus_moved,
		   .data_ofs = PAGE_SIZE - 1, .max_segment = PAGE_SIZE,
		   .lengths = { 1, 1, 1, 1, 1, 1, 1, 1 });
	EXPECT_SGT(test, .pages = test->priv, .count = 1, .bus = bus_moved,
		   .data_ofs = PAGE_SIZE - 1, .max_segment = SIZE_MAX,
		   .lengths = { 1 });
}

/* The entries do not fit into one page, so they are chained */
static void table_can_be_longer_than_a_page(struct kunit *test)
{
	const unsigned int count = 3 * SG_MAX_SINGLE_ALLOC;
	struct page **contig = test->priv, **pages;
	struct scatterlist *sg;
	struct sg_table sgt;
	unsigned int i;

	pages = kunit_kmalloc_array(test, count, sizeof(*pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < count; i++)
		pages[i] = contig[i % 2 * 2];

	KUNIT_ASSERT_EQ(test, 0, gntdev_segments_fill(&sgt, pages, count, 0,
						      SIZE_MAX, bus_moved));
	KUNIT_EXPECT_EQ(test, sgt.orig_nents, count);
	for_each_sgtable_sg(&sgt, sg, i) {
		KUNIT_EXPECT_PTR_EQ(test, sg_page(sg), pages[i]);
		KUNIT_EXPECT_EQ(test, sg->length, PAGE_SIZE);
	}
	sg_free_table(&sgt);
}

/* test->priv: an array of %PAGES contiguous pages */
static int segments_init(struct kunit *test)
{
	struct page **contig, *first;
	unsigned int i;

	contig = kunit_kmalloc_array(test, PAGES, sizeof(*contig), GFP_KERNEL);
	first = alloc_pages(GFP_KERNEL, PAGES_ORDER);
	if (!contig || !first) {
		if (first)
			__free_pages(first, PAGES_ORDER);
		return -ENOMEM;
	}

	for (i = 0; i < PAGES; i++)
		contig[i] = first + i;
	test->priv = contig;
	return 0;
}

static void segments_exit(struct kunit *test)
{
	struct page **contig = test->priv;

	if (contig)
		__free_pages(contig[0], PAGES_ORDER);
}

static struct kunit_case segments_cases[] = {
	KUNIT_CASE(contiguous_pages_and_bus_frames_are_one_segment),
	KUNIT_CASE(segment_ends_where_bus_frames_are_not_contiguous),
	KUNIT_CASE(segment_ends_where_pages_are_not_contiguous),
	KUNIT_CASE(descending_pages_are_not_merged),
	KUNIT_CASE(descending_bus_frames_are_not_merged),
	KUNIT_CASE(repeated_page_is_in_two_segments),
	KUNIT_CASE(one_page_is_one_segment),
	KUNIT_CASE(segment_is_not_longer_than_the_maximum),
	KUNIT_CASE(maximum_is_rounded_down_to_pages),
	KUNIT_CASE(maximum_below_a_page_means_one_page),
	KUNIT_CASE(offset_applies_to_the_first_segment_only),
	KUNIT_CASE(table_can_be_longer_than_a_page),
	{}
};

static struct kunit_suite segments_suite = {
	.name = "gntdev_dmabuf_segments",
	.init = segments_init,
	.exit = segments_exit,
	.test_cases = segments_cases,
};

kunit_test_suite(segments_suite);
