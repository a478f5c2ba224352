// SPDX-License-Identifier: GPL-2.0-only
/*
 * Distribution of guests to screens.  When there are more views than screens,
 * views share a screen: the screen shows the view that was turned on last, and
 * when that is turned off, the view before it.  A hidden view flips at 60 Hz,
 * so its guest sees no difference.  The card makes one change of a screen at a
 * time and nothing waits for it.  While another program is the DRM master of the
 * card, all views are hidden.  This file owns the stack of views of each screen,
 * the timer for hidden views and the check of the DRM master.  screen.c does the
 * mode setting; show.c turns views on and flips them, request.c and connector.c
 * turn them off.
 */

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "log.h"
#include "view.h"

/* Nanoseconds from one check of the DRM master to the next */
#define CHECK_NS	1000000000ULL

/* Flips per second of a hidden view */
#define HIDDEN_HZ	60

/**
 * struct view_stack - the views that share a screen
 * @screen: the screen
 * @lit: whether the screen is on, or will be when the card is not busy
 * @width: width of the mode of the screen, in pixels
 * @height: height of the mode of the screen, in pixels
 * @away: error with which the card refuses changes of the screen, see is_away(), or 0
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
	struct view *shown;
	struct view *flipping;
	struct view *views;
	struct view_stack *next;
};

static struct view_stack *stacks;
static struct fd_watch timer;
static struct work check;

/* Start the timer unless it is running */
static void start_timer(void)
{
	struct itimerspec now;
	struct itimerspec next = { .it_value.tv_nsec = 1000000000 / HIDDEN_HZ };

	if (!timerfd_gettime(timer.fd, &now) && !now.it_value.tv_nsec)
		timerfd_settime(timer.fd, 0, &next, NULL);
}

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

/* Remove a view from the list of those that are on */
static void unlink_view(struct view *view)
{
	struct view **at;

	for (at = &view->stack->views; *at; at = &(*at)->next)
		if (*at == view) {
			*at = view->next;
			return;
		}
}

static void end_change(struct view *view, int error)
{
	if (!view->pending)
		return;
	view->pending = false;
	view->done(view, error);
}

static void remove_view(struct view *view, int error)
{
	struct view_stack *stack = view->stack;

	unlink_view(view);
	view->on = false;
	if (stack->shown == view)
		stack->shown = NULL;
	if (stack->flipping == view)
		stack->flipping = NULL;
	end_change(view, error);
}

/* ---- The card */

static void end_commit(struct view_stack *stack)
{
	struct view *view = stack->flipping;

	stack->flipping = NULL;
	if (view)
		end_change(view, 0);
}

/*
 * is_away - whether an error means that the screen is not ours for now: another
 * program is the DRM master, or the lease or the card is gone
 */
static bool is_away(int error)
{
	return error == -EACCES || error == -ENOENT || error == -ENODEV;
}

/*
 * must_check - whether to look regularly if the screen is ours
 *
 * The kernel reports neither the loss and the return of the DRM master nor the end of
 * a lease.  Only a program that shares the file of the card can take the master.  A
 * screen that is gone does not return before an event of hotplug.c.
 */
static bool must_check(const struct view_stack *stack)
{
	if (!stack->views)
		return false;
	return stack->away ? stack->away == -EACCES : stack->screen->card->shared;
}

static void schedule_check(const struct view_stack *stack)
{
	if (must_check(stack) && !loop_is_pending(&check))
		loop_delay_work(&check, loop_time() + CHECK_NS);
}

/* The views are hidden until a commit succeeds */
static void lose_screen(struct view_stack *stack, int error)
{
	if (!stack->away)
		log_print(LOG_NOTICE, "%s:%s: lost, guests are not shown: %s",
			  stack->screen->card->name, stack->screen->name,
			  error == -EACCES ? "another program is the DRM master" :
					     "the lease, the card or the compositor is gone");
	stack->away = error;
	stack->screen->card->away = true;
	stack->lit = false;
	stack->shown = NULL;
	start_timer();
	schedule_check(stack);
}

/*
 * Begin to show the first view.  An unchanged mode needs a flip only, if the card can
 * change position and pixel format by it.  A guest that asks for a flip gets no mode.
 */
static int commit_first(struct view_stack *stack)
{
	struct view *view = stack->views;
	const struct scanout *scanout = &view->scanout;
	bool unchanged = stack->lit && scanout->width == stack->width &&
			 scanout->height == stack->height;
	int ret = -EINVAL;

	if (unchanged)
		ret = stack->screen->ops->flip(stack->screen, scanout);
	if (ret == -EINVAL && !(unchanged && view == stack->shown))
		ret = stack->screen->ops->on(stack->screen, scanout);
	if (is_away(ret)) {
		lose_screen(stack, ret);
		return -EBUSY;
	}
	if (ret)
		return ret;
	if (stack->away)
		log_print(LOG_NOTICE, "%s:%s: shows guests again",
			  stack->screen->card->name, stack->screen->name);
	stack->away = 0;
	stack->screen->card->away = false;
	stack->lit = true;
	stack->width = scanout->width;
	stack->height = scanout->height;
	stack->shown = view;
	stack->flipping = view->pending ? view : NULL;
	schedule_check(stack);
	return 0;
}

