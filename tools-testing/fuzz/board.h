/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page that fuzz-peer in a guest shares with gntdev-fuzz in domain 0.  Both
 * write it without a protocol, so each value can be wrong at any time: users
 * limit what they read.
 */

#ifndef FUZZ_BOARD_H
#define FUZZ_BOARD_H

#include <stdint.h>

/* Folder of xenstore, see serve.h.  The node "board" is the page's reference. */
#define BOARD_FOLDER	"data/fuzz"

#define BOARD_OFFERS	32
/* References of a buffer that the board has room for */
#define BOARD_REFS	16
/* Pages of the buffer 0: its directory has two pages */
#define BOARD_LARGE	1100
#define BOARD_IMPORTS	256

/**
 * struct board_offer - a buffer that the guest granted, and may revoke
 * @count: number of its pages; at most BOARD_REFS but for offer 0; 0: none
 * @directory: reference of its page directory
 * @refs: references of its first pages
 */
struct board_offer {
	uint32_t count;
	uint32_t directory;
	uint32_t refs[BOARD_REFS];
};

/**
 * struct board - the shared page
 * @run: domain 0: the guest works; 0: it revokes and unmaps all
 * @idle: guest: it has revoked and unmapped all
 * @starts: guest: number of times that its worker began
 * @steps: guest: number of steps
 * @mapped: guest: number of pages that it has mapped
 * @offers: guest: buffers
 * @imports: domain 0: references that the guest tries to map
 */
struct board {
	uint32_t run;
	uint32_t idle;
	uint32_t starts;
	uint32_t steps;
	uint32_t mapped;
	struct board_offer offers[BOARD_OFFERS];
	uint32_t imports[BOARD_IMPORTS];
};

_Static_assert(sizeof(struct board) <= 4096, "the board is one page");

#endif /* FUZZ_BOARD_H */
