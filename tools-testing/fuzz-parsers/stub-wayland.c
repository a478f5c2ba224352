// SPDX-License-Identifier: GPL-2.0-only
/*
 * The objects of libwayland-client, and the requests for them.  Objects exist from the request
 * that creates them until the client destroys them; a request for a destroyed one is found by
 * the sanitizer.  Requests that a compositor refuses, by ending the connection, end the program.
 */

#include <stdarg.h>
#include <stdlib.h>

#include <drm_fourcc.h>

#include "linux-dmabuf-v1.h"
#include "stub-compositor.h"
#include "viewporter.h"
#include "xdg-shell.h"

static uint32_t ids;

/* ---- Objects */

/** new_object - an object of a connection */
struct wl_proxy *new_object(struct wl_display *display, const struct wl_interface *interface)
{
	struct wl_proxy *object = calloc(1, sizeof(*object));

	object->interface = interface;
	object->display = display;
	object->id = ++ids;
	object->next = display->objects;
	display->objects = object;
	return object;
}

/** find_object - the object with a number, or NULL */
struct wl_proxy *find_object(struct wl_display *display, uint32_t id)
{
	struct wl_proxy *object = display->objects;

	while (object && object->id != id)
		object = object->next;
	return object;
}

void wl_proxy_destroy(struct wl_proxy *proxy)
{
	struct wl_proxy **at, *other;

	if (proxy->users)
		fail("a %s is destroyed before what belongs to it", proxy->interface->name);
	if (proxy->of && (is(proxy, "xdg_surface") || is(proxy, "xdg_toplevel")))
		proxy->of->users--;
	if (is(proxy, "wp_viewport"))
		proxy->of->viewport = NULL;
	for (at = &proxy->display->objects; *at != proxy; at = &(*at)->next)
		;
	*at = proxy->next;
	for (other = proxy->display->objects; other; other = other->next) {
		if (other->of == proxy)
			other->of = NULL;
		if (other->pending == proxy)
			other->pending = NULL;
	}
	free(proxy);
}

int wl_proxy_add_listener(struct wl_proxy *proxy, void (**listener)(void), void *data)
{
	if (proxy->listener)
		fail("a %s has two listeners", proxy->interface->name);
	proxy->listener = listener;
	proxy->data = data;
	return 0;
}

uint32_t wl_proxy_get_version(struct wl_proxy *proxy)
{
	return 4;
}

/* ---- Requests */

static void commit(struct wl_proxy *surface)
{
	const struct wl_proxy *view = surface->viewport;

	if (surface->pending) {
		if (!surface->ready)
			fail("a buffer is attached before the window is configured");
		surface->width = surface->pending->width;
		surface->height = surface->pending->height;
		surface->pending->ready = true;
		surface->pending = NULL;
	}
	if (surface->width && view && view->source_width >= 0 &&
	    (view->x + view->source_width > surface->width ||
	     view->y + view->source_height > surface->height))
		fail("%dx%d at %d,%d is not within a buffer of %dx%d", view->source_width,
		     view->source_height, view->x, view->y, surface->width, surface->height);
}

static void create_shm_buffer(struct wl_proxy *pool, struct wl_proxy *buffer, va_list args)
{
	int64_t offset, stride;
	uint32_t format;

	va_arg(args, void *);
	offset = va_arg(args, int32_t);
	buffer->width = va_arg(args, int32_t);
	buffer->height = va_arg(args, int32_t);
	stride = va_arg(args, int32_t);
	format = va_arg(args, uint32_t);
	if (format > WL_SHM_FORMAT_XRGB8888 && format != DRM_FORMAT_RGB565)
		fail("the format %#x is not offered", format);
	if (offset < 0 || buffer->width <= 0 || buffer->height <= 0 ||
	    stride < buffer->width * (format == DRM_FORMAT_RGB565 ? 2 : 4) ||
	    offset + stride * buffer->height > pool->size)
		fail("%dx%d from %lld on with %lld bytes per line in a pool of %d", buffer->width,
		     buffer->height, (long long)offset, (long long)stride, pool->size);
}

