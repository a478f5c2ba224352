// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cards and their screens, by libdrm: find cards, set modes, flip.  This file
 * knows nothing of guests: view.c decides which guest a screen shows.  It
 * reports the end of a flip by the callback of the screen.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>

#include "card.h"

struct card *cards;

/* ---- Objects of a card */

/* find_property - id of a property by its name, and its value; 0 if missing */
static uint32_t find_property(int fd, uint32_t object, uint32_t type,
			      const char *name, uint64_t *value)
{
	drmModeObjectProperties *list =
		drmModeObjectGetProperties(fd, object, type);
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

static void read_properties(struct screen *screen)
{
	const uint32_t connector = screen->connector, crtc = screen->crtc;
	const uint32_t plane = screen->plane;
	const struct {
		uint32_t *id;
		uint32_t object;
		uint32_t type;
		const char *name;
	} list[] = {
		{ &screen->connector_crtc, connector, DRM_MODE_OBJECT_CONNECTOR,
		  "CRTC_ID" },
		{ &screen->crtc_active, crtc, DRM_MODE_OBJECT_CRTC, "ACTIVE" },
		{ &screen->crtc_mode, crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID" },
		{ &screen->plane_crtc, plane, DRM_MODE_OBJECT_PLANE, "CRTC_ID" },
		{ &screen->plane_fb, plane, DRM_MODE_OBJECT_PLANE, "FB_ID" },
		{ &screen->plane_src_x, plane, DRM_MODE_OBJECT_PLANE, "SRC_X" },
		{ &screen->plane_src_y, plane, DRM_MODE_OBJECT_PLANE, "SRC_Y" },
		{ &screen->plane_src_w, plane, DRM_MODE_OBJECT_PLANE, "SRC_W" },
		{ &screen->plane_src_h, plane, DRM_MODE_OBJECT_PLANE, "SRC_H" },
		{ &screen->plane_crtc_x, plane, DRM_MODE_OBJECT_PLANE, "CRTC_X" },
		{ &screen->plane_crtc_y, plane, DRM_MODE_OBJECT_PLANE, "CRTC_Y" },
		{ &screen->plane_crtc_w, plane, DRM_MODE_OBJECT_PLANE, "CRTC_W" },
		{ &screen->plane_crtc_h, plane, DRM_MODE_OBJECT_PLANE, "CRTC_H" },
		{ 0 }
	};
	unsigned int i;

	for (i = 0; list[i].id; i++) {
		*list[i].id = find_property(screen->card->fd, list[i].object,
					    list[i].type, list[i].name, NULL);
		if (!*list[i].id)
			errx(1, "%s has no property %s", screen->card->name,
			     list[i].name);
	}
}

/* primary_plane - id of the primary plane of a CRTC (an index); 0 if none */
static uint32_t primary_plane(int fd, unsigned int crtc)
{
	drmModePlaneRes *list = drmModeGetPlaneResources(fd);
	uint32_t i, id = 0;
	drmModePlane *plane;
	uint64_t type;

	for (i = 0; list && !id && i < list->count_planes; i++) {
		plane = drmModeGetPlane(fd, list->planes[i]);
		if (plane && plane->possible_crtcs & 1u << crtc &&
		    find_property(fd, plane->plane_id, DRM_MODE_OBJECT_PLANE,
				  "type", &type) &&
		    type == DRM_PLANE_TYPE_PRIMARY)
			id = plane->plane_id;
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(list);
	return id;
}

/* free_crtc - index of an unused CRTC that fits a connector, or -1 */
static int free_crtc(const struct card *card, const drmModeRes *res,
		     const drmModeConnector *connector)
{
	uint32_t possible =
		drmModeConnectorGetPossibleCrtcs(card->fd, connector);
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
	read_properties(screen);
	while (*end)
		end = &(*end)->next;
	*end = screen;
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

/* add_card - add a card that can be used; return the reason if it cannot */
static const char *add_card(int fd)
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
		return "no mode setting";

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
		return "no screen is connected";
	}
	if (loop_add_fd(&card->watch, fd, card_readable))
		err(1, "events of %s", card->name);
	while (*end)
		end = &(*end)->next;
	*end = card;
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
	const char *reason = add_card(fd);

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
	reason = add_card(fd);
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
			if (is_vkms(fd) != want_vkms || add_card(fd))
				close(fd);
		}
		want_vkms = !want_vkms;
	} while (want_vkms && !cards);
	if (!cards)
		errx(1, "no card can be used: name one with --card, or load vkms");
}

