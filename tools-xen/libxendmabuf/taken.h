/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The buffers of a handle that takes.
 */

#ifndef XENDMABUF_TAKEN_H
#define XENDMABUF_TAKEN_H

#include <xengnttab.h>

#include "channel.h"
#include "names.h"

/**
 * enum taken_state - what this side does with a buffer
 * @TAKEN_RELEASED: nothing; it is still mapped, or MESSAGE_RELEASE is due
 * @TAKEN_ASKED: waits for the offer
 * @TAKEN_FAILED: the answer to the next xendmabuf_take() is an error
 * @TAKEN_ARRIVED: the answer to the next xendmabuf_take() is the buffer
 * @TAKEN_HELD: the caller has it
 * @TAKEN_DROPPED: the caller has dropped it, other users have not
 */
enum taken_state {
	TAKEN_RELEASED, TAKEN_ASKED, TAKEN_FAILED, TAKEN_ARRIVED, TAKEN_HELD,
	TAKEN_DROPPED,
};

/**
 * struct taken - a buffer
 * @named: its name
 * @buffer: what the caller gets; its fd is -1 if it is not exported
 * @state: what this side does with it
 * @error: errno of TAKEN_FAILED
 * @withdrawn: the offering program has withdrawn it
 * @offered: MESSAGE_OFFER has come, and MESSAGE_RELEASE has not been sent after it
 * @gone: the kernel has unmapped all pages of the export
 * @release_due: MESSAGE_RELEASE is due
 * @take_due: MESSAGE_TAKE is due, after it
 * @due: in the list of buffers of which a message is due
 * @next_due: next in that list
 * @unmapped: eventfd of the export
 * @bytes: bytes of the metadata
 */
struct taken {
	struct named named;
	struct xendmabuf_buffer buffer;
	enum taken_state state;
	int error;
	bool withdrawn;
	bool offered;
	bool gone;
	bool release_due;
	bool take_due;
	bool due;
	struct taken *next_due;
	int unmapped;
	void *bytes;
};

/**
 * struct xendmabuf_taker - a handle to take buffers
 * @channel: the connection
 * @gnttab: open gntdev
 * @max_pages: largest number of pages of a buffer
 * @dropped: number of buffers in the state TAKEN_DROPPED
 * @taken: all buffers
 * @first_due: list of buffers of which a message is due
 * @last_due: end of that list
 */
struct xendmabuf_taker {
	struct channel channel;
	xengnttab_handle *gnttab;
	uint32_t max_pages;
	unsigned int dropped;
	struct names taken;
	struct taken *first_due;
	struct taken **last_due;
};

/* taken.c */
void taken_close(struct xendmabuf_taker *taker, struct taken *taken);
int taken_accept(struct xendmabuf_taker *taker, struct taken *taken,
		 const struct message *message);

#endif /* XENDMABUF_TAKEN_H */
