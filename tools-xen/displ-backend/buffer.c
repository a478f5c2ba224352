// SPDX-License-Identifier: GPL-2.0-only
/*
 * Display buffers and framebuffers: what the requests of a guest create and
 * destroy, within limits, and the counters of frames.  request.c calls this
 * file for requests, device.c when a device disconnects.  xfer.c and its modes
 * do the work on the memory; the callbacks of the table respond to the guest
 * and hide framebuffers.
 */

#include <errno.h>
#include <stdlib.h>

#include <drm_fourcc.h>

#include "buffer.h"
#include "log.h"
#include "xen.h"

/* Limits of a device; a Linux guest uses two or three of each */
#define MAX_BUFFERS	64
#define MAX_FBS		64

/* Bytes that are copied in one turn of the loop, some 0.1 ms */
#define DRAW_BYTES	(512 << 10)

/* Bits per pixel: MAX_PIXELS * MAX_PIXELS * MAX_BPP fits 64 bits */
#define MAX_BPP		64

/* format_bytes - bytes per pixel, or 0 if the format is unknown */
static uint32_t format_bytes(uint32_t format)
{
	switch (format) {
	case DRM_FORMAT_XRGB8888:
	case DRM_FORMAT_ARGB8888:
	case DRM_FORMAT_XBGR8888:
	case DRM_FORMAT_ABGR8888:
	case DRM_FORMAT_XRGB2101010:
	case DRM_FORMAT_ARGB2101010:
		return 4;
	case DRM_FORMAT_RGB888:
	case DRM_FORMAT_BGR888:
		return 3;
	case DRM_FORMAT_RGB565:
	case DRM_FORMAT_XRGB1555:
	case DRM_FORMAT_ARGB1555:
	case DRM_FORMAT_XRGB4444:
	case DRM_FORMAT_ARGB4444:
	case DRM_FORMAT_YUYV:
	case DRM_FORMAT_UYVY:
		return 2;
	default:
		return 0;
	}
}

/* format_unit - bytes of what the format cannot divide: a pixel, or two that share colours */
static uint32_t format_unit(uint32_t format)
{
	bool pairs = format == DRM_FORMAT_YUYV || format == DRM_FORMAT_UYVY;

	return pairs ? 4 : format_bytes(format);
}

/* ---- Buffers */

/**
 * buffer_find - find a display buffer by its cookie
 * @table: table to search
 * @cookie: number that the guest has given to the buffer
 *
 * Return: the buffer, or NULL if there is none or it is being released.
 */
struct buffer *buffer_find(struct buffer_table *table, uint64_t cookie)
{
	struct buffer *buffer;

	for (buffer = table->buffers; buffer; buffer = buffer->next)
		if (buffer->cookie == cookie && !buffer->releasing)
			return buffer;
	return NULL;
}

static void free_buffer(struct buffer *buffer)
{
	struct buffer **at;

	for (at = &buffer->table->buffers; *at; at = &(*at)->next)
		if (*at == buffer) {
			*at = buffer->next;
			break;
		}
	xfer_uncharge(&buffer->xfer);
	free(buffer);
}

static void detach_fbs(struct buffer *buffer)
{
	struct buffer_table *table = buffer->table;
	struct fb *fb, *next;

	for (fb = table->fbs; fb; fb = next) {
		next = fb->next;
		if (fb->xfer.buffer == &buffer->xfer)
			fb_detach(table, fb->cookie);
	}
}

/*
 * All grants of the buffer are unmapped: at its end, or because root has revoked it.
 * Then it is still in use, and the card still holds the dma-buf.
 */
static void buffer_released(struct xfer_buffer *xfer)
{
	struct buffer *buffer = container_of(xfer, struct buffer, xfer);
	struct buffer_table *table = buffer->table;
	struct xendispl_req req = buffer->request;
	bool respond = buffer->respond;

	if (!buffer->releasing) {
		table->ops->revoked(table, buffer->cookie);
		detach_fbs(buffer);
		xfer->ops->destroy(xfer);
	}
	free_buffer(buffer);
	table->ops->released(table, respond ? &req : NULL);
}

/* release_buffer - begin to release; true if that is done already */
static bool release_buffer(struct buffer *buffer)
{
	detach_fbs(buffer);
	buffer->releasing = true;
	if (!buffer->xfer.ops->destroy(&buffer->xfer))
		return false;
	free_buffer(buffer);
	return true;
}

/**
 * buffers_count - count the buffers of a table
 * @table: the table
 *
 * Return: the number of buffers, with those that are being released.
 */
unsigned int buffers_count(const struct buffer_table *table)
{
	const struct buffer *buffer;
	unsigned int n = 0;

	for (buffer = table->buffers; buffer; buffer = buffer->next)
		n++;
	return n;
}

/* fits - whether the lines of an image fit between offset and size */
static bool fits(uint64_t size, uint64_t offset, uint64_t pitch,
		 uint64_t height)
{
	return offset <= size && pitch * height <= size - offset;
}

