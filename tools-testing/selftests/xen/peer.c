// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xengnttab.h>
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

/* peer_refs - the references that a directory holds, to be freed */
static uint32_t *peer_refs(unsigned int domid, uint32_t directory,
			   unsigned int count)
{
	xengnttab_handle *gnttab = xengnttab_open(NULL, 0);
	uint32_t *refs = calloc(count, sizeof(*refs)), *page;
	unsigned int i, n;

	if (!gnttab || !refs)
		err(1, "references of domain %u", domid);

	for (i = 0; i < count; i += n) {
		page = xengnttab_map_grant_ref(gnttab, domid, directory,
					       PROT_READ);
		if (!page)
			err(1, "directory page %u of domain %u", directory, domid);
		n = count - i < PEER_REFS_PER_PAGE ? count - i : PEER_REFS_PER_PAGE;
		directory = page[0];
		memcpy(refs + i, page + 1, n * sizeof(*refs));
		if (xengnttab_unmap(gnttab, page, 1))
			err(1, "unmap");
	}

	xengnttab_close(gnttab);
	return refs;
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
	peer->count = (peer->width * peer->height * 4UL + PEER_PAGE - 1) /
		      PEER_PAGE;
	peer->directory = peer_number(peer, "directory");
	/* Who asked before may be gone: the numbers go on */
	state = peer_read(peer, "request");
	if (state)
		peer->request = strtoul(state, NULL, 10);
	free(state);
	peer->refs = peer_refs(domid, peer->directory, peer->count);
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
 * Return: the checksum of the frame's pages after that.
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
	return peer->count * PEER_PAGE;
}

/**
 * peer_alloc - let the granter grant pages beside its frame
 * @peer: the granter, which has no other such pages
 * @count: how many
 * @readonly: whether domain 0 may only read them
 * @spare: filled in; each page begins with peer_spare_word()
 *
 * Return: false if the guest cannot grant as many.
 */
bool peer_alloc(struct peer *peer, unsigned int count, bool readonly,
		struct peer_buffer *spare)
{
	spare->count = count;
	spare->directory = peer_ask(peer, readonly ? "alloc-ro" : "alloc", count);
	if (!spare->directory)
		return false;

	spare->refs = peer_refs(peer->domid, spare->directory, count);
	return true;
}

/**
 * peer_free - let the granter revoke what peer_alloc() made it grant
 * @peer: the granter
 * @spare: what peer_alloc() filled in; its numbers stay, to be tried again
 */
void peer_free(struct peer *peer, struct peer_buffer *spare)
{
	peer_ask(peer, "free", 0);
}
