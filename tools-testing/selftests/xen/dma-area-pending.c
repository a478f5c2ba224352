// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pending DMA areas: areas whose memory Xen has not returned completely, which a
 * worker of the balloon driver balloons in later.  Each test checks one promise.
 * Runs in domain 0 with the module dma_area: see dma-area.h.
 */

#include "dma-area.h"
#include "fail.h"
#include "modules.h"

/* Pages of more than two hypercalls, and the page at which Xen stops */
#define STOPPED		300
static const unsigned int stops[] = { 0, 1, 64, 128, 148, 299 };

/* The same for tests that wait for the worker, which takes seconds */
static const unsigned int waits[] = { 0, 128, 299 };

TEST_F_TIMEOUT(dma_area, pages_of_a_failed_allocation_are_ballooned_in, LIMIT)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stops); i++) {
		ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_DECREASE, stops[i]));
		EXPECT_EQ(ENOMEM, area_alloc(self->fd, STOPPED, 0, 64, NULL));
		EXPECT_BALLOONED(&self->ballooned, 0);
		EXPECT_EQ(self->users, area_users());
	}

	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_DECREASE, STOPPED));
	EXPECT_EQ(0, area_alloc(self->fd, STOPPED, 0, 64, NULL));
}

TEST_F_TIMEOUT(dma_area, memory_that_xen_cannot_return_is_retried, LIMIT)
{
	static uint64_t pfns[STOPPED];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		ASSERT_EQ(0, area_alloc(self->fd, STOPPED, 0, 64, pfns));
		ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, waits[i]));
		EXPECT_EQ(0, area_free(self->fd));
		EXPECT_EQ(self->users + 1, area_users());
		EXPECT_BALLOONED(&self->ballooned, STOPPED - waits[i]);
		/* The area's pages stay offline until all have memory again */
		EXPECT_EQ(STOPPED, offline(pfns, STOPPED));

		area_no_faults();
		EXPECT_TRUE(area_users_drop_to(self->users));
		EXPECT_BALLOONED(&self->ballooned, 0);
		EXPECT_EQ(0, offline(pfns, STOPPED));
	}
}

TEST_F_TIMEOUT(dma_area, the_retry_needs_no_memory, LIMIT)
{
	static uint64_t pfns[STOPPED];
	struct fail_workers workers;
	unsigned int n, failed = 0;
	struct fail fail;

	if (!fail_open(&fail))
		SKIP(return, "the kernel has no fail-nth");
	close(fail.nth);
	for (n = 1; n <= FAIL_WORKERS_MOST; n++) {
		ASSERT_EQ(0, area_alloc(self->fd, STOPPED, 0, 64, pfns));
		ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, waits[1]));
		ASSERT_EQ(0, area_free(self->fd));
		EXPECT_EQ(self->users + 1, area_users());
		ASSERT_TRUE(fail_workers_begin(&workers, n));
		area_no_faults();
		EXPECT_TRUE(area_users_drop_to(self->users));
		failed += fail_workers_end(&workers);
		EXPECT_BALLOONED(&self->ballooned, 0);
		EXPECT_EQ(0, offline(pfns, STOPPED));
	}
	TH_LOG("%u failures injected into work items", failed);
}

TEST_F_TIMEOUT(dma_area, memory_that_xen_returns_in_parts_is_not_lost, LIMIT)
{
	static uint64_t pfns[STOPPED];
	unsigned int i;

	ASSERT_EQ(0, area_alloc(self->fd, STOPPED, 0, 64, pfns));
	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, waits[0]));
	ASSERT_EQ(0, area_free(self->fd));
	/* Few parts: the worker doubles the time between two attempts */
	for (i = 1; i < ARRAY_SIZE(waits); i++) {
		ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE,
					waits[i] - waits[i - 1]));
		EXPECT_BALLOONED(&self->ballooned, STOPPED - waits[i]);
		EXPECT_EQ(STOPPED, offline(pfns, STOPPED));
		EXPECT_EQ(self->users + 1, area_users());
	}
	area_no_faults();
	EXPECT_TRUE(area_users_drop_to(self->users));
	EXPECT_EQ(0, offline(pfns, STOPPED));
}

