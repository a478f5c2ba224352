// SPDX-License-Identifier: GPL-2.0-only
/*
 * hog [-m] DEVICE...: a frontend for each of these display devices of the guest, that
 * takes as much of the backend's time as it can: the rings of all connectors are
 * always full of requests that set a mode, turn the screen off, create and destroy a
 * buffer, and attach and detach a framebuffer; those of the third and fourth connector,
 * of requests that the backend never delays.  With -m it takes as much memory as it can:
 * it attaches and shows framebuffers until the backend refuses one.  The driver of the
 * guest is not loaded.
 * Output: a line when each device is connected and, with -m, when it has all its
 * framebuffers.  The program does not end.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front.h"
#include "pages.h"
#include "requests.h"

/* Cookies of the display buffer and its framebuffers */
#define DBUF	1
#define FB	1

static struct front front;
/* The pages that all display buffers share */
static struct front_buffer buffer;

/* next_request - the requests that a connector repeats; the numbers are arbitrary */
static struct xendispl_req next_request(const struct front_connector *connector,
					unsigned int n)
{
	if (connector->index >= 2)
		return n % 8 ? config_off() : edid(&buffer);
	switch (n % 10) {
	case 5:
		return config_off();
	case 6:
		return create(&front, DBUF + 1, &buffer);
	case 7:
		return destroy(DBUF + 1);
	case 8:
		return attach(connector, DBUF, FB + 1);
	case 9:
		return detach(FB + 1);
	default:
		return config(connector, FB);
	}
}

static void fill_ring(struct front_connector *connector)
{
	while (!RING_FULL(&connector->ring)) {
		struct xendispl_req *slot = front_get_request(connector);
		struct xendispl_req req = next_request(connector, slot->id);

		req.id = slot->id;
		*slot = req;
	}
	front_push_requests(&front, connector);
}

static void drop_responses(struct front_connector *connector)
{
	connector->ring.rsp_cons =
		__atomic_load_n(&connector->ring.sring->rsp_prod,
				__ATOMIC_ACQUIRE);
}

static void open_device(unsigned int device)
{
	struct xendispl_req req;
	uint32_t size;

	if (!front_open(&front, device) || !front_connect(&front, 2))
		errx(1, "device %u does not connect", device);
	size = buffer_size(&front);
	if (!front_buffer_init(&buffer, front.domid, size))
		errx(1, "cannot grant %u bytes", size);
	req = create(&front, DBUF, &buffer);
	if (front_request(&front, &front.connectors[0], &req, NULL))
		errx(1, "device %u: no buffer", device);
	req = attach(&front.connectors[0], DBUF, FB);
	if (front_request(&front, &front.connectors[0], &req, NULL))
		errx(1, "device %u: no framebuffer", device);
	printf("device %u is connected\n", device);
	fflush(stdout);
}

static void flood(unsigned int device)
{
	unsigned int i;

	open_device(device);
	for (;;) {
		for (i = 0; i < front.count; i++) {
			drop_responses(&front.connectors[i]);
			fill_ring(&front.connectors[i]);
		}
		usleep(10000);
	}
}

/* The memory of a framebuffer is allocated when it is shown */
static void take_memory(unsigned int device)
{
	struct front_connector *first = &front.connectors[0];
	unsigned int n;

	open_device(device);
	for (n = 1; ; n++) {
		struct xendispl_req req = attach(first, DBUF, FB + n);

		if (front_request(&front, first, &req, NULL))
			break;
		req = config(first, FB + n);
		if (front_request(&front, first, &req, NULL))
			errx(1, "device %u cannot show framebuffer %u", device,
			     n);
	}
	printf("device %u has %u framebuffers\n", device, n);
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	bool memory = argc > 1 && !strcmp(argv[1], "-m");

	argv += memory;
	if (!argv[1])
		errx(2, "usage: hog [-m] DEVICE...");
	while (*++argv)
		if (!fork())
			(memory ? take_memory : flood)(strtoul(*argv, NULL, 10));
	while (wait(NULL) > 0)
		;
	return 1;
}
