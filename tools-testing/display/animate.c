// SPDX-License-Identifier: GPL-2.0-only
/*
 * animate [-c CONNECTOR] [-r ROUNDS] DRIVER|--fd FD WIDTH HEIGHT FRAMES [hold]: a
 * guest that uses its screen as a desktop does, with two buffers and page flips.
 *
 * The card is that of the driver, or an open one that is inherited as FD.  The
 * first connector that has the mode is taken, or only that of the index
 * CONNECTOR.  Frame n is drawn into the buffer that is not shown, and shown; the
 * next is drawn when the card says that this has happened.  The frames are
 * those of frame.h but for what is behind the box, which stays that of frame
 * 0: drawing all of it would take longer than what is to be measured.
 *
 * Prints how fast that was and how many flips were missed: those that failed or
 * took over 3 s, which is when the guest's driver gives a backend up.  Ends after
 * FRAMES frames or a SIGTERM; with hold only after that, and shows the last.
 */

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "../selftests/xen/frame.h"
#include "../selftests/xen/kms.h"

#define TOO_LATE	3.0	/* seconds */
/* When nobody expects it any more, seconds */
#define NEVER		10.0

/**
 * struct buffer - what is shown or drawn
 * @handle: on the card
 * @fb: the same as a framebuffer
 * @pixels: where it is mapped
 * @size: of the mapping
 * @stride: from line to line, in pixels
 * @box: number of the frame whose box is in it
 */
struct buffer {
	uint32_t handle;
	uint32_t fb;
	uint32_t *pixels;
	size_t size;
	unsigned int stride;
	unsigned int box;
};

static unsigned int width, height;
/* Frame 0: what buffers hold at first */
static uint32_t *picture;
static struct buffer buffers[2];
static volatile sig_atomic_t asked_off;
/* While it waits; otherwise SIGTERM and SIGINT are not delivered */
static sigset_t waiting;

static void ask_off(int number)
{
	asked_off = 1;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* ---- Pictures */

/* draw_square - as much of frame n as a box can cover */
static void draw_square(struct buffer *buffer, unsigned int n, unsigned int left,
			unsigned int top)
{
	unsigned int x, y;

	for (y = top; y < top + FRAME_BOX; y++)
		for (x = left; x < left + FRAME_BOX; x++)
			buffer->pixels[(size_t)y * buffer->stride + x] =
				frame_in_box(n, x, y, width, height) ?
				frame_pixel(n, x, y, width, height) :
				frame_behind(0, x, y, width, height);
}

/* draw_box - frame n where it is not as the one that the buffer has */
static void draw_box(struct buffer *buffer, unsigned int n)
{
	draw_square(buffer, n, frame_left(buffer->box, width),
		    frame_top(buffer->box, height));
	draw_square(buffer, n, frame_left(n, width), frame_top(n, height));
	buffer->box = n;
}

static void buffer_make(struct buffer *buffer, int card)
{
	uint32_t handles[4] = { 0 }, pitches[4] = { 0 }, offsets[4] = { 0 };
	uint64_t size, offset;
	unsigned int y;

	if (drmModeCreateDumbBuffer(card, width, height, 32, 0, &buffer->handle,
				    &pitches[0], &size))
		err(1, "buffer of %ux%u", width, height);
	handles[0] = buffer->handle;
	if (drmModeAddFB2(card, width, height, DRM_FORMAT_XRGB8888, handles,
			  pitches, offsets, &buffer->fb, 0))
		err(1, "framebuffer");
	if (drmModeMapDumbBuffer(card, buffer->handle, &offset))
		err(1, "buffer");
	buffer->pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			      card, offset);
	if (buffer->pixels == MAP_FAILED)
		err(1, "map a buffer");
	buffer->size = size;
	buffer->stride = pitches[0] / 4;
	buffer->box = 0;
	for (y = 0; y < height; y++)
		memcpy(buffer->pixels + (size_t)y * buffer->stride,
		       picture + (size_t)y * width, width * sizeof(*picture));
}

static void buffer_end(struct buffer *buffer, int card)
{
	drmModeRmFB(card, buffer->fb);
	munmap(buffer->pixels, buffer->size);
	drmModeDestroyDumbBuffer(card, buffer->handle);
}

/* ---- The screen */

static bool has_mode(drmModeConnector *connector, drmModeModeInfo *mode)
{
	int i;

	for (i = 0; connector && i < connector->count_modes; i++) {
		*mode = connector->modes[i];
		if (mode->hdisplay == width && mode->vdisplay == height)
			return true;
	}
	return false;
}

/* crtc_of - the first that can drive the connector, or 0 */
static uint32_t crtc_of(int card, const drmModeRes *res,
			const drmModeConnector *connector)
{
	drmModeEncoder *encoder;
	uint32_t crtc = 0;
	int i, k;

	for (i = 0; i < connector->count_encoders && !crtc; i++) {
		encoder = drmModeGetEncoder(card, connector->encoders[i]);
		for (k = 0; encoder && k < res->count_crtcs && !crtc; k++)
			if (encoder->possible_crtcs & 1U << k)
				crtc = res->crtcs[k];
		drmModeFreeEncoder(encoder);
	}
	return crtc;
}

