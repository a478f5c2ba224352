/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs begin with that test a display backend from a guest: a frontend
 * that is connected, and a look after each test at whether the backend lets go
 * of all when it disconnects.  The guest has the device vdispl 0, whose driver is
 * not loaded; with be-alloc=1 all buffers are memory of the backend's.  To be
 * included once in a program.
 */

#ifndef DISPLAY_FRONT_FIXTURE_H
#define DISPLAY_FRONT_FIXTURE_H

#include <drm_fourcc.h>

#include "../selftests/xen/harness.h"
#include "front.h"
#include "pages.h"

#define FORMAT	DRM_FORMAT_XRGB8888
#define BPP	32

/* Names of the first display buffer and of a framebuffer in it, any numbers */
#define DBUF	0x8000000100000001ULL
#define FB	0x8000000200000001ULL

/* A reference that is in nobody's table */
#define NO_REF	0x7fffffffu

FIXTURE(front)
{
	struct front front;
	struct front_connector *first;
	uint32_t size;
	struct front_buffer buffer;
	struct front_buffer other;
	struct front_buffer edid;
};

FIXTURE_SETUP(front)
{
	ASSERT_TRUE(front_open(&self->front))
		TH_LOG("this guest has no device vdispl 0");
	ASSERT_LE(1, self->front.count);
	ASSERT_TRUE(front_connect(&self->front, 2));
	self->first = &self->front.connectors[0];
	self->size = self->first->width * self->first->height * BPP / 8;
	ASSERT_TRUE(front_buffer_begin(&self->buffer, self->front.domid,
				       self->size));
	ASSERT_TRUE(front_buffer_begin(&self->other, self->front.domid,
				       self->size));
	ASSERT_TRUE(front_buffer_begin(&self->edid, self->front.domid,
				       XENDISPL_EDID_MAX_SIZE));
}

FIXTURE_TEARDOWN(front)
{
	EXPECT_TRUE(front_disconnect(&self->front));
	EXPECT_TRUE(front_buffer_end(&self->buffer, self->front.domid));
	EXPECT_TRUE(front_buffer_end(&self->other, self->front.domid));
	EXPECT_TRUE(front_buffer_end(&self->edid, self->front.domid));
	front_close(&self->front);
}

/* ---- Requests that make sense, by the first connector; for front_ask() */

static inline struct xendispl_req create(const FIXTURE_DATA(front) * self,
					 uint64_t dbuf,
					 const struct front_buffer *buffer)
{
	return (struct xendispl_req) {
		.operation = XENDISPL_OP_DBUF_CREATE,
		.op.dbuf_create = {
			.dbuf_cookie = dbuf,
			.width = self->first->width,
			.height = self->first->height,
			.bpp = BPP,
			.buffer_sz = self->size,
			.flags = self->front.be_alloc ?
				 XENDISPL_DBUF_FLG_REQ_ALLOC : 0,
			.gref_directory = buffer->directory,
		},
	};
}

static inline struct xendispl_req destroy(uint64_t dbuf)
{
	return (struct xendispl_req) {
		.operation = XENDISPL_OP_DBUF_DESTROY,
		.op.dbuf_destroy.dbuf_cookie = dbuf,
	};
}

static inline struct xendispl_req attach(const FIXTURE_DATA(front) * self,
					 uint64_t dbuf, uint64_t fb)
{
	return (struct xendispl_req) {
		.operation = XENDISPL_OP_FB_ATTACH,
		.op.fb_attach = {
			.dbuf_cookie = dbuf,
			.fb_cookie = fb,
			.width = self->first->width,
			.height = self->first->height,
			.pixel_format = FORMAT,
		},
	};
}

static inline struct xendispl_req detach(uint64_t fb)
{
	return (struct xendispl_req) {
		.operation = XENDISPL_OP_FB_DETACH,
		.op.fb_detach.fb_cookie = fb,
	};
}

static inline struct xendispl_req config(const FIXTURE_DATA(front) * self,
					 uint64_t fb)
{
	return (struct xendispl_req) {
		.operation = XENDISPL_OP_SET_CONFIG,
		.op.set_config = {
			.fb_cookie = fb,
			.width = self->first->width,
			.height = self->first->height,
			.bpp = BPP,
		},
	};
}

static inline struct xendispl_req dark(void)
{
	return (struct xendispl_req) { .operation = XENDISPL_OP_SET_CONFIG };
}

static inline struct xendispl_req flip(uint64_t fb)
{
	return (struct xendispl_req) {
		.operation = XENDISPL_OP_PG_FLIP,
		.op.pg_flip.fb_cookie = fb,
	};
}

static inline struct xendispl_req edid(const struct front_buffer *buffer)
{
	return (struct xendispl_req) {
		.operation = XENDISPL_OP_GET_EDID,
		.op.get_edid = {
			.buffer_sz = XENDISPL_EDID_MAX_SIZE,
			.gref_directory = buffer->directory,
		},
	};
}

/* asked - the error number of a request by the first connector */
static inline int asked(FIXTURE_DATA(front) * self, struct xendispl_req req)
{
	return front_ask(&self->front, self->first, &req, NULL);
}

/* flipped - whether the first connector flips, which is the n-th time */
static inline bool flipped(FIXTURE_DATA(front) * self, uint64_t fb, uint16_t n)
{
	struct xendispl_evt event;

	return !asked(self, flip(fb)) &&
	       front_event(&self->front, self->first, FRONT_PATIENCE, &event) &&
	       event.id == n && event.type == XENDISPL_EVT_PG_FLIP &&
	       event.op.pg_flip.fb_cookie == fb;
}

/* shown - whether a picture can be shown in a buffer, which stays so */
static inline bool shown(FIXTURE_DATA(front) * self, uint64_t dbuf, uint64_t fb,
			 const struct front_buffer *buffer)
{
	return !asked(self, create(self, dbuf, buffer)) &&
	       !asked(self, attach(self, dbuf, fb)) &&
	       !asked(self, config(self, fb));
}

/* serves - whether a picture can be shown and taken away; nothing is there */
static inline bool serves(FIXTURE_DATA(front) * self)
{
	return shown(self, DBUF, FB, &self->buffer) &&
	       flipped(self, FB, self->first->events->in_cons) &&
	       !asked(self, dark()) && !asked(self, detach(FB)) &&
	       !asked(self, destroy(DBUF));
}

#endif /* DISPLAY_FRONT_FIXTURE_H */
