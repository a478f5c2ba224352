// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: how a chain of directory pages is followed.
 */

#include <kunit/test.h>

#include <linux/string.h>

#include <xen/page.h>

#include "directory.h"

/* References that fit into one page of a directory. */
#define FIT	(XEN_PAGE_SIZE / sizeof(grant_ref_t) - 1)
/* More than any of the buffers here has. */
#define ROOM	(5 * FIT)

#define UNTOUCHED	0xdeadbeef

/**
 * struct walk - a directory page and what has been taken out so far
 * @page: the page
 * @refs: the references, %UNTOUCHED where there is none yet
 * @next: what the page says is the next one
 */
struct walk {
	grant_ref_t page[FIT + 1];
	u32 refs[ROOM];
	grant_ref_t next;
};

/* turn_to - let the page be one that goes on at @next and counts up from @ref */
static void turn_to(struct walk *walk, grant_ref_t next, grant_ref_t ref)
{
	unsigned int i;

	walk->page[0] = next;
	for (i = 1; i <= FIT; i++)
		walk->page[i] = ref++;
}

static int step(struct walk *walk, unsigned int done, unsigned int left)
{
	return gntdev_directory_step(walk->page, walk->refs + done, left,
				     &walk->next);
}

/* expect_taken - references @first to @end count up from @ref, nothing follows */
static void expect_taken(struct kunit *test, unsigned int first,
			 unsigned int end, grant_ref_t ref)
{
	struct walk *walk = test->priv;
	unsigned int i;

	for (i = first; i < end; i++)
		KUNIT_EXPECT_EQ(test, walk->refs[i], ref++);
	KUNIT_EXPECT_EQ(test, walk->refs[end], UNTOUCHED);
}

static void small_buffer_needs_a_part_of_a_page(struct kunit *test)
{
	struct walk *walk = test->priv;

	turn_to(walk, 0, 100);
	KUNIT_EXPECT_EQ(test, 5, step(walk, 0, 5));
	expect_taken(test, 0, 5, 100);
}

static void one_page_can_be_full(struct kunit *test)
{
	struct walk *walk = test->priv;

	turn_to(walk, 0, 100);
	KUNIT_EXPECT_EQ(test, FIT, step(walk, 0, FIT));
	expect_taken(test, 0, FIT, 100);
}

static void one_reference_more_is_on_the_next_page(struct kunit *test)
{
	struct walk *walk = test->priv;

	turn_to(walk, 77, 100);
	KUNIT_EXPECT_EQ(test, FIT, step(walk, 0, FIT + 1));
	KUNIT_EXPECT_EQ(test, walk->next, 77);
	expect_taken(test, 0, FIT, 100);

	turn_to(walk, 0, 5000);
	KUNIT_EXPECT_EQ(test, 1, step(walk, FIT, 1));
	expect_taken(test, FIT, FIT + 1, 5000);
}

static void any_reference_that_is_not_reserved_goes_on(struct kunit *test)
{
	struct walk *walk = test->priv;

	turn_to(walk, GNTTAB_NR_RESERVED_ENTRIES, 100);
	KUNIT_EXPECT_EQ(test, FIT, step(walk, 0, FIT + 1));
	KUNIT_EXPECT_EQ(test, walk->next, GNTTAB_NR_RESERVED_ENTRIES);

	turn_to(walk, U32_MAX, 100);
	KUNIT_EXPECT_EQ(test, FIT, step(walk, 0, U32_MAX));
	KUNIT_EXPECT_EQ(test, walk->next, U32_MAX);
}

static void reserved_reference_does_not_go_on(struct kunit *test)
{
	struct walk *walk = test->priv;
	grant_ref_t ref;

	for (ref = 0; ref < GNTTAB_NR_RESERVED_ENTRIES; ref++) {
		turn_to(walk, ref, 100);
		KUNIT_EXPECT_EQ(test, -EINVAL, step(walk, 0, FIT + 1));
	}
	KUNIT_EXPECT_EQ(test, walk->refs[0], UNTOUCHED);
}

