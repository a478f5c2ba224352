// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "head.h"

static struct watch tick;

/* tick_soon - in a 60th of a second, if not sooner */
static void tick_soon(void)
{
	struct itimerspec now, next = { .it_value.tv_nsec = 1000000000 / 60 };

	if (!timerfd_gettime(tick.fd, &now) && !now.it_value.tv_nsec)
		timerfd_settime(tick.fd, 0, &next, NULL);
}

static bool shown(const struct head *head)
{
	return head->screen->heads == head;
}

/* flip_now - the card's answer, or by and by where it has no time or no part */
static int flip_now(struct head *head)
{
	int ret = shown(head) ? screen_flip(head->screen, &head->picture) : -EBUSY;

	head->waits = ret == -EBUSY;
	if (head->waits) {
		tick_soon();
		return 0;
	}
	if (!ret)
		head->screen->flipping = head;
	return ret;
}

/* Who is hidden is done; whose card was busy tries again */
static void tick_head(struct head *head)
{
	head->waits = false;
	if (!shown(head) || flip_now(head))
		head_flipped(head);
}

static void ticked(struct watch *watch)
{
	struct screen *screen;
	struct head *head;
	struct card *card;
	uint64_t n;

	if (read(watch->fd, &n, sizeof(n)) < 0)
		return;
	for (card = cards; card; card = card->next)
		for (screen = card->screens; screen; screen = screen->next)
			for (head = screen->heads; head; head = head->next)
				if (head->waits)
					tick_head(head);
}

/** heads_open - before all others */
void heads_open(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || loop_add(&tick, fd, ticked))
		err(1, "timer");
}

/* freest - the first of a card's screens with the fewest guests */
static struct screen *freest(const struct card *card)
{
	struct screen *screen, *best = card->screens;

	for (screen = best; screen; screen = screen->next)
		if (screen->users < best->users)
			best = screen;
	return best;
}

/**
 * head_card - the card for the next guest
 *
 * Return: the first of those with the fewest guests to a screen.
 */
struct card *head_card(void)
{
	struct card *card, *best = cards;

	for (card = cards; card; card = card->next)
		if (freest(card)->users < freest(best)->users)
			best = card;
	return best;
}

/**
 * head_open - have a place for a guest's picture
 * @head: filled in, dark
 * @card: on one of whose screens: the first of those with the fewest guests
 * @flipped: called when head_flip() has had its effect, never inside of it
 */
void head_open(struct head *head, struct card *card,
	       void (*flipped)(struct head *head))
{
	*head = (struct head) { .screen = freest(card), .flipped = flipped };
	head->screen->users++;
}

/**
 * head_close - give the place up
 * @head: of head_open()
 */
void head_close(struct head *head)
{
	head_off(head);
	head->screen->users--;
}

/* unlink_head - from those that are on */
static void unlink_head(struct head *head)
{
	struct head **at;

	for (at = &head->screen->heads; *at; at = &(*at)->next)
		if (*at == head) {
			*at = head->next;
			return;
		}
}

/* settle - what was on its way is done, or overtaken */
static void settle(struct head *head)
{
	if (head->screen->flipping == head)
		head->screen->flipping = NULL;
	head->waits = false;
	if (head->pending)
		head_flipped(head);
}

/**
 * head_on - show a picture
 * @head: where; dark, or not
 * @picture: what
 *
 * Return: 0, or an error of screen_on().
 */
int head_on(struct head *head, const struct picture *picture)
{
	int ret = screen_on(head->screen, picture);

	if (ret)
		return ret;
	settle(head);
	unlink_head(head);
	head->picture = *picture;
	head->on = true;
	head->next = head->screen->heads;
	head->screen->heads = head;
	return 0;
}

/**
 * head_off - show nothing
 * @head: where; dark, or not
 */
void head_off(struct head *head)
{
	bool was_shown = shown(head);
	struct head *next;

	if (!head->on)
		return;
	settle(head);
	unlink_head(head);
	head->on = false;
	next = head->screen->heads;
	if (was_shown && (!next || screen_on(head->screen, &next->picture)))
		screen_off(head->screen);
}

/**
 * head_flip - show another picture
 * @head: where, and it is on
 * @picture: what, of the same size
 *
 * Return: 0 and @flipped is called, -EINVAL if it is dark, -EBUSY if the last
 * flip is not done, or an error of screen_flip().
 */
int head_flip(struct head *head, const struct picture *picture)
{
	struct picture before = head->picture;
	int ret;

	if (!head->on)
		return -EINVAL;
	if (head->pending)
		return -EBUSY;
	head->picture = *picture;
	ret = flip_now(head);
	if (ret)
		head->picture = before;
	head->pending = !ret;
	return ret;
}

/**
 * head_flipped - the card has shown what head_flip() was given
 * @head: where
 */
void head_flipped(struct head *head)
{
	head->pending = false;
	head->flipped(head);
}
