/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The buffers of a handle that offers.
 */

#ifndef XENDMABUF_OFFERED_H
#define XENDMABUF_OFFERED_H

#include <xengnttab.h>

#include "channel.h"
#include "directory.h"
#include "names.h"

/**
 * enum offer_state - who has the buffer
 * @OFFER_IDLE: the offering program, which may draw
 * @OFFER_READY: no program; one can take it
 * @OFFER_TAKEN: the taking program
 */
enum offer_state { OFFER_IDLE, OFFER_READY, OFFER_TAKEN };

/**
 * struct xendmabuf_offer - an offered buffer
 * @named: its name
 * @offerer: the handle
 * @state: who has it
 * @asked: the taking program waits for it
 * @withdrawn: the offering program has withdrawn it
 * @due: in the list of offers of which a message is due
 * @next_due: next in that list
 * @released: eventfd to which each release adds 1
 * @unmapped: eventfd of the import
 * @id: id of the import
 * @directory: its page directory
 * @fixed: the part of MESSAGE_OFFER before the bytes
 * @bytes: bytes of the metadata
 * @size: number of @bytes
 */
struct xendmabuf_offer {
	struct named named;
	struct xendmabuf_offerer *offerer;
	enum offer_state state;
	bool asked;
	bool withdrawn;
	bool due;
	struct xendmabuf_offer *next_due;
	int released;
	int unmapped;
	uint64_t id;
	struct directory directory;
	struct message_offer fixed;
	void *bytes;
	size_t size;
};

/**
 * struct xendmabuf_offerer - a handle to offer buffers
 * @channel: the connection
 * @gnttab: open gntdev
 * @gntshr: open gntalloc
 * @max_pages: largest number of pages of a buffer
 * @offers: all offers, except those that are withdrawn
 * @first_due: list of offers of which a message is due
 * @last_due: end of that list
 */
struct xendmabuf_offerer {
	struct channel channel;
	xengnttab_handle *gnttab;
	xengntshr_handle *gntshr;
	uint32_t max_pages;
	struct names offers;
	struct xendmabuf_offer *first_due;
	struct xendmabuf_offer **last_due;
};

/* offered.c */
int offered_set_metadata(struct xendmabuf_offer *offer,
			 const struct xendmabuf_metadata *metadata);
int offered_grant(struct xendmabuf_offer *offer, int fd,
		  const struct xendmabuf_metadata *metadata);
void offered_free(struct xendmabuf_offer *offer);

#endif /* XENDMABUF_OFFERED_H */
