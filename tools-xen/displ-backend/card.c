// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>

#include "card.h"
#include "head.h"

struct card *cards;

/* ---- What a card has */

/* property - the number of one by its name, and what it is now */
static uint32_t property(int fd, uint32_t object, uint32_t type, const char *name,
			 uint64_t *value)
{
	drmModeObjectProperties *list = drmModeObjectGetProperties(fd, object, type);
	drmModePropertyRes *prop;
	uint32_t i, id = 0;

	for (i = 0; list && !id && i < list->count_props; i++) {
		prop = drmModeGetProperty(fd, list->props[i]);
		if (prop && !strcmp(prop->name, name)) {
			id = prop->prop_id;
			if (value)
				*value = list->prop_values[i];
		}
		drmModeFreeProperty(prop);
	}
	drmModeFreeObjectProperties(list);
	return id;
}

static void find_properties(struct screen *screen)
{
	const struct {
		uint32_t *id;
		uint32_t object;
		uint32_t type;
		const char *name;
	} list[] = {
		{ &screen->connector_crtc, screen->connector,
		  DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID" },
		{ &screen->crtc_active, screen->crtc, DRM_MODE_OBJECT_CRTC, "ACTIVE" },
		{ &screen->crtc_mode, screen->crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID" },
		{ &screen->plane_crtc, screen->plane, DRM_MODE_OBJECT_PLANE, "CRTC_ID" },
		{ &screen->plane_fb, screen->plane, DRM_MODE_OBJECT_PLANE, "FB_ID" },
		{ &screen->plane_src_x, screen->plane, DRM_MODE_OBJECT_PLANE, "SRC_X" },
		{ &screen->plane_src_y, screen->plane, DRM_MODE_OBJECT_PLANE, "SRC_Y" },
		{ &screen->plane_src_w, screen->plane, DRM_MODE_OBJECT_PLANE, "SRC_W" },
		{ &screen->plane_src_h, screen->plane, DRM_MODE_OBJECT_PLANE, "SRC_H" },
		{ &screen->plane_crtc_x, screen->plane, DRM_MODE_OBJECT_PLANE, "CRTC_X" },
		{ &screen->plane_crtc_y, screen->plane, DRM_MODE_OBJECT_PLANE, "CRTC_Y" },
		{ &screen->plane_crtc_w, screen->plane, DRM_MODE_OBJECT_PLANE, "CRTC_W" },
		{ &screen->plane_crtc_h, screen->plane, DRM_MODE_OBJECT_PLANE, "CRTC_H" },
		{ 0 }
	};
	unsigned int i;

	for (i = 0; list[i].id; i++) {
		*list[i].id = property(screen->card->fd, list[i].object,
				       list[i].type, list[i].name, NULL);
		if (!*list[i].id)
			errx(1, "%s has no property %s", screen->card->name,
			     list[i].name);
	}
}

/* primary_plane - of a CRTC, by its index */
static uint32_t primary_plane(int fd, unsigned int crtc)
{
	drmModePlaneRes *list = drmModeGetPlaneResources(fd);
	uint32_t i, id = 0;
	drmModePlane *plane;
	uint64_t type;

	for (i = 0; list && !id && i < list->count_planes; i++) {
		plane = drmModeGetPlane(fd, list->planes[i]);
		if (plane && plane->possible_crtcs & 1u << crtc &&
		    property(fd, plane->plane_id, DRM_MODE_OBJECT_PLANE, "type", &type) &&
		    type == DRM_PLANE_TYPE_PRIMARY)
			id = plane->plane_id;
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(list);
	return id;
}

/* free_crtc - one that a connector can have, by its index, or -1 */
static int free_crtc(const struct card *card, const drmModeRes *res,
		     const drmModeConnector *connector)
{
	uint32_t possible = drmModeConnectorGetPossibleCrtcs(card->fd, connector);
	const struct screen *other;
	int i;

	for (i = 0; i < res->count_crtcs; i++) {
		for (other = card->screens; other; other = other->next)
			if (other->crtc == res->crtcs[i])
				break;
		if (!other && possible & 1u << i)
			return i;
	}
	return -1;
}

static void add_screen(struct card *card, const drmModeRes *res, uint32_t id)
{
	drmModeConnector *connector = drmModeGetConnector(card->fd, id);
	struct screen *screen, **end = &card->screens;
	int crtc = -1;

	if (connector && connector->connection != DRM_MODE_DISCONNECTED &&
	    connector->count_modes)
		crtc = free_crtc(card, res, connector);
	drmModeFreeConnector(connector);
	if (crtc < 0)
		return;

	screen = calloc(1, sizeof(*screen));
	if (!screen)
		err(1, NULL);
	screen->card = card;
	screen->connector = id;
	screen->crtc = res->crtcs[crtc];
	screen->plane = primary_plane(card->fd, crtc);
	if (!screen->plane)
		errx(1, "%s has a screen without a plane", card->name);
	find_properties(screen);
	while (*end)
		end = &(*end)->next;
	*end = screen;
}

/* ---- Cards */

static void flipped(int fd, unsigned int sequence, unsigned int sec,
		    unsigned int usec, unsigned int crtc, void *data)
{
	struct screen *screen = data;
	struct head *head = screen->flipping;

	screen->busy = false;
	screen->flipping = NULL;
	if (head)
		head_flipped(head);
}

static void card_ready(struct watch *watch)
{
	drmEventContext context = { .version = 3, .page_flip_handler2 = flipped };

	drmHandleEvent(watch->fd, &context);
}

/* try_card - take it if it can do what we need; the reason if not */
static const char *try_card(int fd)
{
	drmVersion *version;
	struct card *card, **end = &cards;
	drmModeRes *res;
	int i;

	if (drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1) ||
	    drmSetClientCap(fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1))
		return "no atomic mode setting";
	if (!drmIsMaster(fd))
		return "another program is its master";
	res = drmModeGetResources(fd);
	if (!res)
		return "it shows no pictures";

	card = calloc(1, sizeof(*card));
	version = drmGetVersion(fd);
	if (!card || !version)
		err(1, "card");
	card->fd = fd;
	snprintf(card->name, sizeof(card->name), "%s", version->name);
	drmFreeVersion(version);
	for (i = 0; i < res->count_connectors; i++)
		add_screen(card, res, res->connectors[i]);
	drmModeFreeResources(res);
	if (!card->screens) {
		free(card);
		return "no screen is plugged in";
	}
	if (loop_add(&card->watch, fd, card_ready))
		err(1, "events of %s", card->name);
	while (*end)
		end = &(*end)->next;
	*end = card;
	return NULL;
}

/**
 * card_take - use a card that is open already
 * @fd: it, with its master's rights or as a lease
 *
 * Ends the program if it cannot be used.
 */
void card_take(int fd)
{
	const char *why = try_card(fd);

	if (why)
		errx(1, "file descriptor %d: %s", fd, why);
}

/**
 * card_open - use a card
 * @path: its device
 *
 * Ends the program if it cannot be used.
 */
void card_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	const char *why;

	if (fd < 0)
		err(1, "%s", path);
	why = try_card(fd);
	if (why)
		errx(1, "%s: %s", path, why);
}

/* is_virtual - a card that nobody can see */
static bool is_virtual(int fd)
{
	drmVersion *version = drmGetVersion(fd);
	bool vkms = version && !strcmp(version->name, "vkms");

	drmFreeVersion(version);
	return vkms;
}

/**
 * card_find - use all cards that have no master yet, or vkms if there are none
 *
 * Ends the program if there is not even that.
 */
void card_find(void)
{
	char path[32];
	bool virtual = false;
	int i, fd;

	do {
		for (i = 0; i < DRM_MAX_MINOR; i++) {
			snprintf(path, sizeof(path), "/dev/dri/card%d", i);
			fd = open(path, O_RDWR | O_CLOEXEC);
			if (fd < 0)
				continue;
			if (is_virtual(fd) != virtual || try_card(fd))
				close(fd);
		}
		virtual = !virtual;
	} while (virtual && !cards);
	if (!cards)
		errx(1, "no card to show anything: say which with --card, or load vkms");
}

/** card_close_all - leave the screens dark */
void card_close_all(void)
{
	struct screen *screen;
	struct card *card;

	while (cards) {
		card = cards;
		cards = card->next;
		while (card->screens) {
			screen = card->screens;
			card->screens = screen->next;
			free(screen);
		}
		loop_remove(&card->watch);
		close(card->fd);
		free(card);
	}
}

/* ---- Screens */

/* find_mode - a blob of the mode of that size, or 0 */
static uint32_t find_mode(struct screen *screen, uint32_t width, uint32_t height)
{
	drmModeConnector *connector =
		drmModeGetConnectorCurrent(screen->card->fd, screen->connector);
	uint32_t id = 0;
	int i;

	for (i = 0; connector && !id && i < connector->count_modes; i++) {
		drmModeModeInfo *mode = &connector->modes[i];

		if (mode->hdisplay == width && mode->vdisplay == height &&
		    drmModeCreatePropertyBlob(screen->card->fd, mode,
					      sizeof(*mode), &id))
			id = 0;
	}
	drmModeFreeConnector(connector);
	return id;
}

static drmModeAtomicReq *request(void)
{
	drmModeAtomicReq *req = drmModeAtomicAlloc();

	if (!req)
		err(1, NULL);
	return req;
}

static void set_plane(drmModeAtomicReq *req, const struct screen *screen,
		      const struct picture *picture)
{
	uint32_t plane = screen->plane;

	drmModeAtomicAddProperty(req, plane, screen->plane_crtc, screen->crtc);
	drmModeAtomicAddProperty(req, plane, screen->plane_fb, picture->fb);
	/* Of the framebuffer in 16.16 */
	drmModeAtomicAddProperty(req, plane, screen->plane_src_x,
				 (uint64_t)picture->x << 16);
	drmModeAtomicAddProperty(req, plane, screen->plane_src_y,
				 (uint64_t)picture->y << 16);
	drmModeAtomicAddProperty(req, plane, screen->plane_src_w,
				 (uint64_t)picture->width << 16);
	drmModeAtomicAddProperty(req, plane, screen->plane_src_h,
				 (uint64_t)picture->height << 16);
	drmModeAtomicAddProperty(req, plane, screen->plane_crtc_x, 0);
	drmModeAtomicAddProperty(req, plane, screen->plane_crtc_y, 0);
	drmModeAtomicAddProperty(req, plane, screen->plane_crtc_w, picture->width);
	drmModeAtomicAddProperty(req, plane, screen->plane_crtc_h, picture->height);
}

static int commit(const struct screen *screen, drmModeAtomicReq *req, uint32_t flags,
		  void *data)
{
	int ret = drmModeAtomicCommit(screen->card->fd, req, flags, data);

	drmModeAtomicFree(req);
	return ret;
}

/**
 * screen_on - set a screen's mode and show a picture
 * @screen: which
 * @picture: what
 *
 * Waits until it is shown.
 *
 * Return: 0; -EINVAL if the screen has no mode of that size, or an error of the
 * card's.
 */
int screen_on(struct screen *screen, const struct picture *picture)
{
	uint32_t mode = find_mode(screen, picture->width, picture->height);
	drmModeAtomicReq *req;
	int ret;

	if (!mode)
		return -EINVAL;
	req = request();
	drmModeAtomicAddProperty(req, screen->connector, screen->connector_crtc,
				 screen->crtc);
	drmModeAtomicAddProperty(req, screen->crtc, screen->crtc_mode, mode);
	drmModeAtomicAddProperty(req, screen->crtc, screen->crtc_active, 1);
	set_plane(req, screen, picture);
	ret = commit(screen, req, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL);
	drmModeDestroyPropertyBlob(screen->card->fd, mode);
	return ret;
}

/**
 * screen_flip - show another picture of the same size from the next vblank on
 * @screen: which, and it is on
 * @picture: what
 *
 * When that is done, head_flipped() is called for what @flipping is by then.
 *
 * Return: 0; -EBUSY if the last flip is not done, or an error of the card's.
 */
int screen_flip(struct screen *screen, const struct picture *picture)
{
	drmModeAtomicReq *req;
	int ret;

	if (screen->busy)
		return -EBUSY;
	req = request();
	set_plane(req, screen, picture);
	ret = commit(screen, req,
		     DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT, screen);
	screen->busy = !ret;
	return ret;
}

/**
 * screen_off - leave a screen dark
 * @screen: which
 */
void screen_off(struct screen *screen)
{
	drmModeAtomicReq *req = request();

	drmModeAtomicAddProperty(req, screen->plane, screen->plane_crtc, 0);
	drmModeAtomicAddProperty(req, screen->plane, screen->plane_fb, 0);
	drmModeAtomicAddProperty(req, screen->crtc, screen->crtc_active, 0);
	drmModeAtomicAddProperty(req, screen->crtc, screen->crtc_mode, 0);
	drmModeAtomicAddProperty(req, screen->connector, screen->connector_crtc, 0);
	if (commit(screen, req, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL))
		warn("cannot turn off a screen of %s", screen->card->name);
}
