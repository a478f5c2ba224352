/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The granter in a guest, as dom0 sees it: its pages, and requests to it.
 *
 * Both talk through xenstore, below data/frame in the guest's own folder: the
 * guest writes width, height, directory (a reference) and then state; dom0
 * writes request "NUMBER VERB [ARGUMENT]", the guest answers in reply with
 * "NUMBER RESULT", in hexadecimal.  References are in page directories, in the
 * format that include/uapi/xen/gntdev-dmabuf.h describes.
 */

#ifndef SELFTESTS_XEN_PEER_H
#define SELFTESTS_XEN_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEER_PAGE		4096UL
/* References in a page of a directory; the first word leads to the next page */
#define PEER_REFS_PER_PAGE	1023

struct xs_handle;

/**
 * struct peer_buffer - pages that a guest granted to domain 0
 * @count: number of pages
 * @directory: reference of the first page of their directory
 * @refs: a reference for each
 */
struct peer_buffer {
	unsigned int count;
	uint32_t directory;
	uint32_t *refs;
};

/**
 * struct peer - a granter
 * @xs: connection to xenstore
 * @path: its folder
 * @domid: its domain
 * @width: of its frame in pixels
 * @height: of its frame in pixels
 * @count: number of pages of the frame
 * @refs: the frame's references
 * @directory: and their directory
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
	uint32_t directory;
	unsigned int request;
};

/* The first word of a page of a spare buffer, number @page, counted from 0. */
static inline uint32_t peer_spare_word(unsigned int page)
{
	return 0x5eed0000 + page;
}

struct peer *peer_open(unsigned int domid);
void peer_close(struct peer *peer);
uint64_t peer_ask(struct peer *peer, const char *verb, unsigned long argument);
size_t peer_size(const struct peer *peer);
bool peer_alloc(struct peer *peer, unsigned int count, bool readonly,
		struct peer_buffer *spare);
void peer_free(struct peer *peer, struct peer_buffer *spare);

#endif /* SELFTESTS_XEN_PEER_H */
