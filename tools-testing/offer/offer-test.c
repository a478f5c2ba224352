// SPDX-License-Identifier: GPL-2.0-only
/*
 * libxendmabuf, from the side that takes.  Runs in a guest; the program offers runs in
 * another one, PEER.
 */

#include "offer.h"
#include "requests.h"
#include "taken.h"

static void take_and_check(struct __test_metadata *_metadata, FIXTURE_DATA(offer) * self,
			   unsigned int pages, uint32_t seed)
{
	uint32_t expected = seed;
	struct xendmabuf_metadata offered = offer_metadata(pages, &expected);
	struct xendmabuf_buffer *buffer = take(self, offer_new(self, pages, seed));

	ASSERT_NE(NULL, buffer);
	ASSERT_EQ(pages, buffer->pages);
	ASSERT_EQ(offered.width, buffer->metadata.width);
	ASSERT_EQ(offered.height, buffer->metadata.height);
	ASSERT_EQ(offered.stride, buffer->metadata.stride);
	ASSERT_EQ(offered.format, buffer->metadata.format);
	ASSERT_EQ(offered.modifier, buffer->metadata.modifier);
	ASSERT_EQ(offered.size, buffer->metadata.size);
	ASSERT_EQ(0, memcmp(&expected, buffer->metadata.bytes, offered.size));
	ASSERT_EQ(0, wrong_words(buffer, seed));
	xendmabuf_drop(self->taker, buffer);
}

TEST_F_TIMEOUT(offer, a_taken_buffer_has_content_and_metadata, LIMIT)
{
	take_and_check(_metadata, self, 1, 2);
	/* A page of the directory is full; one entry more needs a second page */
	take_and_check(_metadata, self, 1023, 4);
	take_and_check(_metadata, self, 1024, 6);
}

TEST_F_TIMEOUT(offer, a_read_only_buffer_cannot_be_written, LIMIT)
{
	struct xendmabuf_buffer *buffer = take(self, offer_new(self, 4, 1));

	ASSERT_NE(NULL, buffer);
	ASSERT_EQ(XENDMABUF_READONLY, buffer->flags);
	ASSERT_EQ(0, wrong_words(buffer, 1));
	ASSERT_EQ(MAP_FAILED, map_all(XEN_PAGE, buffer->fd));
	ASSERT_EQ(EACCES, errno);
}

TEST_F_TIMEOUT(offer, a_release_reaches_the_offering_program, LIMIT)
{
	uint64_t low = offer_new(self, 4, 2);
	struct xendmabuf_buffer *buffer = take(self, low);

	ASSERT_NE(NULL, buffer);
	ASSERT_EQ(EBUSY, ask(&self->ask, "again %lu 3", low));
	ASSERT_EQ(NULL, take(self, low));
	ASSERT_EQ(EBUSY, errno);
	xendmabuf_release(self->taker, buffer);
	ASSERT_EQ(1, ask(&self->ask, "released %lu", low));
}

TEST_F_TIMEOUT(offer, a_buffer_taken_again_has_the_same_mapping, LIMIT)
{
	uint64_t low = offer_new(self, 8, 2), id;
	struct xendmabuf_buffer *buffer;
	uint32_t *words = take_mapped(self, low, &buffer);
	unsigned int i;

	ASSERT_NE(NULL, words);
	id = buffer->id;
	for (i = 4; i < 12; i += 2) {
		int users = module_users();

		xendmabuf_release(self->taker, buffer);
		ASSERT_EQ(1, ask(&self->ask, "released %lu", low));
		/* It is not offered */
		ASSERT_EQ(NULL, xendmabuf_take(self->taker, take_name(self, low), 0));
		ASSERT_EQ(ETIMEDOUT, errno);
		ASSERT_EQ(0, ask(&self->ask, "again %lu %u", low, i));
		ASSERT_EQ(buffer, take(self, low));
		ASSERT_EQ(id, buffer->id);
		ASSERT_EQ(i, *(const uint32_t *)buffer->metadata.bytes);
		/* The mapping that was made before shows the new picture */
		ASSERT_EQ(0, pattern_wrong(words, 0, 8, i));
		ASSERT_EQ(users, module_users());
	}
	munmap(words, 8 * XEN_PAGE);
}

