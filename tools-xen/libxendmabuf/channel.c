// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection between an offering and a taking program: a libxenvchan, which the
 * offering program serves.  This file sends and receives whole messages and notices that
 * the other program has ended.  connect.c begins the connection.  This file knows nothing
 * of buffers.  offerer.c and taker.c call this.
 *
 * The peer domain can write anything into the ring at any time.  libxenvchan copies
 * bytes out of it; this file looks at the copies only.  It has no queue.  The server reads
 * no message while one that it sends does not fit into the ring.  The client always reads:
 * if both sides waited until the other one reads, both would wait for ever.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <libxenvchan.h>
#include <xenstore.h>

#include "channel.h"

/* Messages, and events of xenstore, that one call handles: the program has other things to do */
#define MESSAGES_MAX	256

/* Values of vchan_interface.cli_live */
#define CLIENT_ENDED	0
#define CLIENT_OPEN	1
#define CLIENT_AWAITED	2

/**
 * channel_watch_fd - wait also for a descriptor
 * @channel: the channel
 * @fd: the descriptor
 * @with: passed to the function event when @fd is readable
 *
 * Return: 0; or -1 with the errno of epoll_ctl().
 */
int channel_watch_fd(struct channel *channel, int fd, void *with)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = with };

	return epoll_ctl(channel->epoll, EPOLL_CTL_ADD, fd, &event);
}

/**
 * channel_unwatch_fd - wait no longer for a descriptor
 * @channel: the channel
 * @fd: the descriptor, still open.  A process that was forked may have it, too, so closing
 *      it does not end the wait.
 */
void channel_unwatch_fd(struct channel *channel, int fd)
{
	epoll_ctl(channel->epoll, EPOLL_CTL_DEL, fd, NULL);
}

/* client_live - what the client, or its kernel when it has ended, has written */
static uint8_t client_live(const struct channel *channel)
{
	return __atomic_load_n(&channel->vchan->ring->cli_live, __ATOMIC_SEQ_CST);
}

/*
 * empty_ring - make the ring as it was before the client that has ended connected
 *
 * The next one can be connecting.  cli_live is of that one then, so it stays.  That one ends at
 * once unless both prod are 0: left.prod changes last.
 */
static void empty_ring(struct vchan_interface *ring)
{
	ring->left.cons = 0;
	ring->right.cons = 0;
	ring->right.prod = 0;
	ring->cli_notify = VCHAN_NOTIFY_WRITE;
	ring->srv_notify = VCHAN_NOTIFY_WRITE;
	__atomic_store_n(&ring->left.prod, 0, __ATOMIC_SEQ_CST);
}

/*
 * forget_ended - if a client has connected, has sent something and ended unseen, empty the ring:
 * connect.c refuses one that is not empty
 *
 * prod is read before cli_live: what was sent is of a client that has ended, and stays until
 * empty_ring() changes it.
 */
static void forget_ended(struct channel *channel)
{
	struct vchan_interface *ring = channel->vchan->ring;
	bool used = __atomic_load_n(&ring->left.prod, __ATOMIC_SEQ_CST) ||
		    __atomic_load_n(&ring->right.prod, __ATOMIC_SEQ_CST);

	if (used && client_live(channel) == CLIENT_ENDED)
		empty_ring(ring);
}

/* await_client - let the next client connect; false and errno if xenstore fails */
static bool await_client(struct channel *channel)
{
	channel->connected = false;
	channel->in_size = 0;
	channel->out_size = 0;
	return rendezvous_set_free(channel, true);
}

/*
 * end_client - the connected client or its domain has ended: await the next one; false and
 * errno if xenstore fails
 *
 * If nothing that the last one has sent was read, the next one can have connected before ring-ref
 * was closed to it, and what is in the ring can be of that one.
 */