static void turn_off(struct view_stack *stack)
{
	int ret = stack->screen->ops->off(stack->screen);

	if (ret == -EBUSY) {
		start_timer();
		return;
	}
	if (is_away(ret))
		lose_screen(stack, ret);
	stack->lit = false;
}

/*
 * Make the screen show the first view, or nothing.  While the card is busy
 * nothing happens; the end of its change calls this function again.
 */
static void update_stack(struct view_stack *stack)
{
	struct view *view;
	int ret;

	while (!stack->screen->busy) {
		view = stack->views;
		if (!view && stack->lit)
			turn_off(stack);
		if (!view || (view == stack->shown && !view->pending))
			return;
		ret = commit_first(stack);
		if (ret == -EBUSY)
			start_timer();
		if (!ret || ret == -EBUSY)
			return;
		remove_view(view, ret);
		log_limited(view->limit, LOG_WARNING, "%s: %s:%s turned the picture off: %s",
			    view->label, stack->screen->card->name,
			    stack->screen->name, strerror(-ret));
	}
}

static void screen_flipped(struct screen *screen)
{
	struct view_stack *stack = screen->data;

	end_commit(stack);
	update_stack(stack);
}

/* End the changes of hidden views; try again if the card was busy */
static void tick_stack(struct view_stack *stack)
{
	struct view *view;

	for (view = stack->views; view; view = view->next)
		if ((stack->away || !view_is_shown(view)) &&
		    view != stack->flipping)
			end_change(view, 0);
	if (!stack->away)
		update_stack(stack);
}

static void timer_readable(struct fd_watch *watch)
{
	struct view_stack *stack;
	uint64_t n;

	if (read(watch->fd, &n, sizeof(n)) < 0)
		return;
	for (stack = stacks; stack; stack = stack->next)
		tick_stack(stack);
}

/*
 * The picture of a guest may not change for a long time: without this check, the
 * picture of another DRM master would stay.
 */
static void check_screens(struct work *work)
{
	struct view_stack *stack;
	int ret;

	for (stack = stacks; stack; stack = stack->next) {
		if (!must_check(stack))
			continue;
		ret = stack->screen->ops->check(stack->screen);
		if (ret && !stack->away)
			lose_screen(stack, ret);
		else if (!ret && stack->away)
			update_stack(stack);
		schedule_check(stack);
	}
}

static void stack_create(struct screen *screen)
{
	struct view_stack *stack = calloc(1, sizeof(*stack)), **end = &stacks;

	if (!stack)
		err(1, NULL);
	stack->screen = screen;
	screen->flipped = screen_flipped;
	screen->data = stack;
	while (*end)
		end = &(*end)->next;
	*end = stack;
}

/**
 * views_init - create a stack of views for each screen
 *
 * The caller has opened all cards.  Ends the program on failure.
 */
void views_init(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct screen *screen;
	struct card *card;

	if (fd < 0 || loop_add_fd(&timer, fd, timer_readable))
		err(1, "timer");
	for (card = cards; card; card = card->next)
		for (screen = card->screens; screen; screen = screen->next)
			stack_create(screen);
	check.func = check_screens;
}

/**
 * views_update_screen - handle a screen that is new, connected or disconnected
 * @screen: the screen
 *
 * Views stay on a screen that is disconnected.  When it is connected again, which
 * may be another monitor, its mode is set again.
 */
void views_update_screen(struct screen *screen)
{
	struct view_stack *stack = screen->data;

	if (!stack) {
		stack_create(screen);
		return;
	}
	if (!screen->connected)
		return;
	stack->lit = false;
	stack->shown = NULL;
	update_stack(stack);
}

/**
 * views_remove_screen - free the stack of a screen that goes away
 * @screen: the screen, on which no view is open
 */
void views_remove_screen(struct screen *screen)
{
	struct view_stack *stack = screen->data, **at;

	for (at = &stacks; *at != stack; at = &(*at)->next)
		;
	*at = stack->next;
	free(stack);
}

/** views_exit - free all stacks; no view is open and the cards still are */
void views_exit(void)
{
	struct view_stack *stack;

	loop_cancel_work(&check);
	loop_remove_fd(&timer);
	close(timer.fd);
	while (stacks) {
		stack = stacks;
		stacks = stack->next;
		if (stack->lit || stack->screen->busy)
			stack->screen->ops->off_sync(stack->screen);
		free(stack);
	}
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
	unlink_view(view);
	if (stack->shown == view)
		stack->shown = NULL;
	view->scanout = *scanout;
	view->on = true;
	view->pending = true;
	view->next = stack->views;
	stack->views = view;
	update_stack(stack);
	/* For a flip of the view that is hidden now */
	start_timer();
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
	remove_view(view, refuse(-ENOENT, "turned off before it was shown"));
	update_stack(view->stack);
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
		ret = commit_first(view->stack);
	if (ret == -EBUSY) {
		start_timer();
		return 0;
	}
	if (ret) {
		view->scanout = before;
		view->pending = false;
	}
	return ret;
}