/* valid_layout - whether width, height and bpp are all 0, or valid and fit */
static bool valid_layout(const struct xendispl_dbuf_create_req *op)
{
	if (!op->width && !op->height && !op->bpp)
		return op->data_ofs < op->buffer_sz;
	return op->width && op->width <= MAX_PIXELS && op->height &&
	       op->height <= MAX_PIXELS && op->bpp && op->bpp <= MAX_BPP &&
	       fits(op->buffer_sz, op->data_ofs, min_pitch(op->width, op->bpp),
		    op->height);
}

/**
 * buffer_create - create a display buffer
 * @table: table for the buffer
 * @op: the request
 *
 * Return: 0; -EINVAL if the request is invalid; -EEXIST if the cookie is in
 * use; -EOPNOTSUPP if the guest asks for memory of the backend without
 * be-alloc; -ENOSPC if the buffers of the table are at the limit; -ENOMEM; or an
 * error of xfer_create().
 */
int buffer_create(struct buffer_table *table,
		  const struct xendispl_dbuf_create_req *op)
{
	uint32_t count = ((uint64_t)op->buffer_sz + GRANT_SIZE - 1) /
			 GRANT_SIZE;
	bool be_alloc = op->flags & XENDISPL_DBUF_FLG_REQ_ALLOC;
	struct buffer *buffer;
	int ret;

	if (!op->dbuf_cookie || op->flags & ~XENDISPL_DBUF_FLG_REQ_ALLOC ||
	    !op->gref_directory || !valid_layout(op))
		return refuse(-EINVAL, "invalid cookie, flags, directory or size: %ux%u with %u bits in %u bytes",
			      op->width, op->height, op->bpp, op->buffer_sz);
	if (buffer_find(table, op->dbuf_cookie))
		return refuse(-EEXIST, "the cookie is in use");
	if (be_alloc && !table->be_alloc)
		return refuse(-EOPNOTSUPP, "the device has no be-alloc=1");
	if (buffers_count(table) >= MAX_BUFFERS)
		return refuse(-ENOSPC, "the guest has %u buffers", MAX_BUFFERS);

	buffer = calloc(1, sizeof(*buffer));
	if (!buffer)
		return -ENOMEM;
	*buffer = (struct buffer) {
		.xfer.card = table->card,
		.xfer.domain = table->domain,
		.xfer.size = op->buffer_sz,
		.xfer.count = count,
		.xfer.offset = op->data_ofs,
		.xfer.width = op->width,
		.xfer.bpp = op->bpp,
		.xfer.released = buffer_released,
		.table = table,
		.cookie = op->dbuf_cookie,
		.next = table->buffers,
	};
	ret = xfer_create(&buffer->xfer, be_alloc, op->gref_directory);
	/* After an error the guest may have mapped a part of the buffer */
	buffer->releasing = ret && buffer->xfer.id;
	if (ret && !buffer->releasing) {
		free(buffer);
		return ret;
	}
	table->buffers = buffer;
	return ret;
}

/**
 * buffer_destroy - destroy a display buffer and its framebuffers
 * @buffer: the buffer
 * @req: request of the guest
 *
 * The response means that the buffer is released: Xen has unmapped all grants
 * of the guest, or the guest has unmapped all grants of the backend.
 *
 * Return: 0 if the buffer is released; RESPOND_LATER if the callback
 * @released of the table will get @req.
 */
int buffer_destroy(struct buffer *buffer, const struct xendispl_req *req)
{
	buffer->respond = true;
	buffer->request = *req;
	return release_buffer(buffer) ? 0 : RESPOND_LATER;
}

/**
 * buffers_release_all - release all buffers; drop responses that are pending
 * @table: table of the buffers
 *
 * Buffers that are not released at once stay in the table until they are.
 */
void buffers_release_all(struct buffer_table *table)
{
	struct buffer *buffer, *next;

	for (buffer = table->buffers; buffer; buffer = next) {
		next = buffer->next;
		buffer->respond = false;
		if (!buffer->releasing)
			release_buffer(buffer);
	}
}

/**
 * buffers_revoke - revoke the buffers whose release is pending
 * @table: table of the buffers
 *
 * Other programs that show a buffer lose it, so that the guest's pages are
 * unmapped.  The callback @released of the table follows for each buffer that the
 * kernel can revoke.
 */
void buffers_revoke(struct buffer_table *table)
{
	struct buffer *buffer;

	for (buffer = table->buffers; buffer; buffer = buffer->next)
		if (buffer->releasing && buffer->xfer.ops->revoke)
			buffer->xfer.ops->revoke(&buffer->xfer);
}

/**
 * buffers_hold_grants - check for grants of the guest that are still mapped
 * @table: table of the buffers
 *
 * Return: whether the table has a buffer of the guest's pages.
 */
bool buffers_hold_grants(const struct buffer_table *table)
{
	const struct buffer *buffer;

	for (buffer = table->buffers; buffer; buffer = buffer->next)
		if (!buffer->xfer.ops->be_alloc)
			return true;
	return false;
}

/* ---- Framebuffers */

/**
 * fb_find - find a framebuffer by its cookie
 * @table: table to search
 * @cookie: number that the guest has given to the framebuffer
 *
 * Return: the framebuffer, or NULL.
 */
