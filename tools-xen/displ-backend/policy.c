// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which guests the backend serves, and on which screens: the options --domain,
 * --screen and --exclusive, and the default.  options.c adds the options,
 * session.c asks for the screens of a guest.  view.c counts the views of each
 * screen.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "card.h"
#include "log.h"
#include "policy.h"
#include "view.h"

/**
 * struct rule - an option --screen
 * @guest: domain ID, name or UUID of the guest
 * @connector: unique-id or number of the connector, or NULL for all
 * @card: path, file name or driver of the card
 * @output: name of the screen
 * @screen: the screen, or NULL if it was never connected
 * @next: next rule, in the order of the options
 */
struct rule {
	const char *guest;
	const char *connector;
	const char *card;
	const char *output;
	struct screen *screen;
	struct rule *next;
};

/**
 * struct served - an option --domain
 * @guest: domain ID, name or UUID of the guest
 * @next: next option
 */
struct served {
	const char *guest;
	struct served *next;
};

static struct rule *rules;
static struct served *served;
static bool exclusive;

/* ---- Options */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/**
 * policy_add_screen - add a rule for a guest
 * @text: GUEST[/CONNECTOR]=CARD:OUTPUT, which the function keeps and changes
 *
 * Ends the program if @text is something else, or the guest or connector has a
 * rule.
 */
void policy_add_screen(char *text)
{
	char *card = strchr(text, '='), *output = strrchr(text, ':');
	struct rule *rule = calloc(1, sizeof(*rule)), **end;
	char *connector;

	if (!rule)
		err(1, NULL);
	if (!card || card == text || !output || output < card + 2 || !output[1])
		errx(2, "--screen %s: not GUEST[/CONNECTOR]=CARD:OUTPUT", text);
	*card++ = '\0';
	*output++ = '\0';
	connector = strchr(text, '/');
	if (connector)
		*connector++ = '\0';
	if (!*text || (connector && !*connector))
		errx(2, "--screen: no name of a guest or connector before =%s:%s",
		     card, output);
	*rule = (struct rule) {
		.guest = text,
		.connector = connector,
		.card = card,
		.output = output,
	};
	for (end = &rules; *end; end = &(*end)->next)
		if (same((*end)->guest, text) &&
		    same((*end)->connector, connector))
			errx(2, "--screen: %s%s%s has two screens", text,
			     connector ? "/" : "", connector ?: "");
	*end = rule;
}

/**
 * policy_add_domain - serve a guest, and only guests of this function
 * @text: domain ID, name or UUID
 *
 * Ends the program if @text is empty.
 */
void policy_add_domain(const char *text)
{
	struct served *new = calloc(1, sizeof(*new));

	if (!new)
		err(1, NULL);
	if (!*text)
		errx(2, "--domain: the name is empty");
	new->guest = text;
	new->next = served;
	served = new;
}

/** policy_set_exclusive - let no guest use a screen that another one has */
void policy_set_exclusive(void)
{
	exclusive = true;
}

/** policy_serves_all - whether the backend serves all guests */
bool policy_serves_all(void)
{
	return !served;
}

/**
 * policy_serves - check whether the backend serves a guest
 * @guest: the guest
 *
 * Return: whether it does.
 */
bool policy_serves(const struct guest *guest)
{
	const struct served *one;

	for (one = served; one; one = one->next)
		if (guest_matches(guest, one->guest))
			return true;
	return !served;
}

/* ---- Screens */

static bool card_matches(const struct card *card, const char *text)
{
	struct stat ours, other;
	char path[64];

	if (!strcmp(card->name, text))
		return true;
	snprintf(path, sizeof(path), "/dev/dri/%s", text);
	return !fstat(card->fd, &ours) &&
	       !stat(strchr(text, '/') ? text : path, &other) &&
	       S_ISCHR(other.st_mode) && ours.st_rdev == other.st_rdev;
}

/*
 * screen_named - screen of a card by its name, or NULL
 *
 * A connector that is gone may have had the name, too.
 */
