// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <png.h>
#include <wayland-client.h>

#include "compositor.h"
#include "frame.h"

/* The folder of the socket, that of files beside the logs of the run, and that of pictures */
#define RUNTIME		"/run/clients"
#define OUT		"/lab/out"
#define PICTURES	OUT "/compositor"
#define SOCKET		"wayland-0"

/* --debug lets weston-screenshooter read the screen */
#define WESTON		"weston --backend=headless --shell=kiosk --no-config --debug"

/**
 * struct compositor - how to use a compositor
 * @name: its name in $COMPOSITOR
 * @command: command line, as for printf() with renderer, width and height
 * @resize: command line that gives the screen its size, as for printf() with width and
 *	height; empty if @command does
 * @screenshot: command line of a program that writes a picture to PICTURES
 * @revoked: error of the connection of a client whose pool is revoked, or 0
 */
static const struct compositor {
	const char *name;
	const char *command;
	const char *resize;
	const char *screenshot;
	int revoked;
} compositors[] = {
	{
		.name = "weston",
		.command = WESTON " --socket=" SOCKET " --renderer=%s --width=%u --height=%u",
		.resize = "",
		.screenshot = "weston-screenshooter",
		.revoked = EPROTO,
	},
	{
		.name = "cage",
		/* It waits for the end of its program, here that of the standard input */
		.command = "cage -- busybox cat",
		.resize = "wlr-randr --output HEADLESS-1 --custom-mode %ux%u",
		.screenshot = "grim -l 0 " PICTURES "/screen.png",
	},
};

/* chosen - the compositor of $COMPOSITOR, default weston */
static const struct compositor *chosen(void)
{
	const char *name = getenv("COMPOSITOR") ?: "weston";
	unsigned int n;

	for (n = 0; n < sizeof(compositors) / sizeof(*compositors); n++)
		if (!strcmp(compositors[n].name, name))
			return &compositors[n];
	errx(2, "no compositor %s", name);
}

static bool accepts_clients(void)
{
	struct wl_display *display = wl_display_connect(NULL);

	if (display)
		wl_display_disconnect(display);
	return display;
}

static bool set_size(const char *command, const struct peer *peer)
{
	struct program program;

	if (!*command || !program_run(&program, command, peer->width, peer->height))
		return true;
	fprintf(stderr, "# %s: %s\n", command, program.errors);
	return false;
}

/**
 * compositor_begin - start a compositor with a screen as large as the guest's frame
 * @program: filled in
 * @renderer: "pixman" or "gl"
 * @peer: the guest
 *
 * Return: whether it accepts clients; if not, it has ended.
 */
bool compositor_begin(struct program *program, const char *renderer, const struct peer *peer)
{
	const struct compositor *compositor = chosen();

	mkdir(RUNTIME, 0700);
	mkdir(PICTURES, 0755);
	/* cage draws into memory of shm_open() */
	mkdir("/dev/shm", 0700);
	/* A killed compositor leaves its socket */
	unlink(RUNTIME "/" SOCKET);
	setenv("XDG_RUNTIME_DIR", RUNTIME, 1);
	setenv("XDG_PICTURES_DIR", PICTURES, 1);
	setenv("WAYLAND_DISPLAY", SOCKET, 1);
	setenv("WLR_BACKENDS", "headless", 1);
	setenv("WLR_RENDERER", renderer, 1);
	setenv("WLR_LIBINPUT_NO_DEVICES", "1", 1);
	program_begin(program, compositor->command, renderer, peer->width, peer->height);
	while (program_runs(program)) {
		if (accepts_clients()) {
			if (set_size(compositor->resize, peer))
				return true;
			kill(program->pid, SIGTERM);
			break;
		}
		usleep(50 * 1000);
	}
	program_end(program);
	fprintf(stderr, "# %s: %s\n", compositor->name, program->errors);
	return false;
}

/**
 * compositor_end - send the compositor a signal and wait for its end
 * @program: filled in by compositor_begin()
 * @signal: the signal
 */
void compositor_end(struct program *program, int signal)
{
	kill(program->pid, signal);
	program_end(program);
}

/**
 * compositor_revoked - what happens to a client whose pool is revoked
 *
 * Return: error of its connection, or 0 if the compositor goes on with other pixels.
 */
int compositor_revoked(void)
{
	return chosen()->revoked;
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

/* keep - keep a picture beside the logs */
static void keep(const char *picture)
{
	char name[64];

	snprintf(name, sizeof(name), OUT "/%s.png", chosen()->name);
	rename(picture, name);
}

/**
 * compositor_wrong_pixels - compare the screen with a frame of the guest
 * @peer: the guest
 * @n: number of the frame
 *
 * Keeps the last picture that is equal.
 *
 * Return: number of pixels that differ, or -1 if the compositor makes no screenshot.
 */
long compositor_wrong_pixels(const struct peer *peer, unsigned int n)
{
	struct program shooter;
	glob_t files;
	long wrong;

	program_run(&shooter, chosen()->screenshot);
	/* The names of the files contain the time */
	if (glob(PICTURES "/*.png", 0, NULL, &files))
		return -1;
	wrong = wrong_in_file(files.gl_pathv[0], peer, n);
	if (!wrong)
		keep(files.gl_pathv[0]);
	else
		unlink(files.gl_pathv[0]);
	globfree(&files);
	return wrong;
}
