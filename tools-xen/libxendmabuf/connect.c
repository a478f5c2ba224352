// SPDX-License-Identifier: GPL-2.0-only
/*
 * Begin the connection between an offering and a taking program; channel.c does the rest.
 * offerer.c and taker.c call this.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <libxenvchan.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "channel.h"

/* Sizes of the rings: a request, and an offer with its bytes */
#define REQUESTS_SIZE	1024
#define OFFERS_SIZE	8192
/* The pages of the offers, and that of the indices, which has the requests, too */
#define RING_PAGES	3

/*
 * The device that each program opens that takes buffers, and the bytes that they lock; none is
 * that of displ-backend, which locks the first ones.  A domain has a byte for the node that
 * shows this domain to it, and one for each channel, by the last bits of the id.
 */
#define LOCKED_DEVICE	"/dev/xen/evtchn"
#define NODES_START	0x2000000000000000ULL
#define CHANNELS_START	0x4000000000000000ULL
#define CHANNEL_BITS	47

/* init - what both sides need; the caller calls channel_exit() if it fails */
static int init(struct channel *channel)
{
	channel->lock = -1;
	channel->again = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	channel->epoll = epoll_create1(EPOLL_CLOEXEC);
	channel->xs = xs_open(0);
	if (channel->again < 0 || channel->epoll < 0 || !channel->xs)
		return -1;
	if (channel_watch_fd(channel, channel->again, &channel->again))
		return -1;
	return channel_watch_fd(channel, xs_fileno(channel->xs), &channel->xs);
}

static int watch_vchan(struct channel *channel)
{
	channel->vchan->blocking = 0;
	return channel_watch_fd(channel, libxenvchan_fd_for_select(channel->vchan),
				channel);
}

/* try_event_channel - 0; or -1 and errno if there is none for the domain */
static int try_event_channel(struct channel *channel)
{
	xenevtchn_handle *xce = xenevtchn_open(channel->logger, 0);
	int ret, error;

	if (!xce)
		return -1;
	ret = xenevtchn_bind_unbound_port(xce, channel->domid) < 0 ? -1 : 0;
	error = errno;
	xenevtchn_close(xce);
	errno = error;
	return ret;
}

/* try_grants - 0; or -1 and errno if a page cannot be granted for each of RING_PAGES */
static int try_grants(struct channel *channel)
{
	xengntshr_handle *xgs = xengntshr_open(channel->logger, 0);
	uint32_t refs[RING_PAGES];
	int error;
	void *map;

	if (!xgs)
		return -1;
	map = xengntshr_share_pages(xgs, channel->domid, RING_PAGES, refs, 1);
	error = errno;
	if (map)
		xengntshr_unshare(xgs, map, RING_PAGES);
	xengntshr_close(xgs);
	errno = error;
	return map ? 0 : -1;
}

/**
 * channel_serve - let a program of another domain connect
 * @channel: ops, logger, domid and id are set, all else is 0
 *
 * Return: 0; or -1 and errno.  channel_exit() is needed in both cases.
 */
int channel_serve(struct channel *channel)
{
	channel->server = true;
	if (init(channel))
		return -1;
	/* Without them libxenvchan_server_init() frees pointers that it has not set */
	if (try_event_channel(channel) || try_grants(channel))
		return -1;
	if (rendezvous_publish(channel))
		return -1;
	channel->vchan = libxenvchan_server_init(channel->logger, channel->domid,
						 channel->path, REQUESTS_SIZE,
						 OFFERS_SIZE);
	return channel->vchan ? watch_vchan(channel) : -1;
}

/*
 * lock_byte - lock a byte of the device, or unlock it; -1 and errno: EBUSY another program has
 * locked it
 *
 * The kernel unlocks the device as soon as the program has ended.  Only programs that can open
 * it can lock it, and thus keep this one from connecting.
 */
static int lock_byte(const struct channel *channel, short type, uint64_t byte)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1,
	};

	if (!fcntl(channel->lock, F_OFD_SETLK, &lock))
		return 0;
	if (errno == EAGAIN || errno == EACCES)
		errno = EBUSY;
	return -1;
}

/*
 * lock_client - make this program the only one of this domain that connects to a channel
 *
 * libxenvchan does not keep a second client from using the ring of the first.
 */
static int lock_client(struct channel *channel)
{
	channel->lock = open(LOCKED_DEVICE, O_RDWR | O_CLOEXEC);
	if (channel->lock < 0)
		return -1;
	return lock_byte(channel, F_WRLCK,
			 CHANNELS_START | (uint64_t)channel->domid << CHANNEL_BITS |
			 (channel->id & ((1ULL << CHANNEL_BITS) - 1)));
}

/*
 * share_node - show the peer domain that this one exists
 *
 * All programs of this domain that take from that one share the node.  EBUSY: another one
 * removes it at the moment.
 */
static int share_node(struct channel *channel)
{
	if (lock_byte(channel, F_RDLCK, NODES_START | channel->domid))
		return -1;
	channel->shares_node = true;
	return rendezvous_show(channel);
}

/**
 * channel_leave_node - remove the node of a client, unless another program shares it
 * @channel: the channel; its connection to xenstore is open
 *
 * Of two programs that do this at a time the later one locks the node.
 */
void channel_leave_node(struct channel *channel)
{
	const uint64_t byte = NODES_START | channel->domid;

	if (!channel->shares_node)
		return;
	channel->shares_node = false;
	lock_byte(channel, F_UNLCK, byte);
	if (lock_byte(channel, F_WRLCK, byte))
		return;
	rendezvous_hide(channel);
	lock_byte(channel, F_UNLCK, byte);
}

/* set_connect_error - set the errno of channel_connect() from that of libxenvchan */
static void set_connect_error(struct channel *channel)
{
	int error = errno;

	/* The nodes are those of a program that was killed */
	if (error == EINVAL)
		error = ENOENT;
	/* The server has noticed the last client only after rendezvous_find() */
	else if (error == EACCES && !rendezvous_is_free(channel))
		error = EBUSY;
	errno = error;
}

/**
 * channel_connect - connect to the program that serves a channel
 * @channel: ops, logger, domid and id are set, all else is 0
 *
 * Return: 0; or -1 and errno: ENOENT no program serves it, ENODEV a device of Xen is missing,
 * EBUSY another program is connected or was a moment ago, or that of gntdev or of the event
 * channel.  channel_exit() is needed in both cases.
 */
int channel_connect(struct channel *channel)
{
	const struct vchan_interface *ring;
	bool locked;

	locked = !init(channel) && !lock_client(channel);
	if (!locked && errno != EBUSY) {
		if (errno == ENOENT)
			errno = ENODEV;
		return -1;
	}
	/* Of what no program serves, another one may have locked a channel that is similar */
	if (rendezvous_find(channel))
		return -1;
	if (!locked) {
		errno = EBUSY;
		return -1;
	}
	/* The server looks for the node as soon as this program is connected */
	if (share_node(channel))
		return -1;
	/* It does not set errno if a node has no number */
	errno = EINVAL;
	channel->vchan = libxenvchan_client_init(channel->logger, channel->domid,
						 channel->path);
	if (!channel->vchan) {
		set_connect_error(channel);
		return -1;
	}
	ring = channel->vchan->ring;
	if (ring->left.prod || ring->right.prod) {
		/* The server has not yet noticed that the last client has ended */
		errno = EBUSY;
		return -1;
	}
	channel->connected = true;
	return watch_vchan(channel);
}
