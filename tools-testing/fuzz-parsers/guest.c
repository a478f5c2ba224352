// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with a display, as displ-backend sees it: nodes in xenstore, states, requests in
 * rings, pages that the guest changes, and what toolstack, card and other programs do.
 * The input is a list of actions, see actions.h.  All files of displ-backend from device.c
 * down run; the stubs replace the libraries and the card.  After each input the guest is
 * destroyed, and nothing may be left.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../tools-xen/displ-backend/device.h"
#include "../../tools-xen/displ-backend/log.h"
#include "../../tools-xen/displ-backend/loop.h"
#include "../../tools-xen/displ-backend/policy.h"
#include "../../tools-xen/displ-backend/protocol.h"
#include "../../tools-xen/displ-backend/stats.h"
#include "../../tools-xen/displ-backend/store.h"
#include "../../tools-xen/displ-backend/view.h"
#include "../../tools-xen/displ-backend/xen.h"
#include "../../tools-xen/displ-backend/xfer.h"
#include "actions.h"
#include "stub.h"

static const uint8_t *input;
static size_t left;

/* The environment variable MUST_SHOW: each input must show a frame, as seeds do */
static bool must_show;

/* The environment variable MUST_LOG: each input must make the backend write this text */
static const char *must_log;
static bool logged;

static uint32_t take(unsigned int bytes)
{
	uint32_t value = 0;

	while (bytes-- && left) {
		value = value << 8 | *input++;
		left--;
	}
	return value;
}

/* take_bytes - up to @count bytes, which stay in the input; set @count */
static const uint8_t *take_bytes(size_t *count)
{
	const uint8_t *bytes = input;

	if (*count > left)
		*count = left;
	input += *count;
	left -= *count;
	return bytes;
}

/* ---- What the guest does */

static const char *take_node(void)
{
	static char path[100];

	snprintf(path, sizeof(path), FRONTEND "/%s", node_names[take(1) % NODE_NAMES]);
	return path;
}

static void set_node(void)
{
	const char *path = take_node();
	size_t length = take(1);
	const uint8_t *bytes = take_bytes(&length);
	char text[256];

	snprintf(text, sizeof(text), "%.*s", (int)length, bytes);
	store_set(path, text);
}

static void set_state(unsigned int state)
{
	const char text[2] = { '0' + state % 10 };

	store_set(FRONTEND "/state", text);
}

static struct xen_displif_sring *ring_of(unsigned int connector)
{
	return (struct xen_displif_sring *)guest_page(RING_PAGE(connector));
}

static void put_request(void)
{
	unsigned int connector = take(1) % 2;
	struct xen_displif_sring *ring = ring_of(connector);
	size_t size = sizeof(struct xendispl_req);
	const uint8_t *bytes = take_bytes(&size);
	struct xendispl_req req = { 0 };

	memcpy(&req, bytes, size);
	memcpy(&ring->ring[ring->req_prod % __CONST_RING_SIZE(xen_displif, PAGE)].req, &req,
	       sizeof(req));
	ring->req_prod++;
	guest_notify(RING_PORT(connector));
}

static void write_page(void)
{
	uint8_t *page = guest_page(take(1));
	unsigned int offset = take(2) % PAGE;
	size_t length = take(1);
	const uint8_t *bytes = take_bytes(&length);

	if (length > PAGE - offset)
		length = PAGE - offset;
	memcpy(page + offset, bytes, length);
}

/* ---- What others do */

static void create_device(void)
{
	store_set(BACKEND "/frontend", FRONTEND);
	store_set(BACKEND "/online", "1");
	store_set(BACKEND "/state", "1");
}

static void do_toolstack(unsigned int step)
{
	switch (step % 6) {
	case 0:
		create_device();
		break;
	case 1:
		store_remove(BACKEND);
		rate_reset();
		break;
	case 2:
		store_set(BACKEND "/online", "0");
		break;
	case 3:
		store_set(BACKEND "/state", "5");
		break;
	case 4:
		store_remove_after_read(BACKEND);
		break;
	default:
		store_remove(FRONTEND);
	}
}

static void plug(unsigned int screen, bool connected)
{
	struct screen *of = cards->screens;

	card_plug(screen, connected);
	if (screen % 2)
		of = of->next;
	devices_screen_changed(of);
}

