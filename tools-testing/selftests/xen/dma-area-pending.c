// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that Xen takes or gives only in part: each test is a promise.  Runs in
 * domain 0 with the test module dma_area; the guest only has to be there.
 */

#include <sys/syscall.h>

#include "dma-area.h"

/* More than two hypercalls, and where in these Xen stops */
#define STOPPED		300
static const unsigned int stops[] = { 0, 1, 64, 128, 148, 299 };

/* The same where the worker has to come, which takes it seconds */
static const unsigned int waits[] = { 0, 128, 299 };

static int unload(void)
{
	return syscall(SYS_delete_module, "dma_area", O_NONBLOCK) ? errno : 0;
}

TEST_F_TIMEOUT(dma_area, a_part_that_xen_took_comes_back, LIMIT)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stops); i++) {
		ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_DECREASE, stops[i]));
		EXPECT_EQ(ENOMEM, area_alloc(self->fd, STOPPED, 0, 64, NULL));
		EXPECT_BALLOONED(&self->ballooned, 0);
		EXPECT_EQ(self->users, users());
	}

	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_DECREASE, STOPPED));
	EXPECT_EQ(0, area_alloc(self->fd, STOPPED, 0, 64, NULL));
}

TEST_F_TIMEOUT(dma_area, what_xen_cannot_give_back_is_waited_for, LIMIT)
{
	static uint64_t pfns[STOPPED];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		ASSERT_EQ(0, area_alloc(self->fd, STOPPED, 0, 64, pfns));
		ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, waits[i]));
		EXPECT_EQ(0, area_free(self->fd));
		EXPECT_EQ(self->users + 1, users());
		EXPECT_BALLOONED(&self->ballooned, STOPPED - waits[i]);
		/* None of them is anybody's before all are back */
		EXPECT_EQ(STOPPED, offline(pfns, STOPPED));

		area_no_faults();
		EXPECT_TRUE(users_come_down(self->users));
		EXPECT_BALLOONED(&self->ballooned, 0);
		EXPECT_EQ(0, offline(pfns, STOPPED));
	}
}

TEST_F_TIMEOUT(dma_area, what_comes_back_in_pieces_is_not_lost, LIMIT)
{
	static uint64_t pfns[STOPPED];
	unsigned int i;

	ASSERT_EQ(0, area_alloc(self->fd, STOPPED, 0, 64, pfns));
	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, waits[0]));
	ASSERT_EQ(0, area_free(self->fd));
	/* No more than that: between two tries is twice the time each time */
	for (i = 1; i < ARRAY_SIZE(waits); i++) {
		ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE,
				       waits[i] - waits[i - 1]));
		EXPECT_BALLOONED(&self->ballooned, STOPPED - waits[i]);
		EXPECT_EQ(STOPPED, offline(pfns, STOPPED));
		EXPECT_EQ(self->users + 1, users());
	}
	area_no_faults();
	EXPECT_TRUE(users_come_down(self->users));
	EXPECT_EQ(0, offline(pfns, STOPPED));
}

TEST_F_TIMEOUT(dma_area, a_part_that_xen_took_is_waited_for, LIMIT)
{
	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_DECREASE, 200));
	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, 50));
	EXPECT_EQ(ENOMEM, area_alloc(self->fd, STOPPED, 0, 64, NULL));
	EXPECT_EQ(self->users + 1, users());
	EXPECT_BALLOONED(&self->ballooned, 150);

	area_no_faults();
	EXPECT_TRUE(users_come_down(self->users));
}

TEST_F_TIMEOUT(dma_area, all_runs_that_wait_come_back, LIMIT)
{
	static uint64_t pfns[2][STOPPED];

	ASSERT_EQ(0, area_alloc(self->fd, STOPPED, 0, 64, pfns[0]));
	ASSERT_EQ(0, area_alloc(self->second, STOPPED, 0, 64, pfns[1]));
	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, 10));
	ASSERT_EQ(0, area_free(self->fd));
	ASSERT_EQ(0, area_free(self->second));
	EXPECT_EQ(self->users + 2, users());
	EXPECT_BALLOONED(&self->ballooned, 2 * STOPPED - 10);

	/* Enough for the first, and for a part of the second */
	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, STOPPED));
	EXPECT_TRUE(users_come_down(self->users + 1));
	EXPECT_BALLOONED(&self->ballooned, STOPPED - 10);
	EXPECT_EQ(0, offline(pfns[0], STOPPED));
	EXPECT_EQ(STOPPED, offline(pfns[1], STOPPED));

	area_no_faults();
	EXPECT_TRUE(users_come_down(self->users));
	EXPECT_EQ(0, offline(pfns[1], STOPPED));
}

/* It is the module's code that asks Xen again */
TEST_F_TIMEOUT(dma_area, a_module_stays_while_its_runs_wait, LIMIT)
{
	ASSERT_EQ(0, area_alloc(self->fd, STOPPED, 0, 64, NULL));
	ASSERT_EQ(0, area_fault(self->fd, DMA_AREA_INCREASE, 100));
	ASSERT_EQ(0, close(self->fd));
	ASSERT_EQ(0, close(self->second));
	self->fd = -1;
	self->second = -1;
	EXPECT_EQ(1, users());
	EXPECT_EQ(EWOULDBLOCK, unload());
	EXPECT_BALLOONED(&self->ballooned, STOPPED - 100);

	/* As soon as it can go it can go */
	area_no_faults();
	EXPECT_TRUE(users_come_down(0));
	EXPECT_EQ(0, unload());
	EXPECT_EQ(0, system("modprobe dma_area"));
}

TEST_F_TIMEOUT(dma_area, memory_that_another_domain_took_is_waited_for, LIMIT)
{
	static uint64_t pfns[LONG];

	if (ballooned_kept())
		SKIP(return, "no other domain gets what this domain gives");

	ASSERT_EQ(0, area_alloc(self->fd, LONG, 0, 64, pfns));
	ASSERT_TRUE(hoard_begin(&self->hoard));
	EXPECT_EQ(0, area_free(self->fd));
	/* Until the worker has asked for it, too */
	sleep(2);
	EXPECT_EQ(self->users + 1, users());
	EXPECT_EQ(LONG, offline(pfns, LONG));
	EXPECT_TRUE(lives());

	hoard_end(&self->hoard);
	EXPECT_TRUE(users_come_down(self->users));
	EXPECT_EQ(0, offline(pfns, LONG));
	EXPECT_BALLOONED(&self->ballooned, 0);
	EXPECT_TRUE(lives());
}
