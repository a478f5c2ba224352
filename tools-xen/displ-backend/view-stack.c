// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stack of views of each screen, of which the screen shows the first.  A hidden view
 * flips at 60 Hz, so its guest sees no difference.  The card makes one change of a screen
 * at a time and nothing waits for it.  While another program is the DRM master of the
 * card, all views are hidden.  This file owns the stacks, the timer for hidden views and
 * the check of the DRM master.  view.c puts views on the stacks; screen.c does the mode
 * setting; device.c and policy.c report screens that come and go.
 */

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "log.h"
#include "view-ops.h"

/* Nanoseconds from one check of the DRM master to the next */
#define CHECK_NS	1000000000ULL

/* Flips per second of a hidden view */
#define HIDDEN_HZ	60

static struct view_stack *stacks;
static struct fd_watch timer;
static struct work check;

/** stack_start_timer - start the timer for hidden views, unless it is running */
void stack_start_timer(void)
{
	struct itimerspec now;
	struct itimerspec next = { .it_value.tv_nsec = 1000000000 / HIDDEN_HZ };

	if (!timerfd_gettime(timer.fd, &now) && !now.it_value.tv_nsec)
		timerfd_settime(timer.fd, 0, &next, NULL);
}

/**
 * stack_unlink - remove a view from the list of those that are on
 * @view: a view, on or off
 */
void stack_unlink(struct view *view)
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

/**
 * stack_remove - turn a view off, without a change of the screen
 * @view: a view that is on
 * @error: negative error number for @done of the view, if a change of it is pending
 */
void stack_remove(struct view *view, int error)
{
	struct view_stack *stack = view->stack;

	stack_unlink(view);
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
 * must_check - whether to look regularly if the screen is ours
 *
 * The kernel reports neither the loss and the return of the DRM master nor the end of
 * a lease.  Only a program that shares the file of the card can take the master.  A
 * screen that is gone does not return before an event of hotplug.c.
 */
static bool must_check(const struct view_stack *stack)
{
	if (stack->away)
		return stack->away == -EACCES;
	return (stack->views || stack->lit) && stack->screen->card->shared;
}

static void schedule_check(const struct view_stack *stack)
{
	if (must_check(stack) && !loop_is_pending(&check))
		loop_delay_work(&check, loop_time() + CHECK_NS);
}

/* A screen that could not be turned off shows a framebuffer until that is removed */
static bool is_card_away(const struct card *card)
{
	const struct view_stack *stack;

	for (stack = stacks; stack; stack = stack->next)
		if (stack->screen->card == card && stack->away)
			return true;
	return false;
}

/* The views are hidden until a commit succeeds.  A screen that was on may still be */
static void lose_screen(struct view_stack *stack, int error)
{
	if (!stack->away)
		log_print(LOG_NOTICE, "%s:%s: lost, guests are not shown: %s",
			  stack->screen->card->name, stack->screen->name,
			  error == -EACCES ? "another program is the DRM master" :
					     "the lease, the card or the compositor is gone");
	stack->away = error;
	stack->screen->card->away = true;
	stack->width = 0;
	stack->shown = NULL;
	stack_start_timer();
	schedule_check(stack);
}

static void regain_screen(struct view_stack *stack)
{
	if (stack->away)
		log_print(LOG_NOTICE, "%s:%s: shows guests again",
			  stack->screen->card->name, stack->screen->name);
	stack->away = 0;
	stack->screen->card->away = is_card_away(stack->screen->card);
}

/**
 * stack_commit_first - begin to show the first view
 * @stack: views of a screen, at least one of them on
 *
 * An unchanged mode needs a flip only, if the card can change position and pixel format by
 * it.  A guest that asks for a flip gets no mode.
 *
 * Return: 0; -EBUSY if a change is pending or the screen is not ours; or an error of the
 * screen.
 */
int stack_commit_first(struct view_stack *stack)
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
	regain_screen(stack);
	stack->lit = true;
	stack->width = scanout->width;
	stack->height = scanout->height;
	stack->shown = view;
	stack->flipping = view->pending ? view : NULL;
	schedule_check(stack);
	return 0;
}

/* While the screen is on, the card has the guest's pages: an error is tried again */
static void turn_off(struct view_stack *stack)
{
	int ret = stack->screen->ops->off(stack->screen);

	if (is_away(ret)) {
		lose_screen(stack, ret);
		return;
	}
	if (ret && ret != -EBUSY && ret != stack->stuck)
		log_print(LOG_WARNING, "%s:%s: cannot be turned off: %s",
			  stack->screen->card->name, stack->screen->name, strerror(-ret));
	if (ret != -EBUSY)
		stack->stuck = ret;
	stack->lit = ret;
	if (ret)
		stack_start_timer();
	else
		regain_screen(stack);
}

/**
 * stack_update - make the screen show the first view, or nothing
 * @stack: views of a screen
 *
 * While the card is busy nothing happens; the end of its change calls this function again.
 */
void stack_update(struct view_stack *stack)
{
	struct view *view;
	int ret;

	while (!stack->screen->busy) {
		view = stack->views;
		if (!view && stack->lit)
			turn_off(stack);
		if (!view || (view == stack->shown && !view->pending))
			return;
		ret = stack_commit_first(stack);
		if (ret == -EBUSY)
			stack_start_timer();
		if (!ret || ret == -EBUSY)
			return;
		stack_remove(view, ret);
		log_limited(view->limit, LOG_WARNING, "%s: %s:%s turned the picture off: %s",
			    view->label, stack->screen->card->name,
			    stack->screen->name, strerror(-ret));
	}
}

static void screen_flipped(struct screen *screen)
{
	struct view_stack *stack = screen->data;

	end_commit(stack);
	stack_update(stack);
}

/* End the changes of hidden views; try again if the card was busy */
static void tick_stack(struct view_stack *stack)
{
	struct view *view;

	for (view = stack->views; view; view = view->next)
		if ((stack->away || view != stack->views) &&
		    view != stack->flipping)
			end_change(view, 0);
	if (!stack->away)
		stack_update(stack);
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

/* The screen may be ours again: show its first view, or turn it off */
static void return_screen(struct view_stack *stack)
{
	if (stack->views || stack->lit)
		stack_update(stack);
	else
		regain_screen(stack);
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
			return_screen(stack);
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
 * views_update_screen - handle a screen that is new, (dis)connected or has another monitor
 * @screen: the screen
 *
 * Views stay on a screen that is disconnected.  When a monitor is connected again, the
 * mode is set again.
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
	/* The CRTC may still be on: set the mode again, or turn it off if that fails */
	stack->width = 0;
	stack->shown = NULL;
	return_screen(stack);
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
		if ((stack->lit && !stack->away) || stack->screen->busy)
			stack->screen->ops->off_sync(stack->screen);
		free(stack);
	}
}
