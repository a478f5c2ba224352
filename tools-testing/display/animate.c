// SPDX-License-Identifier: GPL-2.0-only
/*
 * animate [-c CONNECTOR] [-r ROUNDS] DRIVER|--fd FD WIDTH HEIGHT FRAMES [hold]:
 * show an animation with two buffers and page flips, as a desktop does.
 *
 * The card is that of the driver DRIVER, or the open file descriptor FD.  The
 * screen is the first connector that has the mode, or the connector with index
 * CONNECTOR.  The program draws frame n into the buffer that is not shown,
 * flips, and waits for the event that ends the flip.  The frames are those of
 * frame.h, but only the box moves; the rest stays that of frame 0, because
 * drawing it would take longer than the flips that are measured.
 *
 * Output: the number of frames, their rate, and the number of missed flips,
 * which failed or took more than 3 s; after that time the guest's driver treats
 * a backend as dead.  The program ends after FRAMES frames or a SIGTERM; with
 * "hold" it shows the last frame until a SIGTERM.  All is repeated ROUNDS
 * times.
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

/* A slower flip is a missed flip; seconds */
#define MISSED		3.0
/* Time limit of a flip, seconds */
#define GIVE_UP		10.0

/**
 * struct buffer - a dumb buffer of the card
 * @handle: handle of the buffer
 * @fb: ID of its framebuffer
 * @pixels: address of its mapping
 * @size: size of the mapping in bytes
 * @stride: pixels from line to line
 * @box: number of the frame whose box it has
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
/* Frame 0, the first content of buffers */
static uint32_t *picture;
static struct buffer buffers[2];
static volatile sig_atomic_t stop_requested;
/*
 * Signal mask while the program waits; otherwise SIGTERM and SIGINT are blocked
 */
static sigset_t wait_mask;

static void request_stop(int number)
{
	stop_requested = 1;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* ---- Pictures */

/* draw_square - draw frame n in a square of the size of a box */
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

/*
 * draw_box - draw frame n where it differs from the frame that the buffer has
 */
static void draw_box(struct buffer *buffer, unsigned int n)
{
	draw_square(buffer, n, frame_left(buffer->box, width),
		    frame_top(buffer->box, height));
	draw_square(buffer, n, frame_left(n, width), frame_top(n, height));
	buffer->box = n;
}

static void buffer_init(struct buffer *buffer, int card)
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

static void buffer_exit(struct buffer *buffer, int card)
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

/*
 * crtc_of - find the first CRTC that can drive the connector; 0 if there is
 * none
 */
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

/*
 * set_mode - show the first buffer on a connector that has the mode; returns
 * the CRTC
 */
static uint32_t set_mode(int card, int only)
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

/*
 * flip - show the buffer; returns the seconds until the event, GIVE_UP if none
 * came
 */
static double flip(int card, uint32_t crtc, const struct buffer *buffer)
{
	static bool done;
	drmEventContext events = {
		.version = 2,
		.page_flip_handler = flipped,
	};
	struct pollfd event = { .fd = card, .events = POLLIN };
	const struct timespec second = { .tv_sec = 1 };
	double begin = now();

	done = false;
	if (drmModePageFlip(card, crtc, buffer->fb, DRM_MODE_PAGE_FLIP_EVENT,
			    &done))
		return GIVE_UP;
	while (!done && now() < begin + GIVE_UP)
		if (ppoll(&event, 1, &second, &wait_mask) > 0)
			drmHandleEvent(card, &events);
	return done ? now() - begin : GIVE_UP;
}

/* animate - flip @frames times; returns the number of missed flips */
static unsigned int animate(int card, uint32_t crtc, unsigned int frames,
			    unsigned int *shown)
{
	const struct timespec nap = { .tv_nsec = 100 * 1000 * 1000 };
	unsigned int n, back = 1, missed = 0;
	double seconds;

	for (n = 1; n <= frames && !stop_requested; n++) {
		draw_box(&buffers[back], n);
		seconds = flip(card, crtc, &buffers[back]);
		if (seconds > MISSED)
			missed++;
		if (seconds < GIVE_UP)
			back = !back;
		else
			ppoll(NULL, 0, &nap, &wait_mask);
	}
	*shown = n - 1;
	return missed;
}

/* animate_once - allocate buffers, set the mode, animate, free the buffers */
static void animate_once(int card, int only, unsigned int frames, bool hold)
{
	unsigned int shown, missed;
	double seconds, begin;
	uint32_t crtc;

	buffer_init(&buffers[0], card);
	buffer_init(&buffers[1], card);
	crtc = set_mode(card, only);

	begin = now();
	missed = animate(card, crtc, frames, &shown);
	seconds = now() - begin;
	printf("frames %u seconds %.2f fps %.1f flips-missed %u\n", shown, seconds,
	       seconds > 0 ? shown / seconds : 0, missed);
	fflush(stdout);

	while (hold && !stop_requested)
		sigsuspend(&wait_mask);

	drmModeSetCrtc(card, crtc, 0, 0, 0, NULL, 0, NULL);
	buffer_exit(&buffers[0], card);
	buffer_exit(&buffers[1], card);
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
	const struct sigaction action = { .sa_handler = request_stop };
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
		errx(2, "WIDTH and HEIGHT must be more than %u", FRAME_BOX);

	picture = malloc(sizeof(*picture) * width * height);
	if (!picture)
		err(1, "a frame of %ux%u", width, height);
	frame_draw(picture, 0, width, height);

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, &wait_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);

	for (; rounds && !stop_requested; rounds--)
		animate_once(card, only, frames, hold);
	free(picture);
	close(card);
	return 0;
}
