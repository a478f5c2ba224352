/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transfer of frames from a guest to a card: the objects, the operations of
 * each transfer mode, and what the implementations share.
 */

#ifndef DISPL_BACKEND_XFER_OPS_H
#define DISPL_BACKEND_XFER_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "card.h"
#include "loop.h"
#include "memory.h"
#include "xen.h"

/**
 * struct xfer_buffer - memory that a guest draws into, as the transfer sees it
 * @ops: transfer mode
 * @unsupported: mode that kernel or card do not support, or NULL if @ops is the first
 *	that was tried
 * @error: error of that mode
 * @refused: whether the error is about the guest's pages, so that no other mode is tried
 * @card: card that shows the buffer
 * @domain: the guest
 * @size: size in bytes
 * @count: size in pages
 * @offset: offset of the data in bytes
 * @width: width in pixels, or 0 if the guest has not given it
 * @bpp: bits per pixel, or 0 if the guest has not given it
 * @charged: bytes that the budget of the guest counts for the buffer, until
 *	xfer_uncharge()
 * @event: eventfd that the kernel signals when the buffer is released
 * @released: called when @event is signalled: Xen has unmapped all grants of
 *	the guest (export), or the guest has unmapped all grants (import)
 * @timer: timer of xfer_start_timer(), or without @readable (import)
 * @handle: handle on the card (export, import)
 * @id: id that the kernel has given to the buffer (export, import), or 0
 * @revocable: whether the card lets the pages be revoked; the card may be gone (export)
 * @map: mapping of the guest's pages (copy)
 */
struct xfer_buffer {
	const struct xfer_ops *ops;
	const char *unsupported;
	int error;
	bool refused;
	struct card *card;
	struct domain *domain;
	uint32_t size;
	uint32_t count;
	uint32_t offset;
	uint32_t width;
	uint32_t bpp;
	uint64_t charged;
	struct fd_watch event;
	void (*released)(struct xfer_buffer *buffer);
	struct fd_watch timer;
	uint32_t handle;
	uint64_t id;
	bool revocable;
	void *map;
};

/**
 * struct xfer_fb - a framebuffer on the card for a guest's buffer
 * @buffer: the guest's buffer
 * @width: width in pixels
 * @height: height in pixels
 * @format: pixel format, a DRM fourcc
 * @bytes: bytes per pixel
 * @pitch: bytes from one line to the next in @buffer
 * @card_pitch: bytes from one line to the next on the card
 * @id: id on the card
 * @dumb: dumb buffer on the card (copy)
 * @map: mapping of the dumb buffer (copy)
 */
struct xfer_fb {
	struct xfer_buffer *buffer;
	uint32_t width;
	uint32_t height;
	uint32_t format;
	uint32_t bytes;
	uint32_t pitch;
	uint32_t card_pitch;
	uint32_t id;
	struct dumb_buffer dumb;
	void *map;
};

/**
 * struct xfer_ops - operations of a transfer mode
 * @name: name for --mode
 * @be_alloc: true if the backend allocates the memory and grants it to the
 *	guest; false if the guest does
 * @create: make a buffer accessible; @directory is the guest's grant reference
 *	of the first page of its page directory.  Returns 0 or a negative error
 *	number.
 * @destroy: release a buffer.  Returns true if the buffer is released already,
 *	false if @released of the buffer will be called.  Of a buffer that was revoked,
 *	this releases what the card has; the caller is @released, and frees the buffer.
 * @revoke: take the guest's pages back after @destroy, if the kernel can: the
 *	pages can be mapped by other programs.  NULL for the modes in which
 *	others cannot hold the guest's pages.
 * @attach: create a framebuffer on the card.  Returns 0 or a negative error
 *	number.
 * @detach: remove a framebuffer of @attach
 * @draw: copy a rectangle to the card and return the number of bytes copied;
 *	NULL if the card reads the guest's pixels
 */
struct xfer_ops {
	const char *name;
	bool be_alloc;
	int (*create)(struct xfer_buffer *buffer, uint32_t directory);
	bool (*destroy)(struct xfer_buffer *buffer);
	void (*revoke)(struct xfer_buffer *buffer);
	int (*attach)(struct xfer_fb *fb);
	void (*detach)(struct xfer_fb *fb);
	uint64_t (*draw)(struct xfer_fb *fb, uint32_t x, uint32_t y,
			 uint32_t width, uint32_t height);
};

extern const struct xfer_ops xfer_copy, xfer_export, xfer_import;

/* min_pitch - bytes of a line without padding */
static inline uint64_t min_pitch(uint32_t width, uint32_t bpp)
{
	return ((uint64_t)width * bpp + 7) / 8;
}

bool xfer_not_supported(int error);
int xfer_open_event(struct xfer_buffer *buffer);
void xfer_close_event(struct xfer_buffer *buffer);
void xfer_start_timer(struct xfer_buffer *buffer);
int xfer_create_dumb(const struct xfer_buffer *buffer, uint32_t width,
		     uint32_t height, uint32_t bpp, struct dumb_buffer *dumb);
int xfer_add_fb(struct xfer_fb *fb, uint32_t handle, uint32_t pitch,
		uint32_t offset);
int xfer_attach(struct xfer_fb *fb);
void xfer_detach(struct xfer_fb *fb);

#endif /* DISPL_BACKEND_XFER_OPS_H */
