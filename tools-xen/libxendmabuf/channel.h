/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connection between an offering and a taking program.
 */

#ifndef XENDMABUF_CHANNEL_H
#define XENDMABUF_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

struct channel;
struct libxenvchan;
struct xentoollog_logger;
struct xs_handle;

/**
 * struct channel_ops - functions of the side that has the channel
 * @receive: handle a message; its size is possible for its type, nothing else is
 *           checked.  False: the other program breaks the protocol.  That of a server
 *           can call channel_reply() once.
 * @send: fill in the next message that is due; false if there is none
 * @event: a descriptor of channel_watch_fd() is readable; NULL if there is none
 * @closed: the other program has ended, or the connection is closed because of an error
 */
struct channel_ops {
	bool (*receive)(struct channel *channel, const struct message *message);
	bool (*send)(struct channel *channel, struct message *message);
	void (*event)(struct channel *channel, void *with);
	void (*closed)(struct channel *channel);
};

/**
 * struct channel - the connection
 * @ops: functions of the side that has it
 * @logger: for errors of Xen's libraries
 * @vchan: NULL if closed
 * @xs: connection to xenstore; watches a node that the peer domain has; NULL if closed
 * @epoll: epoll descriptor of all that the channel waits for
 * @again: eventfd that is readable while more messages wait than one call handles
 * @domid: the peer domain
 * @lock: device, locked so that no other program of this domain connects, or removes the node
 *        of @shares_node; -1 of a server
 * @error: why @vchan is closed
 * @server: this side made the vchan
 * @connected: the other program is connected
 * @shares_node: of a client: the node that shows this domain exists, and is locked
 * @check_peer: look whether the node of the peer domain still exists
 * @id: the part of the names that names the channel
 * @path: path of the vchan in xenstore
 * @watched: path of the node of the peer domain
 * @in: the message that is received
 * @in_size: number of its bytes that are there
 * @out: the message that is sent
 * @out_size: its size, 0 if there is none
 * @out_sent: number of its bytes that are sent
 */
struct channel {
	const struct channel_ops *ops;
	struct xentoollog_logger *logger;
	struct libxenvchan *vchan;
	struct xs_handle *xs;
	int epoll;
	int again;
	int lock;
	int error;
	uint32_t domid;
	bool server;
	bool connected;
	bool shares_node;
	bool check_peer;
	uint64_t id;
	char path[80];
	char watched[80];
	struct message in;
	uint32_t in_size;
	struct message out;
	uint32_t out_size;
	uint32_t out_sent;
};

/* rendezvous.c */
uint64_t channel_name_id(const uint8_t *name);
int rendezvous_publish(struct channel *channel);
bool rendezvous_is_free(struct channel *channel);
int rendezvous_find(struct channel *channel);
int rendezvous_show(struct channel *channel);
void rendezvous_hide(struct channel *channel);
bool rendezvous_set_free(struct channel *channel, bool free);
void rendezvous_remove(struct channel *channel);
bool rendezvous_peer_gone(struct channel *channel);

/* connect.c */
int channel_serve(struct channel *channel);
int channel_connect(struct channel *channel);
void channel_leave_node(struct channel *channel);

/* channel.c */
int channel_watch_fd(struct channel *channel, int fd, void *with);
void channel_unwatch_fd(struct channel *channel, int fd);
int channel_process(struct channel *channel);
bool channel_is_served(const struct channel *channel);
void channel_flush(struct channel *channel);
struct message *channel_reply(struct channel *channel, enum message_type type,
			      const uint8_t *name, uint32_t size);
void channel_exit(struct channel *channel);

#endif /* XENDMABUF_CHANNEL_H */
