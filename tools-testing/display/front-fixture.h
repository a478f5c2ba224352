/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fixture of programs that test a display backend from a guest.  Before each
 * test a frontend connects; after it the frontend disconnects, and the backend
 * must have unmapped all pages.  The guest has the device vdispl 0, and its
 * driver is not loaded.  With be-alloc=1 the backend allocates all buffers.
 * Include this file once in a program.
 */

#ifndef DISPLAY_FRONT_FIXTURE_H
#define DISPLAY_FRONT_FIXTURE_H

#include "../selftests/xen/harness.h"
#include "front.h"
#include "pages.h"
#include "requests.h"

/* Cookies of the first display buffer and its framebuffer, arbitrary numbers */
#define DBUF	0x8000000100000001ULL
#define FB	0x8000000200000001ULL

/* A reference larger than any grant table */
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
	ASSERT_TRUE(front_open(&self->front, 0))
		TH_LOG("this guest has no device vdispl 0");
	ASSERT_LE(1, self->front.count);
	ASSERT_TRUE(front_connect(&self->front, 2));
	self->first = &self->front.connectors[0];
	self->size = buffer_size(&self->front);
	ASSERT_TRUE(front_buffer_init(&self->buffer, self->front.domid,
				      self->size));
	ASSERT_TRUE(front_buffer_init(&self->other, self->front.domid,
				      self->size));
	ASSERT_TRUE(front_buffer_init(&self->edid, self->front.domid,
				      XENDISPL_EDID_MAX_SIZE));
}

FIXTURE_TEARDOWN(front)
{
	EXPECT_TRUE(front_disconnect(&self->front));
	EXPECT_TRUE(front_buffer_exit(&self->buffer, self->front.domid));
	EXPECT_TRUE(front_buffer_exit(&self->other, self->front.domid));
	EXPECT_TRUE(front_buffer_exit(&self->edid, self->front.domid));
	front_close(&self->front);
}

/*
 * request - send a request by the first connector; returns its error number or
 * 0
 */
static inline int request(FIXTURE_DATA(front) * self, struct xendispl_req req)
{
	return front_request(&self->front, self->first, &req, NULL);
}

/*
 * flip_done - flip by the first connector; whether its event has the number n
 */
static inline bool flip_done(FIXTURE_DATA(front) * self, uint64_t fb,
			     uint16_t n)
{
	struct xendispl_evt event;

	return !request(self, flip(fb)) &&
	       front_event(&self->front, self->first, FRONT_TIMEOUT, &event) &&
	       event.id == n && event.type == XENDISPL_EVT_PG_FLIP &&
	       event.op.pg_flip.fb_cookie == fb;
}

/*
 * show_buffer - create a buffer and a framebuffer, show it; whether that
 * succeeds
 */
static inline bool show_buffer(FIXTURE_DATA(front) * self, uint64_t dbuf,
			       uint64_t fb,
			       const struct front_buffer *buffer)
{
	return !request(self, create(&self->front, dbuf, buffer)) &&
	       !request(self, attach(self->first, dbuf, fb)) &&
	       !request(self, config(self->first, fb));
}

/*
 * can_show - whether a buffer can be shown, flipped and destroyed; needs no
 * buffer before
 */
static inline bool can_show(FIXTURE_DATA(front) * self)
{
	return show_buffer(self, DBUF, FB, &self->buffer) &&
	       flip_done(self, FB, self->first->events->in_cons) &&
	       !request(self, config_off()) && !request(self, detach(FB)) &&
	       !request(self, destroy(DBUF));
}

#endif /* DISPLAY_FRONT_FIXTURE_H */
