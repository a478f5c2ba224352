// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: what becomes of a run when Xen takes or gives less than it is asked to.
 *
 * A copy of the whole file under test has an own Xen here, which keeps count of
 * what it was told and does as much as a case lets it do.  The memory is real,
 * and stays where it is.
 */

/* Not those that everybody calls; their declarations say so, too */
#define xen_balloon_dma_alloc		fake_area_alloc
#define xen_balloon_dma_free		fake_area_free
#define xen_balloon_dma_vaddr		fake_area_vaddr
#define xen_balloon_dma_mmap		fake_area_mmap
#define xen_balloon_dma_exit		fake_area_exit

#include <kunit/device.h>
#include <kunit/test.h>

#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/module.h>

#include <asm/xen/hypercall.h>

#include <xen/balloon.h>
#include <xen/features.h>
#include <xen/mem-reservation.h>
#include <xen/page.h>

#define AREA_PAGES	300U

/**
 * struct fake_xen - the hypervisor, and who else looks at a run
 * @test: the case that is running
 * @pv: whether the domain is said to be paravirtualised
 * @takes: how many pages are still taken
 * @gives: how many pages are still given back
 * @pfns: what was taken and not given back, in that order
 * @first: the first of them
 * @end: the one after the last of them
 * @accounted: sum of what the balloon was told
 * @freed: pages that the DMA API got back
 */
static struct fake_xen {
	struct kunit *test;
	bool pv;
	unsigned int takes;
	unsigned int gives;
	unsigned long pfns[2 * AREA_PAGES];
	unsigned int first;
	unsigned int end;
	long accounted;
	unsigned int freed;
} fake;

static int fake_decrease(int count, xen_pfn_t *frames)
{
	unsigned int i, n = min_t(unsigned int, count, fake.takes);

	if (fake.first == fake.end) {
		fake.first = 0;
		fake.end = 0;
	}
	for (i = 0; i < n; i++)
		fake.pfns[fake.end++] = gfn_to_pfn(frames[i]);
	fake.takes -= n;
	return n ?: -ENOMEM;
}

/*
 * Addresses get memory in the order in which they lost it.  They are what is
 * asked for, also where what was taken was called by its machine frames.
 */
static int fake_increase(int count, xen_pfn_t *frames)
{
	unsigned int i, n = min_t(unsigned int, count, fake.gives);

	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(fake.test, fake.pfns[fake.first++], frames[i]);
	fake.gives -= n;
	return n ?: -ENOMEM;
}

static void fake_account(long pages)
{
	fake.accounted += pages;
}

static void fake_free(struct device *dev, size_t size, void *vaddr,
		      dma_addr_t addr, unsigned long attrs)
{
	unsigned long pfn = PHYS_PFN(dma_to_phys(dev, addr));
	unsigned long n = vaddr ? size >> PAGE_SHIFT : 0;
	unsigned int i;

	for (i = fake.first; i < fake.end; i++)
		KUNIT_EXPECT_GE(fake.test, fake.pfns[i] - pfn, n);
	fake.freed += n;
	dma_free_attrs(dev, size, vaddr, addr, attrs);
}

#undef EXPORT_SYMBOL_GPL
#define EXPORT_SYMBOL_GPL(symbol)
#undef balloon_account
#define balloon_account			fake_account
#undef dma_free_attrs
#define dma_free_attrs			fake_free
#define xenmem_reservation_decrease	fake_decrease
#define xenmem_reservation_increase	fake_increase
#define xenmem_reservation_va_mapping_reset(count, pages)	((void)(pages))
#define xenmem_reservation_va_mapping_update(count, pages, frames) ((void)(pages))
#define xen_feature(feature)		(!fake.pv)
#define HYPERVISOR_mmuext_op(op, count, done, domid)	((void)(op), 0)

#include "balloon-dma.c"

/* Around a hypercall's share of a run, and its ends */
static const unsigned int cuts[] = {
	0, 1, AREA_BATCH - 1, AREA_BATCH, AREA_BATCH + 1, AREA_PAGES - 1
};

static struct page *area_pages[AREA_PAGES];

