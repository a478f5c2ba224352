// SPDX-License-Identifier: GPL-2.0-only
/*
 * The taking side: exports buffers when they are taken for the first time, and keeps them
 * until they are dropped or withdrawn.  The functions of xendmabuf.h.
 *
 * The offering program is not trusted.  All that it sends is checked here, in memory of
 * this program, or by the kernel, which reads the page directory.  It cannot make this
 * side map more pages than the caller accepts for a name that the caller takes, and 513 for
 * the rings, the most that libxenvchan maps.
 *
 * This side reads while its own messages do not fit into the ring, see channel.c.  What it
 * keeps meanwhile is bounded although the offering program may never read: a message
 * changes a buffer that the caller has asked for, and adds none; and a buffer stays after
 * the caller has done with it only if MESSAGE_RELEASE is due, so after an offer, which is
 * accepted only when MESSAGE_TAKE was sent.
 */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <xengnttab.h>

#include "taken.h"

static struct xendmabuf_taker *taker_of(struct channel *channel)
{
	return container_of(channel, struct xendmabuf_taker, channel);
}

static struct taken *find(struct xendmabuf_taker *taker, const uint8_t *name)
{
	struct named *named = names_find(&taker->taken, name);

	return named ? container_of(named, struct taken, named) : NULL;
}

static void make_due(struct xendmabuf_taker *taker, struct taken *taken)
{
	if (taken->due)
		return;
	taken->due = true;
	taken->next_due = NULL;
	*taker->last_due = taken;
	taker->last_due = &taken->next_due;
}

/* cancel_due - remove a buffer from the list of those of which a message is due */
static void cancel_due(struct xendmabuf_taker *taker, struct taken *taken)
{
	struct taken **link = &taker->first_due;

	if (!taken->due)
		return;
	while (*link != taken)
		link = &(*link)->next_due;
	*link = taken->next_due;
	if (!*link)
		taker->last_due = link;
	taken->due = false;
}

/* release - send MESSAGE_RELEASE, before MESSAGE_TAKE */
static void release(struct xendmabuf_taker *taker, struct taken *taken)
{
	taken->release_due = true;
	make_due(taker, taken);
}

/* cancel_take - do not send MESSAGE_TAKE any more */
static void cancel_take(struct xendmabuf_taker *taker, struct taken *taken)
{
	taken->take_due = false;
	if (!taken->release_due)
		cancel_due(taker, taken);
}

/* forget - close and free a buffer */
static void forget(struct xendmabuf_taker *taker, struct taken *taken)
{
	cancel_due(taker, taken);
	taker->dropped -= taken->state == TAKEN_DROPPED;
	names_remove(&taker->taken, &taken->named);
	taken_close(taker, taken);
	free(taken->bytes);
	free(taken);
}

/* end - unmap a buffer, and forget it when MESSAGE_RELEASE is sent, if it is due */
static void end(struct xendmabuf_taker *taker, struct taken *taken)
{
	if (!taken->release_due) {
		forget(taker, taken);
		return;
	}
	taken_close(taker, taken);
	free(taken->bytes);
	taken->bytes = NULL;
	if (taken->state != TAKEN_DROPPED)
		taken->state = TAKEN_RELEASED;
}

static void fail(struct taken *taken, int error)
{
	taken->state = TAKEN_FAILED;
	taken->error = error;
}

static bool receive_offer(struct xendmabuf_taker *taker, struct taken *taken,
			  const struct message *message)
{
	int error;

	if (!taken || taken->state != TAKEN_ASKED || taken->take_due)
		return false;
	taken->offered = true;
	error = taken_accept(taker, taken, message);
	taken->state = TAKEN_ARRIVED;
	if (!error)
		return true;
	fail(taken, -error);
	/* The offering program believes that the buffer is taken */
	release(taker, taken);
	return true;
}

static void receive_withdraw(struct xendmabuf_taker *taker, struct taken *taken)
{
	taken->withdrawn = true;
	cancel_take(taker, taken);
	/* This side maps no page by the name any more; what it has mapped stays mapped */
	if (taken->offered)
		release(taker, taken);
	if (taken->state == TAKEN_ASKED || taken->state == TAKEN_ARRIVED)
		fail(taken, ENOENT);
	else if (taken->state == TAKEN_RELEASED || taken->state == TAKEN_DROPPED)
		end(taker, taken);
}

