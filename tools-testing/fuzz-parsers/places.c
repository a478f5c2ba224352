// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where screen.c of displ-backend shows a part of a framebuffer, for any modes of the
 * monitor, and with a plane that can scale and move the picture or cannot.  The input is
 * a byte of flags, width and height of the part, and those of each mode.
 */

#include <stdlib.h>
#include <string.h>

#include "../../tools-xen/displ-backend/screen.c"

#include "../../tools-xen/displ-backend/protocol.h"

#define CAN_SCALE	1
#define CAN_MOVE	2
#define MODES		64
/* The kernel refuses larger modes */
#define MAX_MODE	32767

const struct kms_ops screen_legacy;

static drmModeModeInfo modes[MODES];
static drmModeConnector connector = { .modes = modes };
static unsigned int plane;

drmModeConnector *drmModeGetConnectorCurrent(int fd, uint32_t id)
{
	return &connector;
}

void drmModeFreeConnector(drmModeConnector *freed)
{
}

const char *drmModeGetConnectorTypeName(uint32_t type)
{
	return "Virtual";
}

drmModeCrtc *drmModeGetCrtc(int fd, uint32_t id)
{
	return NULL;
}

void drmModeFreeCrtc(drmModeCrtc *crtc)
{
}

drmModePlane *drmModeGetPlane(int fd, uint32_t id)
{
	return NULL;
}

void drmModeFreePlane(drmModePlane *freed)
{
}

int drmIsMaster(int fd)
{
	return 0;
}

static bool fills(const struct placement *place)
{
	return place->width == place->mode.hdisplay && place->height == place->mode.vdisplay;
}

static bool is_scaled(const struct scanout *scanout, const struct placement *place)
{
	return place->width != scanout->width || place->height != scanout->height;
}

/* As KMS: the picture is within the mode, and the plane can do it */
static int test(struct screen *screen, const struct scanout *scanout,
		const struct placement *place)
{
	if (place->x + place->width > place->mode.hdisplay ||
	    place->y + place->height > place->mode.vdisplay)
		abort();
	if (!place->width || !place->height ||
	    (is_scaled(scanout, place) && !(plane & CAN_SCALE)) ||
	    (!fills(place) && !(plane & CAN_MOVE)))
		return -EINVAL;
	return 0;
}

const struct kms_ops screen_atomic = { .test = test };

/* in_middle - whether left and right edge, and upper and lower one, are equally wide */
static bool in_middle(const struct placement *place)
{
	uint32_t right = place->mode.hdisplay - place->x - place->width;
	uint32_t low = place->mode.vdisplay - place->y - place->height;

	return right - place->x <= 1 && low - place->y <= 1;
}

/* has_mode - whether a mode is of exactly this size, or at least of it */
static bool has_mode(const struct scanout *scanout, bool exact)
{
	int i;

	for (i = 0; i < connector.count_modes; i++)
		if (modes[i].hdisplay >= scanout->width && modes[i].vdisplay >= scanout->height &&
		    (!exact || (modes[i].hdisplay == scanout->width &&
				modes[i].vdisplay == scanout->height)))
			return true;
	return false;
}

/* A mode of the size first; else scaled to the first mode; else in the middle of a larger one */
static void check(const struct scanout *scanout, const struct placement *place, int ret)
{
	bool exact = has_mode(scanout, true);

	if (ret) {
		if (exact || (has_mode(scanout, false) && plane & CAN_MOVE) ||
		    (connector.count_modes && plane == (CAN_SCALE | CAN_MOVE)) ||
		    !strstr(refusal(ret), "no mode "))
			abort();
		return;
	}
	if (!in_middle(place))
		abort();
	if (exact && (is_scaled(scanout, place) || !fills(place)))
		abort();
	/* The same ratio: one dimension is that of the mode, the other is rounded down */
	if (is_scaled(scanout, place) &&
	    (memcmp(&place->mode, modes, sizeof(*modes)) ||
	     (place->width != modes->hdisplay && place->height != modes->vdisplay)))
		abort();
	if (!exact && plane == (CAN_SCALE | CAN_MOVE) &&
	    place->width != modes->hdisplay && place->height != modes->vdisplay)
		abort();
}

static uint32_t size_of(const uint8_t *data, uint32_t max)
{
	return (data[0] | data[1] << 8) % max + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct screen screen = { .kms = &screen_atomic, .name = "Virtual-1" };
	struct placement place = { 0 };
	struct scanout scanout = { 0 };
	int i;

	if (size < 5)
		return 0;
	plane = data[0] & (CAN_SCALE | CAN_MOVE);
	scanout.width = size_of(data + 1, MAX_PIXELS);
	scanout.height = size_of(data + 3, MAX_PIXELS);
	connector.count_modes = (size - 5) / 4 < MODES ? (size - 5) / 4 : MODES;
	for (i = 0; i < connector.count_modes; i++) {
		modes[i].hdisplay = size_of(data + 5 + i * 4, MAX_MODE);
		modes[i].vdisplay = size_of(data + 7 + i * 4, MAX_MODE);
	}
	refusal(0);
	check(&scanout, &place, place_scanout(&screen, &scanout, &place));
	return 0;
}
