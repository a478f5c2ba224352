// SPDX-License-Identifier: GPL-2.0-only
/*
 * The offering side: grants buffers once, and answers the taking program.  The functions
 * of xendmabuf.h.
 *
 * The taking program is not trusted.  It can only change which of the offers of this
 * handle are taken: the offering program sees a wrong release at most, and it lets the
 * kernel say when the pages are unmapped.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "offered.h"

static struct xendmabuf_offerer *offerer_of(struct channel *channel)
{
	return container_of(channel, struct xendmabuf_offerer, channel);
}

static struct xendmabuf_offer *find(struct xendmabuf_offerer *offerer,
				    const uint8_t *name)
{
	struct named *named = names_find(&offerer->offers, name);

	return named ? container_of(named, struct xendmabuf_offer, named) : NULL;
}

static void make_due(struct xendmabuf_offer *offer)
{
	struct xendmabuf_offerer *offerer = offer->offerer;

	if (offer->due)
		return;
	offer->due = true;
	offer->next_due = NULL;
	*offerer->last_due = offer;
	offerer->last_due = &offer->next_due;
}

/* take_due - remove the first offer of which a message is due from the list */
static struct xendmabuf_offer *take_due(struct xendmabuf_offerer *offerer)
{
	struct xendmabuf_offer *offer = offerer->first_due;

	if (!offer)
		return NULL;
	offer->due = false;
	offerer->first_due = offer->next_due;
	if (!offerer->first_due)
		offerer->last_due = &offerer->first_due;
	return offer;
}

static void release(struct xendmabuf_offer *offer)
{
	offer->state = OFFER_IDLE;
	eventfd_write(offer->released, 1);
}

/* end - end the grants of a withdrawn offer, and free it when MESSAGE_WITHDRAW is sent */
static void end(struct xendmabuf_offer *offer)
{
	struct xendmabuf_offerer *offerer = offer->offerer;

	names_remove(&offerer->offers, &offer->named);
	xengnttab_dmabuf_release(offerer->gnttab, offer->id);
	offer->state = OFFER_IDLE;
	if (!offer->due)
		offered_free(offer);
}

/* taker_let_go - the taking program does not have the buffer any more */
static void taker_let_go(struct xendmabuf_offer *offer)
{
	if (offer->withdrawn)
		end(offer);
	else
		release(offer);
}

/* offer_size - bytes of MESSAGE_OFFER behind its header */
static uint32_t offer_size(const struct xendmabuf_offer *offer)
{
	return sizeof(offer->fixed) + offer->size;
}

/* fill_offer - fill in MESSAGE_OFFER behind its header */
static void fill_offer(struct xendmabuf_offer *offer, struct message *message)
{
	message->offer = offer->fixed;
	if (offer->size)
		memcpy(message->bytes, offer->bytes, offer->size);
	offer->asked = false;
	offer->state = OFFER_TAKEN;
}

static bool receive_take(struct xendmabuf_offerer *offerer, const uint8_t *name)
{
	struct xendmabuf_offer *offer = find(offerer, name);

	if (!offer) {
		channel_reply(&offerer->channel, MESSAGE_REFUSE, name, 0);
		return true;
	}
	if (offer->state == OFFER_TAKEN || offer->asked)
		return false;
	if (offer->state == OFFER_READY)
		fill_offer(offer, channel_reply(&offerer->channel, MESSAGE_OFFER, name,
						offer_size(offer)));
	else
		offer->asked = true;
	return true;
}

static bool receive_release(struct xendmabuf_offerer *offerer, const uint8_t *name)
{
	struct xendmabuf_offer *offer = find(offerer, name);

	/* The message that the name is withdrawn can be under way */
	if (!offer)
		return true;
	if (offer->state != OFFER_TAKEN)
		return false;
	taker_let_go(offer);
	return true;
}

static bool receive(struct channel *channel, const struct message *message)
{
	switch (message->header.type) {
	case MESSAGE_TAKE:
		return receive_take(offerer_of(channel), message->header.name);
	case MESSAGE_RELEASE:
		return receive_release(offerer_of(channel), message->header.name);
	default:
		return false;
	}
}

static bool send(struct channel *channel, struct message *message)
{
	struct xendmabuf_offer *offer = take_due(offerer_of(channel));

	if (!offer)
		return false;
	memset(&message->header, 0, sizeof(message->header));
	memcpy(message->header.name, offer->named.name, XENDMABUF_NAME_SIZE);
	if (offer->withdrawn) {
		message->header.type = MESSAGE_WITHDRAW;
		if (offer->state != OFFER_TAKEN)
			offered_free(offer);
	} else {
		message->header.type = MESSAGE_OFFER;
		message->header.size = offer_size(offer);
		fill_offer(offer, message);
	}
	return true;
}

/* drop_due - forget all messages that are due, and free what has ended */
static void drop_due(struct xendmabuf_offerer *offerer)
{
	struct xendmabuf_offer *offer;

	while ((offer = take_due(offerer)))
		if (offer->withdrawn && offer->state != OFFER_TAKEN)
			offered_free(offer);
}

/* closed - the taking program has released all that it had, and asks for nothing */
static void closed(struct channel *channel)
{
	struct xendmabuf_offerer *offerer = offerer_of(channel);
	struct named *named, *next;
	unsigned int i;

	drop_due(offerer);
	for (i = 0; i < NAMES_LISTS; i++)
		for (named = offerer->offers.lists[i]; named; named = next) {
			struct xendmabuf_offer *offer =
				container_of(named, struct xendmabuf_offer, named);

			next = named->next;
			offer->asked = false;
			if (offer->state == OFFER_TAKEN)
				taker_let_go(offer);
		}
}

