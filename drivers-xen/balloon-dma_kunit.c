// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of balloon-dma.c: DMA areas when Xen takes or returns fewer pages
 * than requested.
 *
 * This file includes balloon-dma.c with a fake Xen.  The fake Xen records the
 * pages that are ballooned out and processes as many as a test case allows.
 * The memory is real and is not ballooned out.
 */

/* Rename the exported functions of the included copy, and their declarations */
#define xen_balloon_dma_alloc		fake_area_alloc
#define xen_balloon_dma_free		fake_area_free
#define xen_balloon_dma_vaddr		fake_area_vaddr

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
 * struct fake_xen - fake hypervisor, balloon and DMA API
 * @test: the running test case
 * @pv: whether the domain is a PV domain
 * @takes: number of pages that can still be ballooned out
 * @gives: number of pages that can still be populated
 * @pfns: page frames that were ballooned out, in that order
 * @first: index of the first one that is not populated again
 * @end: index after the last one
 * @accounted: sum of the arguments of balloon_account()
 * @freed: number of pages that were freed to the DMA API
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
 * Expects that pages are populated in the order in which they were ballooned
 * out.  The arguments are page frames, in PV domains too, where a decrease has
 * machine frames as arguments.
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

/* Numbers of pages after which Xen stops: at the ends and around a batch */
static const unsigned int stop_counts[] = {
	0, 1, AREA_BATCH - 1, AREA_BATCH, AREA_BATCH + 1, AREA_PAGES - 1
};

static struct page *area_pages[AREA_PAGES];

static struct xen_balloon_dma *alloc_area(struct kunit *test)
{
	return xen_balloon_dma_alloc(test->priv, AREA_PAGES, 0, area_pages);
}

static void expect_all_back(struct kunit *test, unsigned int freed)
{
	KUNIT_EXPECT_EQ(test, fake.first, fake.end);
	KUNIT_EXPECT_EQ(test, 0, fake.accounted);
	KUNIT_EXPECT_EQ(test, freed, fake.freed);
	KUNIT_EXPECT_TRUE(test, list_empty(&pending_areas));
}

static void pages_are_ballooned_out_and_in(struct kunit *test)
{
	struct xen_balloon_dma *area = alloc_area(test);
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

static void pages_are_contiguous(struct kunit *test)
{
	struct xen_balloon_dma *area = alloc_area(test);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area);
	KUNIT_EXPECT_NOT_NULL(test, xen_balloon_dma_vaddr(area));
	for (i = 1; i < AREA_PAGES; i++)
		KUNIT_EXPECT_EQ(test, page_to_pfn(area_pages[i]),
				page_to_pfn(area_pages[0]) + i);
	xen_balloon_dma_free(area);
}

static void pages_of_pv_domains_are_separate_chunks(struct kunit *test)
{
	struct xen_balloon_dma *area;

	fake.pv = true;
	area = alloc_area(test);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area);
	KUNIT_EXPECT_NULL(test, xen_balloon_dma_vaddr(area));
	KUNIT_EXPECT_EQ(test, AREA_PAGES, area->nr_chunks);
	xen_balloon_dma_free(area);
	expect_all_back(test, AREA_PAGES);
}

static void partial_balloon_out_is_undone(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stop_counts); i++) {
		fake.takes = stop_counts[i];
		KUNIT_EXPECT_EQ(test, -ENOMEM,
				PTR_ERR_OR_ZERO(alloc_area(test)));
		expect_all_back(test, (i + 1) * AREA_PAGES);
	}
}

static void area_is_pending_until_all_pages_are_populated(struct kunit *test)
{
	struct xen_balloon_dma *area;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(stop_counts); i++) {
		area = alloc_area(test);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area);
		fake.gives = stop_counts[i];
		xen_balloon_dma_free(area);
		KUNIT_EXPECT_EQ(test, i * AREA_PAGES, fake.freed);
		KUNIT_EXPECT_EQ(test, (long)stop_counts[i] - AREA_PAGES,
				fake.accounted);
		for (k = 0; k < AREA_PAGES; k++)
			KUNIT_EXPECT_TRUE(test, PageOffline(area_pages[k]));

		/* One page is still missing */
		fake.gives = AREA_PAGES - stop_counts[i] - 1;
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

