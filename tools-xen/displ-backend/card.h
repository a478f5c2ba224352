/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cards and their screens.
 */

#ifndef DISPL_BACKEND_CARD_H
#define DISPL_BACKEND_CARD_H

#include <xf86drmMode.h>

#include "loop.h"
#include "memory.h"
#include "screen.h"

/**
 * struct card_ops - operations of a card
 * @scan: read which screens are connected, and add new ones; @changed is called for
 *	each that is new, connected or disconnected, or has another monitor.  NULL if none
 *	ever is.
 * @open_own: open a card that one device of a guest has for itself, with @count screens,
 *	which are connected, and set @own.  Returns 0 or a negative error number.  NULL if
 *	the guests share the screens that the card has.
 * @close: free the screens and the card; all views are closed.  A card of @open_own ends
 *	the changes of its screens before.
 */
struct card_ops {
	void (*scan)(struct card *card, void (*changed)(struct screen *screen));
	int (*open_own)(struct card *card, unsigned int count, struct card **own);
	void (*close)(struct card *card);
};

/**
 * struct card - an open DRM device, or a Wayland compositor
 * @ops: operations of the card
 * @memory: operations on its memory
 * @fd: file descriptor, DRM master or a lease, or the connection to the compositor
 * @shared: whether another program may have the file, too, or the lessor can end the
 *	lease
 * @atomic: whether the card has atomic mode setting
 * @away: whether the card refuses changes of a screen, because another program is the DRM
 *	master, or the lease or the card is gone; view-stack.c finds that out
 * @name: name of the driver, or "wayland"
 * @watch: watch for its events
 * @screens: screens of the card, at least one, but none if others are opened by @open_own
 * @next: next card
 * @own: whether it is a card of @open_own, which is not in the list of cards
 * @lost: called with the reason when the card is lost; closes the card (card of @open_own)
 * @data: of the user of the card, who sets it and @lost (card of @open_own)
 */
struct card {
	const struct card_ops *ops;
	const struct memory_ops *memory;
	int fd;
	bool shared;
	bool atomic;
	bool away;
	char name[32];
	struct fd_watch watch;
	struct screen *screens;
	struct card *next;
	bool own;
	void (*lost)(struct card *card, const char *reason);
	void *data;
};

/* All cards that guests share, in the order in which they were opened */
extern struct card *cards;

void card_append(struct card *card);
void card_open(const char *path);
void card_open_fd(int fd);
void card_open_unused(void);
bool card_has_output(const struct card *card, const char *name);
void card_close_all(void);

#endif /* DISPL_BACKEND_CARD_H */
