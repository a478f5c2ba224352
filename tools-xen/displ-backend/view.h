/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Views: what a guest shows on a screen.  Several views can share a screen.
 */

#ifndef DISPL_BACKEND_VIEW_H
#define DISPL_BACKEND_VIEW_H

#include <stdbool.h>

#include "card.h"

struct log_limit;
struct view_stack;

/**
 * struct view - what a connector of a guest shows on a screen
 * @stack: views that share the screen
 * @label: name of the guest and of the connector, for the log
 * @limit: limit of the lines that the guest can cause
 * @scanout: part of a framebuffer that the guest shows
 * @on: whether the guest shows anything
 * @pending: whether the end of a view_on() or view_flip() is pending
 * @done: called at that end with 0, or with -ENOENT if the view was turned off
 *	before, or with another negative error number of the card
 * @next: next view of the stack that is on
 */
struct view {
	struct view_stack *stack;
	const char *label;
	struct log_limit *limit;
	struct scanout scanout;
	bool on;
	bool pending;
	void (*done)(struct view *view, int error);
	struct view *next;
};

void views_init(void);
void views_update_screen(struct screen *screen);
void views_remove_screen(struct screen *screen);
void views_exit(void);
void view_open(struct view *view, struct screen *screen, uint32_t domid,
	       const char *label, struct log_limit *limit,
	       void (*done)(struct view *view, int error));
void view_close(struct view *view);
int view_on(struct view *view, const struct scanout *scanout);
int view_flip(struct view *view, const struct scanout *scanout);
void view_off(struct view *view);
bool view_is_shown(const struct view *view);

#endif /* DISPL_BACKEND_VIEW_H */