static struct screen *screen_named(const struct card *card, const char *name)
{
	struct screen *screen, *found = NULL;

	for (screen = card->screens; screen; screen = screen->next) {
		if (strcmp(screen->name, name))
			continue;
		if (screen->connected)
			return screen;
		if (!found)
			found = screen;
	}
	return found;
}

/* find_screen - screen of a rule, or NULL */
static struct screen *find_screen(const struct rule *rule)
{
	struct screen *screen;
	struct card *card;

	for (card = cards; card; card = card->next) {
		screen = screen_named(card, rule->output);
		if (screen && card_matches(card, rule->card))
			return screen;
	}
	return NULL;
}

/* list_screens - all screens as one string, for messages */
static const char *list_screens(void)
{
	static char text[400];
	struct screen *screen;
	struct card *card;
	size_t length = 0;

	for (card = cards; card; card = card->next)
		for (screen = card->screens; screen; screen = screen->next) {
			if (length < sizeof(text))
				length += snprintf(text + length,
						   sizeof(text) - length,
						   "%s%s:%s",
						   length ? ", " : "",
						   card->name, screen->name);
		}
	return text;
}

/* has_output - whether a card of a rule has the connector, connected or not */
static bool has_output(const struct rule *rule)
{
	struct card *card;

	for (card = cards; card; card = card->next)
		if (card_matches(card, rule->card) &&
		    card_has_output(card, rule->output))
			return true;
	return false;
}

/**
 * policy_init - find the screens of all rules; all cards are open
 *
 * Ends the program if a card has no such output.
 */
void policy_init(void)
{
	const struct rule *rule;

	policy_update();
	for (rule = rules; rule; rule = rule->next)
		if (!rule->screen && !has_output(rule))
			errx(2, "--screen: no screen %s:%s; there are %s",
			     rule->card, rule->output, list_screens());
}

/** policy_update - find the screens of rules again, as screens were added */
void policy_update(void)
{
	struct rule *rule;

	for (rule = rules; rule; rule = rule->next)
		rule->screen = find_screen(rule);
}

static bool rule_matches(const struct rule *rule, const struct guest *guest,
			 unsigned int index, const char *id)
{
	char number[12];

	snprintf(number, sizeof(number), "%u", index);
	return guest_matches(guest, rule->guest) &&
	       (!rule->connector || !strcmp(rule->connector, number) ||
		same(rule->connector, id));
}

/* find_rule - rule of a connector, or of all connectors; NULL if none */
static const struct rule *find_rule(const struct guest *guest,
				    unsigned int index, const char *id)
{
	const struct rule *rule, *found = NULL;

	for (rule = rules; rule; rule = rule->next) {
		if (!rule_matches(rule, guest, index, id))
			continue;
		if (rule->connector)
			return rule;
		found = rule;
	}
	return found;
}

/* may_use - whether a guest may use a screen: reserved by a rule, or taken */
static bool may_use(const struct guest *guest, const struct screen *screen)
{
	const struct rule *rule;
	bool reserved = false;

	if (exclusive && screen->users && screen->owner != guest->domid)
		return false;
	for (rule = rules; rule; rule = rule->next) {
		if (rule->screen != screen)
			continue;
		if (guest_matches(guest, rule->guest))
			return true;
		reserved = true;
	}
	return !reserved;
}

/* named_screen - the first screen whose name is the unique-id; NULL if none */
static struct screen *named_screen(const struct guest *guest, const char *id)
{
	struct screen *screen, *found = NULL;
	struct card *card;

	for (card = cards; card; card = card->next) {
		screen = screen_named(card, id);
		if (screen && may_use(guest, screen))
			return screen;
		if (screen)
			found = screen;
	}
	return found;
}

