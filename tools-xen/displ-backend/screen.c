// SPDX-License-Identifier: GPL-2.0-only
/*
 * A screen of KMS: a connector of a card with a CRTC and a plane.  This file selects modes
 * and the place of the picture.  screen-atomic.c or, for cards without atomic mode
 * setting, screen-legacy.c makes the changes.  card.c creates the screens and reports
 * the end of a change; view-stack.c begins the changes.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <xf86drm.h>

#include "card.h"
#include "log.h"
#include "screen-ops.h"

/**
 * screen_get_name - get the name of a connector as in /sys/class/drm
 * @fd: file descriptor of the card
 * @connector: id of the KMS connector
 * @name: set to the name, which does not contain the card
 * @size: size of @name in bytes
 */
void screen_get_name(int fd, uint32_t connector, char *name, size_t size)
{
	drmModeConnector *info = drmModeGetConnectorCurrent(fd, connector);
	const char *type = NULL;

	if (info)
		type = drmModeGetConnectorTypeName(info->connector_type);
	snprintf(name, size, "%s-%u", type ? type : "Unknown",
		 info ? info->connector_type_id : 0);
	drmModeFreeConnector(info);
}

/* ---- Modes */

/* Scale to a mode, with the same ratio of width and height, in its middle; not to nothing */
static void scale_to(const drmModeModeInfo *mode, const struct scanout *scanout,
		     struct placement *place)
{
	uint32_t width = mode->hdisplay, height = mode->vdisplay;

	if ((uint64_t)width * scanout->height >
	    (uint64_t)height * scanout->width)
		width = (uint64_t)height * scanout->width / scanout->height ?: 1;
	else
		height = (uint64_t)width * scanout->height / scanout->width ?: 1;
	*place = (struct placement) {
		.mode = *mode,
		.x = (mode->hdisplay - width) / 2,
		.y = (mode->vdisplay - height) / 2,
		.width = width,
		.height = height,
	};
}

/* Show each pixel as one, in the middle of a mode that is large enough */
static void center_in(const drmModeModeInfo *mode,
		      const struct scanout *scanout, struct placement *place)
{
	*place = (struct placement) {
		.mode = *mode,
		.x = (mode->hdisplay - scanout->width) / 2,
		.y = (mode->vdisplay - scanout->height) / 2,
		.width = scanout->width,
		.height = scanout->height,
	};
}

/* smallest_mode - the smallest mode that holds the part, or NULL */
static const drmModeModeInfo *smallest_mode(const drmModeConnector *connector,
					    const struct scanout *scanout)
{
	const drmModeModeInfo *mode, *best = NULL;
	int i;

	for (i = 0; i < connector->count_modes; i++) {
		mode = &connector->modes[i];
		if (mode->hdisplay >= scanout->width &&
		    mode->vdisplay >= scanout->height &&
		    (!best || mode->hdisplay * mode->vdisplay <
			      best->hdisplay * best->vdisplay))
			best = mode;
	}
	return best;
}

/* refuse_size - refuse a part that no mode can show; name the modes */
static int refuse_size(const struct screen *screen,
		       const drmModeConnector *connector,
		       const struct scanout *scanout)
{
	const drmModeModeInfo *mode, *last = NULL;
	char list[160] = "";
	size_t length = 0;
	int i;

	for (i = 0; i < connector->count_modes; i++) {
		mode = &connector->modes[i];
		if (last && mode->hdisplay == last->hdisplay &&
		    mode->vdisplay == last->vdisplay)
			continue;
		last = mode;
		length += snprintf(list + length, sizeof(list) - length,
				   "%s%ux%u", length ? ", " : "",
				   mode->hdisplay, mode->vdisplay);
		if (length > sizeof(list) - 20)
			break;
	}
	return refuse(-EINVAL, "no mode %ux%u; %s has %s%s", scanout->width,
		      scanout->height, screen->name, list,
		      i < connector->count_modes ? ", ..." : "");
}

/* is_size_error - whether a card cannot show a part in this size, but may in another */
static bool is_size_error(int error)
{
	return error == -EINVAL || error == -ERANGE;
}

/* The first mode of a connector is the preferred one */
static int find_place(struct screen *screen, const drmModeConnector *connector,
		      const struct scanout *scanout, struct placement *place)
{
	const drmModeModeInfo *mode = smallest_mode(connector, scanout);
	int ret;

	if (mode && mode->hdisplay == scanout->width &&
	    mode->vdisplay == scanout->height) {
		center_in(mode, scanout, place);
		return screen->kms->test(screen, scanout, place);
	}
	if (connector->count_modes) {
		scale_to(&connector->modes[0], scanout, place);
		ret = screen->kms->test(screen, scanout, place);
		if (!is_size_error(ret))
			return ret;
	}
	if (mode) {
		center_in(mode, scanout, place);
		ret = screen->kms->test(screen, scanout, place);
		if (!is_size_error(ret))
			return ret;
	}
	return refuse_size(screen, connector, scanout);
}

