// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: what a scatter table over pages looks like.
 *
 * The pages are real ones that follow each other; where devices find them is
 * made up, by functions that take the place of pfn_to_bfn().
 */

#include <kunit/test.h>

#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>

#include "segments.h"

#define RUN		8U
#define RUN_ORDER	ilog2(RUN)

/**
 * struct want - a table to be made, and what is expected of it
 * @pages: the pages
 * @count: how many
 * @data_ofs: where the table begins in the first one
 * @max_segment: longest segment in bytes
 * @bus: where devices find the pages
 * @lengths: of the segments in pages; 0 after the last
 */
struct want {
	struct page **pages;
	unsigned int count;
	unsigned int data_ofs;
	size_t max_segment;
	unsigned long (*bus)(unsigned long pfn);
	unsigned int lengths[RUN + 1];
};

static unsigned long bus_moved(unsigned long pfn)
{
	return pfn + 0x1000;
}

/* No frame follows that of the page before. */
static unsigned long bus_spread(unsigned long pfn)
{
	return pfn * 2;
}

/* Two and two follow each other. */
static unsigned long bus_pairs(unsigned long pfn)
{
	return (pfn & ~1UL) * 2 + (pfn & 1);
}

/* The frames of every other page follow each other. */
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
		if (i == RUN || !want->lengths[i])
			break;
		KUNIT_EXPECT_PTR_EQ(test, sg_page(sg), want->pages[page]);
		KUNIT_EXPECT_EQ(test, sg->offset, offset);
		KUNIT_EXPECT_EQ(test, sg->length,
				want->lengths[i] * PAGE_SIZE - offset);
		page += want->lengths[i];
		total += sg->length;
		offset = 0;
	}

	/* All were there, and no others */
	KUNIT_EXPECT_EQ(test, i, sgt.orig_nents);
	KUNIT_EXPECT_EQ(test, want->lengths[i], 0);
	KUNIT_EXPECT_EQ(test, total,
			want->count * PAGE_SIZE - want->data_ofs);
	sg_free_table(&sgt);
}

#define EXPECT_TABLE(test, ...) \
	expect_table(test, &(const struct want){ __VA_ARGS__ })

static void pages_that_run_on_in_both_spaces_are_one_segment(struct kunit *test)
{
	EXPECT_TABLE(test, .pages = test->priv, .count = RUN, .bus = bus_moved,
		     .max_segment = SIZE_MAX, .lengths = { RUN });
}

static void segment_ends_where_bus_frames_jump(struct kunit *test)
{
	EXPECT_TABLE(test, .pages = test->priv, .count = RUN, .bus = bus_pairs,
		     .max_segment = SIZE_MAX, .lengths = { 2, 2, 2, 2 });
	EXPECT_TABLE(test, .pages = test->priv, .count = RUN, .bus = bus_spread,
		     .max_segment = SIZE_MAX,
		     .lengths = { 1, 1, 1, 1, 1, 1, 1, 1 });
}

static void segment_ends_where_pages_jump(struct kunit *test)
{
	struct page **run = test->priv;
	struct page *pages[] = { run[0], run[2], run[4], run[6] };

	EXPECT_TABLE(test, .pages = pages, .count = 4, .bus = bus_halved,
		     .max_segment = SIZE_MAX, .lengths = { 1, 1, 1, 1 });
}

static void descending_pages_are_not_joined(struct kunit *test)
{
	struct page **run = test->priv;
	struct page *pages[] = { run[3], run[2], run[1], run[0] };

	EXPECT_TABLE(test, .pages = pages, .count = 4, .bus = bus_moved,
		     .max_segment = SIZE_MAX, .lengths = { 1, 1, 1, 1 });
	EXPECT_TABLE(test, .pages = pages, .count = 4, .bus = bus_backwards,
		     .max_segment = SIZE_MAX, .lengths = { 1, 1, 1, 1 });
}

static void descending_bus_frames_are_not_joined(struct kunit *test)
{
	EXPECT_TABLE(test, .pages = test->priv, .count = 4,
		     .bus = bus_backwards, .max_segment = SIZE_MAX,
		     .lengths = { 1, 1, 1, 1 });
}

static void page_that_comes_twice_is_two_segments(struct kunit *test)
{
	struct page **run = test->priv;
	struct page *pages[] = { run[0], run[0], run[1] };

	EXPECT_TABLE(test, .pages = pages, .count = 3, .bus = bus_moved,
		     .max_segment = SIZE_MAX, .lengths = { 1, 2 });
}

static void one_page_is_one_segment(struct kunit *test)
{
	EXPECT_TABLE(test, .pages = test->priv, .count = 1, .bus = bus_moved,
		     .max_segment = SIZE_MAX, .lengths = { 1 });
}

