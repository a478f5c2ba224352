// SPDX-License-Identifier: GPL-2.0-only

#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <png.h>
#include <wayland-client.h>

#include "compositor.h"
#include "frame.h"

/* The folder of the socket, and that of the pictures beside the logs of the run */
#define RUNTIME		"/run/clients"
#define PICTURES	"/lab/out/weston"
#define SOCKET		"wayland-test"

/* --debug lets weston-screenshooter read the screen */
#define WESTON		"weston --backend=headless --shell=kiosk --no-config --debug"

static bool accepts_clients(void)
{
	struct wl_display *display = wl_display_connect(NULL);

	if (display)
		wl_display_disconnect(display);
	return display;
}

/**
 * compositor_begin - start a compositor with a screen as large as the guest's frame
 * @weston: filled in
 * @renderer: "pixman" or "gl"
 * @peer: the guest
 *
 * Return: whether it accepts clients; if not, it has ended.
 */
bool compositor_begin(struct program *weston, const char *renderer, const struct peer *peer)
{
	mkdir(RUNTIME, 0700);
	mkdir(PICTURES, 0755);
	/* A killed compositor leaves its socket */
	unlink(RUNTIME "/" SOCKET);
	setenv("XDG_RUNTIME_DIR", RUNTIME, 1);
	setenv("XDG_PICTURES_DIR", PICTURES, 1);
	setenv("WAYLAND_DISPLAY", SOCKET, 1);
	program_begin(weston, WESTON " --socket=%s --renderer=%s --width=%u --height=%u",
		      SOCKET, renderer, peer->width, peer->height);
	while (program_runs(weston)) {
		if (accepts_clients())
			return true;
		usleep(50 * 1000);
	}
	program_end(weston);
	fprintf(stderr, "# weston: %s\n", weston->errors);
	return false;
}

/**
 * compositor_end - send the compositor a signal and wait for its end
 * @weston: filled in by compositor_begin()
 * @signal: the signal
 */
void compositor_end(struct program *weston, int signal)
{
	kill(weston->pid, signal);
	program_end(weston);
}

/* wrong_in_file - pixels of a PNG file that differ from frame @n; -1 if it has no picture */
static long wrong_in_file(const char *name, const struct peer *peer, unsigned int n)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	unsigned int width = peer->width, height = peer->height, x, y;
	uint32_t *pixels;
	long wrong = -1;

	if (!png_image_begin_read_from_file(&image, name) || image.width != width ||
	    image.height != height)
		return -1;
	image.format = PNG_FORMAT_BGRA;
	pixels = calloc(width * height, sizeof(*pixels));
	if (png_image_finish_read(&image, NULL, pixels, 0, NULL))
		for (wrong = 0, y = 0; y < height; y++)
			for (x = 0; x < width; x++)
				wrong += (pixels[y * width + x] & 0xffffff) !=
					 frame_pixel(n, x, y, width, height);
	free(pixels);
	return wrong;
}

/**
 * compositor_wrong_pixels - compare the screen with a frame of the guest
 * @peer: the guest
 * @n: number of the frame
 *
 * Return: number of pixels that differ, or -1 if the compositor makes no screenshot.
 */
long compositor_wrong_pixels(const struct peer *peer, unsigned int n)
{
	struct program shooter;
	glob_t files;
	long wrong;

	program_run(&shooter, "weston-screenshooter");
	/* The names of the files contain the time */
	if (glob(PICTURES "/*.png", 0, NULL, &files))
		return -1;
	wrong = wrong_in_file(files.gl_pathv[0], peer, n);
	rename(files.gl_pathv[0], PICTURES ".png");
	globfree(&files);
	return wrong;
}
