/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What view.c and view-stack.c share: the views of a screen.  view.c changes the list of
 * views, and calls view-stack.c to show the first one.
 */

#ifndef DISPL_BACKEND_VIEW_OPS_H
#define DISPL_BACKEND_VIEW_OPS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "view.h"

/**
 * struct view_stack - the views that share a screen
 * @screen: the screen
 * @lit: whether the screen is on, or will be when the card is not busy; with @away it may
 *	be off
 * @width: width of the mode of the screen, in pixels; 0 if the mode must be set again
 * @height: height of the mode of the screen, in pixels
 * @away: error with which the card refuses changes of the screen, see is_away(), or 0
 * @stuck: last error of the card when it was to turn the screen off, or 0
 * @shown: view that the screen shows; NULL if it is off or the view is, or if the guest
 *	has changed the view by view_on()
 * @flipping: view whose change the card has begun; NULL if none, or if the view
 *	does not need the result any more
 * @views: views that are on; the screen shows the first
 * @next: next stack, in the order of cards and their screens
 */
struct view_stack {
	struct screen *screen;
	bool lit;
	uint32_t width;
	uint32_t height;
	int away;
	int stuck;
	struct view *shown;
	struct view *flipping;
	struct view *views;
	struct view_stack *next;
};

/*
 * is_away - whether an error means that the screen is not ours for now: another
 * program is the DRM master, or the lease or the card is gone
 */
static inline bool is_away(int error)
{
	return error == -EACCES || error == -ENOENT || error == -ENODEV;
}

void stack_start_timer(void);
int stack_commit_first(struct view_stack *stack);
void stack_update(struct view_stack *stack);
void stack_unlink(struct view *view);
void stack_remove(struct view *view, int error);

#endif /* DISPL_BACKEND_VIEW_OPS_H */
