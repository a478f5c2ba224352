/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the Wayland compositor share: connections, and the calls between
 * wayland.c, wayland-window.c, wayland-memory.c and wayland-dmabuf.c, the highest first.
 */

#ifndef DISPL_BACKEND_WAYLAND_OPS_H
#define DISPL_BACKEND_WAYLAND_OPS_H

#include <errno.h>

#include <wayland-client.h>

#include "card.h"

/* Nanoseconds until requests are sent again that the socket had no room for */
#define FLUSH_NS	100000000ULL

struct dmabuf_request;
struct wayland_fb;
struct wayland_pool;
struct zwp_linux_dmabuf_v1;

/**
 * struct wayland - a connection to a compositor, which takes the place of a card
 * @card: the card; its screens are windows
 * @first: the first connection, whose formats are those of each other one
 * @display: the connection
 * @flush: sends the requests that the socket had no room for
 * @flushes: number of times that it has had no room since then
 * @lost: whether the compositor has ended the connection
 * @closing: whether the connection ends when its windows have disappeared
 * @released: called when the compositor has released a framebuffer, or one is removed
 * @answered: called when wayland_get_frame() may have what it had not
 * @windows_closed: called when the last window is freed, see wayland_close_windows()
 * @registry: to bind the interfaces
 * @compositor: to create surfaces
 * @shm: to create pools of memory
 * @dmabuf: to import dma-bufs; NULL if the compositor cannot, or cannot scale
 * @base: to create windows
 * @viewporter: to scale windows; NULL if the compositor cannot
 * @formats: pixel formats of @shm, of the type enum wl_shm_format (@first)
 * @layouts: pixel formats of @dmabuf, with their modifiers (@first)
 * @pools: memory for the compositor
 * @fbs: framebuffers
 * @imports: dma-bufs that the compositor was asked to import
 * @black: framebuffer of wayland_get_black(), or 0
 */
struct wayland {
	struct card card;
	const struct wayland *first;
	struct wl_display *display;
	struct work flush;
	unsigned int flushes;
	bool lost;
	bool closing;
	void (*released)(struct wayland *wayland);
	void (*answered)(struct wayland *wayland);
	void (*windows_closed)(struct wayland *wayland);
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct zwp_linux_dmabuf_v1 *dmabuf;
	struct xdg_wm_base *base;
	struct wp_viewporter *viewporter;
	struct wl_array formats;
	struct wl_array layouts;
	struct wayland_pool *pools;
	struct wayland_fb *fbs;
	struct dmabuf_request *imports;
	uint32_t black;
};

/**
 * struct frame - what to attach to a window
 * @buffer: buffer with the part of a framebuffer
 * @y: top edge of the part in the buffer, in pixels; the left edge is that in the framebuffer
 * @imported: whether the compositor has imported the memory by linux-dmabuf
 * @how: how it has got the memory, a constant text for messages
 */
struct frame {
	struct wl_buffer *buffer;
	uint32_t y;
	bool imported;
	const char *how;
};

static inline struct wayland *to_wayland(struct card *card)
{
	return container_of(card, struct wayland, card);
}

/*
 * wayland_flush - send the requests to the compositor, without waiting for it
 *
 * Of errors, the end of the connection is an event, too.  After another one the library sends
 * nothing any more, see flush_again().
 */
static inline void wayland_flush(struct wayland *wayland)
{
	if (wayland->lost)
		return;
	if (wl_display_flush(wayland->display) < 0 && errno != EPIPE) {
		if (!loop_is_pending(&wayland->flush))
			loop_delay_work(&wayland->flush, loop_time() + FLUSH_NS);
		return;
	}
	loop_cancel_work(&wayland->flush);
	wayland->flushes = 0;
}

void wayland_add_window(struct wayland *wayland);
void wayland_close_windows(struct wayland *wayland, void (*closed)(struct wayland *wayland));

extern const struct memory_ops memory_wayland;

int wayland_get_frame(struct wayland *wayland, const struct scanout *scanout,
		      struct frame *frame);
uint32_t wayland_get_black(struct wayland *wayland);
bool wayland_is_held(const struct wayland *wayland, uint32_t id);
void wayland_free_memory(struct wayland *wayland);

void wayland_read_layouts(struct wayland *wayland);
struct dmabuf_request *
wayland_import_dmabuf(struct wayland *wayland, int fd, const struct image *image,
		      void (*done)(void *data, struct wl_buffer *buffer), void *data);
void wayland_ignore_dmabuf(struct dmabuf_request *request);
void wayland_forget_dmabufs(struct wayland *wayland);

#endif /* DISPL_BACKEND_WAYLAND_OPS_H */
