// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: what becomes of a run when Xen takes or gives less than it is asked to.
 *
 * A copy of the whole file under test has an own Xen here, which keeps count of
 * what it was told and does as much as a case lets it do.  The memory is real,
 * and stays where it is.
 */

/* Not those that everybody calls; their declarations say so, too */
#define xen_balloon_run_alloc		fake_run_alloc
#define xen_balloon_run_free		fake_run_free
#define xen_balloon_run_vaddr		fake_run_vaddr
#define xen_balloon_run_mmap		fake_run_mmap
#define xen_balloon_run_exit		fake_run_exit

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

#define RUN_PAGES	300U

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
	unsigned long pfns[2 * RUN_PAGES];
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
	0, 1, RUN_BATCH - 1, RUN_BATCH, RUN_BATCH + 1, RUN_PAGES - 1
};

static struct page *run_pages[RUN_PAGES];

static struct xen_balloon_run *get_run(struct kunit *test)
{
	return xen_balloon_run_alloc(test->priv, RUN_PAGES, 0, run_pages);
}

static void expect_all_back(struct kunit *test, unsigned int freed)
{
	KUNIT_EXPECT_EQ(test, fake.first, fake.end);
	KUNIT_EXPECT_EQ(test, 0, fake.accounted);
	KUNIT_EXPECT_EQ(test, freed, fake.freed);
	KUNIT_EXPECT_TRUE(test, list_empty(&waiting));
}

static void memory_goes_to_xen_and_comes_back(struct kunit *test)
{
	struct xen_balloon_run *run = get_run(test);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, run);
	KUNIT_EXPECT_EQ(test, RUN_PAGES, fake.end - fake.first);
	KUNIT_EXPECT_EQ(test, -(long)RUN_PAGES, fake.accounted);
	KUNIT_EXPECT_EQ(test, 0, fake.freed);
	for (i = 0; i < RUN_PAGES; i++)
		KUNIT_EXPECT_EQ(test, fake.pfns[i], page_to_pfn(run_pages[i]));
	xen_balloon_run_free(run);
	expect_all_back(test, RUN_PAGES);
}

static void pages_follow_each_other(struct kunit *test)
{
	struct xen_balloon_run *run = get_run(test);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, run);
	KUNIT_EXPECT_NOT_NULL(test, xen_balloon_run_vaddr(run));
	for (i = 1; i < RUN_PAGES; i++)
		KUNIT_EXPECT_EQ(test, page_to_pfn(run_pages[i]),
				page_to_pfn(run_pages[0]) + i);
	xen_balloon_run_free(run);
}

/* Each is free to come back with another frame. */
static void pages_of_pv_domains_are_by_themselves(struct kunit *test)
{
	struct xen_balloon_run *run;

	fake.pv = true;
	run = get_run(test);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, run);
	KUNIT_EXPECT_NULL(test, xen_balloon_run_vaddr(run));
	KUNIT_EXPECT_EQ(test, RUN_PAGES, run->nr_chunks);
	xen_balloon_run_free(run);
	expect_all_back(test, RUN_PAGES);
}

static void what_xen_does_not_take_is_freed(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		fake.takes = cuts[i];
		KUNIT_EXPECT_EQ(test, -ENOMEM, PTR_ERR_OR_ZERO(get_run(test)));
		expect_all_back(test, (i + 1) * RUN_PAGES);
	}
}