static void receive_refuse(struct xendmabuf_taker *taker, struct taken *taken)
{
	/* A name that was withdrawn when it was asked for gets both answers */
	if (taken->state != TAKEN_ASKED)
		return;
	cancel_take(taker, taken);
	fail(taken, ENOENT);
}

static bool receive(struct channel *channel, const struct message *message)
{
	struct xendmabuf_taker *taker = taker_of(channel);
	struct taken *taken = find(taker, message->header.name);

	switch (message->header.type) {
	case MESSAGE_OFFER:
		return receive_offer(taker, taken, message);
	case MESSAGE_REFUSE:
		if (taken)
			receive_refuse(taker, taken);
		return true;
	case MESSAGE_WITHDRAW:
		if (taken)
			receive_withdraw(taker, taken);
		return true;
	default:
		return false;
	}
}

static bool send(struct channel *channel, struct message *message)
{
	struct xendmabuf_taker *taker = taker_of(channel);
	struct taken *taken = taker->first_due;

	if (!taken)
		return false;
	memset(&message->header, 0, sizeof(message->header));
	memcpy(message->header.name, taken->named.name, XENDMABUF_NAME_SIZE);
	message->header.type = taken->release_due ? MESSAGE_RELEASE : MESSAGE_TAKE;
	if (taken->release_due) {
		taken->release_due = false;
		taken->offered = false;
	} else {
		taken->take_due = false;
	}
	if (!taken->take_due)
		cancel_due(taker, taken);
	if (taken->state == TAKEN_DROPPED ||
	    (taken->state == TAKEN_RELEASED && taken->buffer.fd < 0))
		forget(taker, taken);
	return true;
}

/* closed - nothing can be taken any more; buffers that the caller has stay */
static void closed(struct channel *channel)
{
	struct xendmabuf_taker *taker = taker_of(channel);

	while (taker->first_due) {
		taker->first_due->release_due = false;
		taker->first_due->take_due = false;
		cancel_due(taker, taker->first_due);
	}
}

/* unmapped - all pages of a buffer are unmapped: it is dropped, or was revoked */
static void unmapped(struct channel *channel, void *with)
{
	struct xendmabuf_taker *taker = taker_of(channel);
	struct taken *taken = with;
	eventfd_t count;

	if (eventfd_read(taken->unmapped, &count))
		return;
	taken->gone = true;
	if (taken->state == TAKEN_DROPPED)
		release(taker, taken);
}

static const struct channel_ops ops = {
	.receive = receive,
	.send = send,
	.event = unmapped,
	.closed = closed,
};

static int open_gntdev(struct xendmabuf_taker *taker, uint32_t max_pages)
{
	struct xengnttab_dmabuf_info info;

	taker->gnttab = xengnttab_open(taker->channel.logger, 0);
	if (!taker->gnttab && errno == ENOENT)
		errno = ENODEV;
	if (!taker->gnttab || xengnttab_dmabuf_query(taker->gnttab, &info))
		return -1;
	taker->max_pages = info.max_pages;
	if (max_pages && max_pages < info.max_pages)
		taker->max_pages = max_pages;
	return 0;
}

/* free_taker - close gntdev and free a handle whose channel is closed; errno stays */
static void free_taker(struct xendmabuf_taker *taker)
{
	int error = errno;

	if (taker->gnttab)
		xengnttab_close(taker->gnttab);
	free(taker);
	errno = error;
}

struct xendmabuf_taker *xendmabuf_taker_open(struct xentoollog_logger *logger,
					     uint32_t domid, const uint8_t *name,
					     uint32_t max_pages)
{
	struct xendmabuf_taker *taker = calloc(1, sizeof(*taker));

	if (!taker)
		return NULL;
	taker->last_due = &taker->first_due;
	taker->channel.ops = &ops;
	taker->channel.logger = logger;
	taker->channel.domid = domid;
	taker->channel.id = channel_name_id(name);
	/* First, because without gntdev the channel cannot say what is wrong */
	if (open_gntdev(taker, max_pages)) {
		free_taker(taker);
		return NULL;
	}
	if (!channel_connect(&taker->channel))
		return taker;
	xendmabuf_taker_close(taker);
	return NULL;
}

