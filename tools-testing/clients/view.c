// SPDX-License-Identifier: GPL-2.0-only
/*
 * A window of a Wayland compositor: see view.h.  The functions return false if the
 * compositor ends the connection.
 */

#include <stdint.h>
#include <string.h>

#include <drm_fourcc.h>

#include "linux-dmabuf-v1.h"
#include "peer.h"
#include "view.h"
#include "xdg-shell.h"

static void ping(void *data, struct xdg_wm_base *base, uint32_t serial)
{
	xdg_wm_base_pong(base, serial);
}

static const struct xdg_wm_base_listener base_listener = { .ping = ping };

static void global(void *data, struct wl_registry *registry, uint32_t name,
		   const char *interface, uint32_t version)
{
	struct view *view = data;

	if (!strcmp(interface, wl_compositor_interface.name))
		view->compositor = wl_registry_bind(registry, name,
						    &wl_compositor_interface, 4);
	if (!strcmp(interface, wl_shm_interface.name))
		view->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	if (!strcmp(interface, xdg_wm_base_interface.name))
		view->base = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
	if (!strcmp(interface, zwp_linux_dmabuf_v1_interface.name))
		view->dmabuf = wl_registry_bind(registry, name,
						&zwp_linux_dmabuf_v1_interface, 3);
}

static void global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = global,
	.global_remove = global_remove,
};

static void configure(void *data, struct xdg_surface *surface, uint32_t serial)
{
	struct view *view = data;

	xdg_surface_ack_configure(surface, serial);
	view->configured = true;
}

static const struct xdg_surface_listener surface_listener = { .configure = configure };

static void toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width,
			       int32_t height, struct wl_array *states)
{
}

static void toplevel_close(void *data, struct xdg_toplevel *toplevel)
{
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = toplevel_configure,
	.close = toplevel_close,
};

/* wait_for - handle events until one has set a flag */
static bool wait_for(struct view *view, const bool *flag)
{
	while (!*flag)
		if (wl_display_dispatch(view->display) < 0)
			return false;
	return true;
}

/**
 * view_open - connect to the compositor of $WAYLAND_DISPLAY and create a window
 * @view: filled in; view->display is NULL if there is no compositor
 */
bool view_open(struct view *view)
{
	struct wl_registry *registry;
	struct xdg_surface *surface;
	struct xdg_toplevel *toplevel;

	memset(view, 0, sizeof(*view));
	view->display = wl_display_connect(NULL);
	if (!view->display)
		return false;
	registry = wl_display_get_registry(view->display);
	wl_registry_add_listener(registry, &registry_listener, view);
	if (wl_display_roundtrip(view->display) < 0 || !view->compositor ||
	    !view->shm || !view->base)
		return false;

	xdg_wm_base_add_listener(view->base, &base_listener, view);
	view->surface = wl_compositor_create_surface(view->compositor);
	surface = xdg_wm_base_get_xdg_surface(view->base, view->surface);
	xdg_surface_add_listener(surface, &surface_listener, view);
	toplevel = xdg_surface_get_toplevel(surface);
	xdg_toplevel_add_listener(toplevel, &toplevel_listener, view);
	wl_surface_commit(view->surface);
	return wait_for(view, &view->configured);
}

void view_close(struct view *view)
{
	if (view->display)
		wl_display_disconnect(view->display);
	view->display = NULL;
}

static void release(void *data, struct wl_buffer *wl_buffer)
{
	struct view_buffer *buffer = data;

	buffer->released = true;
}

static const struct wl_buffer_listener buffer_listener = { .release = release };

/* listen - wait until the compositor has accepted a buffer */
static bool listen(struct view *view, struct view_buffer *buffer)
{
	buffer->released = false;
	wl_buffer_add_listener(buffer->buffer, &buffer_listener, buffer);
	return wl_display_roundtrip(view->display) >= 0;
}

/**
 * view_pool - make a pool of wl_shm of a dma-buf, and a buffer of that pool
 * @view: the window
 * @buffer: filled in
 * @fd: the dma-buf
 * @peer: the guest, whose frame is in the dma-buf
 */
bool view_pool(struct view *view, struct view_buffer *buffer, int fd,
	       const struct peer *peer)
{
	struct wl_shm_pool *pool = wl_shm_create_pool(view->shm, fd, peer_size(peer));

	buffer->buffer = wl_shm_pool_create_buffer(pool, 0, peer->width, peer->height,
						   peer->width * 4,
						   WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	return listen(view, buffer);
}

/**
 * view_dmabuf - make a buffer of linux-dmabuf
 * @view: the window, whose compositor has linux-dmabuf
 * @buffer: filled in
 * @fd: the dma-buf
 * @peer: the guest, whose frame is in the dma-buf
 */
bool view_dmabuf(struct view *view, struct view_buffer *buffer, int fd,
		 const struct peer *peer)
{
	struct zwp_linux_buffer_params_v1 *params =
		zwp_linux_dmabuf_v1_create_params(view->dmabuf);

	zwp_linux_buffer_params_v1_add(params, fd, 0, 0, peer->width * 4,
				       DRM_FORMAT_MOD_LINEAR >> 32,
				       (uint32_t)DRM_FORMAT_MOD_LINEAR);
	buffer->buffer = zwp_linux_buffer_params_v1_create_immed(params, peer->width,
								 peer->height,
								 DRM_FORMAT_XRGB8888, 0);
	zwp_linux_buffer_params_v1_destroy(params);
	return listen(view, buffer);
}

static void done(void *data, struct wl_callback *callback, uint32_t time)
{
	struct view *view = data;

	wl_callback_destroy(callback);
	view->frame = true;
}

static const struct wl_callback_listener frame_listener = { .done = done };

/**
 * view_show - show a buffer and wait for the frame callback
 * @view: the window
 * @buffer: the buffer, which the compositor reads until it releases it
 */
bool view_show(struct view *view, struct view_buffer *buffer)
{
	buffer->released = false;
	view->frame = false;
	wl_surface_attach(view->surface, buffer->buffer, 0, 0);
	wl_surface_damage_buffer(view->surface, 0, 0, INT32_MAX, INT32_MAX);
	wl_callback_add_listener(wl_surface_frame(view->surface), &frame_listener, view);
	wl_surface_commit(view->surface);
	return wait_for(view, &view->frame);
}

/* view_wait_release - wait until the compositor no longer reads a buffer */
bool view_wait_release(struct view *view, struct view_buffer *buffer)
{
	return wait_for(view, &buffer->released);
}