TEST_F_TIMEOUT(dma_area, pages_of_a_failed_allocation_are_retried, LIMIT)
{
	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_DECREASE, 200));
	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, 50));
	EXPECT_EQ(ENOMEM, area_alloc(self->fd, STOPPED, 0, 64, NULL));
	EXPECT_EQ(self->users + 1, area_users());
	EXPECT_BALLOONED(&self->ballooned, 150);

	area_no_faults();
	EXPECT_TRUE(area_users_drop_to(self->users));
}

TEST_F_TIMEOUT(dma_area, all_pending_dma_areas_are_ballooned_in, LIMIT)
{
	static uint64_t pfns[2][STOPPED];

	ASSERT_EQ(0, area_alloc(self->fd, STOPPED, 0, 64, pfns[0]));
	ASSERT_EQ(0, area_alloc(self->second, STOPPED, 0, 64, pfns[1]));
	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, 10));
	ASSERT_EQ(0, area_free(self->fd));
	ASSERT_EQ(0, area_free(self->second));
	EXPECT_EQ(self->users + 2, area_users());
	EXPECT_BALLOONED(&self->ballooned, 2 * STOPPED - 10);

	/* The memory of the first area and of a part of the second one */
	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, STOPPED));
	EXPECT_TRUE(area_users_drop_to(self->users + 1));
	EXPECT_BALLOONED(&self->ballooned, STOPPED - 10);
	EXPECT_EQ(0, offline(pfns[0], STOPPED));
	EXPECT_EQ(STOPPED, offline(pfns[1], STOPPED));

	area_no_faults();
	EXPECT_TRUE(area_users_drop_to(self->users));
	EXPECT_EQ(0, offline(pfns[1], STOPPED));
}

/* The worker runs the module's code */
TEST_F_TIMEOUT(dma_area, a_module_stays_loaded_while_its_areas_are_pending, LIMIT)
{
	ASSERT_EQ(0, area_alloc(self->fd, STOPPED, 0, 64, NULL));
	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, 100));
	ASSERT_EQ(0, close(self->fd));
	ASSERT_EQ(0, close(self->second));
	self->fd = -1;
	self->second = -1;
	EXPECT_EQ(1, area_users());
	EXPECT_EQ(EWOULDBLOCK, module_unload("dma_area"));
	EXPECT_BALLOONED(&self->ballooned, STOPPED - 100);

	area_no_faults();
	EXPECT_TRUE(area_users_drop_to(0));
	EXPECT_EQ(0, module_unload("dma_area"));
	EXPECT_EQ(0, system("modprobe dma_area"));
}

TEST_F_TIMEOUT(dma_area, memory_that_another_domain_took_is_retried, LIMIT)
{
	static uint64_t pfns[LONG];

	if (ballooned_reserved())
		SKIP(return, "no other domain gets pages of this domain");

	ASSERT_EQ(0, area_alloc(self->fd, LONG, 0, 64, pfns));
	ASSERT_TRUE(mem_hog_start(&self->mem_hog));
	EXPECT_EQ(0, area_free(self->fd));
	/* The worker tries to balloon the area in at least once */
	sleep(2);
	EXPECT_EQ(self->users + 1, area_users());
	EXPECT_EQ(LONG, offline(pfns, LONG));
	EXPECT_TRUE(programs_run());

	mem_hog_stop(&self->mem_hog);
	EXPECT_TRUE(area_users_drop_to(self->users));
	EXPECT_EQ(0, offline(pfns, LONG));
	EXPECT_BALLOONED(&self->ballooned, 0);
	EXPECT_TRUE(programs_run());
}