static void set_source(struct wl_proxy *view, va_list args)
{
	view->x = wl_fixed_to_int(va_arg(args, wl_fixed_t));
	view->y = wl_fixed_to_int(va_arg(args, wl_fixed_t));
	view->source_width = wl_fixed_to_int(va_arg(args, wl_fixed_t));
	view->source_height = wl_fixed_to_int(va_arg(args, wl_fixed_t));
	if (view->x < 0 || view->y < 0 || view->source_width <= 0 || view->source_height <= 0)
		fail("a part of %dx%d at %d,%d", view->source_width, view->source_height,
		     view->x, view->y);
}

static void set_destination(va_list args)
{
	int32_t width = va_arg(args, int32_t), height = va_arg(args, int32_t);

	if (width <= 0 || height <= 0)
		fail("a picture is scaled to %dx%d", width, height);
}

/* create - a request that makes an object */
static void create(struct wl_proxy *proxy, struct wl_proxy *new, va_list args)
{
	if (is(proxy, "wl_registry")) {
		bind_global(va_arg(args, uint32_t));
	} else if (is(proxy, "wl_shm")) {
		va_arg(args, void *);
		va_arg(args, int);
		new->size = va_arg(args, int32_t);
		if (new->size <= 0)
			fail("a pool of %d bytes", new->size);
	} else if (is(proxy, "wl_shm_pool")) {
		create_shm_buffer(proxy, new, args);
	} else if (is(new, "xdg_surface") || is(new, "wp_viewport")) {
		va_arg(args, void *);
		new->of = va_arg(args, struct wl_proxy *);
	} else if (is(new, "xdg_toplevel") || is(proxy, "wl_surface")) {
		new->of = proxy;
	}
	if (is(new, "xdg_surface") || is(new, "xdg_toplevel"))
		new->of->users++;
	if (is(new, "wp_viewport")) {
		new->source_width = -1;
		new->of->viewport = new;
	}
	/* The commit after which a frame is drawn follows in the same turn */
	new->ready = is(new, "wl_callback");
}

static void create_import(struct wl_proxy *params, va_list args)
{
	params->width = va_arg(args, int32_t);
	params->height = va_arg(args, int32_t);
	params->ready = true;
}

/* change - a request that makes no object */
static void change(struct wl_proxy *proxy, uint32_t opcode, va_list args)
{
	if (is(proxy, "wl_surface") && opcode == WL_SURFACE_ATTACH)
		proxy->pending = va_arg(args, struct wl_proxy *);
	else if (is(proxy, "wl_surface") && opcode == WL_SURFACE_COMMIT)
		commit(proxy);
	else if (is(proxy, "xdg_surface") && opcode == XDG_SURFACE_ACK_CONFIGURE)
		proxy->of->ready = true;
	else if (is(proxy, "wp_viewport") && opcode == WP_VIEWPORT_SET_SOURCE)
		set_source(proxy, args);
	else if (is(proxy, "wp_viewport") && opcode == WP_VIEWPORT_SET_DESTINATION)
		set_destination(args);
	else if (is(proxy, "zwp_linux_buffer_params_v1") &&
		 opcode == ZWP_LINUX_BUFFER_PARAMS_V1_CREATE)
		create_import(proxy, args);
}

struct wl_proxy *wl_proxy_marshal_flags(struct wl_proxy *proxy, uint32_t opcode,
					const struct wl_interface *interface, uint32_t version,
					uint32_t flags, ...)
{
	struct wl_proxy *new = NULL;
	va_list args;

	if (is(proxy, "wl_display") && proxy->display != (struct wl_display *)proxy)
		fail("no display");
	va_start(args, flags);
	if (interface) {
		new = new_object(proxy->display, interface);
		create(proxy, new, args);
	} else if (!(flags & WL_MARSHAL_FLAG_DESTROY)) {
		change(proxy, opcode, args);
	}
	va_end(args);
	if (flags & WL_MARSHAL_FLAG_DESTROY)
		wl_proxy_destroy(proxy);
	return new;
}