/** card_close_all - close all cards; all views are closed */
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
		loop_remove_fd(&card->watch);
		close(card->fd);
		free(card);
	}
}

/* ---- Screens */

/* create_mode_blob - property blob of the mode with this size, or 0 */
static uint32_t create_mode_blob(struct screen *screen, uint32_t width,
				 uint32_t height)
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

static drmModeAtomicReq *alloc_request(void)
{
	drmModeAtomicReq *req = drmModeAtomicAlloc();

	if (!req)
		err(1, NULL);
	return req;
}

static void set_plane(drmModeAtomicReq *req, const struct screen *screen,
		      const struct scanout *scanout)
{
	uint32_t plane = screen->plane;

	drmModeAtomicAddProperty(req, plane, screen->plane_crtc, screen->crtc);
	drmModeAtomicAddProperty(req, plane, screen->plane_fb, scanout->fb);
	/* Source coordinates are 16.16 fixed point */
	drmModeAtomicAddProperty(req, plane, screen->plane_src_x,
				 (uint64_t)scanout->x << 16);
	drmModeAtomicAddProperty(req, plane, screen->plane_src_y,
				 (uint64_t)scanout->y << 16);
	drmModeAtomicAddProperty(req, plane, screen->plane_src_w,
				 (uint64_t)scanout->width << 16);
	drmModeAtomicAddProperty(req, plane, screen->plane_src_h,
				 (uint64_t)scanout->height << 16);
	drmModeAtomicAddProperty(req, plane, screen->plane_crtc_x, 0);
	drmModeAtomicAddProperty(req, plane, screen->plane_crtc_y, 0);
	drmModeAtomicAddProperty(req, plane, screen->plane_crtc_w,
				 scanout->width);
	drmModeAtomicAddProperty(req, plane, screen->plane_crtc_h,
				 scanout->height);
}

static int commit(const struct screen *screen, drmModeAtomicReq *req,
		  uint32_t flags, void *data)
{
	int ret = drmModeAtomicCommit(screen->card->fd, req, flags, data);

	drmModeAtomicFree(req);
	return ret;
}

/**
 * screen_on - set the mode of a screen and show a part of a framebuffer
 * @screen: the screen
 * @scanout: the part; the mode is the one with its width and height
 *
 * Waits until the screen shows it.
 *
 * Return: 0; -EINVAL if the screen has no mode of this size; or a negative
 * error number of the card.
 */
int screen_on(struct screen *screen, const struct scanout *scanout)
{
	uint32_t mode = create_mode_blob(screen, scanout->width,
					 scanout->height);
	drmModeAtomicReq *req;
	int ret;

	if (!mode)
		return -EINVAL;
	req = alloc_request();
	drmModeAtomicAddProperty(req, screen->connector, screen->connector_crtc,
				 screen->crtc);
	drmModeAtomicAddProperty(req, screen->crtc, screen->crtc_mode, mode);
	drmModeAtomicAddProperty(req, screen->crtc, screen->crtc_active, 1);
	set_plane(req, screen, scanout);
	ret = commit(screen, req, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL);
	drmModeDestroyPropertyBlob(screen->card->fd, mode);
	return ret;
}

/**
 * screen_flip - show another framebuffer of the same size at the next vblank
 * @screen: the screen, which is on
 * @scanout: the part of the framebuffer
 *
 * When the flip is done, the loop calls @flipped of the screen.
 *
 * Return: 0; -EBUSY if the last flip is pending; or a negative error number of
 * the card.
 */
int screen_flip(struct screen *screen, const struct scanout *scanout)
{
	drmModeAtomicReq *req;
	int ret;

	if (screen->busy)
		return -EBUSY;
	req = alloc_request();
	set_plane(req, screen, scanout);
	ret = commit(screen, req,
		     DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT,
		     screen);
	screen->busy = !ret;
	return ret;
}

/**
 * screen_off - turn a screen off
 * @screen: the screen
 */
void screen_off(struct screen *screen)
{
	drmModeAtomicReq *req = alloc_request();

	drmModeAtomicAddProperty(req, screen->plane, screen->plane_crtc, 0);
	drmModeAtomicAddProperty(req, screen->plane, screen->plane_fb, 0);
	drmModeAtomicAddProperty(req, screen->crtc, screen->crtc_active, 0);
	drmModeAtomicAddProperty(req, screen->crtc, screen->crtc_mode, 0);
	drmModeAtomicAddProperty(req, screen->connector, screen->connector_crtc,
				 0);
	if (commit(screen, req, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL))
		warn("cannot turn off a screen of %s", screen->card->name);
}
