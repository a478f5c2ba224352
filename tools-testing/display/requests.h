/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Valid requests of the display protocol displif, for front_request().  Each function
 * returns one.  The display buffers have the resolution of the first connector.
 */

#ifndef DISPLAY_REQUESTS_H
#define DISPLAY_REQUESTS_H

#include <drm_fourcc.h>

#include "front.h"
#include "pages.h"

/* The format of all framebuffers, and its bits per pixel */
#define FORMAT	DRM_FORMAT_XRGB8888
#define BPP	32

/* buffer_size - the bytes of a display buffer */
static inline uint32_t buffer_size(const struct front *front)
{
	return front->connectors[0].width * front->connectors[0].height * BPP / 8;
}

static inline struct xendispl_req create(const struct front *front, uint64_t dbuf,
					 const struct front_buffer *buffer)
{
	return (struct xendispl_req) {
		.operation = XENDISPL_OP_DBUF_CREATE,
		.op.dbuf_create = {
			.dbuf_cookie = dbuf,
			.width = front->connectors[0].width,
			.height = front->connectors[0].height,
			.bpp = BPP,
			.buffer_sz = buffer_size(front),
			.flags = front->be_alloc ? XENDISPL_DBUF_FLG_REQ_ALLOC : 0,
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

/* attach - a framebuffer of the connector's resolution */
static inline struct xendispl_req attach(const struct front_connector *connector,
					 uint64_t dbuf, uint64_t fb)
{
	return (struct xendispl_req) {
		.operation = XENDISPL_OP_FB_ATTACH,
		.op.fb_attach = {
			.dbuf_cookie = dbuf,
			.fb_cookie = fb,
			.width = connector->width,
			.height = connector->height,
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

/* config - let the connector show the framebuffer */
static inline struct xendispl_req config(const struct front_connector *connector,
					 uint64_t fb)
{
	return (struct xendispl_req) {
		.operation = XENDISPL_OP_SET_CONFIG,
		.op.set_config = {
			.fb_cookie = fb,
			.width = connector->width,
			.height = connector->height,
			.bpp = BPP,
		},
	};
}

/* config_off - let the connector show nothing */
static inline struct xendispl_req config_off(void)
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

#endif /* DISPLAY_REQUESTS_H */