static void segment_is_no_longer_than_the_device_takes(struct kunit *test)
{
	const size_t three = 3 * PAGE_SIZE;

	EXPECT_TABLE(test, .pages = test->priv, .count = RUN, .bus = bus_moved,
		     .max_segment = three, .lengths = { 3, 3, 2 });
	EXPECT_TABLE(test, .pages = test->priv, .count = RUN, .bus = bus_pairs,
		     .max_segment = three, .lengths = { 2, 2, 2, 2 });
	EXPECT_TABLE(test, .pages = test->priv, .count = RUN, .bus = bus_moved,
		     .max_segment = RUN * PAGE_SIZE, .lengths = { RUN });
}

static void longest_segment_is_rounded_down_to_pages(struct kunit *test)
{
	EXPECT_TABLE(test, .pages = test->priv, .count = RUN, .bus = bus_moved,
		     .max_segment = 4 * PAGE_SIZE - 1, .lengths = { 3, 3, 2 });
	EXPECT_TABLE(test, .pages = test->priv, .count = RUN, .bus = bus_moved,
		     .max_segment = 3 * PAGE_SIZE + 512,
		     .lengths = { 3, 3, 2 });
}

static void device_that_takes_less_than_a_page_gets_pages(struct kunit *test)
{
	static const size_t limits[] = { 0, 1, 512, PAGE_SIZE - 1, PAGE_SIZE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++)
		EXPECT_TABLE(test, .pages = test->priv, .count = 4,
			     .bus = bus_moved, .max_segment = limits[i],
			     .lengths = { 1, 1, 1, 1 });
}

static void offset_is_in_the_first_segment_only(struct kunit *test)
{
	EXPECT_TABLE(test, .pages = test->priv, .count = RUN, .bus = bus_moved,
		     .data_ofs = 100, .max_segment = SIZE_MAX,
		     .lengths = { RUN });
	EXPECT_TABLE(test, .pages = test->priv, .count = RUN, .bus = bus_pairs,
		     .data_ofs = 100, .max_segment = SIZE_MAX,
		     .lengths = { 2, 2, 2, 2 });
	EXPECT_TABLE(test, .pages = test->priv, .count = RUN, .bus = bus_moved,
		     .data_ofs = PAGE_SIZE - 1, .max_segment = PAGE_SIZE,
		     .lengths = { 1, 1, 1, 1, 1, 1, 1, 1 });
	EXPECT_TABLE(test, .pages = test->priv, .count = 1, .bus = bus_moved,
		     .data_ofs = PAGE_SIZE - 1, .max_segment = SIZE_MAX,
		     .lengths = { 1 });
}

/* Its entries do not fit into one page and are chained. */
static void table_can_be_longer_than_a_page(struct kunit *test)
{
	const unsigned int count = 3 * SG_MAX_SINGLE_ALLOC;
	struct page **run = test->priv, **pages;
	struct scatterlist *sg;
	struct sg_table sgt;
	unsigned int i;

	pages = kunit_kmalloc_array(test, count, sizeof(*pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pages);
	for (i = 0; i < count; i++)
		pages[i] = run[i % 2 * 2];

	KUNIT_ASSERT_EQ(test, 0, gntdev_segments_fill(&sgt, pages, count, 0,
						      SIZE_MAX, bus_moved));
	KUNIT_EXPECT_EQ(test, sgt.orig_nents, count);
	for_each_sgtable_sg(&sgt, sg, i) {
		KUNIT_EXPECT_PTR_EQ(test, sg_page(sg), pages[i]);
		KUNIT_EXPECT_EQ(test, sg->length, PAGE_SIZE);
	}
	sg_free_table(&sgt);
}

/* test->priv: %RUN pages that follow each other, by themselves on the bus */
static int segments_init(struct kunit *test)
{
	struct page **run, *first;
	unsigned int i;

	run = kunit_kmalloc_array(test, RUN, sizeof(*run), GFP_KERNEL);
	first = alloc_pages(GFP_KERNEL, RUN_ORDER);
	if (!run || !first) {
		if (first)
			__free_pages(first, RUN_ORDER);
		return -ENOMEM;
	}

	for (i = 0; i < RUN; i++)
		run[i] = first + i;
	test->priv = run;
	return 0;
}

static void segments_exit(struct kunit *test)
{
	struct page **run = test->priv;

	if (run)
		__free_pages(run[0], RUN_ORDER);
}

static struct kunit_case segments_cases[] = {
	KUNIT_CASE(pages_that_run_on_in_both_spaces_are_one_segment),
	KUNIT_CASE(segment_ends_where_bus_frames_jump),
	KUNIT_CASE(segment_ends_where_pages_jump),
	KUNIT_CASE(descending_pages_are_not_joined),
	KUNIT_CASE(descending_bus_frames_are_not_joined),
	KUNIT_CASE(page_that_comes_twice_is_two_segments),
	KUNIT_CASE(one_page_is_one_segment),
	KUNIT_CASE(segment_is_no_longer_than_the_device_takes),
	KUNIT_CASE(longest_segment_is_rounded_down_to_pages),
	KUNIT_CASE(device_that_takes_less_than_a_page_gets_pages),
	KUNIT_CASE(offset_is_in_the_first_segment_only),
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