static bool end_client(struct channel *channel)
{
	struct vchan_interface *ring = channel->vchan->ring;
	bool gone = rendezvous_peer_gone(channel);

	if (gone || ring->left.cons || ring->right.prod)
		empty_ring(ring);
	else
		forget_ended(channel);
	/* In a domain that was destroyed no kernel has written it */
	if (gone)
		__atomic_store_n(&ring->cli_live, CLIENT_AWAITED, __ATOMIC_SEQ_CST);
	return await_client(channel);
}

/*
 * close_both - end the connections with the other program and with xenstore for good
 *
 * The peer domain could write its node without end, and nothing reads the events any more.
 */
static void close_both(struct channel *channel)
{
	if (channel->vchan)
		libxenvchan_close(channel->vchan);
	channel->vchan = NULL;
	channel->connected = false;
	if (!channel->xs)
		return;
	if (channel->server)
		rendezvous_remove(channel);
	else
		channel_leave_node(channel);
	xs_close(channel->xs);
	channel->xs = NULL;
}

/* send_out - send as much of the message as fits; false if the connection ended */
static bool send_out(struct channel *channel)
{
	int sent;

	sent = libxenvchan_write(channel->vchan,
				 (uint8_t *)&channel->out + channel->out_sent,
				 channel->out_size - channel->out_sent);
	if (sent < 0)
		return false;
	channel->out_sent += sent;
	if (channel->out_sent == channel->out_size)
		channel->out_size = 0;
	return true;
}

static void begin_out(struct channel *channel)
{
	channel->out_size = sizeof(channel->out.header) + channel->out.header.size;
	channel->out_sent = 0;
}

/* send_all - send all messages that are due; false if the connection ended */
static bool send_all(struct channel *channel)
{
	do {
		if (channel->out_size && !send_out(channel))
			return false;
		if (channel->out_size)
			return true;
		if (channel->ops->send(channel, &channel->out))
			begin_out(channel);
	} while (channel->out_size);
	return true;
}

/**
 * channel_flush - send messages that are due, as far as they fit into the ring
 * @channel: the channel
 *
 * A connection that has ended is left to channel_process().
 */
void channel_flush(struct channel *channel)
{
	if (channel->vchan && channel->connected)
		send_all(channel);
}

/**
 * channel_reply - answer the message that is being received
 * @channel: the channel, of a server, or of a client that is sending nothing
 * @type: type of the answer
 * @name: name of the buffer
 * @size: bytes behind the header, which the caller fills in
 *
 * Return: the message.
 */
struct message *channel_reply(struct channel *channel, enum message_type type,
			      const uint8_t *name, uint32_t size)
{
	channel->out.header.type = type;
	channel->out.header.size = size;
	memcpy(channel->out.header.name, name, XENDMABUF_NAME_SIZE);
	begin_out(channel);
	return &channel->out;
}

static bool size_is_possible(const struct message_header *header)
{
	if (header->type != MESSAGE_OFFER)
		return !header->size;
	return header->size >= sizeof(struct message_offer) &&
	       header->size <= sizeof(struct message_offer) + XENDMABUF_BYTES_MAX;
}

/*
 * receive - read a part of a message; 0 if there is none, -1 if the connection ended,
 * with errno EPIPE, or the other program breaks the protocol, EPROTO
 */
static int receive(struct channel *channel)
{
	const struct message_header *header = &channel->in.header;
	uint32_t wanted = sizeof(*header);
	int got;

	if (channel->in_size >= sizeof(*header))
		wanted += header->size;
	got = libxenvchan_read(channel->vchan, (uint8_t *)&channel->in + channel->in_size,
			       wanted - channel->in_size);
	if (got <= 0) {
		errno = EPIPE;
		return got;
	}
	channel->in_size += got;
	if (channel->in_size < wanted)
		return 1;
	if (wanted == sizeof(*header) && size_is_possible(header) && header->size)
		return 1;
	channel->in_size = 0;
	if (size_is_possible(header) && channel->ops->receive(channel, &channel->in))
		return 1;
	errno = EPROTO;
	return -1;
}

