// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for a Wayland compositor, and framebuffers in it.  The memory is a dma-buf, or for
 * mode copy a memfd.  A framebuffer in a dma-buf is a buffer of linux-dmabuf if the
 * compositor takes it, because it then needs no copy for its GPU.  Each other one is a buffer
 * in a pool of wl_shm: the descriptor of the memory is that of the pool, which the compositor
 * maps.  wayland-window.c gets the buffer of a framebuffer here, and attaches it to a window.
 *
 * The compositor gets memory when a window shows it for the first time, so that a guest that
 * creates buffers and shows none sends it nothing.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "log.h"
#include "wayland-ops.h"

/**
 * struct wayland_pool - memory for the compositor
 * @handle: number of the memory
 * @fd: descriptor of the memory
 * @dmabuf: whether the memory is a dma-buf
 * @size: size in bytes
 * @pool: the pool of wl_shm; NULL before the first buffer in it
 * @next: next memory
 */
struct wayland_pool {
	uint32_t handle;
	int fd;
	bool dmabuf;
	int32_t size;
	struct wl_shm_pool *pool;
	struct wayland_pool *next;
};

/**
 * enum import_state - whether a framebuffer is a buffer of linux-dmabuf
 * @IMPORT_NEW: the compositor was not asked
 * @IMPORT_ASKED: it has not answered
 * @IMPORT_DONE: it is
 * @IMPORT_FAILED: the compositor has refused it
 * @IMPORT_NONE: the compositor does not offer it, or the memory is no dma-buf
 */
enum import_state {
	IMPORT_NEW,
	IMPORT_ASKED,
	IMPORT_DONE,
	IMPORT_FAILED,
	IMPORT_NONE,
};

/**
 * struct wayland_fb - a framebuffer
 * @id: number of the framebuffer
 * @wayland: the connection
 * @image: the image in the memory, with a pixel format that has no alpha
 * @import: whether it is a buffer of linux-dmabuf
 * @request: request to the compositor (IMPORT_ASKED)
 * @buffer: buffer of the whole framebuffer (IMPORT_DONE), or of the part that a window
 *	showed last, or NULL
 * @part: that part
 * @held: whether the compositor may read @buffer
 * @next: next framebuffer
 */
struct wayland_fb {
	uint32_t id;
	struct wayland *wayland;
	struct image image;
	enum import_state import;
	struct dmabuf_request *request;
	struct wl_buffer *buffer;
	struct scanout part;
	bool held;
	struct wayland_fb *next;
};

/* ---- Memory */

static struct wayland_pool *find_pool(const struct wayland *wayland, uint32_t handle)
{
	struct wayland_pool *pool;

	for (pool = wayland->pools; pool; pool = pool->next)
		if (pool->handle == handle)
			return pool;
	return NULL;
}

/* add_pool - keep memory, and after success its descriptor @fd, until wayland_close() */
static int add_pool(struct wayland *wayland, int fd, bool dmabuf, uint64_t size,
		    uint32_t *handle)
{
	static uint32_t last;
	struct wayland_pool *pool;

	if (wayland->lost)
		return -ENODEV;
	if (size > INT32_MAX)
		return refuse(-EINVAL, "a pool of wl_shm is smaller than 2 GiB");
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	do
		pool->handle = ++last;
	while (!last || find_pool(wayland, last));
	pool->fd = fd;
	pool->dmabuf = dmabuf;
	pool->size = size;
	pool->next = wayland->pools;
	wayland->pools = pool;
	*handle = pool->handle;
	return 0;
}

static int wayland_import(struct card *card, int fd, uint64_t size, uint32_t *handle)
{
	int ret, copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return -errno;
	ret = add_pool(to_wayland(card), copy, true, size, handle);
	if (ret)
		close(copy);
	return ret;
}

/* The compositor lets go of the memory when it has released the buffers in it */
static void wayland_close(struct card *card, uint32_t handle)
{
	struct wayland *wayland = to_wayland(card);
	struct wayland_pool **at, *pool;

	for (at = &wayland->pools; (*at)->handle != handle; at = &(*at)->next)
		;
	pool = *at;
	*at = pool->next;
	if (pool->pool)
		wl_shm_pool_destroy(pool->pool);
	close(pool->fd);
	free(pool);
	wayland_flush(wayland);
}

static int wayland_create_dumb(struct card *card, uint32_t width, uint32_t height,
			       uint32_t bpp, struct dumb_buffer *dumb)
{
	int ret, fd = memfd_create("displ-backend", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	dumb->pitch = ((uint64_t)width * bpp + 7) / 8;
	dumb->size = (uint64_t)dumb->pitch * height;
	/* A compositor need not expect SIGBUS */
	if (ftruncate(fd, dumb->size) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK))
		ret = -errno;
	else
		ret = add_pool(to_wayland(card), fd, false, dumb->size, &dumb->handle);
	if (ret)
		close(fd);
	return ret;
}

