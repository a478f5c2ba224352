// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first inputs of the harness guest.c: sessions of guests, most of which keep the
 * protocol.  seeds.c calls this.
 */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <drm_fourcc.h>

#define XEN_PAGE_SIZE	4096
#include <xen/io/displif.h>
#include <xen/io/xenbus.h>

#include "actions.h"
#include "seeds.h"
#include "stub.h"

#define DIRECTORY_PAGE	8
#define DBUF		0x11
#define FB		0x21

/* Largest height of a picture, see MAX_PIXELS of displ-backend */
#define MAX_HEIGHT	16384

static const char *resolution = "16x8";
static unsigned int width = 16, height = 8;

static void put(unsigned int byte)
{
	putc(byte, seed_file);
}

static void set(const char *node, const char *text)
{
	unsigned int i;

	for (i = 0; strcmp(node_names[i], node); i++)
		;
	put(SET);
	put(i);
	put(strlen(text));
	fputs(text, seed_file);
}

static void state(enum xenbus_state new)
{
	put(STATE);
	put(new);
	put(RUN);
}

static void set_number(unsigned int connector, const char *name, unsigned int number)
{
	char node[40], text[12];

	snprintf(node, sizeof(node), "%u/%s", connector, name);
	snprintf(text, sizeof(text), "%u", number);
	set(node, text);
}

/* publish - the nodes of a connector */
static void publish(unsigned int connector, const char *id)
{
	char node[40];

	snprintf(node, sizeof(node), "%u/resolution", connector);
	set(node, resolution);
	if (id) {
		snprintf(node, sizeof(node), "%u/unique-id", connector);
		set(node, id);
	}
	set_number(connector, "req-ring-ref", FIRST_REF + RING_PAGE(connector));
	set_number(connector, "req-event-channel", RING_PORT(connector));
	set_number(connector, "evt-ring-ref", FIRST_REF + EVENT_PAGE(connector));
	set_number(connector, "evt-event-channel", RING_PORT(connector) + 1);
}

static void request(unsigned int connector, struct xendispl_req req)
{
	put(REQUEST);
	put(connector);
	fwrite(&req, sizeof(req), 1, seed_file);
	put(RUN);
}

static void write_word(unsigned int word, uint32_t value)
{
	unsigned int offset = word * sizeof(value);

	put(WRITE);
	put(DIRECTORY_PAGE);
	put(offset >> 8);
	put(offset & 0xff);
	put(sizeof(value));
	fwrite(&value, sizeof(value), 1, seed_file);
}

/* directory - a page directory of a frame, all of whose pages are the same */
static void directory(void)
{
	unsigned int i, count = (width * height * 4 + PAGE - 1) / PAGE;

	write_word(0, 0);
	for (i = 1; i <= count; i++)
		write_word(i, FIRST_REF + DIRECTORY_PAGE + 1);
}

/* new_request - a request whose other bytes are 0: each run has the same seeds */
static struct xendispl_req new_request(unsigned int operation)
{
	struct xendispl_req req;

	memset(&req, 0, sizeof(req));
	req.operation = operation;
	return req;
}

static struct xendispl_req create(unsigned int flags)
{
	struct xendispl_req req = new_request(XENDISPL_OP_DBUF_CREATE);

	req.op.dbuf_create = (struct xendispl_dbuf_create_req) {
		.dbuf_cookie = DBUF, .width = width, .height = height, .bpp = 32,
		.buffer_sz = width * height * 4, .flags = flags,
		.gref_directory = FIRST_REF + DIRECTORY_PAGE,
	};
	return req;
}

/* create_large - a buffer of 64 MiB, a frame of 4096x4096 */
static struct xendispl_req create_large(void)
{
	struct xendispl_req req = create(0);

	req.op.dbuf_create.buffer_sz = 64 << 20;
	return req;
}

/* create_narrow - a buffer of 64 pages, for which the card needs 1024 */
static struct xendispl_req create_narrow(unsigned int n)
{
	struct xendispl_req req = create(XENDISPL_DBUF_FLG_REQ_ALLOC);

	req.op.dbuf_create.dbuf_cookie = DBUF + n;
	req.op.dbuf_create.width = 1;
	req.op.dbuf_create.buffer_sz = 64 * PAGE;
	return req;
}