static void what_xen_does_not_give_waits(struct kunit *test)
{
	struct xen_balloon_run *run;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		run = get_run(test);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, run);
		fake.gives = cuts[i];
		xen_balloon_run_free(run);
		KUNIT_EXPECT_EQ(test, i * RUN_PAGES, fake.freed);
		KUNIT_EXPECT_EQ(test, (long)cuts[i] - RUN_PAGES, fake.accounted);
		for (k = 0; k < RUN_PAGES; k++)
			KUNIT_EXPECT_TRUE(test, PageOffline(run_pages[k]));

		/* Most of it is not enough */
		fake.gives = RUN_PAGES - cuts[i] - 1;
		waiting_retry_all(NULL);
		KUNIT_EXPECT_EQ(test, i * RUN_PAGES, fake.freed);
		KUNIT_EXPECT_EQ(test, -1, fake.accounted);

		fake.gives = UINT_MAX;
		waiting_retry_all(NULL);
		expect_all_back(test, (i + 1) * RUN_PAGES);
		for (k = 0; k < RUN_PAGES; k++)
			KUNIT_EXPECT_FALSE(test, PageOffline(run_pages[k]));
	}
}

static void what_is_undone_can_wait_too(struct kunit *test)
{
	fake.takes = RUN_PAGES / 2;
	fake.gives = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, PTR_ERR_OR_ZERO(get_run(test)));
	KUNIT_EXPECT_FALSE(test, list_empty(&waiting));
	KUNIT_EXPECT_EQ(test, 0, fake.freed);

	fake.gives = UINT_MAX;
	waiting_retry_all(NULL);
	expect_all_back(test, RUN_PAGES);
}

static void who_waits_first_is_served_first(struct kunit *test)
{
	struct xen_balloon_run *run[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		run[i] = get_run(test);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, run[i]);
	}
	fake.gives = 0;
	for (i = 0; i < 2; i++)
		xen_balloon_run_free(run[i]);

	/* fake_increase() looks at what is asked for */
	fake.gives = RUN_PAGES - 1;
	waiting_retry_all(NULL);
	fake.gives = UINT_MAX;
	waiting_retry_all(NULL);
	expect_all_back(test, 2 * RUN_PAGES);
}

static void tries_become_rarer_and_begin_anew(struct kunit *test)
{
	struct xen_balloon_run *run[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		run[i] = get_run(test);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, run[i]);
	}
	fake.gives = 0;
	xen_balloon_run_free(run[0]);
	KUNIT_EXPECT_EQ(test, waiting_retry, HZ);
	waiting_retry_all(NULL);
	KUNIT_EXPECT_EQ(test, waiting_retry, 2 * HZ);
	for (i = 0; i < 10; i++)
		waiting_retry_all(NULL);
	KUNIT_EXPECT_EQ(test, waiting_retry, 32 * HZ);
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&waiting_work));
	xen_balloon_run_free(run[1]);
	KUNIT_EXPECT_EQ(test, waiting_retry, HZ);

	fake.gives = UINT_MAX;
	waiting_retry_all(NULL);
	expect_all_back(test, 2 * RUN_PAGES);
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
	struct xen_balloon_run *run;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		run = xen_balloon_run_alloc(test->priv, wrong[i].count,
					    wrong[i].attrs, run_pages);
		KUNIT_EXPECT_EQ(test, -EINVAL, PTR_ERR_OR_ZERO(run));
	}
	KUNIT_EXPECT_EQ(test, 0, fake.end);
}

static void mask_that_cannot_be_met_is_no_memory(struct kunit *test)
{
	struct device *dev = test->priv;

	dev->coherent_dma_mask = DMA_BIT_MASK(PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, -ENOMEM, PTR_ERR_OR_ZERO(get_run(test)));
	KUNIT_EXPECT_EQ(test, 0, fake.end);
}

/* test->priv: a device */
static int run_test_init(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "run");

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

static void run_test_exit(struct kunit *test)
{
	xen_balloon_run_exit();
}

static struct kunit_case run_cases[] = {
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

static struct kunit_suite run_suite = {
	.name = "xen_balloon_dma",
	.init = run_test_init,
	.exit = run_test_exit,
	.test_cases = run_cases,
};

kunit_test_suite(run_suite);

MODULE_DESCRIPTION("KUnit tests of memory that is lent to Xen");
MODULE_LICENSE("GPL");