static int place_scanout(struct screen *screen, const struct scanout *scanout,
			 struct placement *place)
{
	drmModeConnector *connector =
		drmModeGetConnectorCurrent(screen->fd, screen->connector);
	int ret = connector ? -EINVAL : -ENODEV;

	if (connector)
		ret = find_place(screen, connector, scanout, place);
	drmModeFreeConnector(connector);
	return ret;
}

static int kms_test(struct screen *screen, const struct scanout *scanout)
{
	struct placement place;

	return place_scanout(screen, scanout, &place);
}

/*
 * The mode is the one with width and height of the part.  If there is none, the plane
 * scales the part to the preferred mode, or if it cannot, shows it in the middle of a
 * larger mode.
 */
static int kms_on(struct screen *screen, const struct scanout *scanout)
{
	struct placement place;
	int ret = place_scanout(screen, scanout, &place);

	if (!ret)
		ret = screen->kms->on(screen, scanout, &place);
	if (ret)
		return ret;
	screen->placement = place;
	screen->fb = scanout->fb;
	if (place.width != scanout->width || place.height != scanout->height)
		log_verbose("%s shows %ux%u scaled to %ux%u", screen->name,
			    scanout->width, scanout->height, place.width,
			    place.height);
	else if (place.x || place.y)
		log_verbose("%s shows %ux%u in the middle of %ux%u",
			    screen->name, scanout->width, scanout->height,
			    place.mode.hdisplay, place.mode.vdisplay);
	return 0;
}

static int kms_flip(struct screen *screen, const struct scanout *scanout)
{
	int ret = screen->kms->flip(screen, scanout, &screen->placement);

	if (!ret)
		screen->fb = scanout->fb;
	return ret;
}

static int kms_off(struct screen *screen)
{
	int ret = screen->kms->off(screen);

	if (!ret)
		screen->fb = 0;
	return ret;
}

static void kms_off_sync(struct screen *screen)
{
	if (screen->kms->off_sync(screen))
		warn("cannot turn off %s", screen->name);
}

/* shown_fb - framebuffer of the screen; the primary plane of a CRTC may be another plane */
static uint32_t shown_fb(const struct screen *screen, const drmModeCrtc *crtc)
{
	drmModePlane *plane;
	uint32_t fb;

	if (!crtc->mode_valid)
		return 0;
	if (!screen->plane)
		return crtc->buffer_id;
	plane = drmModeGetPlane(screen->fd, screen->plane);
	fb = plane && plane->crtc_id == screen->crtc ? plane->fb_id : 0;
	drmModeFreePlane(plane);
	return fb;
}

/*
 * Another program may have been the DRM master between two checks, and shows something
 * else.  The screen is not ours then until the next check.
 */
static int kms_check(struct screen *screen)
{
	drmModeCrtc *crtc = drmModeGetCrtc(screen->fd, screen->crtc);
	bool ours;

	if (!crtc)
		return -ENOENT;
	ours = drmIsMaster(screen->fd) &&
	       (!screen->fb || shown_fb(screen, crtc) == screen->fb);
	drmModeFreeCrtc(crtc);
	if (!ours)
		screen->fb = 0;
	return ours ? 0 : -EACCES;
}

static const struct screen_ops kms_screen = {
	.test = kms_test,
	.on = kms_on,
	.flip = kms_flip,
	.off = kms_off,
	.off_sync = kms_off_sync,
	.check = kms_check,
};

/**
 * screen_create - create the screen of a connector and a CRTC
 * @card: the card, with its other screens
 * @connector: id of the KMS connector
 * @crtc: id of a CRTC that fits the connector
 * @crtc_index: index of the CRTC in the resources of the card
 *
 * Return: the screen, which the caller frees with free(), or NULL if there is no
 * primary plane that no other screen has, or a property is missing.
 */
struct screen *screen_create(struct card *card, uint32_t connector,
			     uint32_t crtc, unsigned int crtc_index)
{
	struct screen *screen = calloc(1, sizeof(*screen));

	if (!screen)
		err(1, NULL);
	screen->ops = &kms_screen;
	screen->kms = card->atomic ? &screen_atomic : &screen_legacy;
	screen->card = card;
	screen->fd = card->fd;
	screen->connector = connector;
	screen->crtc = crtc;
	screen_get_name(card->fd, connector, screen->name, sizeof(screen->name));
	if (screen->kms->init(screen, crtc_index))
		return screen;
	free(screen);
	return NULL;
}