/* show - the first buffer, where the mode is; the CRTC that does it */
static uint32_t show(int card, int only)
{
	drmModeRes *res = drmModeGetResources(card);
	drmModeConnector *connector;
	drmModeModeInfo mode;
	uint32_t crtc = 0;
	int i;

	if (!res)
		err(1, "the card cannot set modes");
	for (i = 0; i < res->count_connectors && !crtc; i++) {
		if (only >= 0 && only != i)
			continue;
		connector = drmModeGetConnector(card, res->connectors[i]);
		if (has_mode(connector, &mode))
			crtc = crtc_of(card, res, connector);
		drmModeFreeConnector(connector);
		if (crtc && drmModeSetCrtc(card, crtc, buffers[0].fb, 0, 0,
					   &res->connectors[i], 1, &mode))
			err(1, "set mode");
	}
	if (!crtc)
		errx(1, "no connector has %ux%u", width, height);
	drmModeFreeResources(res);
	return crtc;
}

static void flipped(int card, unsigned int sequence, unsigned int seconds,
		    unsigned int microseconds, void *done)
{
	*(bool *)done = true;
}

/* flip - show the buffer: seconds until the card says that it does, or NEVER */
static double flip(int card, uint32_t crtc, const struct buffer *buffer)
{
	static bool done;
	drmEventContext events = {
		.version = 2,
		.page_flip_handler = flipped,
	};
	struct pollfd event = { .fd = card, .events = POLLIN };
	const struct timespec patience = { .tv_sec = 1 };
	double begin = now();

	done = false;
	if (drmModePageFlip(card, crtc, buffer->fb, DRM_MODE_PAGE_FLIP_EVENT,
			    &done))
		return NEVER;
	while (!done && now() < begin + NEVER)
		if (ppoll(&event, 1, &patience, &waiting) > 0)
			drmHandleEvent(card, &events);
	return done ? now() - begin : NEVER;
}

/* animate - by so many flips; how many of those were missed */
static unsigned int animate(int card, uint32_t crtc, unsigned int frames,
			    unsigned int *shown)
{
	const struct timespec nap = { .tv_nsec = 100 * 1000 * 1000 };
	unsigned int n, back = 1, missed = 0;
	double seconds;

	for (n = 1; n <= frames && !asked_off; n++) {
		draw_box(&buffers[back], n);
		seconds = flip(card, crtc, &buffers[back]);
		if (seconds > TOO_LATE)
			missed++;
		if (seconds < NEVER)
			back = !back;
		else
			ppoll(NULL, 0, &nap, &waiting);
	}
	*shown = n - 1;
	return missed;
}

/* once - from buffers to be made to buffers that are gone */
static void once(int card, int only, unsigned int frames, bool hold)
{
	unsigned int shown, missed;
	double seconds, begin;
	uint32_t crtc;

	buffer_make(&buffers[0], card);
	buffer_make(&buffers[1], card);
	crtc = show(card, only);

	begin = now();
	missed = animate(card, crtc, frames, &shown);
	seconds = now() - begin;
	printf("frames %u seconds %.2f fps %.1f flips-missed %u\n", shown, seconds,
	       seconds > 0 ? shown / seconds : 0, missed);
	fflush(stdout);

	while (hold && !asked_off)
		sigsuspend(&waiting);

	drmModeSetCrtc(card, crtc, 0, 0, 0, NULL, 0, NULL);
	buffer_end(&buffers[0], card);
	buffer_end(&buffers[1], card);
}

static void usage(void)
{
	errx(2, "usage: animate [-c N] [-r ROUNDS] DRIVER|--fd FD WIDTH HEIGHT FRAMES [hold]");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "fd", required_argument, NULL, 'f' },
		{ }
	};
	const struct sigaction action = { .sa_handler = ask_off };
	int option, only = -1, card = -1;
	unsigned int frames, rounds = 1;
	sigset_t signals;
	bool hold;

	while ((option = getopt_long(argc, argv, "c:r:", options, NULL)) != -1) {
		if (option == 'c')
			only = atoi(optarg);
		else if (option == 'r')
			rounds = atoi(optarg);
		else if (option == 'f')
			card = atoi(optarg);
		else
			usage();
	}
	argv += optind;
	argc -= optind;
	if (card < 0 && argc) {
		card = kms_card(*argv);
		if (card < 0)
			errx(1, "no card of driver %s", *argv);
		argv++;
		argc--;
	}
	hold = argc == 4 && !strcmp(argv[3], "hold");
	if (argc != 3 && !hold)
		usage();
	width = atoi(argv[0]);
	height = atoi(argv[1]);
	frames = atoi(argv[2]);
	if (width <= FRAME_BOX || height <= FRAME_BOX)
		errx(2, "a frame has more than %ux%u pixels", FRAME_BOX, FRAME_BOX);

	picture = malloc(sizeof(*picture) * width * height);
	if (!picture)
		err(1, "a frame of %ux%u", width, height);
	frame_draw(picture, 0, width, height);

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, &waiting);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);

	for (; rounds && !asked_off; rounds--)
		once(card, only, frames, hold);
	free(picture);
	close(card);
	return 0;
}
