/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stub-wayland.c and stub-compositor.c share: objects and connections.
 */

#ifndef FUZZ_PARSERS_STUB_COMPOSITOR_H
#define FUZZ_PARSERS_STUB_COMPOSITOR_H

#include <string.h>

#include <wayland-client.h>

#include "stub-wayland.h"

/* Events that a connection has not read; more are dropped */
#define EVENTS	64

/*
 * @of: what it is for: the surface of a window, viewport or frame, the pool of a buffer;
 * @size: bytes of a pool; @width, @height: of a buffer, or of the content of a surface;
 * @users: objects of @of that must be destroyed before; @pending: buffer that is attached by
 * the next commit; @x to @source_height: part that a viewport shows, or -1; @ready: a window
 * can be drawn, a callback can be done, a buffer can be released
 */
struct wl_proxy {
	const struct wl_interface *interface;
	struct wl_display *display;
	void *listener, *data;
	struct wl_proxy *of, *pending, *viewport, *next;
	uint32_t id;
	int32_t size, width, height, x, y, source_width, source_height;
	unsigned int users;
	bool ready;
};

struct event {
	uint32_t id;
	enum compositor_event event;
	int32_t width, height;
};

struct wl_display {
	struct wl_proxy proxy;
	int fd, error;
	bool dropped;
	struct wl_proxy *objects;
	struct event events[EVENTS];
	unsigned int count;
	struct wl_display *next;
};

static inline bool is(const struct wl_proxy *object, const char *name)
{
	return !strcmp(object->interface->name, name);
}

/* stub-wayland.c */
struct wl_proxy *new_object(struct wl_display *display, const struct wl_interface *interface);
struct wl_proxy *find_object(struct wl_display *display, uint32_t id);

/* stub-compositor.c */
void bind_global(uint32_t name);

#endif /* FUZZ_PARSERS_STUB_COMPOSITOR_H */