void xendmabuf_taker_close(struct xendmabuf_taker *taker)
{
	struct named *named;
	int error = errno;

	while ((named = names_first(&taker->taken)))
		forget(taker, container_of(named, struct taken, named));
	channel_exit(&taker->channel);
	errno = error;
	free_taker(taker);
}

int xendmabuf_taker_fd(const struct xendmabuf_taker *taker)
{
	return taker->channel.epoll;
}

int xendmabuf_taker_process(struct xendmabuf_taker *taker)
{
	return channel_process(&taker->channel);
}

/* ask - send MESSAGE_TAKE; NULL and errno */
static struct taken *ask(struct xendmabuf_taker *taker, struct taken *taken,
			 const uint8_t *name)
{
	if (channel_name_id(name) != taker->channel.id) {
		errno = ENOENT;
		return NULL;
	}
	if (!taken) {
		taken = calloc(1, sizeof(*taken));
		if (!taken)
			return NULL;
		memcpy(taken->named.name, name, XENDMABUF_NAME_SIZE);
		taken->buffer.fd = -1;
		taken->unmapped = -1;
		names_add(&taker->taken, &taken->named);
	}
	taken->state = TAKEN_ASKED;
	taken->withdrawn = false;
	taken->take_due = true;
	make_due(taker, taken);
	channel_flush(&taker->channel);
	return taken;
}

/* now_ms - monotonic time in milliseconds */
static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/*
 * wait_while - wait until the state is another one; ETIMEDOUT, or an errno of
 * channel_process()
 *
 * No message can free the buffer in the states that this function is called for.
 */
static int wait_while(struct xendmabuf_taker *taker, const struct taken *taken,
		      enum taken_state state, int timeout_ms)
{
	struct pollfd fd = { .fd = taker->channel.epoll, .events = POLLIN };
	long long end = now_ms() + timeout_ms;

	while (taken->state == state) {
		int error = xendmabuf_taker_process(taker);

		if (taken->state != state)
			break;
		if (error)
			return -1;
		if (timeout_ms > 0)
			timeout_ms = end > now_ms() ? end - now_ms() : 0;
		if (!timeout_ms) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (poll(&fd, 1, timeout_ms) < 0 && errno != EINTR)
			return -1;
	}
	return 0;
}

/* end_failed - after an error keep what is mapped and offered, and forget the rest */
static void end_failed(struct xendmabuf_taker *taker, struct taken *taken)
{
	if (taken->buffer.fd >= 0 && !taken->withdrawn)
		taken->state = TAKEN_RELEASED;
	else
		end(taker, taken);
}

struct xendmabuf_buffer *xendmabuf_take(struct xendmabuf_taker *taker,
					const uint8_t *name, int timeout_ms)
{
	struct taken *taken = find(taker, name);
	int error;

	if (taken && (taken->state == TAKEN_HELD || taken->state == TAKEN_DROPPED)) {
		errno = EBUSY;
		return NULL;
	}
	if (!taken || taken->state == TAKEN_RELEASED) {
		taken = ask(taker, taken, name);
		if (!taken)
			return NULL;
	}
	if (wait_while(taker, taken, TAKEN_ASKED, timeout_ms))
		return NULL;
	if (taken->state == TAKEN_ARRIVED) {
		taken->state = TAKEN_HELD;
		return &taken->buffer;
	}
	error = taken->error;
	end_failed(taker, taken);
	errno = error;
	return NULL;
}

void xendmabuf_release(struct xendmabuf_taker *taker, struct xendmabuf_buffer *buffer)
{
	struct taken *taken = container_of(buffer, struct taken, buffer);

	if (taken->withdrawn) {
		end(taker, taken);
		return;
	}
	taken->state = TAKEN_RELEASED;
	release(taker, taken);
	channel_flush(&taker->channel);
}

void xendmabuf_drop(struct xendmabuf_taker *taker, struct xendmabuf_buffer *buffer)
{
	struct taken *taken = container_of(buffer, struct taken, buffer);

	taken->state = TAKEN_DROPPED;
	taker->dropped++;
	if (taken->withdrawn) {
		end(taker, taken);
		return;
	}
	close(taken->buffer.fd);
	taken->buffer.fd = -1;
	/* The event has been read if the buffer was revoked */
	if (taken->gone)
		release(taker, taken);
	channel_flush(&taker->channel);
}

unsigned int xendmabuf_dropped(const struct xendmabuf_taker *taker)
{
	return taker->dropped;
}
