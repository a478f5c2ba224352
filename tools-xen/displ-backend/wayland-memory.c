// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a Wayland compositor: pools of wl_shm, which the compositor maps.  The memory
 * of a pool is a dma-buf, whose descriptor is that of the pool, or for mode copy a memfd.
 * wayland-window.c gets the buffer of a framebuffer here, and attaches it to a window.
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
 * struct wayland_pool - memory that the compositor maps
 * @handle: number of the pool
 * @pool: the pool
 * @fd: memfd of a dumb buffer, or -1
 * @next: next pool
 */
struct wayland_pool {
	uint32_t handle;
	struct wl_shm_pool *pool;
	int fd;
	struct wayland_pool *next;
};

/**
 * struct wayland_fb - a framebuffer
 * @id: number of the framebuffer
 * @wayland: the connection
 * @image: the image in the memory of a pool
 * @buffer: buffer of the part that a window showed last, or NULL
 * @part: that part
 * @held: whether the compositor may read @buffer
 * @next: next framebuffer
 */
struct wayland_fb {
	uint32_t id;
	struct wayland *wayland;
	struct image image;
	struct wl_buffer *buffer;
	struct scanout part;
	bool held;
	struct wayland_fb *next;
};

/* ---- Pools */

static struct wayland_pool *find_pool(const struct wayland *wayland, uint32_t handle)
{
	struct wayland_pool *pool;

	for (pool = wayland->pools; pool; pool = pool->next)
		if (pool->handle == handle)
			return pool;
	return NULL;
}

/* The compositor maps @fd.  @dumb_fd is kept, too: a memfd or -1. */
static int create_pool(struct wayland *wayland, int fd, int dumb_fd, uint64_t size,
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
	pool->pool = wl_shm_create_pool(wayland->shm, fd, size);
	pool->fd = dumb_fd;
	pool->next = wayland->pools;
	wayland->pools = pool;
	*handle = pool->handle;
	/* The caller closes its descriptor, and the compositor needs it to map the memory */
	wayland_flush(wayland);
	return 0;
}

static int wayland_import(struct card *card, int fd, uint64_t size, uint32_t *handle)
{
	return create_pool(to_wayland(card), fd, -1, size, handle);
}

/* The compositor unmaps the memory when it has released the buffers of the pool */
static void wayland_close(struct card *card, uint32_t handle)
{
	struct wayland *wayland = to_wayland(card);
	struct wayland_pool **at, *pool;

	for (at = &wayland->pools; (*at)->handle != handle; at = &(*at)->next)
		;
	pool = *at;
	*at = pool->next;
	wl_shm_pool_destroy(pool->pool);
	if (pool->fd >= 0)
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
		ret = create_pool(to_wayland(card), fd, fd, dumb->size, &dumb->handle);
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

/* shm_format - format of wl_shm, without alpha: a window of a guest is not transparent */
static uint32_t shm_format(uint32_t format)
{
	switch (format) {
	case DRM_FORMAT_XRGB8888:
	case DRM_FORMAT_ARGB8888:
		return WL_SHM_FORMAT_XRGB8888;
	case DRM_FORMAT_ABGR8888:
		return WL_SHM_FORMAT_XBGR8888;
	case DRM_FORMAT_ARGB2101010:
		return WL_SHM_FORMAT_XRGB2101010;
	case DRM_FORMAT_ARGB1555:
		return WL_SHM_FORMAT_XRGB1555;
	case DRM_FORMAT_ARGB4444:
		return WL_SHM_FORMAT_XRGB4444;
	default:
		/* All others have the number of DRM */
		return format;
	}
}

/* The compositor ends the connection after a format that it does not offer */
static bool has_format(const struct wayland *wayland, uint32_t format)
{
	const uint32_t *offered;

	wl_array_for_each(offered, &wayland->formats)
		if (*offered == format)
			return true;
	return false;
}

static int wayland_add_fb(struct card *card, const struct image *image, uint32_t *id)
{
	struct wayland *wayland = to_wayland(card);
	static uint32_t last;
	struct wayland_fb *fb;

	if (!has_format(wayland, shm_format(image->format)))
		return refuse(-EINVAL, "the compositor does not offer it");
	fb = calloc(1, sizeof(*fb));
	if (!fb)
		return -ENOMEM;
	do
		fb->id = ++last;
	while (!last || find_fb(wayland, last));
	fb->wayland = wayland;
	fb->image = *image;
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

static bool same_part(const struct scanout *a, const struct scanout *b)
{
	return a->x == b->x && a->y == b->y && a->width == b->width &&
	       a->height == b->height;
}

/**
 * wayland_get_buffer - get a buffer to attach to a window
 * @wayland: the connection
 * @scanout: part of a framebuffer
 *
 * The buffer has whole lines: one that began inside a line would end beyond the pool if
 * the part has the last line, and the compositor would end the connection.
 *
 * Return: the buffer, in which the part begins at x of @scanout and line 0, and which the
 * compositor holds from now on until it releases it; or NULL if the framebuffer has been
 * removed.
 */
struct wl_buffer *wayland_get_buffer(struct wayland *wayland,
				     const struct scanout *scanout)
{
	struct wayland_fb *fb = find_fb(wayland, scanout->fb);
	const struct image *image;

	if (!fb)
		return NULL;
	image = &fb->image;
	if (!same_part(&fb->part, scanout))
		destroy_buffer(fb);
	if (!fb->buffer) {
		fb->buffer = wl_shm_pool_create_buffer(find_pool(wayland, image->handle)->pool,
						       image->offset + scanout->y * image->pitch,
						       scanout->x + scanout->width, scanout->height,
						       image->pitch, shm_format(image->format));
		wl_buffer_add_listener(fb->buffer, &buffer_listener, fb);
		fb->part = *scanout;
	}
	fb->held = true;
	return fb->buffer;
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
