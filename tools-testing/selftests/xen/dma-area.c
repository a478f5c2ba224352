// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA areas of the balloon driver: allocation, freeing and accounting.  Each
 * test checks one promise.  Runs in domain 0 with the module dma_area: see
 * dma-area.h.
 */

#include "dma-area.h"

#define TARGET	"/sys/devices/system/xen_memory/xen_memory0/target_kb"

TEST_F_TIMEOUT(dma_area, the_pages_of_a_dma_area_are_contiguous, LIMIT)
{
	static uint64_t pfns[LONG];
	unsigned int i, breaks = 0;

	ASSERT_EQ(0, area_alloc(self->fd, LONG, 0, 64, pfns));
	for (i = 1; i < LONG; i++)
		breaks += pfns[i] != pfns[i - 1] + 1;
	/* The frame numbers of a PV domain say nothing about machine addresses */
	if (!domain_is("PV"))
		EXPECT_EQ(0, breaks);
	EXPECT_EQ(0, area_free(self->fd));
}

TEST_F_TIMEOUT(dma_area, the_memory_is_ballooned_out_until_the_area_is_freed, LIMIT)
{
	static uint64_t pfns[LONG];

	ASSERT_EQ(0, area_alloc(self->fd, LONG, DMA_AREA_WRITE_COMBINE, 64, pfns));
	EXPECT_BALLOONED(&self->ballooned, LONG);
	/* Pages of a DMA area in use are not marked offline */
	EXPECT_EQ(0, offline(pfns, LONG));
	ASSERT_EQ(0, area_free(self->fd));
	EXPECT_BALLOONED(&self->ballooned, 0);
	EXPECT_EQ(self->users, area_users());
}

static int balloon_target(unsigned long kb)
{
	char text[16];

	snprintf(text, sizeof(text), "%lu", kb);
	return file_write(TARGET, text);
}

/*
 * The balloon reaches its target beside a DMA area, and does not populate the
 * pages of the area.  PV only: in other domains Xen needs memory for page tables
 * if the balloon takes pages from anywhere.
 */
TEST_F_TIMEOUT(dma_area, a_balloon_target_does_not_touch_dma_areas, LIMIT)
{
	unsigned long target = file_number(TARGET, "");
	struct ballooned less = self->ballooned;

	if (!domain_is("PV") || !ballooned_counted())
		SKIP(return, "not PV, or the kernel does not count DMA areas");

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

TEST_F_TIMEOUT(dma_area, closing_a_file_frees_its_dma_area, LIMIT)
{
	ASSERT_EQ(0, area_alloc(self->fd, LONG, 0, 64, NULL));
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	EXPECT_BALLOONED(&self->ballooned, 0);
}

/* Sizes around the batch of a hypercall */
TEST_F_TIMEOUT(dma_area, dma_areas_of_every_size, LIMIT)
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
 * A single page comes from anywhere in memory.  If Xen has mapped it as part of
 * a large page until now, Xen needs a page for page tables.
 */
TEST_F_TIMEOUT(dma_area, a_dma_area_of_one_page, LIMIT)
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

TEST_F_TIMEOUT(dma_area, two_dma_areas_are_freed_in_any_order, LIMIT)
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

TEST_F_TIMEOUT(dma_area, invalid_sizes_and_attributes_are_refused, LIMIT)
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
	EXPECT_EQ(self->users, area_users());
}

/*
 * In a PV domain Xen exchanges frames that the device does not reach.  In other
 * domains Xen needs memory for page tables if an area is outside CMA.  There the
 * smallest mask of the test still reaches an area in CMA.
 */
TEST_F_TIMEOUT(dma_area, a_device_reaches_its_dma_area, LIMIT)
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

TEST_F_TIMEOUT(dma_area, a_too_small_dma_mask_is_refused_and_nothing_lost, LIMIT)
{
	EXPECT_EQ(ENOMEM, area_alloc(self->fd, 16, 0, 16, NULL));
	EXPECT_EQ(ENOMEM, area_alloc(self->fd, LONG, DMA_AREA_WRITE_COMBINE, 16,
				     NULL));
	EXPECT_EQ(self->users, area_users());
}

TEST_F_TIMEOUT(dma_area, more_memory_than_exists_is_refused_and_nothing_lost, LIMIT)
{
	EXPECT_EQ(ENOMEM, area_alloc(self->fd, INT32_MAX >> 12, 0, 64, NULL));
	EXPECT_EQ(ENOMEM, area_alloc(self->fd, INT32_MAX >> 12,
				     DMA_AREA_WRITE_COMBINE, 64, NULL));
	EXPECT_EQ(self->users, area_users());
	EXPECT_TRUE(programs_run());
}

TEST_F_TIMEOUT(dma_area, many_large_dma_areas_lose_nothing, LIMIT)
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
 * The test of that name in release.c explains the method.  The number of rounds
 * exceeds the objects of a slab of the smallest objects, because the kernel
 * counts the whole slab of a processor.  The kernel frees vmap areas lazily: areas
 * of this size reach its limit within these rounds.
 */
TEST_F_TIMEOUT(dma_area, rounds_leave_nothing_in_the_slabs, LIMIT)
{
	static struct slabs before;
	const unsigned int n = 1100;
	const char *grown;
	unsigned int i;

	if (slabs_unreliable())
		SKIP(return, "%s", slabs_unreliable());

	for (i = 0; i < n + 50; i++) {
		if (i == 50)
			slabs_read(&before);
		ASSERT_EQ(0, area_alloc(self->fd, 128, 0, 64, NULL));
		ASSERT_EQ(0, area_free(self->fd));
	}
	grown = slabs_grown(&before, n / 2);
	EXPECT_EQ(NULL, grown)
		TH_LOG("%s has %u objects more", grown, n / 2);
}
