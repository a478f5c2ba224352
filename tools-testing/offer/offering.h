/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A handle of this guest that offers to the other one, whose program offers connects to it
 * and sends messages on request.
 */

#ifndef OFFER_OFFERING_H
#define OFFER_OFFERING_H

#include <sys/eventfd.h>

#include "offer.h"
#include "sources.h"

/* serve_until - answer the other guest until the handle fails, or the buffer is released */
static inline int serve_until(struct xendmabuf_offerer *offerer, struct xendmabuf_offer *offer)
{
	struct pollfd fds[2] = {
		{ .fd = xendmabuf_offerer_fd(offerer), .events = POLLIN },
		{ .fd = xendmabuf_offer_released_fd(offer), .events = POLLIN },
	};
	eventfd_t count;

	for (;;) {
		poll(fds, 2, -1);
		if (xendmabuf_offerer_process(offerer))
			return errno;
		if (!eventfd_read(fds[1].fd, &count))
			return 0;
	}
}

/**
 * struct offering - a handle of this guest, to which the other one sends any messages
 * @source: the buffer
 * @offerer: the handle
 * @offer: the offer
 * @low: the second half of its name
 */
struct offering {
	struct source source;
	struct xendmabuf_offerer *offerer;
	struct xendmabuf_offer *offer;
	uint64_t low;
};

/* offering_begin - offer a buffer, and let the other guest connect */
static inline int offering_begin(FIXTURE_DATA(offer) * self, struct offering *offering)
{
	struct xendmabuf_metadata metadata = { 0 };
	const uint8_t *name;

	if (source_heap(&offering->source, "system", 1))
		return -1;
	offering->offerer = xendmabuf_offerer_open(NULL, self->peer);
	if (!offering->offerer)
		return -2;
	offering->offer = xendmabuf_offer_new(offering->offerer, offering->source.fd, 0,
					      &metadata);
	if (!offering->offer)
		return -3;
	name = xendmabuf_offer_name(offering->offer);
	offering->low = name_low(name);
	if (ask(&self->ask, "connect %lu", channel_name_id(name)))
		return -4;
	/* The client has connected: no second one can */
	return xendmabuf_offerer_process(offering->offerer);
}

static inline void offering_end(struct offering *offering)
{
	xendmabuf_offerer_close(offering->offerer);
	source_close(&offering->source);
}

/* offering_taken - wait until the other guest has taken the buffer; 0 or -1 */
static inline int offering_taken(const struct offering *offering)
{
	struct pollfd fd = { .fd = xendmabuf_offerer_fd(offering->offerer), .events = POLLIN };
	struct xendmabuf_metadata metadata = { 0 };

	while (!xendmabuf_offer_again(offering->offer, &metadata))
		if (poll(&fd, 1, -1) < 0 || xendmabuf_offerer_process(offering->offerer))
			return -1;
	return errno == EBUSY ? 0 : -1;
}

/* offering_withdraw - withdraw the buffer, and wait until it is unmapped; 0 or -1 */
static inline int offering_withdraw(struct offering *offering)
{
	struct pollfd fds[2] = {
		{ .fd = xendmabuf_offerer_fd(offering->offerer), .events = POLLIN },
		{ .fd = xendmabuf_offer_withdraw(offering->offer), .events = POLLIN },
	};
	int ret = 0;

	while (!ret && !fds[1].revents)
		if (poll(fds, 2, -1) < 0 || xendmabuf_offerer_process(offering->offerer))
			ret = -1;
	close(fds[1].fd);
	return ret;
}

#endif /* OFFER_OFFERING_H */
