/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a card shows: buffers and framebuffers.
 */

#ifndef DISPL_BACKEND_MEMORY_H
#define DISPL_BACKEND_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct card;

/**
 * struct dumb_buffer - memory of a card
 * @handle: handle on the card
 * @pitch: bytes from one line to the next
 * @size: size in bytes
 */
struct dumb_buffer {
	uint32_t handle;
	uint32_t pitch;
	uint64_t size;
};

/**
 * struct image - an image in memory of a card
 * @handle: handle of the memory
 * @offset: offset of the first line in bytes
 * @pitch: bytes from one line to the next
 * @width: width in pixels
 * @height: height in pixels
 * @format: pixel format, a DRM fourcc
 */
struct image {
	uint32_t handle;
	uint32_t offset;
	uint32_t pitch;
	uint32_t width;
	uint32_t height;
	uint32_t format;
};

/**
 * struct memory_ops - operations on the memory of a card
 * @revocable: whether programs that hold a buffer of the card survive its revocation
 * @import: import a dma-buf; @handle is set
 * @close: close a handle of @import
 * @create_dumb: create a buffer; @dumb is filled in
 * @destroy_dumb: destroy a buffer of @create_dumb
 * @map_dumb: map a buffer of @create_dumb; @map is set
 * @export_dumb: set @fd to a dma-buf of a buffer of @create_dumb
 * @add_fb: create a framebuffer; @id is set, and not 0
 * @remove_fb: remove a framebuffer.  A screen may still show it, which then exists until
 *	the screen shows another one or is off.
 *
 * Operations with a result return 0 or a negative error number.
 */
struct memory_ops {
	bool revocable;
	int (*import)(struct card *card, int fd, uint64_t size, uint32_t *handle);
	void (*close)(struct card *card, uint32_t handle);
	int (*create_dumb)(struct card *card, uint32_t width, uint32_t height,
			   uint32_t bpp, struct dumb_buffer *dumb);
	void (*destroy_dumb)(struct card *card, uint32_t handle);
	int (*map_dumb)(struct card *card, const struct dumb_buffer *dumb, void **map);
	int (*export_dumb)(struct card *card, uint32_t handle, int *fd);
	int (*add_fb)(struct card *card, const struct image *image, uint32_t *id);
	void (*remove_fb)(struct card *card, uint32_t id);
};

extern const struct memory_ops memory_kms;

#endif /* DISPL_BACKEND_MEMORY_H */
