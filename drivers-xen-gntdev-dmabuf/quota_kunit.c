// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of quota.c: the rules of a restriction, and the limits of pages.
 */

#include <kunit/test.h>

#include <linux/atomic.h>

#include <xen/interface/xen.h>

#include "buf.h"
#include "quota.h"

static struct gntdev_quota *new_quota(struct kunit *test)
{
	struct gntdev_quota *quota = gntdev_quota_alloc(gntdev_buf_new_id());

	KUNIT_ASSERT_NOT_NULL(test, quota);
	return quota;
}

static void file_without_restriction_can_name_all_domains(struct kunit *test)
{
	struct gntdev_quota *quota = new_quota(test);

	KUNIT_EXPECT_TRUE(test, gntdev_quota_allows(quota, 0));
	KUNIT_EXPECT_TRUE(test, gntdev_quota_allows(quota, 5));
	KUNIT_EXPECT_TRUE(test, gntdev_quota_allows(quota, DOMID_SELF));
	gntdev_quota_put(quota);
}

static void restricted_file_can_name_one_domain(struct kunit *test)
{
	struct gntdev_quota *quota = new_quota(test);

	KUNIT_EXPECT_EQ(test, 0, gntdev_quota_restrict(quota, 5, 0));
	KUNIT_EXPECT_TRUE(test, gntdev_quota_allows(quota, 5));
	KUNIT_EXPECT_FALSE(test, gntdev_quota_allows(quota, 0));
	KUNIT_EXPECT_FALSE(test, gntdev_quota_allows(quota, 6));
	KUNIT_EXPECT_FALSE(test, gntdev_quota_allows(quota, DOMID_SELF));
	KUNIT_EXPECT_FALSE(test, gntdev_quota_allows(quota, DOMID_INVALID));
	gntdev_quota_put(quota);
}

static void file_can_be_restricted_to_domain_0(struct kunit *test)
{
	struct gntdev_quota *quota = new_quota(test);

	KUNIT_EXPECT_EQ(test, 0, gntdev_quota_restrict(quota, 0, 0));
	KUNIT_EXPECT_TRUE(test, gntdev_quota_allows(quota, 0));
	KUNIT_EXPECT_FALSE(test, gntdev_quota_allows(quota, 1));
	gntdev_quota_put(quota);
}

static void restriction_can_only_become_narrower(struct kunit *test)
{
	struct gntdev_quota *quota = new_quota(test);

	KUNIT_EXPECT_EQ(test, 0, gntdev_quota_restrict(quota, 5, 0));
	KUNIT_EXPECT_EQ(test, -EACCES, gntdev_quota_restrict(quota, 6, 0));
	KUNIT_EXPECT_EQ(test, -EACCES, gntdev_quota_restrict(quota, 6, 10));
	KUNIT_EXPECT_EQ(test, 0, gntdev_quota_restrict(quota, 5, U32_MAX));
	KUNIT_EXPECT_EQ(test, 0, gntdev_quota_restrict(quota, 5, 10));
	KUNIT_EXPECT_EQ(test, 0, gntdev_quota_restrict(quota, 5, 10));
	KUNIT_EXPECT_EQ(test, -EACCES, gntdev_quota_restrict(quota, 5, 11));
	KUNIT_EXPECT_EQ(test, 0, gntdev_quota_restrict(quota, 5, 1));
	KUNIT_EXPECT_TRUE(test, gntdev_quota_allows(quota, 5));
	gntdev_quota_put(quota);
}

static void restriction_without_a_limit_leaves_the_limit(struct kunit *test)
{
	struct gntdev_quota *quota = new_quota(test);

	KUNIT_EXPECT_EQ(test, 0, gntdev_quota_restrict(quota, 5, 10));
	KUNIT_EXPECT_EQ(test, 0, gntdev_quota_restrict(quota, 5, 0));
	KUNIT_EXPECT_FALSE(test, gntdev_quota_charge(quota, 11));
	KUNIT_EXPECT_EQ(test, -EACCES, gntdev_quota_restrict(quota, 5, 11));
	gntdev_quota_put(quota);
}

static void page_beyond_the_total_is_refused(struct kunit *test)
{
	struct gntdev_quota *quota = new_quota(test);

	KUNIT_EXPECT_EQ(test, 0, gntdev_quota_restrict(quota, 5, 10));
	KUNIT_EXPECT_FALSE(test, gntdev_quota_charge(quota, 11));
	KUNIT_EXPECT_TRUE(test, gntdev_quota_charge(quota, 6));
	KUNIT_EXPECT_FALSE(test, gntdev_quota_charge(quota, 5));
	KUNIT_EXPECT_TRUE(test, gntdev_quota_charge(quota, 4));
	KUNIT_EXPECT_FALSE(test, gntdev_quota_charge(quota, 1));
	gntdev_quota_uncharge(quota, 4);
	KUNIT_EXPECT_TRUE(test, gntdev_quota_charge(quota, 1));
	gntdev_quota_put(quota);
}

