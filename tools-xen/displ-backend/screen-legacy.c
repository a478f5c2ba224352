// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of a screen of a card without atomic mode setting: SETCRTC and PAGE_FLIP.
 * The kernel completes SETCRTC before the call returns, so a change of the mode
 * delays all guests.  The mode has the size of the part that is shown.  screen.c
 * calls the operations; card.c reports the end of a flip, and this file that of
 * SETCRTC.
 */

#include <errno.h>

#include "screen-ops.h"

/* The screen may begin the next change from this callback */
static void changed(struct work *work)
{
	struct screen *screen = container_of(work, struct screen, changed);

	screen->busy = false;
	screen->flipped(screen);
}

static bool legacy_init(struct screen *screen, unsigned int crtc_index)
{
	screen->changed.func = changed;
	return true;
}

/* The primary plane covers the whole screen */
static int legacy_test(struct screen *screen, const struct scanout *scanout,
		       const struct placement *place)
{
	if (place->mode.hdisplay != scanout->width ||
	    place->mode.vdisplay != scanout->height)
		return -EINVAL;
	return 0;
}

/* End the change from the loop: the caller may not expect its end now */
static int end_change(struct screen *screen, int ret)
{
	if (ret)
		return ret;
	screen->busy = true;
	loop_queue_work(&screen->changed);
	return 0;
}

static int legacy_on(struct screen *screen, const struct scanout *scanout,
		     const struct placement *place)
{
	drmModeModeInfo mode = place->mode;

	if (screen->busy)
		return -EBUSY;
	screen->x = scanout->x;
	screen->y = scanout->y;
	return end_change(screen, drmModeSetCrtc(screen->fd, screen->crtc,
						 scanout->fb, scanout->x,
						 scanout->y, &screen->connector,
						 1, &mode));
}

/*
 * A flip does not move the part, nor change the pixel format.  The caller decides
 * whether to set the mode for that.
 */
static int legacy_flip(struct screen *screen, const struct scanout *scanout,
		       const struct placement *place)
{
	int ret = -EINVAL;

	if (screen->busy)
		return -EBUSY;
	if (scanout->x == screen->x && scanout->y == screen->y)
		ret = drmModePageFlip(screen->fd, screen->crtc, scanout->fb,
				      DRM_MODE_PAGE_FLIP_EVENT, screen);
	screen->busy = !ret;
	return ret;
}

static int turn_off(const struct screen *screen)
{
	return drmModeSetCrtc(screen->fd, screen->crtc, 0, 0, 0, NULL, 0, NULL);
}

static int legacy_off(struct screen *screen)
{
	if (screen->busy)
		return -EBUSY;
	return end_change(screen, turn_off(screen));
}

static int legacy_off_sync(struct screen *screen)
{
	loop_cancel_work(&screen->changed);
	return turn_off(screen);
}

const struct kms_ops screen_legacy = {
	.init = legacy_init,
	.test = legacy_test,
	.on = legacy_on,
	.flip = legacy_flip,
	.off = legacy_off,
	.off_sync = legacy_off_sync,
};
