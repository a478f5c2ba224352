// SPDX-License-Identifier: GPL-2.0-only
/*
 * A screen: a connector of a card with a CRTC and a plane.  This file sets modes
 * and flips by atomic commits.  card.c creates the screens and reports the end of
 * a commit; view.c begins the changes.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xf86drm.h>

#include "log.h"
#include "screen.h"

/* ---- Objects of KMS */

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

/* read_properties - find the ids of all properties; false if one is missing */
static bool read_properties(struct screen *screen)
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
		*list[i].id = find_property(screen->fd, list[i].object,
					    list[i].type, list[i].name, NULL);
		if (!*list[i].id)
			return false;
	}
	return true;
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

/**
 * screen_create - create the screen of a connector and a CRTC
 * @fd: file descriptor of the card
 * @connector: id of the KMS connector
 * @crtc: id of a CRTC that fits the connector
 * @crtc_index: index of the CRTC in the resources of the card
 *
 * Return: the screen, which the caller frees with free(), or NULL if there is no
 * primary plane or a property is missing.
 */
struct screen *screen_create(int fd, uint32_t connector, uint32_t crtc,
			     unsigned int crtc_index)
{
	struct screen *screen = calloc(1, sizeof(*screen));

	if (!screen)
		err(1, NULL);
	screen->fd = fd;
	screen->connector = connector;
	screen->crtc = crtc;
	screen->plane = primary_plane(fd, crtc_index);
	screen_get_name(fd, connector, screen->name, sizeof(screen->name));
	if (screen->plane && read_properties(screen))
		return screen;
	free(screen);
	return NULL;
}

/**
 * screen_add_user - count a view of a domain; the caller takes one from @users later
 * @screen: the screen
 * @domid: number of the domain
 */
void screen_add_user(struct screen *screen, uint32_t domid)
{
	screen->users++;
	screen->owner = domid;
}

/* ---- Changes */

static drmModeAtomicReq *alloc_request(void)
{
	drmModeAtomicReq *req = drmModeAtomicAlloc();

	if (!req)
		err(1, NULL);
	return req;
}

static void set_plane(drmModeAtomicReq *req, const struct screen *screen,
		      const struct scanout *scanout,
		      const struct placement *place)
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
	drmModeAtomicAddProperty(req, plane, screen->plane_crtc_x, place->x);
	drmModeAtomicAddProperty(req, plane, screen->plane_crtc_y, place->y);
	drmModeAtomicAddProperty(req, plane, screen->plane_crtc_w,
				 place->width);
	drmModeAtomicAddProperty(req, plane, screen->plane_crtc_h,
				 place->height);
}

static int commit(const struct screen *screen, drmModeAtomicReq *req,
		  uint32_t flags)
{
	int ret = drmModeAtomicCommit(screen->fd, req, flags,
				      (void *)screen);

	drmModeAtomicFree(req);
	return ret;
}

/* Begin a change without waiting; page_flip_handler() reports its end */
static int begin_commit(struct screen *screen, drmModeAtomicReq *req,
			uint32_t flags)
{
	int ret;

	if (screen->busy) {
		drmModeAtomicFree(req);
		return -EBUSY;
	}
	ret = commit(screen, req, flags | DRM_MODE_ATOMIC_NONBLOCK |
				  DRM_MODE_PAGE_FLIP_EVENT);
	screen->busy = !ret;
	return ret;
}

/* Set mode and framebuffer by a commit with @flags */
static int turn_on(struct screen *screen, const struct scanout *scanout,
		   const struct placement *place, uint32_t flags)
{
	drmModeAtomicReq *req;
	uint32_t mode;
	int ret;

	ret = drmModeCreatePropertyBlob(screen->fd, &place->mode,
					sizeof(place->mode), &mode);
	if (ret)
		return ret;
	req = alloc_request();
	drmModeAtomicAddProperty(req, screen->connector, screen->connector_crtc,
				 screen->crtc);
	drmModeAtomicAddProperty(req, screen->crtc, screen->crtc_mode, mode);
	drmModeAtomicAddProperty(req, screen->crtc, screen->crtc_active, 1);
	set_plane(req, screen, scanout, place);
	flags |= DRM_MODE_ATOMIC_ALLOW_MODESET;
	ret = flags & DRM_MODE_ATOMIC_TEST_ONLY ?
		commit(screen, req, flags) : begin_commit(screen, req, flags);
	drmModeDestroyPropertyBlob(screen->fd, mode);
	return ret;
}

