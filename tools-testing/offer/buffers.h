/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the test programs of both guests share.  The program offers, in the second guest,
 * publishes a folder of serve.h and answers these requests; LOW is the second half of a
 * name, as a number, and each waits until the thing has happened.
 *
 *   open            offer buffers to the first guest; returns the first half of all names
 *   close           close that handle
 *   new PAGES SEED EXPORTER  offer a buffer of that exporter with a pattern; returns LOW
 *   many COUNT SIZE  offer so many buffers of MANY_PAGES, of which buffer N has the seed
 *                   2 * N, and SIZE bytes of metadata: copies of the seed; and one more
 *                   buffer, which has their LOW; returns that of this one
 *   all-released    wait for a release of each of them; returns the number of releases
 *   withdraw-many   withdraw them at once
 *   all-unmapped    wait until Xen has confirmed the unmap of each; returns their number
 *   pause           do not answer takers, but go on to answer requests
 *   resume          answer takers again
 *   wrong LOW SEED  returns the number of words of a buffer that are not the pattern
 *   requests        returns the number of requests to gntdev and gntalloc until now
 *   granted         returns the number of pages of live imports
 *   again LOW SEED  draw another pattern and offer the buffer again; returns an errno
 *   released LOW    wait for a release; returns the number of releases
 *   stream LOW      from now on offer the buffer again after each release, with the number
 *                   of the release as the bytes of the metadata
 *   withdraw LOW    withdraw the buffer
 *   unmapped        wait until Xen has confirmed the unmap of what was withdrawn last
 *   lie KIND        serve a channel that answers each request by a lie; returns its id
 *   connect ID      connect to the channel of the first guest; returns an errno
 *   send TYPE LOW SIZE  send a message to it
 *   touch COUNT     write the node of the handle in xenstore so often, as it is
 *   die             kill -9 of the process that offers; another one then serves
 */

#ifndef OFFER_BUFFERS_H
#define OFFER_BUFFERS_H

#include <stdint.h>
#include <sys/resource.h>

#include "channel.h"
#include "metadata.h"

#define OFFERS_FOLDER	"data/offers"

/* The exporter of a buffer */
enum exporter {
	EXPORTER_HEAP,
	EXPORTER_CMA,
	EXPORTER_MEMFD,		/* by udmabuf */
	EXPORTER_VGEM,
	EXPORTER_VKMS,
	EXPORTER_CAMERA,	/* contiguous memory of vivid */
	EXPORTER_INSIDE_PAGES,	/* the data begins at INSIDE_OFFSET, and ends inside a page */
};

#define INSIDE_OFFSET	1000
#define MANY_PAGES	2

/* Metadata of a buffer with this number of pages and this pattern */
#define OFFER_WIDTH	32
#define OFFER_STRIDE	(OFFER_WIDTH * 4)
#define OFFER_FORMAT	0x34325258	/* DRM_FORMAT_XRGB8888 */

static inline struct xendmabuf_metadata offer_metadata(uint32_t pages, uint32_t *seed)
{
	return (struct xendmabuf_metadata) {
		.width = OFFER_WIDTH,
		.height = pages * XEN_PAGE / OFFER_STRIDE,
		.stride = OFFER_STRIDE,
		.format = OFFER_FORMAT,
		.modifier = 0x0123456789abcdef,
		.bytes = seed,
		.size = sizeof(*seed),
	};
}

/* allow_buffers - let this program have descriptors for so many buffers; 0 or -1 */
static inline int allow_buffers(unsigned int count)
{
	/* A dma-buf and two eventfds for each, and some for the connection */
	struct rlimit limit = { 3 * count + 100, 3 * count + 100 };

	return setrlimit(RLIMIT_NOFILE, &limit);
}

/* The answers of the request lie, and what xendmabuf_take() must return */
enum lie {
	LIE_NO_PAGES,		/* EPROTO */
	LIE_MANY_PAGES,		/* E2BIG */
	LIE_MORE_PAGES,		/* EINVAL: the directory is shorter */
	LIE_OFFSET,		/* EPROTO */
	LIE_FLAGS,		/* EPROTO */
	LIE_HEIGHT,		/* EPROTO */
	LIE_OVERFLOW,		/* EPROTO: stride * height exceeds 32 bits */
	LIE_DIRECTORY,		/* EACCES: the reference is not granted */
	LIE_WRITABLE,		/* EACCES: the pages are granted for reading only */
	LIE_ZERO,		/* EINVAL: no page directory has this reference */
	LIE_NAME,		/* EPROTO: an offer by another name */
	LIE_TYPE,		/* EPROTO: an unknown message */
	LIE_SIZE,		/* EPROTO: more bytes than a message can have */
	LIE_SHORT,		/* EPROTO: an offer without its end */
	LIE_TWICE,		/* none, then EPROTO: the same offer twice */
	LIE_COUNT,
	/* Pictures that gntdmabuf take --png must refuse */
	LIE_NO_WIDTH = LIE_COUNT,
	LIE_NO_HEIGHT,
	LIE_NO_STRIDE,
	LIE_SHORT_LINES,
};

/* name_set - a name of both halves */
static inline void name_set(uint8_t *name, uint64_t high, uint64_t low)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		name[i] = high >> (56 - 8 * i);
		name[8 + i] = low >> (56 - 8 * i);
	}
}

/* name_low - the second half of a name */
static inline uint64_t name_low(const uint8_t *name)
{
	return channel_name_id(name + 8);
}

#endif /* OFFER_BUFFERS_H */