/* least_used - the first of the screens with the fewest views, or NULL */
static struct screen *least_used(const struct guest *guest,
				 const struct card *only)
{
	struct screen *screen, *best = NULL;
	struct card *card;

	for (card = cards; card; card = card->next)
		for (screen = card->screens; screen; screen = screen->next)
			if ((!only || card == only) && screen->connected &&
			    may_use(guest, screen) &&
			    (!best || screen->users < best->users))
				best = screen;
	return best;
}

/* choose_named - screens that options or the guest name; NULL for the others */
static int choose_named(const struct guest *guest, char *const *ids,
			unsigned int count, struct screen **screens)
{
	const struct rule *rule;
	struct card *card = NULL;
	unsigned int i;

	for (i = 0; i < count; i++) {
		rule = find_rule(guest, i, ids[i]);
		screens[i] = rule ? rule->screen : NULL;
		if (!rule && ids[i])
			screens[i] = named_screen(guest, ids[i]);
		if (rule && !screens[i])
			return refuse(-EBUSY, "screen %s:%s is not connected",
				      rule->card, rule->output);
		if (!screens[i])
			continue;
		if (!screens[i]->connected)
			return refuse(-EBUSY, "screen %s:%s is not connected",
				      screens[i]->card->name, screens[i]->name);
		if (!may_use(guest, screens[i]))
			return refuse(-EBUSY, "another guest has screen %s:%s",
				      screens[i]->card->name, screens[i]->name);
		if (card && screens[i]->card != card)
			return refuse(-EINVAL,
				      "connector %u is for %s, the others for %s",
				      i, screens[i]->card->name, card->name);
		card = screens[i]->card;
	}
	return 0;
}

static struct card *choose_card(const struct guest *guest,
				unsigned int count, struct screen **screens)
{
	struct screen *best;
	unsigned int i;

	for (i = 0; i < count; i++)
		if (screens[i])
			return screens[i]->card;
	best = least_used(guest, NULL);
	return best ? best->card : NULL;
}

/* open_own - open a card for a device, with a screen for each connector */
static int open_own(unsigned int count, struct screen **screens)
{
	struct screen *screen;
	struct card *card;
	int ret;

	ret = cards->ops->open_own(cards, count, &card);
	if (ret)
		return ret;
	for (screen = card->screens; screen; screen = screen->next) {
		views_update_screen(screen);
		screens[--count] = screen;
	}
	return 0;
}

/**
 * policy_choose - select the screens of a display device
 * @guest: the guest
 * @ids: unique-id of each connector, or NULL
 * @count: number of connectors
 * @screens: set to the screen of each connector, all on one card
 *
 * The caller calls policy_release() with the card.
 *
 * Return: 0; -EBUSY if other guests have the screens; -EINVAL if the screens are on
 * several cards; or an error of the card.  The reason is in refusal().
 */
int policy_choose(const struct guest *guest, char *const *ids,
		  unsigned int count, struct screen **screens)
{
	unsigned int i, chosen;
	struct card *card;
	int ret;

	if (cards->ops->open_own)
		return open_own(count, screens);
	ret = choose_named(guest, ids, count, screens);
	if (ret)
		return ret;
	card = choose_card(guest, count, screens);
	/* Count the views that will be opened, so that they spread */
	for (i = 0; i < count; i++)
		if (screens[i])
			screen_add_user(screens[i], guest->domid);
	for (chosen = 0; chosen < count; chosen++) {
		if (screens[chosen])
			continue;
		screens[chosen] = card ? least_used(guest, card) : NULL;
		if (!screens[chosen]) {
			ret = refuse(-EBUSY, "no screen is free");
			break;
		}
		screen_add_user(screens[chosen], guest->domid);
	}
	for (i = 0; i < count; i++)
		if (screens[i])
			screens[i]->users--;
	return ret;
}

/**
 * policy_release - release the screens of a display device
 * @card: card of the screens; all views of the device are closed
 */
void policy_release(struct card *card)
{
	struct screen *screen;

	if (!card->own)
		return;
	for (screen = card->screens; screen; screen = screen->next)
		views_remove_screen(screen);
	card->ops->close(card);
}
