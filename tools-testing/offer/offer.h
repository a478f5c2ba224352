/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the tests of libxendmabuf: a handle that takes from the program
 * named offers in the other guest.
 */

#ifndef OFFER_OFFER_H
#define OFFER_OFFER_H

#include <poll.h>
#include <unistd.h>

#include "harness.h"
#include "pattern.h"
#include "serve.h"
#include "buffers.h"

/* @destroyed: the other guest does not exist any more */
FIXTURE(offer)
{
	struct ask ask;
	unsigned int peer;
	uint64_t high;
	struct xendmabuf_taker *taker;
	int users;
	bool destroyed;
};

/* take_name - a name of the offering handle */
static inline const uint8_t *take_name(const FIXTURE_DATA(offer) * self, uint64_t low)
{
	static uint8_t name[XENDMABUF_NAME_SIZE];

	name_set(name, self->high, low);
	return name;
}

static inline struct xendmabuf_taker *taker_open(const FIXTURE_DATA(offer) * self)
{
	return xendmabuf_taker_open(NULL, self->peer, take_name(self, 0), 0);
}

/*
 * taker_open_wait - connect as soon as the peer has noticed that the last taker has ended
 *
 * Both guests share a processor, so this one must not wait for the peer in a busy loop.
 */
static inline struct xendmabuf_taker *taker_open_wait(unsigned int peer,
						      const uint8_t *name)
{
	struct xendmabuf_taker *taker;

	while (!(taker = xendmabuf_taker_open(NULL, peer, name, 0)) && errno == EBUSY)
		usleep(100000);
	return taker;
}

static inline struct xendmabuf_taker *taker_open_after(const FIXTURE_DATA(offer) * self)
{
	return taker_open_wait(self->peer, take_name(self, 0));
}

/* is_released - nothing in this domain has a buffer or gntdev open any more */
static inline bool is_released(const FIXTURE_DATA(offer) * self)
{
	/* The test has a time limit */
	while (module_users() != self->users)
		usleep(10000);
	return true;
}

FIXTURE_SETUP(offer)
{
	self->peer = peer_domid();
	ask_open(&self->ask, OFFERS_FOLDER, self->peer);
	self->users = module_users();
	self->high = ask(&self->ask, "open");
	self->taker = taker_open(self);
	ASSERT_NE(NULL, self->taker);
}

FIXTURE_TEARDOWN(offer)
{
	if (self->taker)
		xendmabuf_taker_close(self->taker);
	EXPECT_TRUE(is_released(self));
	if (!self->destroyed)
		ask(&self->ask, "die");
	ask_close(&self->ask);
}

/* offer_new - let the other guest offer a buffer; the second half of its name */
static inline uint64_t offer_new(FIXTURE_DATA(offer) * self, unsigned int pages,
				 uint32_t seed)
{
	return ask(&self->ask, "new %u %u", pages, seed);
}

static inline struct xendmabuf_buffer *take(FIXTURE_DATA(offer) * self, uint64_t low)
{
	return xendmabuf_take(self->taker, take_name(self, low), -1);
}

/* take_mapped - take a buffer and map it; NULL on errors */
static inline uint32_t *take_mapped(FIXTURE_DATA(offer) * self, uint64_t low,
				    struct xendmabuf_buffer **buffer)
{
	uint32_t *words;

	*buffer = take(self, low);
	if (!*buffer)
		return NULL;
	words = map_all((*buffer)->pages * XEN_PAGE, (*buffer)->fd);
	return words == MAP_FAILED ? NULL : words;
}

/* process_until - handle messages until the number of dropped buffers is @count */
static inline int process_until(FIXTURE_DATA(offer) * self, unsigned int count)
{
	struct pollfd fd = { .fd = xendmabuf_taker_fd(self->taker), .events = POLLIN };

	while (xendmabuf_dropped(self->taker) != count)
		if (poll(&fd, 1, -1) < 0 || xendmabuf_taker_process(self->taker))
			return -1;
	return 0;
}

/* wrong_words - number of words of a buffer that are not the pattern; -1: not mapped */
static inline int wrong_words(const struct xendmabuf_buffer *buffer, uint32_t seed)
{
	size_t size = (size_t)buffer->pages * XEN_PAGE;
	uint32_t *words = mmap(NULL, size, PROT_READ, MAP_SHARED, buffer->fd, 0);
	int wrong;

	if (words == MAP_FAILED)
		return -1;
	wrong = pattern_wrong(words, 0, buffer->pages, seed);
	munmap(words, size);
	return wrong;
}

#endif /* OFFER_OFFER_H */
