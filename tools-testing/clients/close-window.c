// SPDX-License-Identifier: GPL-2.0-only
/*
 * close-window: test what displ-backend does when the user closes a window: it disappears,
 * flips go on at 5 Hz, and it comes back when the screen is turned off and on.  So does one
 * that the user closes while it turns black, because the screen was turned off.  The
 * compositor of WAYLAND_DISPLAY may have no user, so the program calls what the event of
 * the compositor would.  Exit status: 0 if all is so, else 1.
 */

#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "../../tools-xen/displ-backend/wayland-window.c"

#include "../../tools-xen/displ-backend/wayland.h"

#define WIDTH	64
#define HEIGHT	48
/* Flips while the window is open, closed, and open again */
#define FLIPS	10
/* Flips within which the window must have come back, on a slow machine */
#define FLIPS_MAX	(30 * FLIPS)

static struct scanout frame = {
	.format = DRM_FORMAT_XRGB8888, .width = WIDTH, .height = HEIGHT,
};

static unsigned int flips;
static uint64_t begin;
static bool was_black;

static void lost(void)
{
	errx(1, "the compositor has ended");
}

/* close_black - turn the screen off as if the compositor had imported the pages, and close it */
static void close_black(struct screen *screen)
{
	struct window *window = to_window(screen);

	was_black = true;
	window->imported = true;
	if (screen->ops->off(screen) || !window->closing)
		errx(1, "the window does not turn black");
	toplevel_close(window, window->toplevel);
}

/* show - flip, or turn the screen on */
static void show(struct screen *screen)
{
	if (to_window(screen)->surface ? screen->ops->flip(screen, &frame) :
	    screen->ops->on(screen, &frame))
		errx(1, "cannot flip, or turn the screen on");
}

static void flipped(struct screen *screen)
{
	struct window *window = to_window(screen);
	double seconds = (loop_time() - begin) / 1e9;

	switch (++flips) {
	case FLIPS:
		if (!window->configured)
			errx(1, "the window is not open");
		toplevel_close(window, window->toplevel);
		begin = loop_time();
		break;
	case 2 * FLIPS:
		printf("# %u flips of a closed window took %.2f s\n", FLIPS, seconds);
		if (window->surface || seconds < FLIPS * HIDDEN_NS / 1e9)
			errx(1, "the window is open, or flips too fast");
		if (screen->ops->off(screen))
			errx(1, "cannot turn the screen off");
		return;
	}
	/* The first flips on a slow machine may end before the window is open again */
	if (flips == FLIPS_MAX)
		errx(1, "the window does not come back");
	if (flips < 2 * FLIPS || !window->configured)
		show(screen);
	else if (!was_black)
		close_black(screen);
	else
		loop_stop();
}

int main(void)
{
	struct image image = {
		.pitch = WIDTH * 4, .width = WIDTH, .height = HEIGHT,
		.format = DRM_FORMAT_XRGB8888,
	};
	int fd = memfd_create("frame", MFD_CLOEXEC);
	struct screen *screen;
	struct card *card;

	loop_init();
	wayland_open(lost, false);
	if (cards->ops->open_own(cards, 1, &card))
		errx(1, "no connection");
	if (ftruncate(fd, WIDTH * HEIGHT * 4) ||
	    card->memory->import(card, fd, WIDTH * HEIGHT * 4, &image.handle) ||
	    card->memory->add_fb(card, &image, &frame.fb))
		errx(1, "no framebuffer");
	screen = card->screens;
	screen->label = "close-window";
	screen->flipped = flipped;
	if (screen->ops->on(screen, &frame))
		errx(1, "cannot turn the screen on");
	loop_run();
	return 0;
}
