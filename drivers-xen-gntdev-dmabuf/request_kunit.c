// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of request.c.  A selftest covers the copying of structures, which
 * needs the memory of a program.
 */

#include <kunit/test.h>

#include <linux/mm.h>

#include <xen/gntdev-dmabuf.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/xen.h>

#include "request.h"

#define KNOWN_FLAGS	(GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT | \
			 GNTDEV_DMABUF_EXPORT_READONLY)
#define MAX_PAGES	1000

/* check - check a valid request (one page of domain 1) with one field changed */
#define check(field, value) ({						\
	struct gntdev_request request = { .domid = 1, .count = 1 };	\
									\
	request.field = (value);					\
	gntdev_request_check(&request, KNOWN_FLAGS, MAX_PAGES);		\
})

static void plain_export_is_allowed(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, check(flags, 0));
}

static void known_flag_is_allowed(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, check(flags, GNTDEV_DMABUF_EXPORT_READONLY));
}

static void unknown_flag_is_invalid(struct kunit *test)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++)
		if (!(KNOWN_FLAGS & BIT(bit)))
			KUNIT_EXPECT_EQ(test, -EINVAL, check(flags, BIT(bit)));
}

static void both_kinds_of_contiguous_memory_are_invalid(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, -EINVAL, check(flags, GNTDEV_DMA_FLAG_WC |
						    GNTDEV_DMA_FLAG_COHERENT));
}

static void one_kind_of_contiguous_memory_is_allowed(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, check(flags, GNTDEV_DMA_FLAG_WC));
	KUNIT_EXPECT_EQ(test, 0, check(flags, GNTDEV_DMA_FLAG_COHERENT));
}

static void no_page_is_invalid(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, -EINVAL, check(count, 0));
}

static void pages_up_to_the_limit_are_allowed(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, check(count, MAX_PAGES));
}

static void pages_over_the_limit_are_too_big(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, -E2BIG, check(count, MAX_PAGES + 1));
	KUNIT_EXPECT_EQ(test, -E2BIG, check(count, U32_MAX));
}

static void data_begins_anywhere_in_the_first_page(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, check(data_ofs, 1));
	KUNIT_EXPECT_EQ(test, 0, check(data_ofs, PAGE_SIZE - 1));
}

static void data_beyond_the_first_page_is_invalid(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, -EINVAL, check(data_ofs, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EINVAL, check(data_ofs, PAGE_SIZE + 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, check(data_ofs, U32_MAX));
}

static void every_domain_may_grant(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, check(domid, 0));
	KUNIT_EXPECT_EQ(test, 0, check(domid, DOMID_FIRST_RESERVED - 1));
}

static void number_that_is_no_domain_is_unknown(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, -ESRCH, check(domid, DOMID_FIRST_RESERVED));
	KUNIT_EXPECT_EQ(test, -ESRCH, check(domid, DOMID_SELF));
	/* Truncated to 16 bits these would be domains 0 and 1 */
	KUNIT_EXPECT_EQ(test, -ESRCH, check(domid, 0x10000));
	KUNIT_EXPECT_EQ(test, -ESRCH, check(domid, 0x10001));
	KUNIT_EXPECT_EQ(test, -ESRCH, check(domid, U32_MAX));
}

static void reserved_reference_is_invalid(struct kunit *test)
{
	u32 refs[] = { U32_MAX, GNTTAB_NR_RESERVED_ENTRIES, 100 };
	unsigned int i;
	u32 good, ref;

	KUNIT_EXPECT_EQ(test, 0, gntdev_request_check_refs(refs, ARRAY_SIZE(refs)));
	for (i = 0; i < ARRAY_SIZE(refs); i++) {
		good = refs[i];
		for (ref = 0; ref < GNTTAB_NR_RESERVED_ENTRIES; ref++) {
			refs[i] = ref;
			KUNIT_EXPECT_EQ(test, -EINVAL,
					gntdev_request_check_refs(refs, ARRAY_SIZE(refs)));
			KUNIT_EXPECT_EQ(test, 0, gntdev_request_check_refs(refs, i));
		}
		refs[i] = good;
	}
}

/* The function refuses the size before it reads the address, which is NULL. */
static void structure_that_is_too_short_is_invalid(struct kunit *test)
{
	struct gntdev_dmabuf_query op;

	KUNIT_EXPECT_EQ(test, -EINVAL,
			gntdev_request_copy_in(&op, sizeof(op), NULL, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			gntdev_request_copy_in(&op, sizeof(op), NULL,
					       sizeof(op) - 1));
}

static struct kunit_case request_cases[] = {
	KUNIT_CASE(plain_export_is_allowed),
	KUNIT_CASE(known_flag_is_allowed),
	KUNIT_CASE(unknown_flag_is_invalid),
	KUNIT_CASE(both_kinds_of_contiguous_memory_are_invalid),
	KUNIT_CASE(one_kind_of_contiguous_memory_is_allowed),
	KUNIT_CASE(no_page_is_invalid),
	KUNIT_CASE(pages_up_to_the_limit_are_allowed),
	KUNIT_CASE(pages_over_the_limit_are_too_big),
	KUNIT_CASE(data_begins_anywhere_in_the_first_page),
	KUNIT_CASE(data_beyond_the_first_page_is_invalid),
	KUNIT_CASE(every_domain_may_grant),
	KUNIT_CASE(number_that_is_no_domain_is_unknown),
	KUNIT_CASE(reserved_reference_is_invalid),
	KUNIT_CASE(structure_that_is_too_short_is_invalid),
	{}
};

static struct kunit_suite request_suite = {
	.name = "gntdev_dmabuf_request",
	.test_cases = request_cases,
};

kunit_test_suite(request_suite);
