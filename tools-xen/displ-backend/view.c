// SPDX-License-Identifier: GPL-2.0-only
/*
 * Distribution of guests to screens.  When there are more views than screens,
 * views share a screen: the screen shows the view that was turned on last, and
 * when that is turned off, the view before it.  This file changes the order of the views;
 * view-stack.c shows the first one of each screen.  show.c turns views on and flips them,
 * request.c and connector.c turn them off.
 */

#include "log.h"
#include "view-ops.h"

/**
 * view_is_shown - check whether a view is on and not hidden by another
 * @view: a view
 *
 * Return: whether the screen shows the view, or will when the card is not busy.
 */
bool view_is_shown(const struct view *view)
{
	return view->stack->views == view;
}

/**
 * view_open - open a view on a screen
 * @view: filled in; the view is off
 * @screen: the screen
 * @domid: domain of the guest
 * @label: name of guest and connector, valid until view_close()
 * @limit: limit of the lines that the guest can cause, as long
 * @done: called at the end of a view_on() or view_flip()
 */
void view_open(struct view *view, struct screen *screen, uint32_t domid,
	       const char *label, struct log_limit *limit,
	       void (*done)(struct view *view, int error))
{
	*view = (struct view) {
		.stack = screen->data, .label = label, .limit = limit, .done = done,
	};
	screen_add_user(screen, domid);
	screen->label = label;
}

/**
 * view_close - turn a view off and close it
 * @view: view of view_open()
 */
void view_close(struct view *view)
{
	view_off(view);
	view->stack->screen->users--;
}

/**
 * view_on - turn a view on, or show another framebuffer of any position in it
 * @view: the view, on or off; no change is pending
 * @scanout: part of a framebuffer to show
 *
 * The view becomes the first of its screen.
 *
 * Return: 0, and @done of the view is called when the screen shows it; or an
 * error of the screen: nothing has changed then.
 */
int view_on(struct view *view, const struct scanout *scanout)
{
	struct view_stack *stack = view->stack;
	int ret = stack->screen->ops->test(stack->screen, scanout);

	if (ret && !is_away(ret))
		return ret;
	stack_unlink(view);
	if (stack->shown == view)
		stack->shown = NULL;
	view->scanout = *scanout;
	view->on = true;
	view->pending = true;
	view->next = stack->views;
	stack->views = view;
	stack_update(stack);
	/* For a flip of the view that is hidden now */
	stack_start_timer();
	return 0;
}

/**
 * view_off - turn a view off
 * @view: the view, on or off
 *
 * If the screen showed the view, it shows the next one of the stack, or is
 * turned off.
 */
void view_off(struct view *view)
{
	if (!view->on)
		return;
	stack_remove(view, refuse(-ENOENT, "turned off before it was shown"));
	stack_update(view->stack);
}

/**
 * view_flip - show another framebuffer
 * @view: the view
 * @scanout: part of the framebuffer, of the same size as before
 *
 * Return: 0, and @done of the view is called when the screen shows it, or at the
 * next tick if the view is hidden; -EINVAL if the view is off; -EBUSY if a change
 * is pending; or an error of the screen.
 */
int view_flip(struct view *view, const struct scanout *scanout)
{
	struct scanout before = view->scanout;
	int ret = -EBUSY;

	if (!view->on)
		return -EINVAL;
	if (view->pending)
		return -EBUSY;
	view->scanout = *scanout;
	view->pending = true;
	if (view_is_shown(view) && !view->stack->screen->busy)
		ret = stack_commit_first(view->stack);
	if (ret == -EBUSY) {
		stack_start_timer();
		return 0;
	}
	if (ret) {
		view->scanout = before;
		view->pending = false;
	}
	return ret;
}
