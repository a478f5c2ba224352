// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lies of offers.c, below the functions of xendmabuf.h.
 */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <xengnttab.h>

#include "buffers.h"
#include "directory.h"
#include "lies.h"

#define PAGES	4

/* A reference that is not granted */
#define NO_REF	30000

static struct channel *channel;
static struct directory directory, readonly;
static unsigned int lie;
static bool repeat;

static void fill_lie(struct message *message)
{
	struct message_offer *offer = &message->offer;

	*offer = (struct message_offer) {
		.directory = directory.ref,
		.pages = PAGES,
		.width = OFFER_WIDTH,
		.height = 16,
		.stride = 1024,
		.format = OFFER_FORMAT,
	};
	switch (lie) {
	case LIE_NO_PAGES:
		offer->pages = 0;
		break;
	case LIE_MANY_PAGES:
		offer->pages = UINT32_MAX;
		break;
	case LIE_MORE_PAGES:
		offer->pages = PAGES + 1023;
		break;
	case LIE_OFFSET:
		offer->data_ofs = XEN_PAGE;
		break;
	case LIE_FLAGS:
		offer->flags = 2;
		break;
	case LIE_HEIGHT:
		offer->height++;
		break;
	case LIE_OVERFLOW:
		offer->height = 0x10001;
		offer->stride = 0x10000;
		break;
	case LIE_DIRECTORY:
		offer->directory = NO_REF;
		break;
	case LIE_WRITABLE:
		offer->directory = readonly.ref;
		break;
	case LIE_ZERO:
		offer->directory = 0;
		break;
	case LIE_NAME:
		message->header.name[15] ^= 1;
		break;
	case LIE_TYPE:
		message->header.type = 99;
		break;
	case LIE_NO_WIDTH:
		offer->width = 0;
		break;
	case LIE_NO_HEIGHT:
		offer->height = 0;
		break;
	case LIE_NO_STRIDE:
		offer->stride = 0;
		break;
	case LIE_SHORT_LINES:
		offer->stride = OFFER_STRIDE - 1;
		break;
	}
}

static bool receive(struct channel *from, const struct message *message)
{
	struct message *reply;

	if (message->header.type != MESSAGE_TAKE)
		return true;
	reply = channel_reply(from, MESSAGE_OFFER, message->header.name,
			      sizeof(reply->offer));
	fill_lie(reply);
	if (lie == LIE_SIZE)
		reply->header.size = UINT32_MAX;
	if (lie == LIE_SHORT)
		reply->header.size = sizeof(reply->offer) - 1;
	repeat = lie == LIE_TWICE;
	return true;
}

/* send - the other offer of LIE_TWICE */
static bool send(struct channel *to, struct message *message)
{
	if (!repeat)
		return false;
	repeat = false;
	return true;
}

static void closed(struct channel *unused)
{
}

static const struct channel_ops ops = {
	.receive = receive,
	.send = send,
	.closed = closed,
};

/* process - the thread that answers, until the connection fails */
static void *process(void *unused)
{
	struct pollfd fd = { .fd = channel->epoll, .events = POLLIN };

	do
		poll(&fd, 1, -1);
	while (!channel_process(channel));
	return NULL;
}

static void begin(unsigned int domid, uint64_t id)
{
	/* The thread of an earlier one can still use it */
	channel = calloc(1, sizeof(*channel));
	if (!channel)
		err(1, "channel");
	channel->ops = &ops;
	channel->domid = domid;
	channel->id = id;
}

/* grant - grant pages, and their directory */
static int grant(xengntshr_handle *gntshr, unsigned int domid, bool writable,
		 struct directory *of)
{
	uint32_t refs[PAGES];

	if (!xengntshr_share_pages(gntshr, domid, PAGES, refs, writable))
		return -1;
	return directory_init(of, gntshr, domid, refs, PAGES);
}

/**
 * lie_begin - serve a channel that answers each request by a lie
 * @domid: the taking domain
 * @kind: enum lie
 *
 * Return: the first half of all names.
 */
uint64_t lie_begin(unsigned int domid, unsigned int kind)
{
	static xengntshr_handle *gntshr;
	pthread_t thread;

	lie = kind;
	if (gntshr)
		return channel->id;
	gntshr = xengntshr_open(NULL, 0);
	if (!gntshr || grant(gntshr, domid, true, &directory) ||
	    grant(gntshr, domid, false, &readonly))
		err(1, "granted pages");
	begin(domid, 0x11e5);
	if (channel_serve(channel) || pthread_create(&thread, NULL, process, NULL))
		err(1, "channel");
	return channel->id;
}

/**
 * lie_connect - connect to a channel
 * @domid: the offering domain
 * @id: the first half of the names that it offers
 *
 * Return: 0 or errno.
 */
uint64_t lie_connect(unsigned int domid, uint64_t id)
{
	int error;

	if (channel)
		channel_exit(channel);
	begin(domid, id);
	if (!channel_connect(channel))
		return 0;
	error = errno;
	channel_exit(channel);
	channel = NULL;
	return error;
}

/**
 * lie_send - send a message on the channel of lie_connect()
 * @type: its type
 * @low: the second half of the name
 * @size: the size in its header; no bytes follow
 *
 * Return: 0.
 */
uint64_t lie_send(uint32_t type, uint64_t low, uint32_t size)
{
	uint8_t name[XENDMABUF_NAME_SIZE];

	name_set(name, channel->id, low);
	channel_reply(channel, type, name, 0)->header.size = size;
	channel_flush(channel);
	return 0;
}
