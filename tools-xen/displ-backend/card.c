// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cards, by libdrm: find cards and their screens, and read their events.  This
 * file knows nothing of guests: view.c decides which guest a screen shows.
 * screen.c sets modes and flips.  This file reports the end of both by the
 * callback of the screen.
 */

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>

#include "card.h"
#include "log.h"

struct card *cards;

/* can_use - whether a CRTC (an index) fits a connector */
static bool can_use(const struct card *card, const drmModeConnector *connector, int crtc)
{
	return connector &&
	       drmModeConnectorGetPossibleCrtcs(card->fd, connector) & 1u << crtc;
}

/* count_fitting - number of connectors that a CRTC (an index) fits */
static unsigned int count_fitting(const struct card *card, const drmModeRes *res, int crtc)
{
	drmModeConnector *connector;
	unsigned int count = 0;
	int i;

	for (i = 0; i < res->count_connectors; i++) {
		connector = drmModeGetConnectorCurrent(card->fd, res->connectors[i]);
		count += can_use(card, connector, crtc);
		drmModeFreeConnector(connector);
	}
	return count;
}

/*
 * free_crtc - index of an unused CRTC that fits a connector, or -1
 *
 * The one that fits the fewest connectors leaves most for the others.
 */
static int free_crtc(const struct card *card, const drmModeRes *res,
		     const drmModeConnector *connector)
{
	const struct screen *other;
	unsigned int count, least = 0;
	int i, best = -1;

	for (i = 0; i < res->count_crtcs; i++) {
		for (other = card->screens; other; other = other->next)
			if (other->crtc == res->crtcs[i])
				break;
		if (other || !can_use(card, connector, i))
			continue;
		count = count_fitting(card, res, i);
		if (best < 0 || count < least) {
			best = i;
			least = count;
		}
	}
	return best;
}

static struct screen *find_screen(const struct card *card, uint32_t connector)
{
	struct screen *screen;

	for (screen = card->screens; screen; screen = screen->next)
		if (screen->connector == connector)
			return screen;
	return NULL;
}

/* is_connected - whether something is connected that has modes */
static bool is_connected(const drmModeConnector *connector)
{
	return connector && connector->connection != DRM_MODE_DISCONNECTED &&
	       connector->count_modes;
}

/* is_listed - whether a card has a connector: those of a DisplayPort hub come and go */
static bool is_listed(const drmModeRes *res, uint32_t connector)
{
	int i;

	for (i = 0; res && i < res->count_connectors; i++)
		if (res->connectors[i] == connector)
			return true;
	return false;
}

/* reuse_screen - a screen that fits a connector, has no view, and whose connector is gone */
static struct screen *reuse_screen(const struct card *card, const drmModeRes *res,
				   const drmModeConnector *connector)
{
	struct screen *screen;
	int i;

	for (screen = card->screens; screen; screen = screen->next) {
		if (screen->users || is_listed(res, screen->connector))
			continue;
		for (i = 0; i < res->count_crtcs; i++)
			if (res->crtcs[i] == screen->crtc && can_use(card, connector, i)) {
				screen->connector = connector->connector_id;
				return screen;
			}
	}
	return NULL;
}

/* add_screen - find or add a screen for a connector; NULL if it cannot be used */
static struct screen *add_screen(struct card *card, const drmModeRes *res,
				 const drmModeConnector *connector)
{
	int crtc = free_crtc(card, res, connector);
	struct screen *screen, **end = &card->screens;
	char name[32];

	if (crtc >= 0)
		screen = screen_create(card, connector->connector_id,
				       res->crtcs[crtc], crtc);
	else
		screen = reuse_screen(card, res, connector);
	if (!screen) {
		screen_get_name(card->fd, connector->connector_id, name,
				sizeof(name));
		log_print(LOG_WARNING, "%s:%s cannot be used: %s", card->name,
			  name, crtc < 0 ? "no CRTC is left for it" :
					   "it has no primary plane");
		return NULL;
	}
	if (crtc < 0)
		return screen;
	while (*end)
		end = &(*end)->next;
	*end = screen;
	return screen;
}

/*
 * update_screen - note what is connected, NULL if nothing that has modes
 *
 * Another first mode means another monitor.  The kernel may have given the number of a
 * connector that is gone to another one.
 */
static void update_screen(struct screen *screen, const drmModeConnector *connector,
			  void (*changed)(struct screen *screen))
{
	if (connector && screen->connected &&
	    !memcmp(&screen->first, connector->modes, sizeof(screen->first)))
		return;
	if (!connector && !screen->connected)
		return;
	screen->connected = connector;
	if (connector) {
		screen->first = *connector->modes;
		screen_get_name(screen->fd, screen->connector, screen->name,
				sizeof(screen->name));
	}
	if (changed)
		changed(screen);
}