/* grants - what a taken buffer has cost both programs and kernels until now */
static void grants(FIXTURE_DATA(offer) * self, uint64_t *numbers)
{
	numbers[0] = grant_requests();
	numbers[1] = ask(&self->ask, "requests");
	numbers[2] = file_number(DEBUG_DIR "counters", "registered");
	numbers[3] = file_number(DEBUG_DIR "counters", "pages_mapped");
	numbers[4] = ask(&self->ask, "granted");
}

TEST_F_TIMEOUT(offer, a_buffer_taken_again_costs_no_grant_and_no_mapping, LIMIT)
{
	uint64_t none[5], before[5], after[5], low;
	struct xendmabuf_buffer *buffer;
	unsigned int i;

	grants(self, none);
	low = offer_new(self, 8, 2);
	buffer = take(self, low);
	ASSERT_NE(NULL, buffer);
	grants(self, before);
	/* Requests that export, import, and grant the page directory */
	EXPECT_LT(none[0], before[0]);
	EXPECT_LT(none[1], before[1]);
	EXPECT_EQ(none[2] + 1, before[2]);
	EXPECT_EQ(none[3] + 8, before[3]);
	EXPECT_EQ(none[4] + 8, before[4]);
	for (i = 0; i < 10; i++) {
		xendmabuf_release(self->taker, buffer);
		ASSERT_EQ(1, ask(&self->ask, "released %lu", low));
		ASSERT_EQ(0, ask(&self->ask, "again %lu 4", low));
		ASSERT_EQ(buffer, take(self, low));
	}
	grants(self, after);
	EXPECT_EQ(0, memcmp(before, after, sizeof(after)));
}

TEST_F_TIMEOUT(offer, a_drop_is_a_release_after_the_last_mapping, LIMIT)
{
	uint64_t low = offer_new(self, 4, 2);
	struct xendmabuf_buffer *buffer;
	uint32_t *words = take_mapped(self, low, &buffer);

	ASSERT_NE(NULL, words);
	xendmabuf_drop(self->taker, buffer);
	/* The offering program has answered, and has got no release */
	ASSERT_EQ(NULL, take(self, ~low));
	ASSERT_EQ(ENOENT, errno);
	ASSERT_EQ(EBUSY, ask(&self->ask, "again %lu 4", low));
	ASSERT_EQ(1, xendmabuf_dropped(self->taker));
	munmap(words, 4 * XEN_PAGE);
	ASSERT_EQ(0, process_until(self, 0));
	ASSERT_EQ(1, ask(&self->ask, "released %lu", low));
	ASSERT_EQ(0, ask(&self->ask, "again %lu 4", low));
	ASSERT_NE(NULL, take(self, low));
}

TEST_F_TIMEOUT(offer, names_that_nobody_offers_are_refused, LIMIT)
{
	uint64_t high = self->high;

	ASSERT_EQ(NULL, take(self, 1));
	ASSERT_EQ(ENOENT, errno);
	/* One handle for each taking program, one taking program for each handle */
	ASSERT_EQ(NULL, taker_open(self));
	ASSERT_EQ(EBUSY, errno);
	self->high++;
	ASSERT_EQ(NULL, take(self, 1));
	ASSERT_EQ(ENOENT, errno);
	ASSERT_EQ(NULL, taker_open(self));
	ASSERT_EQ(ENOENT, errno);
	self->high = high;
}

TEST_F_TIMEOUT(offer, a_withdrawn_buffer_stays_mapped_until_the_release, LIMIT)
{
	uint64_t held = offer_new(self, 4, 2), released = offer_new(self, 4, 2);
	struct xendmabuf_buffer *buffer = take(self, held), *other = take(self, released);
	struct pollfd fd = { .fd = xendmabuf_taker_fd(self->taker), .events = POLLIN };

	ASSERT_NE(NULL, buffer);
	ASSERT_NE(NULL, other);
	xendmabuf_release(self->taker, other);
	ask(&self->ask, "withdraw %lu", released);
	/* Two open files and the buffer that is held stay */
	ASSERT_EQ(1, poll(&fd, 1, -1));
	while (module_users() > self->users + 3)
		ASSERT_EQ(0, xendmabuf_taker_process(self->taker));
	ASSERT_EQ(1, ask(&self->ask, "unmapped"));

	ask(&self->ask, "withdraw %lu", held);
	ASSERT_EQ(NULL, take(self, released));
	ASSERT_EQ(ENOENT, errno);
	ASSERT_EQ(0, wrong_words(buffer, 2));
	xendmabuf_release(self->taker, buffer);
	ASSERT_EQ(1, ask(&self->ask, "unmapped"));
	ASSERT_EQ(NULL, take(self, held));
	ASSERT_EQ(ENOENT, errno);
}

