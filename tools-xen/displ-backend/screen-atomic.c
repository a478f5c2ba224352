// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of a screen by atomic commits.  screen.c calls the operations; card.c
 * reports the end of a commit.
 */

#include <err.h>
#include <errno.h>
#include <string.h>

#include <xf86drm.h>

#include "card.h"
#include "screen-ops.h"

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

/* has_plane - whether a screen of a card has a plane */
static bool has_plane(const struct card *card, uint32_t plane)
{
	const struct screen *screen;

	for (screen = card->screens; screen; screen = screen->next)
		if (screen->plane == plane)
			return true;
	return false;
}

/*
 * primary_plane - id of a primary plane of a CRTC (an index) that no other screen has;
 * 0 if none.  On some cards each CRTC can have the primary planes of all.
 */
static uint32_t primary_plane(const struct card *card, unsigned int crtc)
{
	int fd = card->fd;
	drmModePlaneRes *list = drmModeGetPlaneResources(fd);
	uint32_t i, id = 0;
	drmModePlane *plane;
	uint64_t type;

	for (i = 0; list && !id && i < list->count_planes; i++) {
		plane = drmModeGetPlane(fd, list->planes[i]);
		if (plane && plane->possible_crtcs & 1u << crtc &&
		    !has_plane(card, plane->plane_id) &&
		    find_property(fd, plane->plane_id, DRM_MODE_OBJECT_PLANE,
				  "type", &type) &&
		    type == DRM_PLANE_TYPE_PRIMARY)
			id = plane->plane_id;
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(list);
	return id;
}

static bool atomic_init(struct screen *screen, unsigned int crtc_index)
{
	screen->plane = primary_plane(screen->card, crtc_index);
	return screen->plane && read_properties(screen);
}

/* ---- Changes */

static drmModeAtomicReq *alloc_request(void)
{
	drmModeAtomicReq *req = drmModeAtomicAlloc();

	if (!req)
		err(1, NULL);
	return req;
}

/* fixed_point - a coordinate of the source, which is 16.16 fixed point */
static uint64_t fixed_point(uint32_t pixels)
{
	return (uint64_t)pixels << 16;
}

static void set_plane(drmModeAtomicReq *req, const struct screen *screen,
		      const struct scanout *scanout,
		      const struct placement *place)
{
	uint32_t plane = screen->plane;

	drmModeAtomicAddProperty(req, plane, screen->plane_crtc, screen->crtc);
	drmModeAtomicAddProperty(req, plane, screen->plane_fb, scanout->fb);
	drmModeAtomicAddProperty(req, plane, screen->plane_src_x,
				 fixed_point(scanout->x));
	drmModeAtomicAddProperty(req, plane, screen->plane_src_y,
				 fixed_point(scanout->y));
	drmModeAtomicAddProperty(req, plane, screen->plane_src_w,
				 fixed_point(scanout->width));
	drmModeAtomicAddProperty(req, plane, screen->plane_src_h,
				 fixed_point(scanout->height));
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

/* Flags of a change that does not wait; page_flip_handler() reports its end */
#define BEGIN	(DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT)

/*
 * note_begin - note that the card has begun a change, if @ret is 0; return @ret
 *
 * @scanout is what the screen shows at the end, NULL if it is off.
 */
static int note_begin(struct screen *screen, const struct scanout *scanout, int ret)
{
	screen->busy = !ret;
	if (!ret && scanout) {
		screen->x = scanout->x;
		screen->y = scanout->y;
	}
	return ret;
}

/* Begin a change, see note_begin() */
static int begin_commit(struct screen *screen, drmModeAtomicReq *req,
			const struct scanout *scanout, uint32_t flags)
{
	if (screen->busy) {
		drmModeAtomicFree(req);
		return -EBUSY;
	}
	return note_begin(screen, scanout, commit(screen, req, flags | BEGIN));
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
		commit(screen, req, flags) :
		begin_commit(screen, req, scanout, flags);
	drmModeDestroyPropertyBlob(screen->fd, mode);
	return ret;
}

static int atomic_test(struct screen *screen, const struct scanout *scanout,
		       const struct placement *place)
{
	return turn_on(screen, scanout, place, DRM_MODE_ATOMIC_TEST_ONLY);
}

static int atomic_on(struct screen *screen, const struct scanout *scanout,
		     const struct placement *place)
{
	return turn_on(screen, scanout, place, 0);
}

/*
 * A flip names what changes: each property costs as much as a system call.  The size of
 * the part and its place on the screen are those of atomic_on().  libdrm's functions for
 * commits would allocate memory for each flip.
 */
static int atomic_flip(struct screen *screen, const struct scanout *scanout,
		       const struct placement *place)
{
	const uint32_t props[] = {
		screen->plane_fb, screen->plane_src_x, screen->plane_src_y
	};
	const uint64_t values[] = {
		scanout->fb, fixed_point(scanout->x), fixed_point(scanout->y)
	};
	bool moved = scanout->x != screen->x || scanout->y != screen->y;
	const uint32_t count = moved ? 3 : 1;
	struct drm_mode_atomic request = {
		.flags = BEGIN,
		.count_objs = 1,
		.objs_ptr = (uintptr_t)&screen->plane,
		.count_props_ptr = (uintptr_t)&count,
		.props_ptr = (uintptr_t)props,
		.prop_values_ptr = (uintptr_t)values,
		.user_data = (uintptr_t)screen,
	};
	int ret;

	if (screen->busy)
		return -EBUSY;
	ret = drmIoctl(screen->fd, DRM_IOCTL_MODE_ATOMIC, &request) ? -errno : 0;
	return note_begin(screen, scanout, ret);
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

static int atomic_off_sync(struct screen *screen)
{
	return commit(screen, request_off(screen), DRM_MODE_ATOMIC_ALLOW_MODESET);
}

/*
 * The kernel reports no end of a change of a CRTC that is off already: another DRM master
 * may have turned it off, or the kernel itself, when a framebuffer was removed.
 */
static int atomic_off(struct screen *screen)
{
	int ret = begin_commit(screen, request_off(screen), NULL,
			       DRM_MODE_ATOMIC_ALLOW_MODESET);

	return ret == -EINVAL ? atomic_off_sync(screen) : ret;
}

const struct kms_ops screen_atomic = {
	.init = atomic_init,
	.test = atomic_test,
	.on = atomic_on,
	.flip = atomic_flip,
	.off = atomic_off,
	.off_sync = atomic_off_sync,
};
