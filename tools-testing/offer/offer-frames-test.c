// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a frame costs that is taken again.  Runs in a guest; the program offers runs in
 * another one, PEER.  With DETERMINISTIC=1 in the environment of the lab and of this
 * program, the clock counts the instructions of both guests and of Xen.
 */

#include "../bench/times.h"
#include "offer.h"

#define BUFFERS	3
/* Frames that are measured together, and how often */
#define FRAMES	200
#define TIMES	15

static const unsigned int sizes[] = { 1, 300, 2025 };

/* take_next - take a frame of a swapchain and release it; false if it is another buffer */
static bool take_next(FIXTURE_DATA(offer) * self, const uint64_t *lows, uint64_t *ids,
		      unsigned int n)
{
	struct xendmabuf_buffer *buffer = take(self, lows[n % BUFFERS]);
	uint64_t id;

	if (!buffer)
		return false;
	id = buffer->id;
	if (n < BUFFERS)
		ids[n] = id;
	xendmabuf_release(self->taker, buffer);
	return ids[n % BUFFERS] == id;
}

/*
 * frame_ns - the median of the cost of a frame, in nanoseconds; 0 on errors
 *
 * Domain 0 runs now and then.
 */
static uint64_t frame_ns(FIXTURE_DATA(offer) * self, unsigned int pages)
{
	uint64_t lows[BUFFERS], ids[BUFFERS], costs[TIMES], begin;
	unsigned int i, n;

	for (n = 0; n < BUFFERS; n++) {
		lows[n] = offer_new(self, pages, 2);
		ask(&self->ask, "stream %lu", lows[n]);
	}
	for (n = 0; n < BUFFERS; n++)
		if (!take_next(self, lows, ids, n))
			return 0;
	for (i = 0; i < TIMES; i++) {
		begin = time_ns();
		for (n = BUFFERS; n < BUFFERS + FRAMES; n++)
			if (!take_next(self, lows, ids, n))
				return 0;
		costs[i] = (time_ns() - begin) / FRAMES;
	}
	for (n = 0; n < BUFFERS; n++)
		ask(&self->ask, "withdraw %lu", lows[n]);
	return time_median(costs, TIMES);
}

TEST_F_TIMEOUT(offer, frames_of_each_size_cost_the_same, LIMIT)
{
	uint64_t cost, least = UINT64_MAX, most = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		cost = frame_ns(self, sizes[i]);
		ASSERT_NE(0, cost);
		TH_LOG("%u pages: %llu ns a frame, %llu frames a second", sizes[i],
		       (unsigned long long)cost, 1000000000ULL / cost);
		least = cost < least ? cost : least;
		most = cost > most ? cost : most;
	}
	if (getenv("DETERMINISTIC"))
		EXPECT_LT(most - least, least / 100);
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