struct fb *fb_find(struct buffer_table *table, uint64_t cookie)
{
	struct fb *fb;

	for (fb = table->fbs; fb; fb = fb->next)
		if (fb->cookie == cookie)
			return fb;
	return NULL;
}

static bool has_fb_room(const struct buffer_table *table)
{
	unsigned int n = 0;
	const struct fb *fb;

	for (fb = table->fbs; fb; fb = fb->next)
		n++;
	return n < MAX_FBS;
}

/**
 * fb_attach - create a framebuffer in a display buffer
 * @table: table for the framebuffer
 * @op: the request
 *
 * Return: 0; -EINVAL if the request is invalid; -EEXIST if the cookie is in
 * use; -ENOENT if there is no such buffer; -ENOSPC if the framebuffers of the
 * table are at the limit; -ENOMEM; or a negative error number of the card.
 */
int fb_attach(struct buffer_table *table,
	      const struct xendispl_fb_attach_req *op)
{
	uint32_t bytes = format_bytes(op->pixel_format);
	uint32_t unit = format_unit(op->pixel_format);
	struct buffer *buffer;
	uint32_t pitch;
	struct fb *fb;
	int ret;

	if (!op->fb_cookie || !bytes || !op->width || op->width > MAX_PIXELS ||
	    !op->height || op->height > MAX_PIXELS)
		return refuse(-EINVAL, "invalid cookie, pixel format %#x or size %ux%u",
			      op->pixel_format, op->width, op->height);
	if (fb_find(table, op->fb_cookie))
		return refuse(-EEXIST, "the cookie is in use");
	buffer = buffer_find(table, op->dbuf_cookie);
	if (!buffer)
		return refuse(-ENOENT, "no buffer %#llx",
			      (unsigned long long)op->dbuf_cookie);
	pitch = op->width * bytes;
	if (buffer->xfer.width)
		pitch = min_pitch(buffer->xfer.width, buffer->xfer.bpp);
	if (op->width * bytes > pitch ||
	    !fits(buffer->xfer.size, buffer->xfer.offset, pitch, op->height))
		return refuse(-EINVAL, "%ux%u does not fit the buffer of %u bytes",
			      op->width, op->height, buffer->xfer.size);
	/* A Wayland compositor ends the connection after such an image */
	if (pitch % unit || buffer->xfer.offset % unit)
		return refuse(-EINVAL, "%u bytes per line from byte %u on are not whole pixels of %u bytes",
			      pitch, buffer->xfer.offset, unit);
	if (!has_fb_room(table))
		return refuse(-ENOSPC, "the guest has %u framebuffers", MAX_FBS);

	fb = calloc(1, sizeof(*fb));
	if (!fb)
		return -ENOMEM;
	*fb = (struct fb) {
		.xfer.buffer = &buffer->xfer,
		.xfer.width = op->width,
		.xfer.height = op->height,
		.xfer.format = op->pixel_format,
		.xfer.bytes = bytes,
		.xfer.pitch = pitch,
		.table = table,
		.cookie = op->fb_cookie,
		.next = table->fbs,
	};
	ret = buffer->xfer.ops->attach(&fb->xfer);
	if (ret) {
		free(fb);
		return refuse_step(ret, "the card, for pixel format %.4s and %u bytes per line",
				   (const char *)&op->pixel_format, pitch);
	}
	table->fbs = fb;
	return 0;
}

/**
 * fb_detach - remove a framebuffer; views that show it are turned off
 * @table: table of the framebuffer
 * @cookie: number that the guest has given to the framebuffer
 *
 * Return: 0, or -ENOENT if there is no such framebuffer.
 */
int fb_detach(struct buffer_table *table, uint64_t cookie)
{
	struct fb **at, *fb;

	for (at = &table->fbs; *at; at = &(*at)->next)
		if ((*at)->cookie == cookie)
			break;
	fb = *at;
	if (!fb)
		return -ENOENT;
	table->ops->hide_fb(table, fb->xfer.id);
	*at = fb->next;
	fb->xfer.buffer->ops->detach(&fb->xfer);
	free(fb);
	return 0;
}

/**
 * fb_draw - bring the next lines of a frame to the card, and count the frame
 * @fb: framebuffer with the frame
 * @part: part of the framebuffer that is shown
 * @line: number of lines of the part that are done; the function adds to it
 *
 * Return: whether the frame is complete.
 */
bool fb_draw(struct fb *fb, const struct scanout *part, uint32_t *line)
{
	const struct xfer_ops *ops = fb->xfer.buffer->ops;
	uint32_t lines, left = part->height - *line;

	if (ops->draw && left) {
		lines = DRAW_BYTES / (part->width * fb->xfer.bytes);
		if (lines > left)
			lines = left;
		if (!lines)
			lines = 1;
		fb->table->copied += ops->draw(&fb->xfer, part->x,
					       part->y + *line, part->width,
					       lines);
		*line += lines;
		if (lines < left)
			return false;
	}
	fb->table->frames++;
	return true;
}