static int wayland_map_dumb(struct card *card, const struct dumb_buffer *dumb, void **map)
{
	struct wayland_pool *pool = find_pool(to_wayland(card), dumb->handle);

	*map = mmap(NULL, dumb->size, PROT_READ | PROT_WRITE, MAP_SHARED, pool->fd, 0);
	return *map == MAP_FAILED ? -errno : 0;
}

static int wayland_export_dumb(struct card *card, uint32_t handle, int *fd)
{
	return refuse(-EOPNOTSUPP, "a compositor has no memory for guests");
}

/* ---- Framebuffers */

static struct wayland_fb *find_fb(const struct wayland *wayland, uint32_t id)
{
	struct wayland_fb *fb;

	for (fb = wayland->fbs; fb; fb = fb->next)
		if (fb->id == id)
			return fb;
	return NULL;
}

/* opaque - pixel format without alpha: a window of a guest is not transparent */
static uint32_t opaque(uint32_t format)
{
	switch (format) {
	case DRM_FORMAT_ARGB8888:
		return DRM_FORMAT_XRGB8888;
	case DRM_FORMAT_ABGR8888:
		return DRM_FORMAT_XBGR8888;
	case DRM_FORMAT_ARGB2101010:
		return DRM_FORMAT_XRGB2101010;
	case DRM_FORMAT_ARGB1555:
		return DRM_FORMAT_XRGB1555;
	case DRM_FORMAT_ARGB4444:
		return DRM_FORMAT_XRGB4444;
	default:
		return format;
	}
}

/* shm_format - number of an opaque format in wl_shm, which is that of DRM but for one */
static uint32_t shm_format(uint32_t format)
{
	return format == DRM_FORMAT_XRGB8888 ? WL_SHM_FORMAT_XRGB8888 : format;
}

/* The compositor ends the connection after a format that it does not offer */
static bool has_format(const struct wayland *wayland, uint32_t format)
{
	const uint32_t *offered;

	wl_array_for_each(offered, &wayland->first->formats)
		if (*offered == format)
			return true;
	return false;
}

/* A framebuffer must be possible with wl_shm, because an import can fail when it is shown */
static int wayland_add_fb(struct card *card, const struct image *image, uint32_t *id)
{
	struct wayland *wayland = to_wayland(card);
	static uint32_t last;
	struct wayland_fb *fb;

	if (!has_format(wayland, shm_format(opaque(image->format))))
		return refuse(-EINVAL, "the compositor does not offer it");
	fb = calloc(1, sizeof(*fb));
	if (!fb)
		return -ENOMEM;
	do
		fb->id = ++last;
	while (!last || find_fb(wayland, last));
	fb->wayland = wayland;
	fb->image = *image;
	fb->image.format = opaque(image->format);
	fb->next = wayland->fbs;
	wayland->fbs = fb;
	*id = fb->id;
	return 0;
}

static void destroy_buffer(struct wayland_fb *fb)
{
	if (fb->buffer)
		wl_buffer_destroy(fb->buffer);
	fb->buffer = NULL;
	fb->held = false;
}

static void wayland_remove_fb(struct card *card, uint32_t id)
{
	struct wayland *wayland = to_wayland(card);
	struct wayland_fb **at, *fb;

	for (at = &wayland->fbs; (*at)->id != id; at = &(*at)->next)
		;
	fb = *at;
	*at = fb->next;
	if (fb->request)
		wayland_ignore_dmabuf(fb->request);
	destroy_buffer(fb);
	free(fb);
	wayland_flush(wayland);
	wayland->released(wayland);
}

static void buffer_release(void *data, struct wl_buffer *buffer)
{
	struct wayland_fb *fb = data;

	fb->held = false;
	fb->wayland->released(fb->wayland);
}

static const struct wl_buffer_listener buffer_listener = { .release = buffer_release };

static void set_buffer(struct wayland_fb *fb, struct wl_buffer *buffer)
{
	fb->buffer = buffer;
	wl_buffer_add_listener(buffer, &buffer_listener, fb);
}

/* ---- Buffers of linux-dmabuf */

static void import_answered(void *data, struct wl_buffer *buffer)
{
	struct wayland_fb *fb = data;

	fb->request = NULL;
	fb->import = buffer ? IMPORT_DONE : IMPORT_FAILED;
	if (buffer)
		set_buffer(fb, buffer);
}

