/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cards and their screens: atomic mode setting, and nothing of guests.
 */

#ifndef DISPL_BACKEND_CARD_H
#define DISPL_BACKEND_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include <xf86drmMode.h>

#include "loop.h"

struct head;

/**
 * struct screen - what shows a picture
 * @card: that drives it
 * @connector: with its properties @connector_crtc
 * @crtc: with @crtc_active and @crtc_mode
 * @plane: with @plane_crtc to @plane_crtc_h
 * @flipping: whose flip is on its way; NULL also where that is gone
 * @busy: a flip is on its way
 * @users: guests that may want to show something
 * @heads: what they show, what is seen first
 * @next: of the card
 */
struct screen {
	struct card *card;
	uint32_t connector, connector_crtc;
	uint32_t crtc, crtc_active, crtc_mode;
	uint32_t plane, plane_crtc, plane_fb;
	uint32_t plane_src_x, plane_src_y, plane_src_w, plane_src_h;
	uint32_t plane_crtc_x, plane_crtc_y, plane_crtc_w, plane_crtc_h;
	struct head *flipping;
	bool busy;
	unsigned int users;
	struct head *heads;
	struct screen *next;
};

/**
 * struct card - a device that shows pictures
 * @fd: it
 * @name: of its driver
 * @watch: for its events
 * @screens: that it drives
 * @next: of all cards
 */
struct card {
	int fd;
	char name[32];
	struct watch watch;
	struct screen *screens;
	struct card *next;
};

/**
 * struct picture - what a screen is to show
 * @fb: of the card
 * @x: where in it the visible part begins, in pixels
 * @y: likewise
 * @width: of the visible part and of the screen, in pixels
 * @height: likewise
 */
struct picture {
	uint32_t fb;
	uint32_t x;
	uint32_t y;
	uint32_t width;
	uint32_t height;
};

/* All cards that were opened, in that order */
extern struct card *cards;

void card_open(const char *path);
void card_take(int fd);
void card_find(void);
void card_close_all(void);
int screen_on(struct screen *screen, const struct picture *picture);
int screen_flip(struct screen *screen, const struct picture *picture);
void screen_off(struct screen *screen);

#endif /* DISPL_BACKEND_CARD_H */