static void undone_allocation_can_be_pending(struct kunit *test)
{
	fake.takes = AREA_PAGES / 2;
	fake.gives = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, PTR_ERR_OR_ZERO(alloc_area(test)));
	KUNIT_EXPECT_FALSE(test, list_empty(&pending_areas));
	KUNIT_EXPECT_EQ(test, 0, fake.freed);

	fake.gives = UINT_MAX;
	pending_retry_all(NULL);
	expect_all_back(test, AREA_PAGES);
}

static void pending_areas_are_populated_in_order(struct kunit *test)
{
	struct xen_balloon_dma *area[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		area[i] = alloc_area(test);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area[i]);
	}
	fake.gives = 0;
	for (i = 0; i < 2; i++)
		xen_balloon_dma_free(area[i]);

	/* fake_increase() checks the order */
	fake.gives = AREA_PAGES - 1;
	pending_retry_all(NULL);
	fake.gives = UINT_MAX;
	pending_retry_all(NULL);
	expect_all_back(test, 2 * AREA_PAGES);
}

static void retry_interval_doubles_and_restarts(struct kunit *test)
{
	struct xen_balloon_dma *area[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		area[i] = alloc_area(test);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area[i]);
	}
	fake.gives = 0;
	xen_balloon_dma_free(area[0]);
	KUNIT_EXPECT_EQ(test, pending_interval, HZ);
	pending_retry_all(NULL);
	KUNIT_EXPECT_EQ(test, pending_interval, 2 * HZ);
	for (i = 0; i < 10; i++)
		pending_retry_all(NULL);
	KUNIT_EXPECT_EQ(test, pending_interval, 32 * HZ);
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&pending_work));
	xen_balloon_dma_free(area[1]);
	KUNIT_EXPECT_EQ(test, pending_interval, HZ);

	fake.gives = UINT_MAX;
	pending_retry_all(NULL);
	expect_all_back(test, 2 * AREA_PAGES);
}

static void arguments_out_of_range_are_invalid(struct kunit *test)
{
	static const struct {
		unsigned int count;
		unsigned long attrs;
	} invalid[] = {
		{ 0, 0 }, { (INT_MAX >> PAGE_SHIFT) + 1, 0 }, { UINT_MAX, 0 },
		{ 1, DMA_ATTR_NO_KERNEL_MAPPING },
	};
	struct xen_balloon_dma *area;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(invalid); i++) {
		area = xen_balloon_dma_alloc(test->priv, invalid[i].count,
					     invalid[i].attrs, area_pages);
		KUNIT_EXPECT_EQ(test, -EINVAL, PTR_ERR_OR_ZERO(area));
	}
	KUNIT_EXPECT_EQ(test, 0, fake.end);
}

static void dma_mask_out_of_reach_is_no_memory(struct kunit *test)
{
	struct device *dev = test->priv;

	dev->coherent_dma_mask = DMA_BIT_MASK(PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, -ENOMEM, PTR_ERR_OR_ZERO(alloc_area(test)));
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
	cancel_delayed_work_sync(&pending_work);
}

static struct kunit_case area_cases[] = {
	KUNIT_CASE(pages_are_ballooned_out_and_in),
	KUNIT_CASE(pages_are_contiguous),
	KUNIT_CASE(pages_of_pv_domains_are_separate_chunks),
	KUNIT_CASE(partial_balloon_out_is_undone),
	KUNIT_CASE(area_is_pending_until_all_pages_are_populated),
	KUNIT_CASE(undone_allocation_can_be_pending),
	KUNIT_CASE(pending_areas_are_populated_in_order),
	KUNIT_CASE(retry_interval_doubles_and_restarts),
	KUNIT_CASE(arguments_out_of_range_are_invalid),
	KUNIT_CASE(dma_mask_out_of_reach_is_no_memory),
	{}
};

static struct kunit_suite area_suite = {
	.name = "xen_balloon_dma",
	.init = area_test_init,
	.exit = area_test_exit,
	.test_cases = area_cases,
};

kunit_test_suite(area_suite);
