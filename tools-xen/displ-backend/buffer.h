/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's display buffers and framebuffers.
 */

#ifndef DISPL_BACKEND_BUFFER_H
#define DISPL_BACKEND_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"
#include "protocol.h"

struct device;
struct way;

/* buffer_destroy() will respond to the request itself */
#define BUFFER_ANSWERS	1

/**
 * struct buffer - memory that the guest draws into
 * @device: whose
 * @cookie: the guest's name for it
 * @size: in bytes
 * @count: in pages
 * @offset: where the picture begins, in bytes
 * @width: in pixels, or 0 if only framebuffers tell
 * @height: likewise
 * @bpp: bits of a pixel, likewise
 * @way: how its frames get to the card
 * @ending: it is not the guest's any more and waits to be released
 * @asked: somebody waits for that, by @request
 * @request: to be answered then
 * @released: tells that Xen has confirmed that all grants are unmapped
 * @handle: export, import: on the card
 * @id: export, import: the kernel's name for it
 * @map: copy: the guest's pages
 * @next: of the device
 */
struct buffer {
	struct device *device;
	uint64_t cookie;
	uint32_t size;
	uint32_t count;
	uint32_t offset;
	uint32_t width;
	uint32_t height;
	uint32_t bpp;
	const struct way *way;
	bool ending;
	bool asked;
	struct xendispl_req request;
	struct watch released;
	uint32_t handle;
	uint64_t id;
	void *map;
	struct buffer *next;
};

/**
 * struct fb - a picture in a buffer
 * @cookie: the guest's name for it
 * @buffer: that it is in
 * @width: in pixels
 * @height: in pixels
 * @format: of the pixels, a fourcc of DRM
 * @bytes: of a pixel
 * @pitch: from line to line, in bytes
 * @id: on the card
 * @handle: copy: its buffer on the card
 * @map: copy: that buffer
 * @map_size: copy: in bytes
 * @map_pitch: copy: from line to line there, in bytes
 * @next: of the device
 */
struct fb {
	uint64_t cookie;
	struct buffer *buffer;
	uint32_t width;
	uint32_t height;
	uint32_t format;
	uint32_t bytes;
	uint32_t pitch;
	uint32_t id;
	uint32_t handle;
	void *map;
	uint64_t map_size;
	uint32_t map_pitch;
	struct fb *next;
};

int buffer_create(struct device *device, const struct xendispl_dbuf_create_req *op);
struct buffer *buffer_find(struct device *device, uint64_t cookie);
int buffer_destroy(struct buffer *buffer, const struct xendispl_req *req);
void buffer_released(struct watch *watch);
void buffers_end(struct device *device);
bool buffers_hold_guest(const struct device *device);
int fb_attach(struct device *device, const struct xendispl_fb_attach_req *op);
struct fb *fb_find(struct device *device, uint64_t cookie);
int fb_detach(struct device *device, uint64_t cookie);
void fb_draw(struct fb *fb);

#endif /* DISPL_BACKEND_BUFFER_H */
