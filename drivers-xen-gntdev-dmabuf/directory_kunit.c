// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of directory.c: copy the references out of directory pages.
 *
 * The directory pages are memory of the test, so these cases need no Xen.
 */

#include <kunit/test.h>

#include <linux/string.h>

#include <xen/page.h>

#include "directory.h"

/* Number of references of the buffer in a full directory page */
#define PER_PAGE	(XEN_PAGE_SIZE / sizeof(grant_ref_t) - 1)
/* Larger than the number of pages of each buffer in this file */
#define MAX_REFS	(5 * PER_PAGE)

#define UNTOUCHED	0xdeadbeef

/**
 * struct reader - state of reading a directory
 * @page: the directory page
 * @refs: references that have been copied; %UNTOUCHED in the other elements
 * @next: reference of the next directory page
 */
struct reader {
	grant_ref_t page[PER_PAGE + 1];
	u32 refs[MAX_REFS];
	grant_ref_t next;
};

/* fill_page - store @next in the page, and ascending references from @ref */
static void fill_page(struct reader *reader, grant_ref_t next, grant_ref_t ref)
{
	unsigned int i;

	reader->page[0] = next;
	for (i = 1; i <= PER_PAGE; i++)
		reader->page[i] = ref++;
}

static int copy_refs(struct reader *reader, unsigned int done,
		     unsigned int left)
{
	return gntdev_directory_step(reader->page, reader->refs + done, left,
				     &reader->next);
}

/*
 * expect_refs - expect ascending references from @ref in the elements from
 * @first to @end - 1, and none in element @end
 */
static void expect_refs(struct kunit *test, unsigned int first,
			unsigned int end, grant_ref_t ref)
{
	struct reader *reader = test->priv;
	unsigned int i;

	for (i = first; i < end; i++)
		KUNIT_EXPECT_EQ(test, reader->refs[i], ref++);
	KUNIT_EXPECT_EQ(test, reader->refs[end], UNTOUCHED);
}

static void small_buffer_uses_part_of_a_page(struct kunit *test)
{
	struct reader *reader = test->priv;

	fill_page(reader, 0, 100);
	KUNIT_EXPECT_EQ(test, 5, copy_refs(reader, 0, 5));
	expect_refs(test, 0, 5, 100);
}

static void page_can_be_full(struct kunit *test)
{
	struct reader *reader = test->priv;

	fill_page(reader, 0, 100);
	KUNIT_EXPECT_EQ(test, PER_PAGE, copy_refs(reader, 0, PER_PAGE));
	expect_refs(test, 0, PER_PAGE, 100);
}

static void reference_after_a_full_page_is_on_the_next_page(struct kunit *test)
{
	struct reader *reader = test->priv;

	fill_page(reader, 77, 100);
	KUNIT_EXPECT_EQ(test, PER_PAGE, copy_refs(reader, 0, PER_PAGE + 1));
	KUNIT_EXPECT_EQ(test, reader->next, 77);
	expect_refs(test, 0, PER_PAGE, 100);

	fill_page(reader, 0, 5000);
	KUNIT_EXPECT_EQ(test, 1, copy_refs(reader, PER_PAGE, 1));
	expect_refs(test, PER_PAGE, PER_PAGE + 1, 5000);
}

static void next_page_can_have_any_reference_not_reserved(struct kunit *test)
{
	struct reader *reader = test->priv;

	fill_page(reader, GNTTAB_NR_RESERVED_ENTRIES, 100);
	KUNIT_EXPECT_EQ(test, PER_PAGE, copy_refs(reader, 0, PER_PAGE + 1));
	KUNIT_EXPECT_EQ(test, reader->next, GNTTAB_NR_RESERVED_ENTRIES);

	fill_page(reader, U32_MAX, 100);
	KUNIT_EXPECT_EQ(test, PER_PAGE, copy_refs(reader, 0, U32_MAX));
	KUNIT_EXPECT_EQ(test, reader->next, U32_MAX);
}

static void reserved_reference_of_the_next_page_is_invalid(struct kunit *test)
{
	struct reader *reader = test->priv;
	grant_ref_t ref;

	for (ref = 0; ref < GNTTAB_NR_RESERVED_ENTRIES; ref++) {
		fill_page(reader, ref, 100);
		KUNIT_EXPECT_EQ(test, -EINVAL,
				copy_refs(reader, 0, PER_PAGE + 1));
	}
	KUNIT_EXPECT_EQ(test, reader->refs[0], UNTOUCHED);
}