static void begin_import(struct wayland_fb *fb)
{
	const struct wayland_pool *pool = find_pool(fb->wayland, fb->image.handle);

	if (pool->dmabuf)
		fb->request = wayland_import_dmabuf(fb->wayland, pool->fd, &fb->image,
						    import_answered, fb);
	fb->import = fb->request ? IMPORT_ASKED : IMPORT_NONE;
}

/* ---- Buffers of wl_shm */

static bool same_part(const struct scanout *a, const struct scanout *b)
{
	return a->x == b->x && a->y == b->y && a->width == b->width &&
	       a->height == b->height;
}

/*
 * The buffer has whole lines: one that began inside a line would end beyond the pool if
 * the part has the last line, and the compositor would end the connection.
 */
static void create_buffer(struct wayland_fb *fb, const struct scanout *scanout)
{
	const struct image *image = &fb->image;
	struct wayland_pool *pool = find_pool(fb->wayland, image->handle);

	if (!pool->pool)
		pool->pool = wl_shm_create_pool(fb->wayland->shm, pool->fd, pool->size);
	set_buffer(fb, wl_shm_pool_create_buffer(pool->pool,
						 image->offset + scanout->y * image->pitch,
						 scanout->x + scanout->width,
						 scanout->height, image->pitch,
						 shm_format(image->format)));
	fb->part = *scanout;
}

/**
 * wayland_get_frame - get what to attach to a window
 * @wayland: the connection
 * @scanout: part of a framebuffer
 * @frame: filled in
 *
 * Return: 0, and the compositor holds the buffer from now on until it releases it; -EAGAIN
 * if the compositor has to answer first, after which @answered of the connection is called;
 * or -ENOENT if the framebuffer has been removed.
 */
int wayland_get_frame(struct wayland *wayland, const struct scanout *scanout,
		      struct frame *frame)
{
	struct wayland_fb *fb = find_fb(wayland, scanout->fb);

	if (!fb)
		return -ENOENT;
	if (fb->import == IMPORT_NEW)
		begin_import(fb);
	if (fb->import == IMPORT_ASKED)
		return -EAGAIN;
	if (fb->import != IMPORT_DONE) {
		if (!same_part(&fb->part, scanout))
			destroy_buffer(fb);
		if (!fb->buffer)
			create_buffer(fb, scanout);
	}
	*frame = (struct frame) { .buffer = fb->buffer, .how = "wl_shm" };
	if (fb->import == IMPORT_DONE) {
		frame->y = scanout->y;
		frame->imported = true;
		frame->how = "linux-dmabuf";
	} else if (fb->import == IMPORT_FAILED) {
		frame->how = "wl_shm, because it has refused linux-dmabuf";
	}
	fb->held = true;
	return 0;
}

/**
 * wayland_get_black - get a framebuffer of one black pixel, which is not of a dma-buf
 * @wayland: the connection
 *
 * Return: its number, or 0 if there is no memory.
 */
uint32_t wayland_get_black(struct wayland *wayland)
{
	struct card *card = &wayland->card;
	struct image image = { .width = 1, .height = 1, .format = DRM_FORMAT_XRGB8888 };
	struct dumb_buffer dumb;

	if (wayland->black || wayland_create_dumb(card, 1, 1, 32, &dumb))
		return wayland->black;
	image.handle = dumb.handle;
	image.pitch = dumb.pitch;
	if (wayland_add_fb(card, &image, &wayland->black))
		wayland_close(card, dumb.handle);
	return wayland->black;
}

/**
 * wayland_is_held - check whether the compositor may read a framebuffer
 * @wayland: the connection
 * @id: number of the framebuffer
 *
 * Return: whether it may; false if the framebuffer has been removed.
 */
bool wayland_is_held(const struct wayland *wayland, uint32_t id)
{
	const struct wayland_fb *fb = find_fb(wayland, id);

	return fb && fb->held;
}

/**
 * wayland_free_memory - free all memory and all framebuffers
 * @wayland: the connection, without windows
 */
void wayland_free_memory(struct wayland *wayland)
{
	while (wayland->fbs)
		wayland_remove_fb(&wayland->card, wayland->fbs->id);
	while (wayland->pools)
		wayland_close(&wayland->card, wayland->pools->handle);
}

const struct memory_ops memory_wayland = {
	.import = wayland_import,
	.close = wayland_close,
	.create_dumb = wayland_create_dumb,
	.destroy_dumb = wayland_close,
	.map_dumb = wayland_map_dumb,
	.export_dumb = wayland_export_dumb,
	.add_fb = wayland_add_fb,
	.remove_fb = wayland_remove_fb,
};
