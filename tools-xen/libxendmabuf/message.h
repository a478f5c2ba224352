/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The messages between the offering and the taking program.  A message is a struct
 * message_header and @size bytes.  All numbers are little-endian, as in all of Xen's
 * protocols.
 *
 *   taking program     offering program
 *   MESSAGE_TAKE  ->                       asks for a buffer
 *                 <-   MESSAGE_OFFER       answer, at once or when it is offered
 *                 <-   MESSAGE_REFUSE      answer: no such name
 *   MESSAGE_RELEASE ->                     the buffer can be changed and offered again
 *                 <-   MESSAGE_WITHDRAW    the name is gone, and an answer to a
 *                                          MESSAGE_TAKE that has none yet
 *   MESSAGE_RELEASE ->                     answer, if MESSAGE_RELEASE has not followed the
 *                                          last MESSAGE_OFFER: this program maps no page
 *                                          by the name any more; the references can be
 *                                          used again
 *
 * The offering program can stop to read until the taking program reads; the taking program
 * always reads.
 */

#ifndef XENDMABUF_MESSAGE_H
#define XENDMABUF_MESSAGE_H

#include <stdint.h>

#include "xendmabuf.h"

enum message_type {
	MESSAGE_TAKE = 1,
	MESSAGE_RELEASE = 2,
	MESSAGE_OFFER = 3,
	MESSAGE_REFUSE = 4,
	MESSAGE_WITHDRAW = 5,
};

/**
 * struct message_header - the beginning of each message
 * @type: enum message_type
 * @size: bytes behind the header: 0 except for MESSAGE_OFFER
 * @name: name of the buffer
 */
struct message_header {
	uint32_t type;
	uint32_t size;
	uint8_t name[XENDMABUF_NAME_SIZE];
};

/**
 * struct message_offer - the beginning of what follows in MESSAGE_OFFER; the bytes of
 * the metadata follow it
 * @directory: reference of the page directory
 * @pages: number of pages of the buffer
 * @data_ofs: offset of the first byte in the first page
 * @flags: XENDMABUF_READONLY or 0
 * @width: see &struct xendmabuf_metadata, as the following
 * @height: likewise
 * @stride: likewise
 * @format: likewise
 * @modifier: likewise
 */
struct message_offer {
	uint32_t directory;
	uint32_t pages;
	uint32_t data_ofs;
	uint32_t flags;
	uint32_t width;
	uint32_t height;
	uint32_t stride;
	uint32_t format;
	uint64_t modifier;
};

/**
 * struct message - a message, in memory of this program only
 * @header: the header
 * @offer: of MESSAGE_OFFER
 * @bytes: the bytes of the metadata
 */
struct message {
	struct message_header header;
	struct message_offer offer;
	uint8_t bytes[XENDMABUF_BYTES_MAX];
};

_Static_assert(sizeof(struct message_header) == 24 && sizeof(struct message_offer) == 40 &&
	       sizeof(struct message) == 24 + 40 + XENDMABUF_BYTES_MAX,
	       "messages have no padding");

#endif /* XENDMABUF_MESSAGE_H */