static struct xen_balloon_dma *get_area(struct kunit *test)
{
	return xen_balloon_dma_alloc(test->priv, AREA_PAGES, 0, area_pages);
}

static void expect_all_back(struct kunit *test, unsigned int freed)
{
	KUNIT_EXPECT_EQ(test, fake.first, fake.end);
	KUNIT_EXPECT_EQ(test, 0, fake.accounted);
	KUNIT_EXPECT_EQ(test, freed, fake.freed);
	KUNIT_EXPECT_TRUE(test, list_empty(&pending));
}

static void memory_goes_to_xen_and_comes_back(struct kunit *test)
{
	struct xen_balloon_dma *area = get_area(test);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area);
	KUNIT_EXPECT_EQ(test, AREA_PAGES, fake.end - fake.first);
	KUNIT_EXPECT_EQ(test, -(long)AREA_PAGES, fake.accounted);
	KUNIT_EXPECT_EQ(test, 0, fake.freed);
	for (i = 0; i < AREA_PAGES; i++)
		KUNIT_EXPECT_EQ(test, fake.pfns[i], page_to_pfn(area_pages[i]));
	xen_balloon_dma_free(area);
	expect_all_back(test, AREA_PAGES);
}

static void pages_follow_each_other(struct kunit *test)
{
	struct xen_balloon_dma *area = get_area(test);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area);
	KUNIT_EXPECT_NOT_NULL(test, xen_balloon_dma_vaddr(area));
	for (i = 1; i < AREA_PAGES; i++)
		KUNIT_EXPECT_EQ(test, page_to_pfn(area_pages[i]),
				page_to_pfn(area_pages[0]) + i);
	xen_balloon_dma_free(area);
}

/* Each is free to come back with another frame. */
static void pages_of_pv_domains_are_by_themselves(struct kunit *test)
{
	struct xen_balloon_dma *area;

	fake.pv = true;
	area = get_area(test);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area);
	KUNIT_EXPECT_NULL(test, xen_balloon_dma_vaddr(area));
	KUNIT_EXPECT_EQ(test, AREA_PAGES, area->nr_chunks);
	xen_balloon_dma_free(area);
	expect_all_back(test, AREA_PAGES);
}

static void what_xen_does_not_take_is_freed(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		fake.takes = cuts[i];
		KUNIT_EXPECT_EQ(test, -ENOMEM, PTR_ERR_OR_ZERO(get_area(test)));
		expect_all_back(test, (i + 1) * AREA_PAGES);
	}
}

static void what_xen_does_not_give_waits(struct kunit *test)
{
	struct xen_balloon_dma *area;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		area = get_area(test);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area);
		fake.gives = cuts[i];
		xen_balloon_dma_free(area);
		KUNIT_EXPECT_EQ(test, i * AREA_PAGES, fake.freed);
		KUNIT_EXPECT_EQ(test, (long)cuts[i] - AREA_PAGES, fake.accounted);
		for (k = 0; k < AREA_PAGES; k++)
			KUNIT_EXPECT_TRUE(test, PageOffline(area_pages[k]));

		/* Most of it is not enough */
		fake.gives = AREA_PAGES - cuts[i] - 1;
		pending_retry_all(NULL);
		KUNIT_EXPECT_EQ(test, i * AREA_PAGES, fake.freed);
		KUNIT_EXPECT_EQ(test, -1, fake.accounted);

		fake.gives = UINT_MAX;
		pending_retry_all(NULL);
		expect_all_back(test, (i + 1) * AREA_PAGES);
		for (k = 0; k < AREA_PAGES; k++)
			KUNIT_EXPECT_FALSE(test, PageOffline(area_pages[k]));
	}
}

static void what_is_undone_can_wait_too(struct kunit *test)
{
	fake.takes = AREA_PAGES / 2;
	fake.gives = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, PTR_ERR_OR_ZERO(get_area(test)));
	KUNIT_EXPECT_FALSE(test, list_empty(&pending));
	KUNIT_EXPECT_EQ(test, 0, fake.freed);

	fake.gives = UINT_MAX;
	pending_retry_all(NULL);
	expect_all_back(test, AREA_PAGES);
}

