// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <stdlib.h>

#include <drm_fourcc.h>

#include "buffer.h"
#include "device.h"
#include "way.h"
#include "xen.h"

/* What a guest can have of each kind; a Linux one has two or three */
#define MAX_BUFFERS	64
#define MAX_FBS		64

/* Of a pixel; products of this and MAX_PIXELS fit 64 bits */
#define MAX_BPP		64

/* format_bytes - of a pixel, or 0 if it is a format that we do not know */
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

/* ---- Buffers */

/**
 * buffer_find - a guest's buffer
 * @device: whose
 * @cookie: its name
 *
 * Return: it, or NULL if there is none or it is ending.
 */
struct buffer *buffer_find(struct device *device, uint64_t cookie)
{
	struct buffer *buffer;

	for (buffer = device->buffers; buffer; buffer = buffer->next)
		if (buffer->cookie == cookie && !buffer->ending)
			return buffer;
	return NULL;
}

static void buffer_free(struct buffer *buffer)
{
	struct buffer **at;

	for (at = &buffer->device->buffers; *at; at = &(*at)->next)
		if (*at == buffer) {
			*at = buffer->next;
			break;
		}
	free(buffer);
}

/**
 * buffer_released - the guest can have its pages back, or has let go of ours
 * @watch: of the buffer
 */
void buffer_released(struct watch *watch)
{
	struct buffer *buffer = container_of(watch, struct buffer, released);
	struct device *device = buffer->device;

	way_close(buffer);
	if (buffer->asked)
		connector_respond(&device->connectors[0], &buffer->request, 0, 0);
	buffer_free(buffer);
	device_update(device);
}

/* end_buffer - let go of it; true if that was all */
static bool end_buffer(struct buffer *buffer)
{
	struct device *device = buffer->device;
	struct fb *fb, *next;

	for (fb = device->fbs; fb; fb = next) {
		next = fb->next;
		if (fb->buffer == buffer)
			fb_detach(device, fb->cookie);
	}
	buffer->ending = true;
	if (!buffer->way->destroy(buffer))
		return false;
	buffer_free(buffer);
	return true;
}

/* room - whether a guest can have one more buffer of so many pages */
static bool room(const struct device *device, uint32_t count)
{
	const struct buffer *buffer;
	uint64_t pages = count;
	unsigned int n = 1;

	for (buffer = device->buffers; buffer; buffer = buffer->next, n++)
		pages += buffer->count;
	return n <= MAX_BUFFERS && pages <= ways_max_pages();
}

/* line - from one to the next, in bytes, of a buffer that tells */
static uint64_t line(uint32_t width, uint32_t bpp)
{
	return ((uint64_t)width * bpp + 7) / 8;
}

/* fits - whether lines fit behind the offset */
static bool fits(uint64_t size, uint64_t offset, uint64_t pitch, uint64_t height)
{
	return offset <= size && pitch * height <= size - offset;
}

/* measures - whether they are all there, or none, and fit */
static bool measures(const struct xendispl_dbuf_create_req *op)
{
	if (!op->width && !op->height && !op->bpp)
		return op->data_ofs < op->buffer_sz;
	return op->width && op->width <= MAX_PIXELS && op->height &&
	       op->height <= MAX_PIXELS && op->bpp && op->bpp <= MAX_BPP &&
	       fits(op->buffer_sz, op->data_ofs, line(op->width, op->bpp), op->height);
}

/**
 * buffer_create - a guest has a display buffer, or wants one
 * @device: whose
 * @op: the request
 *
 * Return: 0; -EINVAL if the request makes no sense, -EEXIST, -E2BIG if no buffer
 * can be that large, -ENOSPC if the guest has too much already, -EOPNOTSUPP if it
 * may not have memory of ours, or an error of ways_create().
 */
int buffer_create(struct device *device, const struct xendispl_dbuf_create_req *op)
{
	uint32_t count = ((uint64_t)op->buffer_sz + GRANT_SIZE - 1) / GRANT_SIZE;
	bool ours = op->flags & XENDISPL_DBUF_FLG_REQ_ALLOC;
	struct buffer *buffer;
	int ret;

	if (!op->dbuf_cookie || op->flags & ~XENDISPL_DBUF_FLG_REQ_ALLOC ||
	    !op->gref_directory || !measures(op))
		return -EINVAL;
	if (buffer_find(device, op->dbuf_cookie))
		return -EEXIST;
	if (ours && device->alloc != 1)
		return -EOPNOTSUPP;
	if (count > ways_max_pages())
		return -E2BIG;
	if (!room(device, count))
		return -ENOSPC;

	buffer = calloc(1, sizeof(*buffer));
	if (!buffer)
		return -ENOMEM;
	*buffer = (struct buffer) {
		.device = device,
		.cookie = op->dbuf_cookie,
		.size = op->buffer_sz,
		.count = count,
		.offset = op->data_ofs,
		.width = op->width,
		.height = op->height,
		.bpp = op->bpp,
		.next = device->buffers,
	};
	ret = ways_create(buffer, ours, op->gref_directory);
	/* It failed, and the guest may have a part of it nevertheless */
	buffer->ending = ret && buffer->id;
	if (ret && !buffer->ending) {
		free(buffer);
		return ret;
	}
	device->buffers = buffer;
	return ret;
}

