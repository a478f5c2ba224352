/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's picture on a screen.  Where there are more guests than screens they
 * share: the one that turned its picture on last is seen, and when that goes the
 * one before.  Guests notice nothing: who is hidden flips at 60 Hz.
 */

#ifndef DISPL_BACKEND_HEAD_H
#define DISPL_BACKEND_HEAD_H

#include <stdbool.h>

#include "card.h"

/**
 * struct head - a guest's picture
 * @screen: that it is for
 * @picture: what the guest shows
 * @on: whether it shows anything
 * @pending: a flip is not done yet
 * @waits: for the next tick
 * @flipped: called when a flip is done
 * @next: of the screen's that are on
 */
struct head {
	struct screen *screen;
	struct picture picture;
	bool on;
	bool pending;
	bool waits;
	void (*flipped)(struct head *head);
	struct head *next;
};

void heads_open(void);
void head_open(struct head *head, struct card *card,
	       void (*flipped)(struct head *head));
void head_close(struct head *head);
int head_on(struct head *head, const struct picture *picture);
int head_flip(struct head *head, const struct picture *picture);
void head_off(struct head *head);
void head_flipped(struct head *head);
struct card *head_card(void);

#endif /* DISPL_BACKEND_HEAD_H */