static void who_waits_first_is_served_first(struct kunit *test)
{
	struct xen_balloon_dma *area[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		area[i] = get_area(test);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area[i]);
	}
	fake.gives = 0;
	for (i = 0; i < 2; i++)
		xen_balloon_dma_free(area[i]);

	/* fake_increase() looks at what is asked for */
	fake.gives = AREA_PAGES - 1;
	pending_retry_all(NULL);
	fake.gives = UINT_MAX;
	pending_retry_all(NULL);
	expect_all_back(test, 2 * AREA_PAGES);
}

static void tries_become_rarer_and_begin_anew(struct kunit *test)
{
	struct xen_balloon_dma *area[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		area[i] = get_area(test);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area[i]);
	}
	fake.gives = 0;
	xen_balloon_dma_free(area[0]);
	KUNIT_EXPECT_EQ(test, pending_retry, HZ);
	pending_retry_all(NULL);
	KUNIT_EXPECT_EQ(test, pending_retry, 2 * HZ);
	for (i = 0; i < 10; i++)
		pending_retry_all(NULL);
	KUNIT_EXPECT_EQ(test, pending_retry, 32 * HZ);
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&pending_work));
	xen_balloon_dma_free(area[1]);
	KUNIT_EXPECT_EQ(test, pending_retry, HZ);

	fake.gives = UINT_MAX;
	pending_retry_all(NULL);
	expect_all_back(test, 2 * AREA_PAGES);
}

static void what_cannot_be_meant_is_invalid(struct kunit *test)
{
	static const struct {
		unsigned int count;
		unsigned long attrs;
	} wrong[] = {
		{ 0, 0 }, { (INT_MAX >> PAGE_SHIFT) + 1, 0 }, { UINT_MAX, 0 },
		{ 1, DMA_ATTR_NO_KERNEL_MAPPING },
	};
	struct xen_balloon_dma *area;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		area = xen_balloon_dma_alloc(test->priv, wrong[i].count,
					    wrong[i].attrs, area_pages);
		KUNIT_EXPECT_EQ(test, -EINVAL, PTR_ERR_OR_ZERO(area));
	}
	KUNIT_EXPECT_EQ(test, 0, fake.end);
}

static void mask_that_cannot_be_met_is_no_memory(struct kunit *test)
{
	struct device *dev = test->priv;

	dev->coherent_dma_mask = DMA_BIT_MASK(PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, -ENOMEM, PTR_ERR_OR_ZERO(get_area(test)));
	KUNIT_EXPECT_EQ(test, 0, fake.end);
}

/* test->priv: a device */
static int area_test_init(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "area");

	if (IS_ERR(dev))
		return PTR_ERR(dev);

	fake = (struct fake_xen) {
		.test = test,
		.takes = UINT_MAX,
		.gives = UINT_MAX,
	};
	test->priv = dev;
	return dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64));
}

static void area_test_exit(struct kunit *test)
{
	xen_balloon_dma_exit();
}

static struct kunit_case area_cases[] = {
	KUNIT_CASE(memory_goes_to_xen_and_comes_back),
	KUNIT_CASE(pages_follow_each_other),
	KUNIT_CASE(pages_of_pv_domains_are_by_themselves),
	KUNIT_CASE(what_xen_does_not_take_is_freed),
	KUNIT_CASE(what_xen_does_not_give_waits),
	KUNIT_CASE(what_is_undone_can_wait_too),
	KUNIT_CASE(who_waits_first_is_served_first),
	KUNIT_CASE(tries_become_rarer_and_begin_anew),
	KUNIT_CASE(what_cannot_be_meant_is_invalid),
	KUNIT_CASE(mask_that_cannot_be_met_is_no_memory),
	{}
};

static struct kunit_suite area_suite = {
	.name = "xen_balloon_dma",
	.init = area_test_init,
	.exit = area_test_exit,
	.test_cases = area_cases,
};

kunit_test_suite(area_suite);

MODULE_DESCRIPTION("KUnit tests of memory that is lent to Xen");
MODULE_LICENSE("GPL");