static struct xendispl_req attach(unsigned int fb)
{
	struct xendispl_req req = new_request(XENDISPL_OP_FB_ATTACH);

	req.op.fb_attach = (struct xendispl_fb_attach_req) {
		.dbuf_cookie = DBUF, .fb_cookie = fb, .width = width, .height = height,
		.pixel_format = DRM_FORMAT_XRGB8888,
	};
	return req;
}

static struct xendispl_req show(unsigned int fb)
{
	struct xendispl_req req = new_request(XENDISPL_OP_SET_CONFIG);

	req.op.set_config = (struct xendispl_set_config_req) {
		.fb_cookie = fb, .width = width, .height = height, .bpp = 32,
	};
	return req;
}

static struct xendispl_req flip(unsigned int fb)
{
	struct xendispl_req req = new_request(XENDISPL_OP_PG_FLIP);

	req.op.pg_flip.fb_cookie = fb;
	return req;
}

static struct xendispl_req off(void)
{
	return new_request(XENDISPL_OP_SET_CONFIG);
}

static struct xendispl_req edid(void)
{
	struct xendispl_req req = new_request(XENDISPL_OP_GET_EDID);

	req.op.get_edid.buffer_sz = XENDISPL_EDID_MAX_SIZE;
	req.op.get_edid.gref_directory = FIRST_REF + DIRECTORY_PAGE;
	return req;
}

static struct xendispl_req detach(unsigned int fb)
{
	struct xendispl_req req = new_request(XENDISPL_OP_FB_DETACH);

	req.op.fb_detach.fb_cookie = fb;
	return req;
}

static struct xendispl_req destroy(void)
{
	struct xendispl_req req = new_request(XENDISPL_OP_DBUF_DESTROY);

	req.op.dbuf_destroy.dbuf_cookie = DBUF;
	return req;
}

static void connect(unsigned int connectors, const char *be_alloc)
{
	unsigned int i;

	state(XenbusStateInitialising);
	set("version", "2");
	set("be-alloc", be_alloc);
	for (i = 0; i < connectors; i++)
		publish(i, i ? "Virtual-2" : NULL);
	state(XenbusStateInitialised);
	state(XenbusStateConnected);
}

/* connect_large - connect with a screen of 4096x4096, which allows much memory */
static void connect_large(const char *be_alloc)
{
	resolution = "4096x4096";
	connect(1, be_alloc);
	resolution = "16x8";
}

/* reconnect - connect again, with the same nodes */
static void reconnect(void)
{
	state(XenbusStateInitialising);
	state(XenbusStateInitialised);
	state(XenbusStateConnected);
}

static void disconnect(void)
{
	state(XenbusStateClosing);
	state(XenbusStateClosed);
}

/* session - all requests; the response to DBUF_DESTROY waits for others with @held */
static void session(unsigned int connectors, unsigned int flags, bool held)
{
	unsigned int i;

	connect(connectors, flags ? "1" : "0");
	directory();
	request(0, create(flags));
	request(0, attach(FB));
	request(0, attach(FB + 1));
	for (i = 0; i < connectors; i++) {
		request(i, show(FB));
		put(FLIP);
		request(i, flip(FB + 1));
		put(FLIP);
		request(i, edid());
	}
	put(STATS);
	if (held) {
		put(HOLD);
		put(1);
	}
	request(0, detach(FB));
	request(0, off());
	request(0, destroy());
	if (held) {
		put(HOLD);
		put(0);
	}
	disconnect();
}

/* revoked - root revokes the buffer that is shown; the guest goes on with another one */
static void revoked(void)
{
	unsigned int i;

	connect(1, "0");
	directory();
	for (i = 0; i < 2; i++) {
		request(0, create(0));
		request(0, attach(FB));
		request(0, attach(FB + 1));
		request(0, show(FB));
		put(FLIP);
		if (!i) {
			put(REVOKE);
			put(0);
		}
		request(0, flip(FB + 1));
		put(FLIP);
	}
	request(0, off());
	request(0, destroy());
	disconnect();
}

/* dark - the card cannot show a picture that it has accepted; more often than is logged */
static void dark(void)
{
	unsigned int i;

	connect(1, "0");
	directory();
	request(0, create(0));
	request(0, attach(FB));
	for (i = 0; i < 12; i++) {
		put(FAULT);
		put(2);
		put(0);
		request(0, show(FB));
		put(TIME);
		put(1000 >> 8);
		put(1000 & 0xff);
	}
}