/* exchange - send and receive; -1 and EPIPE or EPROTO if the connection must be closed */
static int exchange(struct channel *channel)
{
	unsigned int i;
	int got;

	for (i = 0; i < MESSAGES_MAX; i++) {
		if (!send_all(channel)) {
			errno = EPIPE;
			return -1;
		}
		/* The client must read before it gets another answer */
		if (channel->server && channel->out_size)
			return 0;
		got = receive(channel);
		if (got <= 0)
			return got;
	}
	eventfd_write(channel->again, 1);
	return 0;
}

/*
 * read_store - look whether the peer domain has ended after events of its node
 *
 * It can write the node without end, and the library of xenstore keeps each event until it
 * is read here, so one look follows many events.
 */
static void read_store(struct channel *channel)
{
	unsigned int i;
	char **event;

	for (i = 0; i < MESSAGES_MAX; i++) {
		event = xs_check_watch(channel->xs);
		if (!event)
			break;
		free(event);
	}
	channel->check_peer = true;
}

/* consume - make the descriptors unreadable that were readable */
static void consume(struct channel *channel)
{
	struct epoll_event events[16];
	eventfd_t count;
	int n, i;

	n = epoll_wait(channel->epoll, events, 16, 0);
	for (i = 0; i < n; i++) {
		void *with = events[i].data.ptr;

		if (with == channel)
			libxenvchan_wait(channel->vchan);
		else if (with == &channel->xs)
			read_store(channel);
		else if (with == &channel->again)
			eventfd_read(channel->again, &count);
		else
			channel->ops->event(channel, with);
	}
}

/* is_connected - a program of the peer domain is connected */
static bool is_connected(struct channel *channel)
{
	if (channel->check_peer && rendezvous_peer_gone(channel))
		return false;
	channel->check_peer = false;
	if (!channel->server)
		return true;
	return client_live(channel) == CLIENT_OPEN;
}

/* look_for_client - notice that a client has connected, or has ended meanwhile */
static int look_for_client(struct channel *channel)
{
	/* Its node must exist: so its domain has not ended when it is removed */
	channel->check_peer = true;
	if (!is_connected(channel)) {
		forget_ended(channel);
		return 0;
	}
	channel->connected = true;
	return rendezvous_set_free(channel, false) ? 0 : -1;
}

/**
 * channel_is_served - the server has not closed the connection
 * @channel: of a client, open
 *
 * Return: true if the server has ended none of its grants at this moment.
 */
bool channel_is_served(const struct channel *channel)
{
	return __atomic_load_n(&channel->vchan->ring->srv_live, __ATOMIC_SEQ_CST);
}

/* step - connect or exchange messages; 0, or a negative errno: close the connection */
static int step(struct channel *channel)
{
	if (!channel->connected && look_for_client(channel))
		return -errno;
	if (!channel->connected)
		return 0;
	if (exchange(channel))
		return -errno;
	return is_connected(channel) ? 0 : -EPIPE;
}

/**
 * channel_process - handle what has happened, and send messages that are due
 * @channel: the channel
 *
 * Return: 0; or -1 and errno if the connection is closed: EPIPE the other program or its
 * domain has ended, only of a client; EPROTO it breaks the protocol; or an errno of
 * xenstore.  After a failure each call fails.
 */
int channel_process(struct channel *channel)
{
	bool client_ended;
	int error;

	if (!channel->vchan) {
		errno = channel->error;
		return -1;
	}
	consume(channel);
	error = step(channel);
	if (!error)
		return 0;
	client_ended = channel->server && error == -EPIPE;
	/* A client that has not ended sees it before closed() ends grants: channel_is_served() */
	if (!client_ended)
		close_both(channel);
	channel->ops->closed(channel);
	if (client_ended) {
		if (end_client(channel))
			return 0;
		error = -errno;
		close_both(channel);
	}
	channel->error = -error;
	errno = -error;
	return -1;
}

/**
 * channel_exit - close a channel
 * @channel: the channel
 */
void channel_exit(struct channel *channel)
{
	int error = errno;

	close_both(channel);
	close(channel->epoll);
	close(channel->again);
	close(channel->lock);
	errno = error;
}
