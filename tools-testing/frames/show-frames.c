// SPDX-License-Identifier: GPL-2.0-only
/*
 * show-frames start|hold|flip: in a guest with a display, whose driver is not loaded, show
 * buffers on it.  Linux's driver has displays of at most 2047 lines.
 *
 *   hold     show a buffer until a SIGTERM
 *   flip     flip from one buffer to another and back until a SIGTERM
 *   start    measure the time from DBUF_CREATE to the response to the first PG_FLIP.  The
 *            screen shows another buffer meanwhile, so nothing waits for the card.
 *
 * hold and flip print "shown" when the screen shows the first buffer.  start prints lines
 * of WHAT NANOSECONDS:
 *   first    of pages that the backend has not seen
 *   again    of the same pages, after DBUF_DESTROY; the median
 *   attach   of a buffer that exists, from FB_ATTACH after FB_DETACH; the median
 * In a deterministic run of the lab a nanosecond is an instruction, of either domain or
 * of Xen.
 */

#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/times.h"
#include "../display/front.h"
#include "../display/pages.h"
#include "../display/requests.h"

/* An odd number, for the median */
#define ROUNDS	5

/* Cookies of the buffer that is measured and of the other one, arbitrary numbers */
enum { MEASURED = 1, OTHER };

static struct front front;
static struct front_connector *screen;

static void request(struct xendispl_req req, const char *name)
{
	int ret = front_request(&front, screen, &req, NULL);

	if (ret)
		errx(1, "%s: %d", name, ret);
}

static void create_buffer(uint64_t cookie, const struct front_buffer *buffer)
{
	request(create(&front, cookie, buffer), "DBUF_CREATE");
}

static void attach_buffer(uint64_t cookie)
{
	request(attach(screen, cookie, cookie), "FB_ATTACH");
}

static void show(uint64_t cookie)
{
	request(flip(cookie), "PG_FLIP");
}

/* flipped - wait until the card shows the framebuffer of the last flip */
static void flipped(void)
{
	struct xendispl_evt event;

	if (!front_event(&front, screen, FRONT_TIMEOUT, &event))
		errx(1, "no event of a flip");
}

/* show_other - let the screen show the other buffer, and detach the measured one */
static void show_other(void)
{
	flipped();
	show(OTHER);
	flipped();
	request(detach(MEASURED), "FB_DETACH");
}

static uint64_t start(const struct front_buffer *buffer)
{
	uint64_t begin = time_ns();

	create_buffer(MEASURED, buffer);
	attach_buffer(MEASURED);
	show(MEASURED);
	return time_ns() - begin;
}

static uint64_t attach_again(void)
{
	uint64_t begin = time_ns();

	attach_buffer(MEASURED);
	show(MEASURED);
	return time_ns() - begin;
}

static void print(const char *what, uint64_t time)
{
	printf("%s %llu\n", what, (unsigned long long)time);
}

static void print_median(const char *what, uint64_t *times)
{
	print(what, time_median(times, ROUNDS));
}

/* measure_start - print how long it takes to show a buffer; the screen shows another */
static void measure_start(const struct front_buffer *buffer)
{
	uint64_t again[ROUNDS], attached[ROUNDS];
	unsigned int i;

	print("first", start(buffer));
	show_other();
	for (i = 0; i < ROUNDS; i++) {
		attached[i] = attach_again();
		show_other();
	}
	print_median("attach", attached);
	for (i = 0; i < ROUNDS; i++) {
		request(destroy(MEASURED), "DBUF_DESTROY");
		again[i] = start(buffer);
		show_other();
	}
	print_median("again", again);
}

/* flip_until - flip until one of the signals, which are blocked */
static void flip_until(const struct front_buffer *buffer, const sigset_t *signals)
{
	const struct timespec no_time = { 0 };
	bool back = false;

	create_buffer(MEASURED, buffer);
	attach_buffer(MEASURED);
	while (sigtimedwait(signals, NULL, &no_time) < 0) {
		show(back ? OTHER : MEASURED);
		flipped();
		back = !back;
	}
}

static void shown(void)
{
	puts("shown");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct front_buffer buffer, other;
	sigset_t signals;
	uint32_t size;
	int number;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (argc != 2)
		errx(2, "usage: show-frames start|hold|flip");
	if (!front_open(&front, 0) || !front.count || !front_connect(&front, 2))
		errx(1, "no display");
	screen = &front.connectors[0];
	size = buffer_size(&front);
	if (!front_buffer_init(&buffer, front.domid, size) ||
	    !front_buffer_init(&other, front.domid, size))
		errx(1, "pages of %u bytes", size);
	create_buffer(OTHER, &other);
	attach_buffer(OTHER);
	request(config(screen, OTHER), "SET_CONFIG");

	if (!strcmp(argv[1], "start")) {
		measure_start(&buffer);
	} else if (!strcmp(argv[1], "hold")) {
		shown();
		sigwait(&signals, &number);
	} else {
		shown();
		flip_until(&buffer, &signals);
	}

	front_disconnect(&front);
	front_buffer_exit(&buffer, front.domid);
	front_buffer_exit(&other, front.domid);
	front_close(&front);
	return 0;
}
