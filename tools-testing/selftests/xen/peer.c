// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <stdlib.h>

#include "peer.h"

/**
 * peer_open - connect to the granter of a guest
 * @domid: the guest
 *
 * Waits until granter is ready.  Ends the program on an error.
 *
 * Return: the granter, to be closed with peer_close().
 */
struct peer *peer_open(unsigned int domid)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		err(1, "peer");
	ask_open(&peer->ask, PEER_FOLDER, domid);
	peer->domid = domid;
	peer->width = ask_number(&peer->ask, "width");
	peer->height = ask_number(&peer->ask, "height");
	peer->count = (peer->width * peer->height * 4UL + PEER_PAGE - 1) /
		      PEER_PAGE;
	peer->directory = ask_number(&peer->ask, "directory");
	peer->refs = directory_read(domid, peer->directory, peer->count);
	return peer;
}

void peer_close(struct peer *peer)
{
	ask_close(&peer->ask);
	free(peer->refs);
	free(peer);
}

/**
 * peer_ask - let the granter carry out a request, and wait for the result
 * @peer: the granter
 * @verb: "draw" a frame, or "sum" up the content of the frame's pages
 * @argument: number of the frame, for "draw"
 *
 * Return: the checksum of the frame's pages after the request.
 */
uint64_t peer_ask(struct peer *peer, const char *verb, unsigned long argument)
{
	return ask(&peer->ask, "%s %lu", verb, argument);
}

/**
 * peer_size - size of the granter's frame
 * @peer: the granter
 *
 * Return: size in bytes, a multiple of the page size.
 */
size_t peer_size(const struct peer *peer)
{
	return peer->count * PEER_PAGE;
}

/**
 * peer_alloc - let the granter grant pages beside its frame
 * @peer: the granter; pages that it granted before are revoked
 * @count: number of pages
 * @readonly: grant them read-only
 * @spare: filled in; each page begins with peer_spare_word()
 *
 * Return: false if the guest cannot grant so many pages.
 */
bool peer_alloc(struct peer *peer, unsigned int count, bool readonly,
		struct peer_buffer *spare)
{
	spare->count = count;
	spare->directory = peer_ask(peer, readonly ? "alloc-ro" : "alloc", count);
	if (!spare->directory)
		return false;

	spare->refs = directory_read(peer->domid, spare->directory, count);
	return true;
}

/**
 * peer_sum - let the granter sum up pages that it granted for peer_alloc()
 * @peer: the granter
 * @first: number of the first page, from 0
 * @count: number of pages
 *
 * Return: their checksum, see frame_checksum().
 */
uint64_t peer_sum(struct peer *peer, unsigned int first, unsigned int count)
{
	return ask(&peer->ask, "sum-spare %u %u", first, count);
}

/**
 * peer_free - let the granter revoke the pages that it granted for peer_alloc()
 * @peer: the granter
 * @spare: filled in by peer_alloc(); the references stay in it, so that a test
 *         can try them again
 */
void peer_free(struct peer *peer, struct peer_buffer *spare)
{
	peer_ask(peer, "free", 0);
}