static void pages_from_before_the_restriction_count(struct kunit *test)
{
	struct gntdev_quota *quota = new_quota(test);

	KUNIT_EXPECT_TRUE(test, gntdev_quota_charge(quota, 20));
	KUNIT_EXPECT_EQ(test, 0, gntdev_quota_restrict(quota, 5, 10));
	KUNIT_EXPECT_FALSE(test, gntdev_quota_charge(quota, 1));
	gntdev_quota_uncharge(quota, 12);
	KUNIT_EXPECT_FALSE(test, gntdev_quota_charge(quota, 3));
	KUNIT_EXPECT_TRUE(test, gntdev_quota_charge(quota, 2));
	gntdev_quota_put(quota);
}

/* find - the information about the quota of a file; false if there is none */
static bool find(u64 file_id, struct gntdev_quota_info *info)
{
	return gntdev_quota_next(file_id - 1, info) && info->file_id == file_id;
}

static void file_is_listed_until_its_last_buffer_is_released(struct kunit *test)
{
	u64 file_id = gntdev_buf_new_id();
	struct gntdev_quota *quota = gntdev_quota_alloc(file_id);
	struct gntdev_quota_info info;

	KUNIT_ASSERT_NOT_NULL(test, quota);
	KUNIT_ASSERT_TRUE(test, find(file_id, &info));
	KUNIT_EXPECT_EQ(test, info.domid, (u32)DOMID_INVALID);
	KUNIT_EXPECT_EQ(test, info.pages, 0U);

	gntdev_quota_restrict(quota, 5, 10);
	gntdev_quota_charge(gntdev_quota_get(quota), 3);
	/* The file is closed */
	gntdev_quota_put(quota);
	KUNIT_ASSERT_TRUE(test, find(file_id, &info));
	KUNIT_EXPECT_EQ(test, info.domid, 5U);
	KUNIT_EXPECT_EQ(test, info.max_pages, 10U);
	KUNIT_EXPECT_EQ(test, info.pages, 3U);

	gntdev_quota_put(quota);
	KUNIT_EXPECT_FALSE(test, find(file_id, &info));
}

static void quota_of_a_drivers_buffer_is_not_listed(struct kunit *test)
{
	struct gntdev_quota *quota = gntdev_quota_alloc(0);
	struct gntdev_quota_info info;

	KUNIT_ASSERT_NOT_NULL(test, quota);
	if (gntdev_quota_next(U64_MAX, &info))
		KUNIT_EXPECT_NE(test, info.file_id, 0ULL);
	gntdev_quota_put(quota);
}

static void user_mappings_of_a_buffer_have_a_limit(struct kunit *test)
{
	struct gntdev_quota *quota = new_quota(test);
	atomic_t maps = ATOMIC_INIT(0);
	int n = 0;

	while (n < 1000 && gntdev_quota_charge_mmap(quota, &maps, 1))
		n++;
	KUNIT_EXPECT_LT(test, n, 1000);
	KUNIT_EXPECT_EQ(test, n, atomic_read(&maps));

	gntdev_quota_uncharge_mmap(quota, &maps, 1);
	KUNIT_EXPECT_TRUE(test, gntdev_quota_charge_mmap(quota, &maps, 1));
	gntdev_quota_put(quota);
}

static struct kunit_case quota_cases[] = {
	KUNIT_CASE(file_without_restriction_can_name_all_domains),
	KUNIT_CASE(restricted_file_can_name_one_domain),
	KUNIT_CASE(file_can_be_restricted_to_domain_0),
	KUNIT_CASE(restriction_can_only_become_narrower),
	KUNIT_CASE(restriction_without_a_limit_leaves_the_limit),
	KUNIT_CASE(page_beyond_the_total_is_refused),
	KUNIT_CASE(pages_from_before_the_restriction_count),
	KUNIT_CASE(file_is_listed_until_its_last_buffer_is_released),
	KUNIT_CASE(quota_of_a_drivers_buffer_is_not_listed),
	KUNIT_CASE(user_mappings_of_a_buffer_have_a_limit),
	{}
};

static struct kunit_suite quota_suite = {
	.name = "gntdev_dmabuf_quota",
	.test_cases = quota_cases,
};

kunit_test_suite(quota_suite);