static void reserved_reference_is_no_page_of_a_buffer(struct kunit *test)
{
	struct walk *walk = test->priv;
	unsigned int at[] = { 1, 2, FIT };
	unsigned int i;
	grant_ref_t ref;

	for (i = 0; i < ARRAY_SIZE(at); i++)
		for (ref = 0; ref < GNTTAB_NR_RESERVED_ENTRIES; ref++) {
			turn_to(walk, 0, 100);
			walk->page[at[i]] = ref;
			KUNIT_EXPECT_EQ(test, -EINVAL, step(walk, 0, FIT));
		}
	expect_taken(test, 0, 0, 0);

	turn_to(walk, 0, GNTTAB_NR_RESERVED_ENTRIES);
	KUNIT_EXPECT_EQ(test, FIT, step(walk, 0, FIT));
	expect_taken(test, 0, FIT, GNTTAB_NR_RESERVED_ENTRIES);
}

/* What is behind the end in the last page is not taken for references */
static void page_that_is_too_short_is_invalid(struct kunit *test)
{
	struct walk *walk = test->priv;

	turn_to(walk, 0, 100);
	memset(walk->page + 6, 0, (FIT - 5) * sizeof(*walk->page));
	KUNIT_EXPECT_EQ(test, -EINVAL, step(walk, 0, 6));
	KUNIT_EXPECT_EQ(test, -EINVAL, step(walk, 0, FIT));
	expect_taken(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, 5, step(walk, 0, 5));
	expect_taken(test, 0, 5, 100);
}

static void chain_that_is_too_short_is_invalid(struct kunit *test)
{
	struct walk *walk = test->priv;

	turn_to(walk, 0, 100);
	KUNIT_EXPECT_EQ(test, -EINVAL, step(walk, 0, FIT + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, step(walk, 0, U32_MAX));
}

static void chain_that_is_too_long_is_invalid(struct kunit *test)
{
	struct walk *walk = test->priv;

	turn_to(walk, 77, 100);
	KUNIT_EXPECT_EQ(test, -EINVAL, step(walk, 0, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, step(walk, 0, FIT));
}

/* expect_end - a page that names itself is read @steps times for @count */
static void expect_end(struct kunit *test, unsigned int count,
		       unsigned int steps)
{
	struct walk *walk = test->priv;
	unsigned int n, done = 0;
	int ret = 0;

	for (n = 0; n <= steps && ret >= 0; n++) {
		ret = step(walk, done, count - done);
		done += max(ret, 0);
	}
	KUNIT_EXPECT_EQ(test, ret, -EINVAL);
	KUNIT_EXPECT_EQ(test, n, steps);
}

static void chain_in_a_circle_ends(struct kunit *test)
{
	turn_to(test->priv, 77, 100);
	expect_end(test, 1, 1);
	expect_end(test, FIT, 1);
	expect_end(test, FIT + 1, 2);
	expect_end(test, 4 * FIT, 4);
	expect_end(test, 4 * FIT + 1, 5);
}

static int directory_init(struct kunit *test)
{
	struct walk *walk;

	walk = kunit_kzalloc(test, sizeof(*walk), GFP_KERNEL);
	if (!walk)
		return -ENOMEM;

	memset32(walk->refs, UNTOUCHED, ROOM);
	test->priv = walk;
	return 0;
}

static struct kunit_case directory_cases[] = {
	KUNIT_CASE(small_buffer_needs_a_part_of_a_page),
	KUNIT_CASE(one_page_can_be_full),
	KUNIT_CASE(one_reference_more_is_on_the_next_page),
	KUNIT_CASE(any_reference_that_is_not_reserved_goes_on),
	KUNIT_CASE(reserved_reference_does_not_go_on),
	KUNIT_CASE(reserved_reference_is_no_page_of_a_buffer),
	KUNIT_CASE(page_that_is_too_short_is_invalid),
	KUNIT_CASE(chain_that_is_too_short_is_invalid),
	KUNIT_CASE(chain_that_is_too_long_is_invalid),
	KUNIT_CASE(chain_in_a_circle_ends),
	{}
};

static struct kunit_suite directory_suite = {
	.name = "gntdev_dmabuf_directory",
	.init = directory_init,
	.test_cases = directory_cases,
};

kunit_test_suite(directory_suite);