/* ---- Modes */

/* Scale to a mode, with the same ratio of width and height, in its middle */
static void scale_to(const drmModeModeInfo *mode, const struct scanout *scanout,
		     struct placement *place)
{
	uint32_t width = mode->hdisplay, height = mode->vdisplay;

	if ((uint64_t)width * scanout->height >
	    (uint64_t)height * scanout->width)
		width = (uint64_t)height * scanout->width / scanout->height;
	else
		height = (uint64_t)width * scanout->height / scanout->width;
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

/* The first mode of a connector is the preferred one */
static int find_place(struct screen *screen, const drmModeConnector *connector,
		      const struct scanout *scanout, struct placement *place)
{
	const drmModeModeInfo *mode = smallest_mode(connector, scanout);
	const uint32_t test = DRM_MODE_ATOMIC_TEST_ONLY;

	if (mode && mode->hdisplay == scanout->width &&
	    mode->vdisplay == scanout->height) {
		center_in(mode, scanout, place);
		return turn_on(screen, scanout, place, test);
	}
	if (connector->count_modes) {
		scale_to(&connector->modes[0], scanout, place);
		if (!turn_on(screen, scanout, place, test))
			return 0;
	}
	if (mode) {
		center_in(mode, scanout, place);
		if (!turn_on(screen, scanout, place, test))
			return 0;
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

/**
 * screen_test - check whether screen_on() would succeed
 * @screen: the screen; it does not change
 * @scanout: part of a framebuffer
 *
 * Return: 0; -EINVAL if the screen has no mode of this size and cannot show it in
 * another mode, with the reason in refusal(); or a negative error number of the
 * card.
 */
int screen_test(struct screen *screen, const struct scanout *scanout)
{
	struct placement place;

	return place_scanout(screen, scanout, &place);
}

/**
 * screen_on - set the mode of a screen and show a part of a framebuffer
 * @screen: the screen
 * @scanout: the part; the mode is the one with its width and height.  If there is
 *	none, the plane scales the part to the preferred mode, or if it cannot, shows
 *	it in the middle of a larger mode.
 *
 * When the screen shows it, the loop calls @flipped of the screen.
 *
 * Return: 0; -EBUSY if a change is pending; or an error of screen_test().
 */
int screen_on(struct screen *screen, const struct scanout *scanout)
{
	struct placement place;
	int ret = place_scanout(screen, scanout, &place);

	if (!ret)
		ret = turn_on(screen, scanout, &place, 0);
	if (ret)
		return ret;
	screen->placement = place;
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

/**
 * screen_flip - show another framebuffer of the same size at the next vblank
 * @screen: the screen, which is on
 * @scanout: the part of the framebuffer
 *
 * When the flip is done, the loop calls @flipped of the screen.
 *
 * Return: 0; -EBUSY if a change is pending; or a negative error number of the
 * card.
 */
int screen_flip(struct screen *screen, const struct scanout *scanout)
{
	drmModeAtomicReq *req = alloc_request();

	set_plane(req, screen, scanout, &screen->placement);
	return begin_commit(screen, req, 0);
}

static drmModeAtomicReq *request_off(const struct screen *screen)
{
	drmModeAtomicReq *req = alloc_request();

	drmModeAtomicAddProperty(req, screen->plane, screen->plane_crtc, 0);
	drmModeAtomicAddProperty(req, screen->plane, screen->plane_fb, 0);
	drmModeAtomicAddProperty(req, screen->crtc, screen->crtc_active, 0);
	drmModeAtomicAddProperty(req, screen->crtc, screen->crtc_mode, 0);
	drmModeAtomicAddProperty(req, screen->connector, screen->connector_crtc,
				 0);
	return req;
}

/**
 * screen_off - turn a screen off
 * @screen: the screen
 *
 * When the screen is off, the loop calls @flipped of the screen.
 *
 * Return: 0; -EBUSY if a change is pending; or a negative error number of the
 * card.
 */
int screen_off(struct screen *screen)
{
	return begin_commit(screen, request_off(screen),
			    DRM_MODE_ATOMIC_ALLOW_MODESET);
}

/**
 * screen_off_sync - turn a screen off, and wait until it is
 * @screen: the screen; a change may be pending
 */
void screen_off_sync(struct screen *screen)
{
	if (commit(screen, request_off(screen), DRM_MODE_ATOMIC_ALLOW_MODESET))
		warn("cannot turn off %s", screen->name);
}
