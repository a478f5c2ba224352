/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The granter in a guest, as dom0 sees it: its pages, and requests to it.
 *
 * Both talk through xenstore, below data/frame in the guest's own folder:
 * the guest writes width, height, count, refs/0, refs/1, ... and then state;
 * dom0 writes request "NUMBER VERB [ARGUMENT]", the guest answers in reply
 * with "NUMBER RESULT".
 */

#ifndef SELFTESTS_XEN_PEER_H
#define SELFTESTS_XEN_PEER_H

#include <stddef.h>
#include <stdint.h>

/* References per node: a guest may write no more than 2048 bytes to one. */
#define PEER_REFS_PER_NODE	128

struct xs_handle;

/**
 * struct peer - a granter
 * @xs: connection to xenstore
 * @path: its folder
 * @domid: its domain
 * @width: of its frame in pixels
 * @height: of its frame in pixels
 * @count: number of pages
 * @refs: a grant reference for each, granted to domain 0
 * @request: number of the last request
 */
struct peer {
	struct xs_handle *xs;
	char path[64];
	unsigned int domid;
	unsigned int width;
	unsigned int height;
	unsigned int count;
	uint32_t *refs;
	unsigned int request;
};

struct peer *peer_open(unsigned int domid);
void peer_close(struct peer *peer);
uint64_t peer_ask(struct peer *peer, const char *verb, unsigned long argument);
size_t peer_size(const struct peer *peer);

#endif /* SELFTESTS_XEN_PEER_H */
