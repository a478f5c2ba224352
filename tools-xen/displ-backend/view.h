/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Views: what a guest shows on a screen.  Several views can share a screen.
 */

#ifndef DISPL_BACKEND_VIEW_H
#define DISPL_BACKEND_VIEW_H

#include <stdbool.h>

#include "card.h"

struct view_stack;

/**
 * struct view - what a connector of a guest shows on a screen
 * @stack: views that share the screen
 * @scanout: part of a framebuffer that the guest shows
 * @on: whether the guest shows anything
 * @pending: whether a flip of the guest is pending
 * @timed: whether the pending flip is handled at the next tick of the timer
 * @flipped: called when a flip is done
 * @next: next view of the stack that is on
 */
struct view {
	struct view_stack *stack;
	struct scanout scanout;
	bool on;
	bool pending;
	bool timed;
	void (*flipped)(struct view *view);
	struct view *next;
};

void views_init(void);
void views_exit(void);
void view_open(struct view *view, struct card *card,
	       void (*flipped)(struct view *view));
void view_close(struct view *view);
int view_on(struct view *view, const struct scanout *scanout);
int view_flip(struct view *view, const struct scanout *scanout);
void view_off(struct view *view);
struct card *view_select_card(void);

#endif /* DISPL_BACKEND_VIEW_H */
