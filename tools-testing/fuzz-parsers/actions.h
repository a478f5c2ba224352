/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The input of the harness guest.c, which seeds.c makes, too: a byte whose bit 0
 * says that the kernel cannot export, so that frames are copied, bit 1 that the card takes
 * only contiguous memory, and bit 2 that the kernel cannot revoke a buffer that the card has,
 * as most drivers map it for their device; then actions: a byte with the action, and its
 * arguments.
 */

#ifndef FUZZ_PARSERS_ACTIONS_H
#define FUZZ_PARSERS_ACTIONS_H

enum action {
	RUN,		/* the backend runs until it would wait */
	SET,		/* the guest writes a node: node, length, text */
	UNSET,		/* the guest removes a node: node */
	STATE,		/* the frontend's state: digit */
	REQUEST,	/* a request: connector, 64 bytes */
	WRITE,		/* to a page: page, 2 bytes offset, length, bytes */
	PRODUCER,	/* index of the ring: connector, 4 bytes */
	NOTIFY,		/* event channel: port */
	HOLD,		/* 1: others hold released buffers; 0: they let go */
	FLIP,		/* the changes of the screens end */
	TIME,		/* time passes: 2 bytes milliseconds */
	FAULT,		/* a call fails: which one from now on, error */
	PLUG,		/* a screen: screen, 1 connected or 0 */
	TOOLSTACK,	/* the toolstack: step, see guest.c */
	STATS,		/* the user asks for the counters */
	REVOKE,		/* root revokes an export: which */
	ACTIONS
};

/* Names of the nodes of SET and UNSET, below the frontend's folder */
static const char * const node_names[] = {
	"state", "version", "be-alloc",
	"0/resolution", "0/unique-id", "0/req-ring-ref", "0/req-event-channel",
	"0/evt-ring-ref", "0/evt-event-channel",
	"1/resolution", "1/unique-id", "1/req-ring-ref", "1/req-event-channel",
	"1/evt-ring-ref", "1/evt-event-channel",
};

#define NODE_NAMES	(sizeof(node_names) / sizeof(*node_names))

/* Pages of a connector's ring and events, and their ports */
#define RING_PAGE(connector)	(2 * (connector))
#define EVENT_PAGE(connector)	(2 * (connector) + 1)
#define RING_PORT(connector)	(2 * (connector) + 1)

#endif /* FUZZ_PARSERS_ACTIONS_H */
