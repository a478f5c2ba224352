// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the DMA API that Xen has for a while: each test is a promise.  Runs
 * in domain 0 with the test module dma_area; the guest only has to be there.
 */

#include "dma-area.h"

#define TARGET	"/sys/devices/system/xen_memory/xen_memory0/target_kb"

TEST_F_TIMEOUT(dma_area, the_pages_of_a_run_follow_each_other, LIMIT)
{
	static uint64_t pfns[LONG];
	unsigned int i, breaks = 0;

	ASSERT_EQ(0, area_alloc(self->fd, LONG, 0, 64, pfns));
	for (i = 1; i < LONG; i++)
		breaks += pfns[i] != pfns[i - 1] + 1;
	/* Where only Xen knows where the memory is, they need not */
	if (!domain_is("PV"))
		EXPECT_EQ(0, breaks);
	EXPECT_EQ(0, area_free(self->fd));
}

TEST_F_TIMEOUT(dma_area, xen_has_the_memory_as_long_as_the_run_lives, LIMIT)
{
	static uint64_t pfns[LONG];

	ASSERT_EQ(0, area_alloc(self->fd, LONG, DMA_AREA_WRITE_COMBINE, 64, pfns));
	EXPECT_BALLOONED(&self->ballooned, LONG);
	/* It is in use */
	EXPECT_EQ(0, offline(pfns, LONG));
	ASSERT_EQ(0, area_free(self->fd));
	EXPECT_BALLOONED(&self->ballooned, 0);
	EXPECT_EQ(self->users, users());
}

static int balloon_target(unsigned long kb)
{
	char text[16];

	snprintf(text, sizeof(text), "%lu", kb);
	return file_write(TARGET, text);
}

/*
 * It goes where it is told to, beside what is lent, and fetches nothing in its
 * place.  Elsewhere than on PV it would cost Xen page tables to take pages from
 * anywhere.
 */
TEST_F_TIMEOUT(dma_area, the_balloon_leaves_what_is_lent_alone, LIMIT)
{
	unsigned long target = file_number(TARGET, "");
	struct ballooned less = self->ballooned;

	if (!domain_is("PV") || !ballooned_counted())
		SKIP(return, "not PV, or the kernel does not know what is lent");

	ASSERT_EQ(0, area_alloc(self->fd, LONG, 0, 64, NULL));
	less.xen_free += 1024;
	less.pages -= 1024;
	less.current -= 1024;
	ASSERT_EQ(0, balloon_target(target - 4 * 1024));
	EXPECT_BALLOONED(&less, LONG);
	ASSERT_EQ(0, balloon_target(target));
	EXPECT_BALLOONED(&self->ballooned, LONG);
	ASSERT_EQ(0, area_free(self->fd));
}

TEST_F_TIMEOUT(dma_area, the_end_of_a_file_frees_its_run, LIMIT)
{
	ASSERT_EQ(0, area_alloc(self->fd, LONG, 0, 64, NULL));
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	EXPECT_BALLOONED(&self->ballooned, 0);
}

/* Around a batch of hypercalls */
TEST_F_TIMEOUT(dma_area, runs_of_every_size, LIMIT)
{
	unsigned int i, sizes[] = { 2, 127, 128, 129, 255, 256, 257, 1024 };

	for (i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, area_alloc(self->fd, sizes[i / 2],
				       i % 2 ? DMA_AREA_WRITE_COMBINE : 0, 64,
				       NULL));
		EXPECT_BALLOONED(&self->ballooned, sizes[i / 2]);
		ASSERT_EQ(0, area_free(self->fd));
		EXPECT_BALLOONED(&self->ballooned, 0);
	}
}

/*
 * A single page comes from anywhere, and where Xen had mapped a large page of
 * its own there until now, that costs it one for page tables.
 */
TEST_F_TIMEOUT(dma_area, a_run_of_one_page, LIMIT)
{
	struct ballooned before, now;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		ballooned_read(&before);
		ASSERT_EQ(0, area_alloc(self->fd, 1, 0, 64, NULL));
		ballooned_read(&now);
		if (ballooned_counted())
			EXPECT_EQ(before.dma + 1, now.dma);
		ASSERT_EQ(0, area_free(self->fd));
		ballooned_read(&now);
		if (!memcmp(&before, &now, sizeof(now)))
			break;
	}
	EXPECT_NE(16, i);
	EXPECT_EQ(before.dma, self->ballooned.dma);
	EXPECT_EQ(before.current, self->ballooned.current);
	EXPECT_EQ(before.pages, self->ballooned.pages);
	self->ballooned = before;
	self->before.xen_free = before.xen_free;
}

