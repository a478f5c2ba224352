/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of the sessions of seeds-guest.c: nodes, states, requests, and what the guest writes to
 * its pages.  Include once in a program.
 */

#ifndef FUZZ_PARSERS_SEEDS_SESSION_H
#define FUZZ_PARSERS_SEEDS_SESSION_H

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

static const char *resolution = "16x8";
static unsigned int width = 16, height = 8;

static inline void put(unsigned int byte)
{
	putc(byte, seed_file);
}

static inline void set(const char *node, const char *text)
{
	unsigned int i;

	for (i = 0; strcmp(node_names[i], node); i++)
		;
	put(SET);
	put(i);
	put(strlen(text));
	fputs(text, seed_file);
}

static inline void state(enum xenbus_state new)
{
	put(STATE);
	put(new);
	put(RUN);
}

static inline void set_number(unsigned int connector, const char *name, unsigned int number)
{
	char node[40], text[12];

	snprintf(node, sizeof(node), "%u/%s", connector, name);
	snprintf(text, sizeof(text), "%u", number);
	set(node, text);
}

/* publish - the nodes of a connector */
static inline void publish(unsigned int connector, const char *id)
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

static inline void request(unsigned int connector, struct xendispl_req req)
{
	put(REQUEST);
	put(connector);
	fwrite(&req, sizeof(req), 1, seed_file);
	put(RUN);
}

static inline void write_word(unsigned int word, uint32_t value)
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
static inline void directory(void)
{
	unsigned int i, count = (width * height * 4 + PAGE - 1) / PAGE;

	write_word(0, 0);
	for (i = 1; i <= count; i++)
		write_word(i, FIRST_REF + DIRECTORY_PAGE + 1);
}

/* new_request - a request whose other bytes are 0: each run has the same seeds */
static inline struct xendispl_req new_request(unsigned int operation)
{
	struct xendispl_req req;

	memset(&req, 0, sizeof(req));
	req.operation = operation;
	return req;
}

static inline struct xendispl_req create(unsigned int flags)
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
static inline struct xendispl_req create_large(void)
{
	struct xendispl_req req = create(0);

	req.op.dbuf_create.buffer_sz = 64 << 20;
	return req;
}

/* create_narrow - a buffer of 64 pages, for which the card needs 1024 */
static inline struct xendispl_req create_narrow(unsigned int n)
{
	struct xendispl_req req = create(XENDISPL_DBUF_FLG_REQ_ALLOC);

	req.op.dbuf_create.dbuf_cookie = DBUF + n;
	req.op.dbuf_create.width = 1;
	req.op.dbuf_create.buffer_sz = 64 * PAGE;
	return req;
}

static inline struct xendispl_req attach(unsigned int fb)
{
	struct xendispl_req req = new_request(XENDISPL_OP_FB_ATTACH);

	req.op.fb_attach = (struct xendispl_fb_attach_req) {
		.dbuf_cookie = DBUF, .fb_cookie = fb, .width = width, .height = height,
		.pixel_format = DRM_FORMAT_XRGB8888,
	};
	return req;
}

static inline struct xendispl_req show(unsigned int fb)
{
	struct xendispl_req req = new_request(XENDISPL_OP_SET_CONFIG);

	req.op.set_config = (struct xendispl_set_config_req) {
		.fb_cookie = fb, .width = width, .height = height, .bpp = 32,
	};
	return req;
}

/* show_picture - create a buffer, and show it on the first connector */
static inline void show_picture(void)
{
	directory();
	request(0, create(0));
	request(0, attach(FB));
	request(0, show(FB));
	put(FLIP);
}

static inline struct xendispl_req flip(unsigned int fb)
{
	struct xendispl_req req = new_request(XENDISPL_OP_PG_FLIP);

	req.op.pg_flip.fb_cookie = fb;
	return req;
}

static inline struct xendispl_req off(void)
{
	return new_request(XENDISPL_OP_SET_CONFIG);
}

static inline struct xendispl_req edid(void)
{
	struct xendispl_req req = new_request(XENDISPL_OP_GET_EDID);

	req.op.get_edid.buffer_sz = XENDISPL_EDID_MAX_SIZE;
	req.op.get_edid.gref_directory = FIRST_REF + DIRECTORY_PAGE;
	return req;
}

static inline struct xendispl_req detach(unsigned int fb)
{
	struct xendispl_req req = new_request(XENDISPL_OP_FB_DETACH);

	req.op.fb_detach.fb_cookie = fb;
	return req;
}

static inline struct xendispl_req destroy(void)
{
	struct xendispl_req req = new_request(XENDISPL_OP_DBUF_DESTROY);

	req.op.dbuf_destroy.dbuf_cookie = DBUF;
	return req;
}

/* offer - what the guest does until the backend can connect */
static inline void offer(unsigned int connectors, const char *be_alloc)
{
	unsigned int i;

	state(XenbusStateInitialising);
	set("version", "2");
	set("be-alloc", be_alloc);
	for (i = 0; i < connectors; i++)
		publish(i, i ? "Virtual-2" : NULL);
	state(XenbusStateInitialised);
}

static inline void connect(unsigned int connectors, const char *be_alloc)
{
	offer(connectors, be_alloc);
	state(XenbusStateConnected);
}

/* connect_large - connect with a screen of 4096x4096, which allows much memory */
static inline void connect_large(const char *be_alloc)
{
	resolution = "4096x4096";
	connect(1, be_alloc);
	resolution = "16x8";
}

/* reconnect - connect again, with the same nodes */
static inline void reconnect(void)
{
	state(XenbusStateInitialising);
	state(XenbusStateInitialised);
	state(XenbusStateConnected);
}

static inline void disconnect(void)
{
	state(XenbusStateClosing);
	state(XenbusStateClosed);
}

#endif /* FUZZ_PARSERS_SEEDS_SESSION_H */
