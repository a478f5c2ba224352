/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the Wayland compositor share: the connection, and the calls between
 * wayland.c, wayland-window.c and wayland-memory.c, the highest first.
 */

#ifndef DISPL_BACKEND_WAYLAND_OPS_H
#define DISPL_BACKEND_WAYLAND_OPS_H

#include <errno.h>

#include <wayland-client.h>

#include "card.h"

/* Nanoseconds until requests are sent again that the socket had no room for */
#define FLUSH_NS	100000000ULL

struct wayland_fb;
struct wayland_pool;

/**
 * struct wayland - the connection to a compositor, which takes the place of a card
 * @card: the card; its screens are windows
 * @display: the connection
 * @flush: sends the requests that the socket had no room for
 * @lost: whether the compositor has ended the connection
 * @released: called when the compositor has released a framebuffer, or one is removed
 * @compositor: to create surfaces
 * @shm: to create pools of memory
 * @base: to create windows
 * @viewporter: to scale windows; NULL if the compositor cannot
 * @formats: pixel formats of @shm, of the type enum wl_shm_format
 * @pools: memory that the compositor maps
 * @fbs: framebuffers
 */
struct wayland {
	struct card card;
	struct wl_display *display;
	struct work flush;
	bool lost;
	void (*released)(struct wayland *wayland);
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct xdg_wm_base *base;
	struct wp_viewporter *viewporter;
	struct wl_array formats;
	struct wayland_pool *pools;
	struct wayland_fb *fbs;
};

static inline struct wayland *to_wayland(struct card *card)
{
	return container_of(card, struct wayland, card);
}

/*
 * wayland_flush - send the requests to the compositor, without waiting for it
 *
 * Of errors, the end of the connection is an event, too.
 */
static inline void wayland_flush(struct wayland *wayland)
{
	if (!wayland->lost && wl_display_flush(wayland->display) < 0 && errno == EAGAIN)
		loop_delay_work(&wayland->flush, loop_time() + FLUSH_NS);
}

struct screen *wayland_add_window(struct card *card);
void wayland_end_changes(struct wayland *wayland);
void wayland_close_windows(struct wayland *wayland);

extern const struct memory_ops memory_wayland;

struct wl_buffer *wayland_get_buffer(struct wayland *wayland,
				     const struct scanout *scanout);
bool wayland_is_held(const struct wayland *wayland, uint32_t id);

#endif /* DISPL_BACKEND_WAYLAND_OPS_H */
