// SPDX-License-Identifier: GPL-2.0-only
/*
 * Distribution of guests to screens.  When there are more views than screens,
 * views share a screen: the screen shows the view that was turned on last, and
 * when that is turned off, the view before it.  A hidden view flips at 60 Hz,
 * so its guest sees no difference.  This file owns the stack of views of each
 * screen and the timer for hidden views.  card.c does the mode setting;
 * connector.c and request.c turn views on and off and flip them.
 */

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "view.h"

/* Flips per second of a hidden view */
#define HIDDEN_HZ	60

/**
 * struct view_stack - the views that share a screen
 * @screen: the screen
 * @flipping: view whose flip the card has begun; NULL if none, or if the view
 *	does not need the result any more
 * @users: views of view_open(), on or off
 * @views: views that are on; the screen shows the first
 * @next: next stack, in the order of cards and their screens
 */
struct view_stack {
	struct screen *screen;
	struct view *flipping;
	unsigned int users;
	struct view *views;
	struct view_stack *next;
};

static struct view_stack *stacks;
static struct fd_watch timer;

/* Start the timer unless it is running */
static void start_timer(void)
{
	struct itimerspec now;
	struct itimerspec next = { .it_value.tv_nsec = 1000000000 / HIDDEN_HZ };

	if (!timerfd_gettime(timer.fd, &now) && !now.it_value.tv_nsec)
		timerfd_settime(timer.fd, 0, &next, NULL);
}

static bool is_shown(const struct view *view)
{
	return view->stack->views == view;
}

/* Flip on the card.  A hidden view, or a busy card, waits for the timer. */
static int start_flip(struct view *view)
{
	struct view_stack *stack = view->stack;
	int ret = -EBUSY;

	if (is_shown(view))
		ret = screen_flip(stack->screen, &view->scanout);
	view->timed = ret == -EBUSY;
	if (view->timed) {
		start_timer();
		return 0;
	}
	if (!ret)
		stack->flipping = view;
	return ret;
}

static void end_flip(struct view *view)
{
	view->pending = false;
	view->flipped(view);
}

static void screen_flipped(struct screen *screen)
{
	struct view_stack *stack = screen->data;
	struct view *view = stack->flipping;

	stack->flipping = NULL;
	if (view)
		end_flip(view);
}

/* End the flip of a hidden view; try again for a view whose card was busy */
static void tick_view(struct view *view)
{
	view->timed = false;
	if (!is_shown(view) || start_flip(view))
		end_flip(view);
}

static void timer_readable(struct fd_watch *watch)
{
	struct view_stack *stack;
	struct view *view;
	uint64_t n;

	if (read(watch->fd, &n, sizeof(n)) < 0)
		return;
	for (stack = stacks; stack; stack = stack->next)
		for (view = stack->views; view; view = view->next)
			if (view->timed)
				tick_view(view);
}

static struct view_stack *stack_create(struct screen *screen)
{
	struct view_stack *stack = calloc(1, sizeof(*stack));

	if (!stack)
		err(1, NULL);
	stack->screen = screen;
	screen->flipped = screen_flipped;
	screen->data = stack;
	return stack;
}

/**
 * views_init - create a stack of views for each screen
 *
 * The caller has opened all cards.  Ends the program on failure.
 */
void views_init(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct view_stack **end = &stacks;
	struct screen *screen;
	struct card *card;

	if (fd < 0 || loop_add_fd(&timer, fd, timer_readable))
		err(1, "timer");
	for (card = cards; card; card = card->next)
		for (screen = card->screens; screen; screen = screen->next) {
			*end = stack_create(screen);
			end = &(*end)->next;
		}
}

/** views_exit - free all stacks; no view is open and the cards still are */
void views_exit(void)
{
	struct view_stack *stack;

	loop_remove_fd(&timer);
	close(timer.fd);
	while (stacks) {
		stack = stacks;
		stacks = stack->next;
		free(stack);
	}
}

/* least_used - the first of the stacks with the fewest users on a card */
static struct view_stack *least_used(const struct card *card)
{
	struct view_stack *stack, *best = card->screens->data;
	struct screen *screen;

	for (screen = card->screens; screen; screen = screen->next) {
		stack = screen->data;
		if (stack->users < best->users)
			best = stack;
	}
	return best;
}

/**
 * view_select_card - select the card for the next guest
 *
 * Return: the card that has the screen with the fewest views; the first of them
 * if several have.
 */
struct card *view_select_card(void)
{
	struct card *card, *best = cards;

	for (card = cards; card; card = card->next)
		if (least_used(card)->users < least_used(best)->users)
			best = card;
	return best;
}

/**
 * view_open - open a view on the screen of a card that has the fewest views
 * @view: filled in; the view is off
 * @card: the card
 * @flipped: called when a flip of view_flip() is done, never inside view_flip()
 */
void view_open(struct view *view, struct card *card,
	       void (*flipped)(struct view *view))
{
	*view = (struct view) { .stack = least_used(card), .flipped = flipped };
	view->stack->users++;
}

/**
 * view_close - turn a view off and close it
 * @view: view of view_open()
 */
void view_close(struct view *view)
{
	view_off(view);
	view->stack->users--;
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

/* End a flip that is pending, without waiting for the card */
static void finish_flip(struct view *view)
{
	if (view->stack->flipping == view)
		view->stack->flipping = NULL;
	view->timed = false;
	if (view->pending)
		end_flip(view);
}

/**
 * view_on - turn a view on; the screen shows it from now on
 * @view: the view, on or off
 * @scanout: part of a framebuffer to show
 *
 * Return: 0, or an error of screen_on().
 */
int view_on(struct view *view, const struct scanout *scanout)
{
	int ret = screen_on(view->stack->screen, scanout);

	if (ret)
		return ret;
	finish_flip(view);
	unlink_view(view);
	view->scanout = *scanout;
	view->on = true;
	view->next = view->stack->views;
	view->stack->views = view;
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
	struct screen *screen = view->stack->screen;
	bool was_shown = is_shown(view);
	struct view *next;

	if (!view->on)
		return;
	finish_flip(view);
	unlink_view(view);
	view->on = false;
	next = view->stack->views;
	if (was_shown && (!next || screen_on(screen, &next->scanout)))
		screen_off(screen);
}

/**
 * view_flip - show another framebuffer
 * @view: the view
 * @scanout: part of the framebuffer, of the same size as before
 *
 * Return: 0, and @flipped of the view is called later; -EINVAL if the view is
 * off; -EBUSY if the last flip is pending; or an error of screen_flip().
 */
int view_flip(struct view *view, const struct scanout *scanout)
{
	struct scanout before = view->scanout;
	int ret;

	if (!view->on)
		return -EINVAL;
	if (view->pending)
		return -EBUSY;
	view->scanout = *scanout;
	ret = start_flip(view);
	if (ret)
		view->scanout = before;
	view->pending = !ret;
	return ret;
}