TEST_F_TIMEOUT(offer, a_withdrawal_answers_a_program_that_waits, LIMIT)
{
	uint64_t low = offer_new(self, 4, 2);

	ASSERT_NE(NULL, take(self, low));
	xendmabuf_taker_close(self->taker);
	ASSERT_EQ(1, ask(&self->ask, "released %lu", low));
	self->taker = taker_open_after(self);
	ASSERT_NE(NULL, self->taker);
	ASSERT_EQ(NULL, xendmabuf_take(self->taker, take_name(self, low), 0));
	ASSERT_EQ(ETIMEDOUT, errno);
	ask(&self->ask, "withdraw %lu", low);
	ASSERT_EQ(NULL, take(self, low));
	ASSERT_EQ(ENOENT, errno);
	ASSERT_EQ(1, ask(&self->ask, "unmapped"));
}

/* revoke_buffer - revoke a buffer that this program has taken, and handle that event; 0 or -1 */
static int revoke_buffer(FIXTURE_DATA(offer) * self, const struct xendmabuf_buffer *buffer)
{
	if (xengnttab_dmabuf_revoke(self->taker->gnttab, buffer->id))
		return -1;
	/* The event has come, so it is handled before the answer */
	return take(self, 1) || errno != ENOENT ? -1 : 0;
}

/* The references of an offer that is not read yet are granted again, for another buffer */
TEST_F_TIMEOUT(offer, an_offer_of_a_closed_handle_is_not_mapped, LIMIT)
{
	uint64_t low = offer_new(self, 4, 2);

	ask(&self->ask, "pause");
	ASSERT_EQ(NULL, xendmabuf_take(self->taker, take_name(self, low), 0));
	ASSERT_EQ(ETIMEDOUT, errno);
	ask(&self->ask, "resume");
	/* It is taken as soon as the offer is sent */
	while (ask(&self->ask, "again %lu 2", low) != EBUSY)
		usleep(100000);
	ask(&self->ask, "close");
	ask(&self->ask, "open");
	offer_new(self, 4, 4);
	ASSERT_EQ(NULL, take(self, low));
	ASSERT_EQ(EPIPE, errno);
}

TEST_F_TIMEOUT(offer, a_revoked_buffer_is_released, LIMIT)
{
	uint64_t low = offer_new(self, 4, 2), id;
	struct xendmabuf_buffer *buffer = take(self, low);

	ASSERT_NE(NULL, buffer);
	ASSERT_EQ(0, revoke_buffer(self, buffer));
	xendmabuf_drop(self->taker, buffer);
	ASSERT_EQ(0, process_until(self, 0));
	ASSERT_EQ(1, ask(&self->ask, "released %lu", low));

	/* The next offer maps the pages anew */
	ASSERT_EQ(0, ask(&self->ask, "again %lu 4", low));
	buffer = take(self, low);
	ASSERT_NE(NULL, buffer);
	id = buffer->id;
	ASSERT_EQ(0, revoke_buffer(self, buffer));
	xendmabuf_release(self->taker, buffer);
	ASSERT_EQ(1, ask(&self->ask, "released %lu", low));
	ASSERT_EQ(0, ask(&self->ask, "again %lu 6", low));
	buffer = take(self, low);
	ASSERT_NE(NULL, buffer);
	ASSERT_NE(id, buffer->id);
	ASSERT_EQ(0, wrong_words(buffer, 6));
}

