// SPDX-License-Identifier: GPL-2.0-only
/*
 * The windows of displ-backend, between devices of guests and a compositor: see
 * stub-wayland.h.  The input is what the guests show, what the compositor sends, and when it
 * ends connections or hangs: four bytes for each action.  At the end the devices are closed, and
 * no object, memory or descriptor of them may be left.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "../../tools-xen/displ-backend/card.h"
#include "../../tools-xen/displ-backend/log.h"
#include "../../tools-xen/displ-backend/wayland.h"
#include "stub-clock.h"
#include "stub-wayland.h"

#define DEVICES		2
#define SCREENS		3
#define MEMORIES	4
#define FBS		6
#define PAGE		4096
/* Milliseconds after which each connection of a device that is closed must have ended */
#define CLOSE_MS	6000
/* Milliseconds after which a device must know that its connection has ended */
#define LOST_MS		200
/* Turns of the loop, of which no input needs so many */
#define MAX_TURNS	100000

/* @width, @height: 0 of a free one; @index: of its memory */
struct fb {
	uint32_t id, width, height;
	unsigned int index;
};

/* Of guests; @card: NULL if the device is not connected; @sizes: 0 of free memory */
static struct device {
	struct card *card;
	uint64_t sizes[MEMORIES];
	uint32_t handles[MEMORIES];
	struct fb fbs[FBS];
	struct screen *screens[SCREENS];
	unsigned int count;
} devices[DEVICES];

/* ---- For the code under test */

struct card *cards;

void card_append(struct card *card)
{
	cards = card;
}

/* The code under test is compiled with -Dclose=stub_close */
int stub_close(int fd)
{
	if (close(fd))
		fail("descriptor %d is closed twice", fd);
	return 0;
}

/* wayland.c is compiled with -Dsocket=stub_socket and -Dconnect=stub_connect */
int stub_socket(int domain, int type, int protocol)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int stub_connect(int fd, const void *address, unsigned int size)
{
	return 0;
}

/* ---- Devices, as the files above use windows */

static void flipped(struct screen *screen)
{
	if (screen->busy)
		fail("a change ends while it is pending");
}

static void remove_fb(struct device *device, struct fb *fb)
{
	if (fb->width)
		device->card->memory->remove_fb(device->card, fb->id);
	fb->width = 0;
}

/* close_memory - as buffer.c: framebuffers first */
static void close_memory(struct device *device, unsigned int index)
{
	struct fb *fb;

	for (fb = device->fbs; fb < device->fbs + FBS; fb++)
		if (fb->width && fb->index == index)
			remove_fb(device, fb);
	if (device->sizes[index])
		device->card->memory->close(device->card, device->handles[index]);
	device->sizes[index] = 0;
}

static void close_device(struct device *device)
{
	struct card *card = device->card;
	unsigned int i;

	for (i = 0; i < device->count; i++) {
		device->screens[i]->ops->off(device->screens[i]);
		device->screens[i]->users = 0;
	}
	for (i = 0; i < MEMORIES; i++)
		close_memory(device, i);
	device->card = NULL;
	card->ops->close(card);
}

static void lost(struct card *card, const char *reason)
{
	close_device(card->data);
}

static void first_lost(void)
{
	fail("the first connection has ended");
}

static void open_device(struct device *device, unsigned int count)
{
	struct screen *screen;

	device->count = count;
	/* The compositor may lack an interface */
	if (cards->ops->open_own(cards, count, &device->card))
		return;
	device->card->lost = lost;
	device->card->data = device;
	for (screen = device->card->screens; screen; screen = screen->next) {
		screen->flipped = flipped;
		screen->label = "guest/\xffname";
		screen->users = 1;
		device->screens[--count] = screen;
	}
}

static void add_memory(struct device *device, unsigned int index, uint64_t size)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);

	close_memory(device, index);
	if (!device->card->memory->import(device->card, fd, size, &device->handles[index]))
		device->sizes[index] = size;
	close(fd);
}

