/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cards and their screens: KMS with atomic mode setting.
 */

#ifndef DISPL_BACKEND_CARD_H
#define DISPL_BACKEND_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include <xf86drmMode.h>

#include "loop.h"

/**
 * struct screen - a connector of a card with its CRTC and its plane
 * @card: card of the screen
 * @connector: id of the KMS connector
 * @crtc: id of the CRTC
 * @plane: id of the primary plane
 * @busy: whether a flip is pending
 * @flipped: called when a flip of screen_flip() is done; the user of the screen
 *	sets it
 * @data: of the user of the screen
 * @next: next screen of the card
 */
struct screen {
	struct card *card;
	uint32_t connector;
	uint32_t crtc;
	uint32_t plane;
	bool busy;
	void (*flipped)(struct screen *screen);
	void *data;
	struct screen *next;
	/* private: ids of the properties of connector, crtc and plane */
	uint32_t connector_crtc;
	uint32_t crtc_active, crtc_mode;
	uint32_t plane_crtc, plane_fb;
	uint32_t plane_src_x, plane_src_y, plane_src_w, plane_src_h;
	uint32_t plane_crtc_x, plane_crtc_y, plane_crtc_w, plane_crtc_h;
};

/**
 * struct card - an open DRM device
 * @fd: file descriptor, DRM master or a lease
 * @name: name of the driver
 * @watch: watch for DRM events
 * @screens: screens of the card, at least one
 * @next: next card
 */
struct card {
	int fd;
	char name[32];
	struct fd_watch watch;
	struct screen *screens;
	struct card *next;
};

/**
 * struct scanout - the part of a framebuffer that a screen shows
 * @fb: id of the framebuffer on the card
 * @x: left edge in the framebuffer, in pixels
 * @y: top edge in the framebuffer, in pixels
 * @width: width of the part and of the screen, in pixels
 * @height: height of the part and of the screen, in pixels
 */
struct scanout {
	uint32_t fb;
	uint32_t x;
	uint32_t y;
	uint32_t width;
	uint32_t height;
};

/* All open cards, in the order in which they were opened */
extern struct card *cards;

void card_open(const char *path);
void card_open_fd(int fd);
void card_open_unused(void);
void card_close_all(void);
int screen_on(struct screen *screen, const struct scanout *scanout);
int screen_flip(struct screen *screen, const struct scanout *scanout);
void screen_off(struct screen *screen);

#endif /* DISPL_BACKEND_CARD_H */