/**
 * buffer_destroy - the guest wants its pages back, or gives ours back
 * @buffer: that is to end; framebuffers in it end, too
 * @req: the request, which is answered when the buffer has been released
 *
 * Return: 0 if that is so already, or BUFFER_ANSWERS.
 */
int buffer_destroy(struct buffer *buffer, const struct xendispl_req *req)
{
	buffer->asked = true;
	buffer->request = *req;
	return end_buffer(buffer) ? 0 : BUFFER_ANSWERS;
}

/**
 * buffers_end - nobody needs them any more, and nobody wants an answer
 * @device: whose
 */
void buffers_end(struct device *device)
{
	struct buffer *buffer, *next;

	for (buffer = device->buffers; buffer; buffer = next) {
		next = buffer->next;
		buffer->asked = false;
		if (!buffer->ending)
			end_buffer(buffer);
	}
}

/**
 * buffers_hold_guest - whether there still are grants of the guest
 * @device: whose buffers have ended
 *
 * Return: whether some of its pages are not its own again.
 */
bool buffers_hold_guest(const struct device *device)
{
	const struct buffer *buffer;

	for (buffer = device->buffers; buffer; buffer = buffer->next)
		if (!buffer->way->ours)
			return true;
	return false;
}

/* ---- Framebuffers */

/**
 * fb_find - a guest's framebuffer
 * @device: whose
 * @cookie: its name
 *
 * Return: it or NULL.
 */
struct fb *fb_find(struct device *device, uint64_t cookie)
{
	struct fb *fb;

	for (fb = device->fbs; fb; fb = fb->next)
		if (fb->cookie == cookie)
			return fb;
	return NULL;
}

static bool fb_room(const struct device *device)
{
	unsigned int n = 0;
	const struct fb *fb;

	for (fb = device->fbs; fb; fb = fb->next)
		n++;
	return n < MAX_FBS;
}

/**
 * fb_attach - make a framebuffer in a buffer
 * @device: of the guest
 * @op: the request
 *
 * Return: 0; -EINVAL if the request makes no sense, -EEXIST, -ENOENT if there is
 * no such buffer, -ENOSPC if the guest has too many, or an error of the card's.
 */
int fb_attach(struct device *device, const struct xendispl_fb_attach_req *op)
{
	uint32_t bytes = format_bytes(op->pixel_format);
	struct buffer *buffer;
	uint64_t pitch;
	struct fb *fb;
	int ret;

	if (!op->fb_cookie || !bytes || !op->width || op->width > MAX_PIXELS ||
	    !op->height || op->height > MAX_PIXELS)
		return -EINVAL;
	if (fb_find(device, op->fb_cookie))
		return -EEXIST;
	buffer = buffer_find(device, op->dbuf_cookie);
	if (!buffer)
		return -ENOENT;
	pitch = buffer->width ? line(buffer->width, buffer->bpp) : op->width * bytes;
	if (op->width * bytes > pitch ||
	    !fits(buffer->size, buffer->offset, pitch, op->height))
		return -EINVAL;
	if (!fb_room(device))
		return -ENOSPC;

	fb = calloc(1, sizeof(*fb));
	if (!fb)
		return -ENOMEM;
	*fb = (struct fb) {
		.cookie = op->fb_cookie,
		.buffer = buffer,
		.width = op->width,
		.height = op->height,
		.format = op->pixel_format,
		.bytes = bytes,
		.pitch = pitch,
		.next = device->fbs,
	};
	ret = buffer->way->attach(fb);
	if (ret) {
		free(fb);
		return ret;
	}
	device->fbs = fb;
	return 0;
}

/**
 * fb_detach - end a framebuffer; connectors that show it go dark
 * @device: of the guest
 * @cookie: its name
 *
 * Return: 0, or -ENOENT if there is none of that name.
 */
int fb_detach(struct device *device, uint64_t cookie)
{
	struct fb **at, *fb;
	unsigned int i;

	for (at = &device->fbs; *at; at = &(*at)->next)
		if ((*at)->cookie == cookie)
			break;
	fb = *at;
	if (!fb)
		return -ENOENT;
	for (i = 0; i < device->count; i++)
		if (device->connectors[i].head.picture.fb == fb->id)
			head_off(&device->connectors[i].head);
	*at = fb->next;
	fb->buffer->way->detach(fb);
	free(fb);
	return 0;
}

/**
 * fb_draw - bring to the card what the guest has drawn, for a frame to be shown
 * @fb: where
 */
void fb_draw(struct fb *fb)
{
	struct device *device = fb->buffer->device;

	device->frames++;
	if (fb->buffer->way->draw)
		device->copied += fb->buffer->way->draw(fb);
}