/* new_many - let the other guest offer many buffers; their names, NULL on errors */
static const uint64_t *new_many(FIXTURE_DATA(offer) * self, unsigned int count, size_t size)
{
	static uint64_t lows[1000];
	struct xendmabuf_buffer *list;
	uint32_t *words;

	if (count > ARRAY_SIZE(lows) || allow_buffers(count))
		return NULL;
	words = take_mapped(self, ask(&self->ask, "many %u %zu", count, size), &list);
	if (!words)
		return NULL;
	memcpy(lows, words, count * sizeof(*lows));
	munmap(words, list->pages * XEN_PAGE);
	return lows;
}

/* ask_all - ask for all buffers before the offering program reads, then take them */
static void ask_all(struct __test_metadata *_metadata, FIXTURE_DATA(offer) * self,
		    unsigned int count, size_t size)
{
	const uint64_t *lows = new_many(self, count, size);
	const size_t last = size / sizeof(uint32_t) - 1;
	unsigned int i;

	ASSERT_NE(NULL, lows);
	ask(&self->ask, "pause");
	for (i = 0; i < count; i++) {
		ASSERT_EQ(NULL, xendmabuf_take(self->taker, take_name(self, lows[i]), 0));
		ASSERT_EQ(ETIMEDOUT, errno);
	}
	ask(&self->ask, "resume");
	for (i = 0; i < count; i++) {
		struct xendmabuf_buffer *buffer = take(self, lows[i]);

		ASSERT_NE(NULL, buffer);
		ASSERT_EQ(size, buffer->metadata.size);
		ASSERT_EQ(2 * i, ((const uint32_t *)buffer->metadata.bytes)[last]);
	}
}

/* Requests and offers that fill the rings of both directions: 2048 and 8192 bytes */
TEST_F_TIMEOUT(offer, all_buffers_asked_for_at_once_arrive, LIMIT)
{
	ask_all(_metadata, self, 120, XENDMABUF_BYTES_MAX);
}

TEST_F_TIMEOUT(offer, all_buffers_asked_for_at_once_arrive_without_metadata, LIMIT)
{
	ask_all(_metadata, self, 300, sizeof(uint32_t));
}

/* take_many - take so many new buffers; returns their names */
static const uint64_t *take_many(struct __test_metadata *_metadata,
				 FIXTURE_DATA(offer) * self, unsigned int count,
				 struct xendmabuf_buffer **buffers)
{
	const uint64_t *lows = new_many(self, count, sizeof(uint32_t));
	unsigned int i;

	ASSERT_NE(NULL, lows);
	for (i = 0; i < count; i++) {
		buffers[i] = take(self, lows[i]);
		ASSERT_NE(NULL, buffers[i]);
	}
	return lows;
}

TEST_F_TIMEOUT(offer, buffers_withdrawn_at_once_are_all_unmapped, LIMIT)
{
	static struct xendmabuf_buffer *buffers[600];
	const unsigned int count = ARRAY_SIZE(buffers);
	const uint64_t *lows = take_many(_metadata, self, count, buffers);
	unsigned int i;

	ask(&self->ask, "withdraw-many");
	/* The answer comes after all of those messages */
	ASSERT_EQ(NULL, take(self, 1));
	ASSERT_EQ(ENOENT, errno);
	for (i = 0; i < count; i++) {
		ASSERT_EQ(0, wrong_words(buffers[i], 2 * i));
		xendmabuf_drop(self->taker, buffers[i]);
	}
	ASSERT_EQ(0, process_until(self, 0));
	ASSERT_EQ(count, ask(&self->ask, "all-unmapped"));
	ASSERT_EQ(NULL, take(self, lows[0]));
	ASSERT_EQ(ENOENT, errno);
}

TEST_F_TIMEOUT(offer, a_thousand_buffers_are_held_at_a_time, LIMIT)
{
	static struct xendmabuf_buffer *buffers[1000];
	const unsigned int count = ARRAY_SIZE(buffers);
	unsigned int i;

	take_many(_metadata, self, count, buffers);
	for (i = 0; i < count; i++)
		ASSERT_EQ(0, wrong_words(buffers[i], 2 * i));
	for (i = 0; i < count; i++)
		xendmabuf_drop(self->taker, buffers[i]);
	ASSERT_EQ(0, process_until(self, 0));
	/* Each once */
	ASSERT_EQ(count, ask(&self->ask, "all-released"));
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
