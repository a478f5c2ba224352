/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The granter in a guest, as others see it: its pages, and requests to it.  It
 * publishes width, height and directory, a reference; see serve.h.
 */

#ifndef SELFTESTS_XEN_PEER_H
#define SELFTESTS_XEN_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/gntdev-dmabuf.h>

#include "granted.h"
#include "serve.h"

#define PEER_FOLDER	"data/frame"

/**
 * struct peer_buffer - pages that a guest granted to this domain
 * @count: number of pages
 * @directory: reference of the first page of their page directory
 * @refs: the references of the pages
 */
struct peer_buffer {
	unsigned int count;
	uint32_t directory;
	uint32_t *refs;
};

/**
 * struct peer - connection to a granter
 * @ask: connection for requests
 * @domid: domain of the granter
 * @width: width of its frame in pixels
 * @height: height of its frame in pixels
 * @count: number of pages of the frame
 * @refs: references of the frame's pages
 * @directory: reference of the frame's page directory
 */
struct peer {
	struct ask ask;
	unsigned int domid;
	unsigned int width;
	unsigned int height;
	unsigned int count;
	uint32_t *refs;
	uint32_t directory;
};

/* The first word of page @page (from 0) of a spare buffer */
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
uint64_t peer_sum(struct peer *peer, unsigned int first, unsigned int count);
void peer_free(struct peer *peer, struct peer_buffer *spare);

/* buffer_op - the newest export request, for the first pages of the frame */
static inline struct gntdev_dmabuf_export buffer_op(const struct peer *peer,
						    unsigned int count)
{
	return (struct gntdev_dmabuf_export) {
		.refs = (uintptr_t)peer->refs,
		.count = count,
		.domid = peer->domid,
		.fd = -1,
	};
}

#endif /* SELFTESTS_XEN_PEER_H */
