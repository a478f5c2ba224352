// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nodes of xenstore by which the two programs find each other, and notice that the
 * other domain has ended.  channel.c calls this.  ID is the first half of a name, and
 * the same for all buffers that a handle offers.
 *
 *   data/dmabuf/ID                  in the offering domain: the process that offers
 *   data/dmabuf/ID/ring-ref         of libxenvchan.  The taking domain can read it while
 *                                   no program is connected.
 *   data/dmabuf/ID/event-channel
 *   data/dmabuf-taker/DOMID         in the taking domain, while a program there takes from
 *                                   domain DOMID, which can read it.  After a program that
 *                                   was killed it stays, until the next one ends.
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenstore.h>

#include "channel.h"

#define FOLDER	"data/dmabuf"

/* libxenvchan_client_init() cuts a path that does not fit into an array of this size */
#define VCHAN_PATH_SIZE	64

_Static_assert(sizeof("/local/domain/32751/" FOLDER "/0123456789abcdef/event-channel") <=
	       VCHAN_PATH_SIZE, "libxenvchan finds the nodes of each domain");

/**
 * channel_name_id - the part of a name that names the channel
 * @name: the name
 *
 * Return: its first 8 bytes, the first one as the most significant.
 */
uint64_t channel_name_id(const uint8_t *name)
{
	uint64_t id = 0;
	unsigned int i;

	for (i = 0; i < sizeof(id); i++)
		id = id << 8 | name[i];
	return id;
}

/* read_number - the number in a node, or @missing */
static long read_number(struct xs_handle *xs, const char *path, long missing)
{
	char *text = xs_read(xs, XBT_NULL, path, NULL);
	long number = text ? strtol(text, NULL, 10) : missing;

	free(text);
	return number;
}

/* set_readable - let the peer domain read a node of this domain, or no domain */
static bool set_readable(struct channel *channel, const char *path, bool readable)
{
	struct xs_permissions perms[2] = {
		{ .perms = XS_PERM_NONE },
		{ .id = channel->domid, .perms = XS_PERM_READ },
	};

	perms[0].id = read_number(channel->xs, "domid", 0);
	return xs_set_permissions(channel->xs, XBT_NULL, path, perms, 1 + readable);
}

static bool write_node(struct channel *channel, const char *path, int value)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", value);

	return xs_write(channel->xs, XBT_NULL, path, text, length) &&
	       set_readable(channel, path, true);
}

/*
 * remove_stale - remove the nodes of processes that were killed
 *
 * All programs of a domain that offer must be in one PID namespace.
 */
static void remove_stale(struct xs_handle *xs)
{
	unsigned int count = 0, i;
	char **ids = xs_directory(xs, XBT_NULL, FOLDER, &count);
	char path[80];
	long pid;

	for (i = 0; ids && i < count; i++) {
		snprintf(path, sizeof(path), FOLDER "/%.16s", ids[i]);
		pid = read_number(xs, path, 0);
		if (pid > 0 && kill(pid, 0) && errno == ESRCH)
			xs_rm(xs, XBT_NULL, path);
	}
	free(ids);
}

/**
 * rendezvous_publish - make the nodes of a server, before its vchan exists
 * @channel: the id is set; the paths are filled in
 *
 * Return: 0; or -1 with the errno of xenstore.
 */
int rendezvous_publish(struct channel *channel)
{
	remove_stale(channel->xs);
	snprintf(channel->path, sizeof(channel->path), FOLDER "/%016" PRIx64,
		 channel->id);
	snprintf(channel->watched, sizeof(channel->watched),
		 "/local/domain/%u/" FOLDER "-taker/%ld", channel->domid,
		 read_number(channel->xs, "domid", 0));
	if (write_node(channel, channel->path, getpid()) &&
	    xs_watch(channel->xs, channel->watched, "peer"))
		return 0;
	return -1;
}

/**
 * rendezvous_is_free - whether a program can connect to a server
 * @channel: of a client
 *
 * Return: true if no program is connected, as the server knows.
 */
bool rendezvous_is_free(struct channel *channel)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/ring-ref", channel->path);
	return read_number(channel->xs, path, -1) != -1;
}

/**
 * rendezvous_find - find the nodes of the server
 * @channel: the id is set; the paths are filled in
 *
 * Return: 0; or -1 and ENOENT or EACCES if there is no such server for this domain, or
 * EBUSY if a program is connected to it.
 */
int rendezvous_find(struct channel *channel)
{
	snprintf(channel->path, sizeof(channel->path),
		 "/local/domain/%u/" FOLDER "/%016" PRIx64, channel->domid,
		 channel->id);
	memcpy(channel->watched, channel->path, sizeof(channel->watched));
	if (!xs_watch(channel->xs, channel->watched, "peer"))
		return -1;
	if (rendezvous_peer_gone(channel)) {
		errno = ENOENT;
		return -1;
	}
	if (rendezvous_is_free(channel))
		return 0;
	errno = EBUSY;
	return -1;
}

/* shown_path - path of the node that shows the domain of a server that this one exists */
static void shown_path(const struct channel *channel, char *path, size_t size)
{
	snprintf(path, size, FOLDER "-taker/%u", channel->domid);
}

/**
 * rendezvous_show - make the node of a client
 * @channel: of the client; no other program removes the node meanwhile
 *
 * Return: 0; or -1 with the errno of xenstore.
 */
int rendezvous_show(struct channel *channel)
{
	char path[40];

	shown_path(channel, path, sizeof(path));
	return write_node(channel, path, getpid()) ? 0 : -1;
}

/**
 * rendezvous_hide - remove the node of a client
 * @channel: of the client; no other program needs the node
 */
void rendezvous_hide(struct channel *channel)
{
	char path[40];

	shown_path(channel, path, sizeof(path));
	xs_rm(channel->xs, XBT_NULL, path);
}

/**
 * rendezvous_set_free - let a program of the taking domain connect, or not
 * @channel: of the server
 * @free: no program is connected
 *
 * Return: true if the nodes are as they must be.
 */
bool rendezvous_set_free(struct channel *channel, bool free)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/ring-ref", channel->path);
	return set_readable(channel, path, free);
}

/**
 * rendezvous_remove - remove the nodes of a server
 * @channel: of the server; does nothing if rendezvous_publish() was not called
 */
void rendezvous_remove(struct channel *channel)
{
	if (*channel->path)
		xs_rm(channel->xs, XBT_NULL, channel->path);
}

/**
 * rendezvous_peer_gone - the peer domain has ended, as its node does not exist
 * @channel: the channel
 *
 * Return: true if this domain cannot read the node.
 */
bool rendezvous_peer_gone(struct channel *channel)
{
	char *text = xs_read(channel->xs, XBT_NULL, channel->watched, NULL);

	free(text);
	return !text;
}