static void add_fb(struct device *device, struct fb *fb, unsigned int index, uint32_t width,
		   uint32_t height)
{
	bool small = width % 2;
	struct image image = {
		.handle = device->handles[index],
		.width = width,
		.height = height,
		.format = small ? DRM_FORMAT_RGB565 : DRM_FORMAT_ARGB8888,
		.pitch = width * (small ? 2 : 4),
		.offset = width * 4,
	};

	remove_fb(device, fb);
	if (!device->sizes[index] || !width || !height ||
	    image.offset + image.pitch * height > device->sizes[index] ||
	    device->card->memory->add_fb(device->card, &image, &fb->id))
		return;
	fb->width = width;
	fb->height = height;
	fb->index = index;
}

static void show(struct screen *screen, const struct fb *fb, uint32_t x, uint32_t y)
{
	struct scanout scanout = { .fb = fb->id };

	if (!fb->width)
		return;
	scanout.x = x % fb->width;
	scanout.y = y % fb->height;
	scanout.width = fb->width - scanout.x;
	scanout.height = fb->height - scanout.y;
	if (!screen->ops->test(screen, &scanout))
		screen->ops->on(screen, &scanout);
}

/* ---- The loop */

static void idle(void)
{
	struct epoll_event event;
	unsigned int n = 0;
	bool more;

	do {
		more = epoll_wait(epoll, &event, 1, 0) == 1;
		if (more)
			((struct fd_watch *)event.data.ptr)->readable(event.data.ptr);
		queue_delayed_work();
		handle_work();
		if (++n == MAX_TURNS)
			fail("the loop has work without end");
	} while (more || !TAILQ_EMPTY(&queues));
}

static void pass(unsigned int ms)
{
	/* In steps, so that work that is delayed again comes in time */
	for (; ms; ms -= ms < 100 ? ms : 100) {
		now += (ms < 100 ? ms : 100) * 1000000ULL;
		idle();
	}
}

/* ---- The input */

static void act(uint8_t action, uint8_t a, uint8_t b, uint8_t c)
{
	static const int errors[] = { EPIPE, EPROTO, EMFILE };
	struct device *device = &devices[a % DEVICES];
	struct screen *screen = NULL;

	if (device->card)
		screen = device->screens[a / DEVICES % device->count];
	switch (action % 12) {
	case 0:
		if (!device->card)
			open_device(device, b % SCREENS + 1);
		break;
	case 1:
		if (device->card)
			add_memory(device, b % MEMORIES, (c + 1) * PAGE);
		break;
	case 2:
		if (device->card)
			add_fb(device, &device->fbs[b % FBS], b / FBS % MEMORIES, c, b);
		break;
	case 3:
		if (device->card)
			remove_fb(device, &device->fbs[b % FBS]);
		break;
	case 4:
	case 5:
		if (device->card)
			show(screen, &device->fbs[b % FBS], c % 16, c / 16);
		break;
	case 6:
		if (device->card)
			screen->ops->off(screen);
		break;
	case 7:
		if (device->card && b < 64)
			close_device(device);
		break;
	case 8:
		compositor_hang(a % 2);
		pass(8 * b);
		break;
	case 9:
		compositor_end(a % 8, errors[b % 3]);
		break;
	case 11:
		if (b % 2)
			compositor_restore();
		else
			compositor_remove(a);
		break;
	default:
		compositor_send(b % COMPOSITOR_EVENTS, a, c, a);
		break;
	}
	idle();
}

static int free_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	log_init(false);
	loop_init();
	setenv("WAYLAND_DISPLAY", "/wayland-0", 1);
	unsetenv("WAYLAND_SOCKET");
	wayland_open(first_lost, true);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int objects = compositor_objects(), i;
	int fd = free_descriptor();

	for (; size >= 4; data += 4, size -= 4)
		act(data[0], data[1], data[2], data[3]);
	pass(LOST_MS);
	for (i = 0; i < DEVICES; i++) {
		if (!devices[i].card)
			continue;
		if (compositor_failed(devices[i].card->fd))
			fail("device %u does not know that its connection has ended", i);
		close_device(&devices[i]);
	}
	compositor_hang(false);
	compositor_restore();
	pass(CLOSE_MS);
	if (compositor_objects() != objects || free_descriptor() != fd)
		fail("%u objects are left, descriptor %d is free instead of %d",
		     compositor_objects() - objects, free_descriptor(), fd);
	if (TAILQ_FIRST(&delayed))
		fail("work is left");
	return 0;
}