static void toolstack(unsigned int step)
{
	put(TOOLSTACK);
	put(step);
	put(RUN);
}

/* begin_guest - an input, with the first byte of actions.h */
static void begin_guest(const char *folder, const char *name, unsigned int kernel)
{
	seed_begin(folder, "guest", name);
	put(kernel);
}

/* set_size - the size of the pictures of the sessions that follow */
static void set_size(unsigned int new_width, unsigned int new_height)
{
	width = new_width;
	height = new_height;
}

/* seed_modes - sessions with each mode of transfer */
static void seed_modes(const char *folder)
{
	static const char * const names[] = { "export", "copy", "import" };
	unsigned int i;
	char name[40];

	for (i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "%s-%u", names[i % 3], i / 3 + 1);
		begin_guest(folder, name, i % 3 == 1);
		session(i / 3 + 1, i % 3 == 2 ? XENDISPL_DBUF_FLG_REQ_ALLOC : 0, i / 3);
		seed_end();
	}
	begin_guest(folder, "contiguous-1", 2);
	session(1, 0, true);
	seed_end();
	begin_guest(folder, "twice", 0);
	session(1, 0, false);
	session(2, 0, true);
	seed_end();
}

/* seed_costs - what takes time or memory of the backend */
static void seed_costs(const char *folder)
{
	unsigned int i;

	begin_guest(folder, "reconnects", 0);
	for (i = 0; i < 15; i++) {
		connect(1, "0");
		disconnect();
	}
	seed_end();
	begin_guest(folder, "large", 0);
	connect_large("0");
	for (i = 0; i < 4; i++) {
		request(0, create_large());
		request(0, destroy());
	}
	seed_end();
	/* The card refuses each export once, so each takes twice the time */
	begin_guest(folder, "large-contiguous", 2);
	connect_large("0");
	for (i = 0; i < 8; i++) {
		request(0, create_large());
		request(0, destroy());
		put(TIME);
		put(500 >> 8);
		put(500 & 0xff);
	}
	seed_end();
	begin_guest(folder, "narrow", 0);
	connect_large("1");
	directory();
	for (i = 0; i < 40; i++)
		request(0, create_narrow(i));
	seed_end();
	/* Connections take nearly a second, and the copies of a narrow picture the rest */
	begin_guest(folder, "attaches", 1);
	connect_large("0");
	for (i = 0; i < 8; i++) {
		disconnect();
		reconnect();
	}
	set_size(1, MAX_HEIGHT);
	directory();
	request(0, create(0));
	for (i = 0; i < 24; i++)
		request(0, attach(FB + i));
	seed_end();
	set_size(16, 8);
	/* Two turns copy a frame */
	begin_guest(folder, "slices", 1);
	resolution = "512x300";
	set_size(512, 300);
	session(1, 0, false);
	seed_end();
	resolution = "16x8";
	set_size(16, 8);
}

/* seed_ends - mistakes, and sessions that the toolstack, root or the card ends */
static void seed_ends(const char *folder)
{
	/* The backend must not try again before the guest has changed something */
	begin_guest(folder, "wrong", 0);
	state(XenbusStateInitialising);
	set("0/resolution", "no number");
	state(XenbusStateInitialised);
	seed_end();
	begin_guest(folder, "toolstack", 1);
	connect(1, "0");
	directory();
	request(0, create(0));
	request(0, attach(FB));
	request(0, show(FB));
	put(FLIP);
	toolstack(2);
	toolstack(3);
	toolstack(5);
	toolstack(0);
	toolstack(1);
	seed_end();
	/* The device is removed when the backend has found it */
	begin_guest(folder, "removed", 0);
	toolstack(1);
	put(TOOLSTACK);
	put(4);
	toolstack(0);
	seed_end();
	begin_guest(folder, "revoked-1", 0);
	revoked();
	seed_end();
	begin_guest(folder, "dark", 0);
	dark();
	seed_end();
}

/**
 * seed_guests - write the inputs of the harness guest.c
 * @folder: folder of all inputs
 */
void seed_guests(const char *folder)
{
	seed_modes(folder);
	seed_costs(folder);
	seed_ends(folder);
}