TEST_F_TIMEOUT(dma_area, two_runs_end_in_any_order, LIMIT)
{
	ASSERT_EQ(0, area_alloc(self->fd, 500, 0, 64, NULL));
	ASSERT_EQ(0, area_alloc(self->second, 300, DMA_AREA_WRITE_COMBINE, 64,
			       NULL));
	EXPECT_BALLOONED(&self->ballooned, 800);
	EXPECT_EQ(0, area_free(self->fd));
	EXPECT_BALLOONED(&self->ballooned, 300);
	ASSERT_EQ(0, area_alloc(self->fd, 500, 0, 64, NULL));
	EXPECT_BALLOONED(&self->ballooned, 800);
	EXPECT_EQ(0, area_free(self->second));
	EXPECT_BALLOONED(&self->ballooned, 500);
	EXPECT_EQ(0, area_free(self->fd));
}

TEST_F_TIMEOUT(dma_area, what_cannot_be_is_refused, LIMIT)
{
	unsigned int i;

	EXPECT_EQ(EINVAL, area_alloc(self->fd, 0, 0, 64, NULL));
	EXPECT_EQ(EINVAL, area_alloc(self->fd, (INT32_MAX >> 12) + 1, 0, 64, NULL));
	EXPECT_EQ(EINVAL, area_alloc(self->fd, INT32_MAX, 0, 64, NULL));
	EXPECT_EQ(EINVAL, area_alloc(self->fd, UINT32_MAX, 0, 64, NULL));
	for (i = 0; i < 64; i++)
		if (i != 2)
			EXPECT_EQ(EINVAL, area_alloc(self->fd, 2, 1ULL << i, 64,
						    NULL))
				TH_LOG("attribute %u", i);
	EXPECT_EQ(self->users, users());
}

/*
 * On PV Xen has other frames for a device that does not reach those that are
 * there.  Elsewhere memory from outside CMA costs it page tables, so there the
 * device reaches CMA and no more.
 */
TEST_F_TIMEOUT(dma_area, a_device_reaches_what_it_gets, LIMIT)
{
	unsigned int bits, least = 28;

	if (!domain_is("PV")) {
		ASSERT_EQ(0, area_alloc(self->fd, 128, 0, 64, NULL));
		for (least = 12; area_last >> least; least++)
			;
		ASSERT_EQ(0, area_free(self->fd));
	}
	for (bits = least; bits <= 40; bits++) {
		ASSERT_EQ(0, area_alloc(self->fd, 128, 0, bits, NULL))
			TH_LOG("%u bits", bits);
		EXPECT_EQ(0, area_last >> bits);
		EXPECT_BALLOONED(&self->ballooned, 128);
		ASSERT_EQ(0, area_free(self->fd));
	}
}

TEST_F_TIMEOUT(dma_area, a_mask_that_cannot_be_met_is_refused_and_nothing_lost, LIMIT)
{
	EXPECT_EQ(ENOMEM, area_alloc(self->fd, 16, 0, 16, NULL));
	EXPECT_EQ(ENOMEM, area_alloc(self->fd, LONG, DMA_AREA_WRITE_COMBINE, 16,
				    NULL));
	EXPECT_EQ(self->users, users());
}

TEST_F_TIMEOUT(dma_area, more_than_there_is_is_refused_and_nothing_lost, LIMIT)
{
	EXPECT_EQ(ENOMEM, area_alloc(self->fd, INT32_MAX >> 12, 0, 64, NULL));
	EXPECT_EQ(ENOMEM, area_alloc(self->fd, INT32_MAX >> 12,
				    DMA_AREA_WRITE_COMBINE, 64, NULL));
	EXPECT_EQ(self->users, users());
	EXPECT_TRUE(lives());
}

TEST_F_TIMEOUT(dma_area, many_long_runs_lose_nothing, LIMIT)
{
	unsigned int i, n = rounds(20);

	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, area_alloc(self->fd, LONG,
				       i % 2 ? DMA_AREA_WRITE_COMBINE : 0, 64,
				       NULL));
		ASSERT_EQ(0, area_free(self->fd));
	}
	EXPECT_BALLOONED(&self->ballooned, 0);
}

/*
 * As the test of that name in release.c.  More than a slab has, by which the
 * kernel counts, of the smallest objects there are.  The kernel unmaps lazily:
 * runs as long as these reach its limit before there are that many.
 */
TEST_F_TIMEOUT(dma_area, rounds_leave_nothing_in_the_slabs, LIMIT)
{
	static struct slabs before, now;
	const unsigned int n = 1100;
	const char *grown;
	unsigned int i;
	time_t end;

	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		SKIP(return, "kmemleak does that");

	for (i = 0; i < n + 50; i++) {
		if (i == 50)
			slabs_read(&before);
		ASSERT_EQ(0, area_alloc(self->fd, 128, 0, 64, NULL));
		ASSERT_EQ(0, area_free(self->fd));
	}
	/* What is about to be freed is */
	end = time(NULL) + BALLOONED_PATIENCE;
	do {
		usleep(10000);
		slabs_read(&now);
		grown = slabs_grown(&before, &now, n / 2);
	} while (grown && time(NULL) < end);
	EXPECT_EQ(NULL, grown)
		TH_LOG("%s has %u objects more", grown, n / 2);
}