/* card_scan - operation of a card; @changed may be NULL */
static void card_scan(struct card *card, void (*changed)(struct screen *screen))
{
	drmModeRes *res = drmModeGetResources(card->fd);
	drmModeConnector *connector;
	struct screen *screen;
	bool connected;
	int i;

	/* An unplugged card lists nothing */
	for (screen = card->screens; screen; screen = screen->next)
		if (!is_listed(res, screen->connector))
			update_screen(screen, NULL, changed);
	for (i = 0; res && i < res->count_connectors; i++) {
		connector = drmModeGetConnector(card->fd, res->connectors[i]);
		connected = is_connected(connector);
		screen = find_screen(card, res->connectors[i]);
		if (!screen && connected)
			screen = add_screen(card, res, connector);
		if (screen)
			update_screen(screen, connected ? connector : NULL, changed);
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(res);
}

/* ---- Cards */

static void page_flip_handler(int fd, unsigned int sequence, unsigned int sec,
			      unsigned int usec, unsigned int crtc, void *data)
{
	struct screen *screen = data;

	screen->busy = false;
	screen->flipped(screen);
}

static void card_readable(struct fd_watch *watch)
{
	drmEventContext context = {
		.version = 3,
		.page_flip_handler2 = page_flip_handler,
	};

	drmHandleEvent(watch->fd, &context);
}

static void kms_close(struct card *card)
{
	struct screen *screen;

	while (card->screens) {
		screen = card->screens;
		card->screens = screen->next;
		free(screen);
	}
	loop_remove_fd(&card->watch);
	close(card->fd);
	free(card);
}

static const struct card_ops kms_card = { .scan = card_scan, .close = kms_close };

/**
 * card_append - add a card after the other ones
 * @card: the card
 */
void card_append(struct card *card)
{
	struct card **end = &cards;

	while (*end)
		end = &(*end)->next;
	*end = card;
}

/* add_card - add a card that can be used; return the reason if it cannot */
static const char *add_card(int fd, bool shared)
{
	bool atomic = !drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1);
	drmVersion *version;
	struct card *card;
	drmModeRes *res;

	if (!drmIsMaster(fd))
		return "another program is its master";
	res = drmModeGetResources(fd);
	if (!res)
		return "no mode setting";
	drmModeFreeResources(res);

	card = calloc(1, sizeof(*card));
	version = drmGetVersion(fd);
	if (!card || !version)
		err(1, "card");
	card->ops = &kms_card;
	card->memory = &memory_kms;
	card->fd = fd;
	card->shared = shared;
	card->atomic = atomic;
	snprintf(card->name, sizeof(card->name), "%s", version->name);
	drmFreeVersion(version);
	card_scan(card, NULL);
	if (!card->screens) {
		free(card);
		return "no screen is connected";
	}
	if (loop_add_fd(&card->watch, fd, card_readable))
		err(1, "events of %s", card->name);
	card_append(card);
	return NULL;
}

/**
 * card_open_fd - add a card that is open already
 * @fd: file descriptor of the card, DRM master or a lease
 *
 * Ends the program if the card cannot be used.
 */
void card_open_fd(int fd)
{
	const char *reason = add_card(fd, true);

	if (reason)
		errx(1, "file descriptor %d: %s", fd, reason);
}

/**
 * card_open - open and add a card
 * @path: path of the device
 *
 * Ends the program if the card cannot be used.
 */
void card_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	const char *reason;

	if (fd < 0)
		err(1, "%s", path);
	reason = add_card(fd, false);
	if (reason)
		errx(1, "%s: %s", path, reason);
}

static bool is_vkms(int fd)
{
	drmVersion *version = drmGetVersion(fd);
	bool vkms = version && !strcmp(version->name, "vkms");

	drmFreeVersion(version);
	return vkms;
}

/**
 * card_open_unused - add all cards without a DRM master; vkms only if no other
 *
 * Ends the program if there is no card.
 */
void card_open_unused(void)
{
	char path[32];
	bool want_vkms = false;
	int i, fd;

	do {
		for (i = 0; i < DRM_MAX_MINOR; i++) {
			snprintf(path, sizeof(path), "/dev/dri/card%d", i);
			fd = open(path, O_RDWR | O_CLOEXEC);
			if (fd < 0)
				continue;
			if (is_vkms(fd) != want_vkms || add_card(fd, false))
				close(fd);
		}
		want_vkms = !want_vkms;
	} while (want_vkms && !cards);
	if (!cards)
		errx(1, "no card can be used: name one with --card, or load vkms");
}

/**
 * card_has_output - check whether a card has an output
 * @card: the card
 * @name: name of a screen, connected or not
 *
 * Return: whether it has.
 */
bool card_has_output(const struct card *card, const char *name)
{
	drmModeRes *res = drmModeGetResources(card->fd);
	bool found = false;
	char other[32];
	int i;

	for (i = 0; res && !found && i < res->count_connectors; i++) {
		screen_get_name(card->fd, res->connectors[i], other,
				sizeof(other));
		found = !strcmp(other, name);
	}
	drmModeFreeResources(res);
	return found;
}

/** card_close_all - close all cards; all views are closed */
void card_close_all(void)
{
	struct card *card;

	while (cards) {
		card = cards;
		cards = card->next;
		card->ops->close(card);
	}
}
