/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A window of a Wayland compositor, whose buffers are dma-bufs.
 */

#ifndef CLIENTS_VIEW_H
#define CLIENTS_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include <wayland-client.h>

struct peer;
struct xdg_wm_base;
struct zwp_linux_dmabuf_v1;

/**
 * struct view - a window, and the connection that has it
 * @display: the connection
 * @compositor: to create surfaces
 * @shm: to create pools of memory
 * @dmabuf: to create buffers of dma-bufs; NULL if the compositor does not take any
 * @base: to create windows
 * @surface: the surface of the window
 * @configured: whether the compositor has configured the window
 * @frame: whether the compositor has shown what was committed last
 */
struct view {
	struct wl_display *display;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct zwp_linux_dmabuf_v1 *dmabuf;
	struct xdg_wm_base *base;
	struct wl_surface *surface;
	bool configured;
	bool frame;
};

/**
 * struct view_buffer - a buffer that a window can show
 * @buffer: the buffer, of the size of the guest's frame
 * @released: whether the compositor no longer reads it
 */
struct view_buffer {
	struct wl_buffer *buffer;
	bool released;
};

bool view_open(struct view *view);
void view_close(struct view *view);
bool view_pool(struct view *view, struct view_buffer *buffer, int fd,
	       const struct peer *peer);
bool view_dmabuf(struct view *view, struct view_buffer *buffer, int fd,
		 const struct peer *peer);
bool view_show(struct view *view, struct view_buffer *buffer);
bool view_wait_release(struct view *view, struct view_buffer *buffer);

#endif /* CLIENTS_VIEW_H */
