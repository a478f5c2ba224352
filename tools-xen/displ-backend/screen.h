/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Screens: those of KMS, with atomic mode setting if the card has it, and windows of a
 * Wayland compositor.
 */

#ifndef DISPL_BACKEND_SCREEN_H
#define DISPL_BACKEND_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xf86drmMode.h>

#include "loop.h"

struct card;
struct kms_ops;
struct scanout;
struct screen_ops;

/**
 * struct placement - where a screen shows a part of a framebuffer
 * @mode: mode of the screen
 * @x: left edge on the screen, in pixels
 * @y: top edge on the screen, in pixels
 * @width: width on the screen, in pixels
 * @height: height on the screen, in pixels
 */
struct placement {
	drmModeModeInfo mode;
	uint32_t x;
	uint32_t y;
	uint32_t width;
	uint32_t height;
};

/**
 * struct screen - a connector of a card with its CRTC and its plane, or a window
 * @ops: operations of the screen
 * @card: card of the screen
 * @name: name of the connector, as "HDMI-A-1"
 * @label: guest and connector of the last view that was added, or NULL; valid while
 *	@users is not 0
 * @connected: whether something is connected that has modes
 * @busy: whether a change by @ops is pending
 * @flipped: called when the change is done; the user of the screen sets it
 * @data: of the user of the screen
 * @users: number of views on the screen
 * @owner: domain of the last view that was added
 * @next: next screen of the card
 * @fd: file descriptor of the card (KMS, as all that follow)
 * @connector: id of the KMS connector
 * @crtc: id of the CRTC
 * @first: first mode of what is connected, or was last
 */
struct screen {
	const struct screen_ops *ops;
	struct card *card;
	char name[32];
	const char *label;
	bool connected;
	bool busy;
	void (*flipped)(struct screen *screen);
	void *data;
	unsigned int users;
	uint32_t owner;
	struct screen *next;
	int fd;
	uint32_t connector;
	uint32_t crtc;
	drmModeModeInfo first;
	/* private: how the card changes the screen */
	const struct kms_ops *kms;
	/* private: what was set when the screen was turned on */
	struct placement placement;
	/* private: framebuffer that was set last, 0 if none, and position of the part */
	uint32_t fb, x, y;
	/* private: without atomic mode setting, the end of a change */
	struct work changed;
	/* private: id of the primary plane, ids of properties */
	uint32_t plane;
	uint32_t connector_crtc;
	uint32_t crtc_active, crtc_mode;
	uint32_t plane_crtc, plane_fb;
	uint32_t plane_src_x, plane_src_y, plane_src_w, plane_src_h;
	uint32_t plane_crtc_x, plane_crtc_y, plane_crtc_w, plane_crtc_h;
};

/**
 * struct scanout - the part of a framebuffer that a screen shows
 * @fb: id of the framebuffer on the card
 * @format: pixel format of the framebuffer, a DRM fourcc
 * @pitch: bytes from one line to the next on the card
 * @x: left edge in the framebuffer, in pixels
 * @y: top edge in the framebuffer, in pixels
 * @width: width of the part, in pixels
 * @height: height of the part, in pixels
 */
struct scanout {
	uint32_t fb;
	uint32_t format;
	uint32_t pitch;
	uint32_t x;
	uint32_t y;
	uint32_t width;
	uint32_t height;
};

/**
 * struct screen_ops - operations of a screen
 * @test: check whether @on would succeed; the screen does not change.  Returns 0;
 *	-EINVAL if the screen cannot show the part, with the reason in refusal(); or
 *	another negative error number of the card.
 * @on: begin to turn the screen on and show the part.  Returns 0; -EBUSY if a change is
 *	pending; or an error of @test.
 * @flip: begin to show another framebuffer of the same size, at the next vblank.
 *	Returns 0; -EBUSY if a change is pending; or a negative error number of the card.
 * @off: begin to turn the screen off.  Returns as @flip.  If the screen is off already,
 *	no change may be begun.
 * @off_sync: turn the screen off, and wait until it is; a change may be pending
 * @check: check whether the screen can be changed, and shows what was set.  Returns 0;
 *	-EACCES while another program is the DRM master, and once after it was; or
 *	-ENOENT or -ENODEV if the lease or the card is gone.
 *
 * At the end of a change that was begun, the loop clears @busy of the screen and calls
 * @flipped: the screen shows the part, or is off.
 */
struct screen_ops {
	int (*test)(struct screen *screen, const struct scanout *scanout);
	int (*on)(struct screen *screen, const struct scanout *scanout);
	int (*flip)(struct screen *screen, const struct scanout *scanout);
	int (*off)(struct screen *screen);
	void (*off_sync)(struct screen *screen);
	int (*check)(struct screen *screen);
};

void screen_get_name(int fd, uint32_t connector, char *name, size_t size);
struct screen *screen_create(struct card *card, uint32_t connector,
			     uint32_t crtc, unsigned int crtc_index);

/* screen_add_user - count a view of a domain; the caller takes one from @users later */
static inline void screen_add_user(struct screen *screen, uint32_t domid)
{
	screen->users++;
	screen->owner = domid;
}

#endif /* DISPL_BACKEND_SCREEN_H */
