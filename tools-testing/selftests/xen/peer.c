// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "peer.h"

/* peer_read - the content of a node, to be freed, or NULL */
static char *peer_read(struct peer *peer, const char *node)
{
	char path[128];
	unsigned int len;

	snprintf(path, sizeof(path), "%s/%s", peer->path, node);
	return xs_read(peer->xs, XBT_NULL, path, &len);
}

static unsigned int peer_number(struct peer *peer, const char *node)
{
	char *text = peer_read(peer, node);
	unsigned int number;

	if (!text)
		errx(1, "domain %u has no %s/%s", peer->domid, peer->path, node);
	number = strtoul(text, NULL, 10);
	free(text);
	return number;
}

/*
 * peer_wait - wait until a node begins with a word; its content, to be freed
 *
 * A watch fires once when it is set, so nothing is missed.  There is no time
 * limit: whoever runs the test has one.
 */
static char *peer_wait(struct peer *peer, const char *node, const char *word)
{
	size_t len = strlen(word);
	unsigned int n;
	char path[128];
	char *text;

	snprintf(path, sizeof(path), "%s/%s", peer->path, node);
	if (!xs_watch(peer->xs, path, "peer"))
		err(1, "watch %s", path);

	for (;;) {
		char **event = xs_read_watch(peer->xs, &n);

		if (!event)
			err(1, "watch %s", path);
		free(event);

		text = peer_read(peer, node);
		if (text && !strncmp(text, word, len) &&
		    (text[len] == ' ' || !text[len]))
			break;
		free(text);
	}

	xs_unwatch(peer->xs, path, "peer");
	return text;
}

static void peer_read_refs(struct peer *peer)
{
	unsigned int i = 0, node;
	char name[32];

	peer->refs = calloc(peer->count, sizeof(*peer->refs));
	if (!peer->refs)
		err(1, "refs");

	for (node = 0; i < peer->count; node++) {
		char *text, *next;

		snprintf(name, sizeof(name), "refs/%u", node);
		text = peer_read(peer, name);
		if (!text)
			errx(1, "domain %u has no %s", peer->domid, name);
		next = text;
		while (i < peer->count && *next)
			peer->refs[i++] = strtoul(next, &next, 10);
		free(text);
	}
}

/**
 * peer_open - find the granter of a guest
 * @domid: the guest
 *
 * Waits until it is ready.  Ends the program where anything is wrong.
 *
 * Return: the granter, until peer_close().
 */
struct peer *peer_open(unsigned int domid)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	char *state;

	if (!peer)
		err(1, "peer");
	peer->xs = xs_open(0);
	if (!peer->xs)
		err(1, "xenstore");
	peer->domid = domid;
	snprintf(peer->path, sizeof(peer->path),
		 "/local/domain/%u/data/frame", domid);

	state = peer_wait(peer, "state", "ready");
	free(state);
	peer->width = peer_number(peer, "width");
	peer->height = peer_number(peer, "height");
	peer->count = peer_number(peer, "count");
	/* Who asked before may be gone: the numbers go on */
	state = peer_read(peer, "request");
	if (state)
		peer->request = strtoul(state, NULL, 10);
	free(state);
	peer_read_refs(peer);
	return peer;
}

void peer_close(struct peer *peer)
{
	xs_close(peer->xs);
	free(peer->refs);
	free(peer);
}

/**
 * peer_ask - let the granter do something and wait until it has
 * @peer: the granter
 * @verb: what: "draw" a frame, or "sum" up what its pages hold
 * @argument: number of the frame, for "draw"
 *
 * Return: the checksum of its pages after that.
 */
uint64_t peer_ask(struct peer *peer, const char *verb, unsigned long argument)
{
	char path[128], text[64], number[16];
	char *reply;
	uint64_t sum;

	snprintf(number, sizeof(number), "%u", ++peer->request);
	snprintf(path, sizeof(path), "%s/request", peer->path);
	snprintf(text, sizeof(text), "%s %s %lu", number, verb, argument);
	if (!xs_write(peer->xs, XBT_NULL, path, text, strlen(text)))
		err(1, "write %s", path);

	reply = peer_wait(peer, "reply", number);
	sum = strtoull(reply + strlen(number), NULL, 16);
	free(reply);
	return sum;
}

/**
 * peer_size - length of the granter's buffer
 * @peer: the granter
 *
 * Return: bytes, whole pages.
 */
size_t peer_size(const struct peer *peer)
{
	return (size_t)peer->count * 4096;
}