static const struct channel_ops ops = {
	.receive = receive,
	.send = send,
	.closed = closed,
};

void xendmabuf_offerer_close(struct xendmabuf_offerer *offerer)
{
	struct named *named;
	int error = errno;

	/* Before any grant ends: the taking program looks when it has mapped an offer */
	channel_exit(&offerer->channel);
	drop_due(offerer);
	while ((named = names_first(&offerer->offers))) {
		names_remove(&offerer->offers, named);
		offered_free(container_of(named, struct xendmabuf_offer, named));
	}
	if (offerer->gntshr)
		xengntshr_close(offerer->gntshr);
	/* Releases all imports */
	if (offerer->gnttab)
		xengnttab_close(offerer->gnttab);
	free(offerer);
	errno = error;
}

static int open_devices(struct xendmabuf_offerer *offerer)
{
	struct xentoollog_logger *logger = offerer->channel.logger;
	struct xengnttab_dmabuf_info info;

	offerer->gnttab = xengnttab_open(logger, 0);
	if (!offerer->gnttab || xengnttab_dmabuf_query(offerer->gnttab, &info))
		return -1;
	offerer->max_pages = info.max_pages;
	offerer->gntshr = xengntshr_open(logger, 0);
	if (!offerer->gntshr)
		return -1;
	return 0;
}

struct xendmabuf_offerer *xendmabuf_offerer_open(struct xentoollog_logger *logger,
						 uint32_t domid)
{
	struct xendmabuf_offerer *offerer = calloc(1, sizeof(*offerer));
	uint64_t id;

	if (!offerer)
		return NULL;
	if (getrandom(&id, sizeof(id), 0) != sizeof(id)) {
		free(offerer);
		return NULL;
	}
	offerer->last_due = &offerer->first_due;
	offerer->channel.ops = &ops;
	offerer->channel.logger = logger;
	offerer->channel.domid = domid;
	offerer->channel.id = id;
	if (!channel_serve(&offerer->channel) && !open_devices(offerer))
		return offerer;
	xendmabuf_offerer_close(offerer);
	return NULL;
}

int xendmabuf_offerer_fd(const struct xendmabuf_offerer *offerer)
{
	return offerer->channel.epoll;
}

int xendmabuf_offerer_process(struct xendmabuf_offerer *offerer)
{
	return channel_process(&offerer->channel);
}

/* make_name - the id of the channel, and random bytes that are no name yet */
static int make_name(struct xendmabuf_offer *offer)
{
	uint64_t id = offer->offerer->channel.id;
	uint8_t *name = offer->named.name;
	const size_t half = sizeof(id);
	unsigned int i;

	for (i = 0; i < half; i++)
		name[i] = id >> (56 - 8 * i);
	do {
		if (getrandom(name + half, half, 0) != (ssize_t)half)
			return -1;
	} while (names_find(&offer->offerer->offers, name));
	return 0;
}

struct xendmabuf_offer *xendmabuf_offer_new(struct xendmabuf_offerer *offerer, int fd,
					    uint32_t flags,
					    const struct xendmabuf_metadata *metadata)
{
	struct xendmabuf_offer *offer;
	int error;

	if (flags & ~XENDMABUF_READONLY) {
		errno = EINVAL;
		return NULL;
	}
	offer = calloc(1, sizeof(*offer));
	if (!offer)
		return NULL;
	offer->offerer = offerer;
	offer->fixed.flags = flags;
	offer->state = OFFER_READY;
	offer->released = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	offer->unmapped = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (offer->released >= 0 && offer->unmapped >= 0 && !make_name(offer) &&
	    !offered_grant(offer, fd, metadata)) {
		names_add(&offerer->offers, &offer->named);
		return offer;
	}
	error = errno;
	offered_free(offer);
	errno = error;
	return NULL;
}

const uint8_t *xendmabuf_offer_name(const struct xendmabuf_offer *offer)
{
	return offer->named.name;
}

int xendmabuf_offer_released_fd(const struct xendmabuf_offer *offer)
{
	return offer->released;
}

int xendmabuf_offer_again(struct xendmabuf_offer *offer,
			  const struct xendmabuf_metadata *metadata)
{
	/* A message that is due has not been sent, and gets the new metadata */
	if (offer->state == OFFER_TAKEN) {
		errno = EBUSY;
		return -1;
	}
	if (offered_set_metadata(offer, metadata))
		return -1;
	offer->state = OFFER_READY;
	if (offer->asked) {
		make_due(offer);
		channel_flush(&offer->offerer->channel);
	}
	return 0;
}

int xendmabuf_offer_withdraw(struct xendmabuf_offer *offer)
{
	struct xendmabuf_offerer *offerer = offer->offerer;
	int unmapped = offer->unmapped;

	offer->unmapped = -1;
	offer->withdrawn = true;
	if (offerer->channel.connected)
		make_due(offer);
	/*
	 * The taking program may have got the references and not mapped them yet: they
	 * must not be used for other pages before it answers
	 */
	if (offer->state != OFFER_TAKEN)
		end(offer);
	channel_flush(&offerer->channel);
	return unmapped;
}