static void reserved_reference_of_the_buffer_is_invalid(struct kunit *test)
{
	struct reader *reader = test->priv;
	unsigned int at[] = { 1, 2, PER_PAGE };
	unsigned int i;
	grant_ref_t ref;

	for (i = 0; i < ARRAY_SIZE(at); i++)
		for (ref = 0; ref < GNTTAB_NR_RESERVED_ENTRIES; ref++) {
			fill_page(reader, 0, 100);
			reader->page[at[i]] = ref;
			KUNIT_EXPECT_EQ(test, -EINVAL,
					copy_refs(reader, 0, PER_PAGE));
		}
	expect_refs(test, 0, 0, 0);

	fill_page(reader, 0, GNTTAB_NR_RESERVED_ENTRIES);
	KUNIT_EXPECT_EQ(test, PER_PAGE, copy_refs(reader, 0, PER_PAGE));
	expect_refs(test, 0, PER_PAGE, GNTTAB_NR_RESERVED_ENTRIES);
}

static void too_short_page_is_invalid(struct kunit *test)
{
	struct reader *reader = test->priv;

	fill_page(reader, 0, 100);
	/* The page has 5 references and then zeros */
	memset(reader->page + 6, 0, (PER_PAGE - 5) * sizeof(*reader->page));
	KUNIT_EXPECT_EQ(test, -EINVAL, copy_refs(reader, 0, 6));
	KUNIT_EXPECT_EQ(test, -EINVAL, copy_refs(reader, 0, PER_PAGE));
	expect_refs(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, 5, copy_refs(reader, 0, 5));
	expect_refs(test, 0, 5, 100);
}

static void too_short_chain_is_invalid(struct kunit *test)
{
	struct reader *reader = test->priv;

	fill_page(reader, 0, 100);
	KUNIT_EXPECT_EQ(test, -EINVAL, copy_refs(reader, 0, PER_PAGE + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, copy_refs(reader, 0, U32_MAX));
}

static void too_long_chain_is_invalid(struct kunit *test)
{
	struct reader *reader = test->priv;

	fill_page(reader, 77, 100);
	KUNIT_EXPECT_EQ(test, -EINVAL, copy_refs(reader, 0, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, copy_refs(reader, 0, PER_PAGE));
}

/*
 * expect_pages - read a page whose next page is itself until an error
 *
 * @count: number of pages of the buffer
 * @pages: number of the step that must return -EINVAL, from 1
 */
static void expect_pages(struct kunit *test, unsigned int count,
			 unsigned int pages)
{
	struct reader *reader = test->priv;
	unsigned int n, done = 0;
	int ret = 0;

	for (n = 0; n <= pages && ret >= 0; n++) {
		ret = copy_refs(reader, done, count - done);
		done += max(ret, 0);
	}
	KUNIT_EXPECT_EQ(test, ret, -EINVAL);
	KUNIT_EXPECT_EQ(test, n, pages);
}

static void circular_chain_is_invalid(struct kunit *test)
{
	fill_page(test->priv, 77, 100);
	expect_pages(test, 1, 1);
	expect_pages(test, PER_PAGE, 1);
	expect_pages(test, PER_PAGE + 1, 2);
	expect_pages(test, 4 * PER_PAGE, 4);
	expect_pages(test, 4 * PER_PAGE + 1, 5);
}

static int directory_init(struct kunit *test)
{
	struct reader *reader;

	reader = kunit_kzalloc(test, sizeof(*reader), GFP_KERNEL);
	if (!reader)
		return -ENOMEM;

	memset32(reader->refs, UNTOUCHED, MAX_REFS);
	test->priv = reader;
	return 0;
}

static struct kunit_case directory_cases[] = {
	KUNIT_CASE(small_buffer_uses_part_of_a_page),
	KUNIT_CASE(page_can_be_full),
	KUNIT_CASE(reference_after_a_full_page_is_on_the_next_page),
	KUNIT_CASE(next_page_can_have_any_reference_not_reserved),
	KUNIT_CASE(reserved_reference_of_the_next_page_is_invalid),
	KUNIT_CASE(reserved_reference_of_the_buffer_is_invalid),
	KUNIT_CASE(too_short_page_is_invalid),
	KUNIT_CASE(too_short_chain_is_invalid),
	KUNIT_CASE(too_long_chain_is_invalid),
	KUNIT_CASE(circular_chain_is_invalid),
	{}
};

static struct kunit_suite directory_suite = {
	.name = "gntdev_dmabuf_directory",
	.init = directory_init,
	.test_cases = directory_cases,
};

kunit_test_suite(directory_suite);