static void hold(bool others)
{
	buffers_hold(others);
	if (!others)
		buffers_let_go();
}

static void set_fault(void)
{
	static const int errors[] = { EINVAL, EOPNOTSUPP, ENOMEM, EBUSY, EACCES, ENOENT, ENOSPC };
	unsigned int calls = take(1) % 16;

	fault_set(calls, errors[take(1) % (sizeof(errors) / sizeof(*errors))]);
}

static void do_action(void)
{
	unsigned int which, value;

	switch (take(1) % ACTIONS) {
	case SET:
		set_node();
		break;
	case UNSET:
		store_remove(take_node());
		break;
	case STATE:
		set_state(take(1));
		break;
	case REQUEST:
		put_request();
		break;
	case WRITE:
		write_page();
		break;
	case PRODUCER:
		which = take(1) % 2;
		ring_of(which)->req_prod = take(4);
		guest_notify(RING_PORT(which));
		break;
	case NOTIFY:
		guest_notify(take(1));
		break;
	case HOLD:
		hold(take(1) & 1);
		break;
	case FLIP:
		card_finish();
		break;
	case TIME:
		loop_advance(take(2));
		timers_fire();
		break;
	case FAULT:
		set_fault();
		break;
	case PLUG:
		which = take(1);
		value = take(1);
		plug(which, value & 1);
		break;
	case TOOLSTACK:
		do_toolstack(take(1));
		break;
	case STATS:
		stats_log();
		break;
	case REVOKE:
		buffer_revoke(take(1));
		/* MUST_SHOW is about a frame after this one */
		card_shown();
		break;
	default:
		loop_idle();
	}
}

/* ---- One input */

static int lowest_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

/* recreate_device - create the device again, while buffers of the guest may be left */
static void recreate_device(void)
{
	do_toolstack(1);
	loop_idle();
	create_device();
	loop_idle();
	if (!store_has(BACKEND "/versions"))
		fail("the device has come back, and the backend offers no version");
}

/* The guest is destroyed and the others let go; nothing is left then */
static void end_guest(void)
{
	unsigned int i;

	/* Also a new budget */
	fault_set(0, 0);
	store_remove_after_read(NULL);
	recreate_device();
	store_remove(BACKEND);
	store_remove("/local/domain/7");
	store_remove("error");
	hold(false);
	for (i = 0; i < 2; i++)
		plug(i, true);
	for (i = 0; i < 4; i++) {
		loop_idle();
		card_finish();
		loop_advance(2000);
		timers_fire();
	}
	if (store_watches() != 1)
		fail("the device is left: %u watches", store_watches());
	card_check();
	xen_check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = lowest_fd();
	unsigned int i, flags;

	card_shown();
	logged = false;
	input = data;
	left = size;
	for (i = 0; i < GUEST_PAGES; i++)
		memset(guest_page(i), 0, PAGE);
	flags = take(1);
	exports_refuse(flags & 1);
	card_need_contiguous(flags & 2);
	buffers_fix(flags & 4);
	store_set("/local/domain/7/name", "a guest");
	store_set("/local/domain/7/vm", "/vm/00000000-0000-0000-0000-000000000007");
	create_device();
	loop_idle();
	while (left)
		do_action();
	loop_idle();
	if (must_show && !card_shown())
		fail("nothing was shown");
	end_guest();
	if (lowest_fd() != fd)
		fail("a descriptor is left");
	if (must_log && !logged)
		fail("no line has \"%s\"", must_log);
	return 0;
}

static ssize_t take_line(void *cookie, const char *text, size_t size)
{
	if (must_log && memmem(text, size, must_log, strlen(must_log)))
		logged = true;
	return size;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	/* The messages about guests; fail() does not use this stream */
	stderr = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = take_line });
	setlinebuf(stderr);
	must_show = getenv("MUST_SHOW");
	must_log = getenv("MUST_LOG");
	log_init(true);
	loop_init();
	xen_init();
	card_init();
	xen_open();
	xfer_init("auto");
	views_init();
	store_open(devices_changed);
	devices_open();
	loop_idle();
	return 0;
}
