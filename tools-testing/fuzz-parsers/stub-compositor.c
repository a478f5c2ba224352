// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connections of libwayland-client, and the compositor behind them: the interfaces that it
 * has, and its events.
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "linux-dmabuf-v1.h"
#include "stub-compositor.h"
#include "viewporter.h"
#include "xdg-shell.h"

static struct wl_display *displays;
static bool hangs;
static const struct wl_interface display_interface = { .name = "wl_display" };

/** compositor_objects - number of objects of all connections, and of connections */
unsigned int compositor_objects(void)
{
	const struct wl_display *display;
	const struct wl_proxy *object;
	unsigned int n = 0;

	for (display = displays; display; display = display->next, n++)
		for (object = display->objects; object; object = object->next)
			n++;
	return n;
}

/* ---- Events */

static void queue(struct wl_display *display, const struct wl_proxy *object,
		  enum compositor_event event, int32_t width, int32_t height)
{
	if (display->count == EVENTS || display->error)
		return;
	display->events[display->count++] = (struct event) {
		.id = object->id, .event = event, .width = width, .height = height,
	};
	eventfd_write(display->fd, 1);
}

static bool can_get(const struct wl_proxy *object, enum compositor_event event)
{
	switch (event) {
	case CONFIGURE_SIZE:
	case CLOSE:
		return is(object, "xdg_toplevel");
	case CONFIGURE:
		return is(object, "xdg_surface");
	case DONE:
		return is(object, "wl_callback") && object->ready;
	case RELEASE:
		return is(object, "wl_buffer") && object->ready;
	case CREATED:
	case FAILED:
		return is(object, "zwp_linux_buffer_params_v1") && object->ready;
	default:
		return is(object, "xdg_wm_base");
	}
}

/**
 * compositor_send - send an event
 * @event: the event
 * @which: number of the object, of those that can get it
 * @width: of CONFIGURE_SIZE
 * @height: likewise
 */
void compositor_send(enum compositor_event event, unsigned int which, int32_t width,
		     int32_t height)
{
	struct wl_display *display;
	struct wl_proxy *object;
	unsigned int n = 0, pass;

	for (pass = 0; pass < 2; pass++) {
		if (pass && !n)
			return;
		which = pass ? which % n : which;
		n = 0;
		for (display = displays; display; display = display->next)
			for (object = display->objects; object; object = object->next)
				if (can_get(object, event) && n++ == which && pass) {
					queue(display, object, event, width, height);
					return;
				}
	}
}

/**
 * compositor_end - end a connection of a guest's device
 * @which: number of the connection
 * @error: errno; EPROTO if a request is refused, EMFILE if the library ends it
 */
void compositor_end(unsigned int which, int error)
{
	struct wl_display *display = displays;

	/* The last one is the first connection */
	while (which-- && display && display->next)
		display = display->next;
	if (!display || !display->next)
		return;
	display->error = error;
	/* The compositor does not know the errors of the library */
	if (error != EMFILE)
		eventfd_write(display->fd, 1);
}

/** compositor_failed - whether a connection has ended, and requests were dropped since */
bool compositor_failed(int fd)
{
	const struct wl_display *display = displays;

	while (display->fd != fd)
		display = display->next;
	return display->dropped;
}

/** compositor_hang - whether the sockets have no room */
void compositor_hang(bool hang)
{
	hangs = hang;
}

/* deliver_window - an event of a surface's role */
static void deliver_window(struct wl_proxy *object, const struct event *event)
{
	const struct xdg_toplevel_listener *toplevel = object->listener;
	const struct xdg_surface_listener *surface = object->listener;
	/* Of odd sizes is a window that is maximized */
	uint32_t state = XDG_TOPLEVEL_STATE_MAXIMIZED;
	struct wl_array states = {
		.data = &state, .size = event->width % 2 ? sizeof(state) : 0,
	};
	void *of = object;

	if (event->event == CONFIGURE_SIZE)
		toplevel->configure(object->data, of, event->width, event->height, &states);
	else if (event->event == CLOSE)
		toplevel->close(object->data, of);
	else
		surface->configure(object->data, of, 1);
}

/* deliver_import - the answer to a request to import a dma-buf */
static void deliver_import(struct wl_proxy *object, bool success)
{
	const struct zwp_linux_buffer_params_v1_listener *params = object->listener;
	void *of = object, *buffer = NULL;

	if (success) {
		struct wl_proxy *new = new_object(object->display, &wl_buffer_interface);

		new->width = object->width;
		new->height = object->height;
		buffer = new;
	}
	object->ready = false;
	if (success)
		params->created(object->data, of, buffer);
	else
		params->failed(object->data, of);
}

static void deliver(struct wl_display *display, const struct event *event)
{
	struct wl_proxy *object = find_object(display, event->id);
	const struct wl_callback_listener *callback;
	const struct xdg_wm_base_listener *base;
	const struct wl_buffer_listener *buffer;
	void *of = object;

	/* The client has destroyed it, or has got the event */
	if (!object || !object->listener || !can_get(object, event->event))
		return;
	callback = object->listener;
	base = object->listener;
	buffer = object->listener;
	switch (event->event) {
	case DONE:
		object->ready = false;
		callback->done(object->data, of, 1);
		break;
	case RELEASE:
		object->ready = false;
		buffer->release(object->data, of);
		break;
	case CREATED:
	case FAILED:
		deliver_import(object, event->event == CREATED);
		break;
	case PING:
		base->ping(object->data, of, 1);
		break;
	default:
		deliver_window(object, event);
	}
}

/* ---- Globals */

/* @name: 0 if the compositor has removed it */
static struct {
	const struct wl_interface *interface;
	uint32_t name;
} globals[] = {
	{ &wl_compositor_interface, 1 },
	{ &wl_shm_interface, 2 },
	{ &xdg_wm_base_interface, 3 },
	{ &wp_viewporter_interface, 4 },
	{ &zwp_linux_dmabuf_v1_interface, 5 },
};

#define GLOBALS	(sizeof(globals) / sizeof(*globals))

static uint32_t last_name = GLOBALS;

/** bind_global - fail if a client binds what does not exist */
void bind_global(uint32_t name)
{
	unsigned int i;

	for (i = 0; i < GLOBALS && globals[i].name != name; i++)
		;
	if (i == GLOBALS)
		fail("an interface is bound that the compositor has removed");
}

static void send_global(struct wl_proxy *registry, unsigned int i)
{
	const struct wl_registry_listener *listener = registry->listener;

	listener->global(registry->data, (void *)registry, globals[i].name,
			 globals[i].interface->name, 4);
}

/* first_registry - that of the first connection, the only one with a listener */
static struct wl_proxy *first_registry(void)
{
	const struct wl_display *display = displays;
	struct wl_proxy *object;

	while (display->next)
		display = display->next;
	for (object = display->objects; !is(object, "wl_registry"); object = object->next)
		;
	return object;
}

/**
 * compositor_remove - remove an interface, as for a device that is gone
 * @which: number of the interface
 */
void compositor_remove(unsigned int which)
{
	struct wl_proxy *registry = first_registry();
	const struct wl_registry_listener *listener = registry->listener;
	uint32_t name = globals[which % GLOBALS].name;

	globals[which % GLOBALS].name = 0;
	if (name)
		listener->global_remove(registry->data, (void *)registry, name);
}

/** compositor_restore - add the interfaces again that were removed */
void compositor_restore(void)
{
	unsigned int i;

	for (i = 0; i < GLOBALS; i++)
		if (!globals[i].name) {
			globals[i].name = ++last_name;
			send_global(first_registry(), i);
		}
}

/* begin - what a compositor sends at the beginning */
static void begin(struct wl_display *display)
{
	struct wl_proxy *object, *next;
	unsigned int i;

	for (object = display->objects; object; object = next) {
		const struct wl_shm_listener *shm = object->listener;
		const struct zwp_linux_dmabuf_v1_listener *dmabuf = object->listener;

		next = object->next;
		if (!object->listener || object->size)
			continue;
		for (i = 0; i < GLOBALS && is(object, "wl_registry"); i++)
			send_global(object, i);
		if (is(object, "wl_shm")) {
			for (i = 0; i < 2; i++)
				shm->format(object->data, (void *)object, i);
			shm->format(object->data, (void *)object, DRM_FORMAT_RGB565);
		}
		if (is(object, "zwp_linux_dmabuf_v1"))
			dmabuf->modifier(object->data, (void *)object, DRM_FORMAT_XRGB8888, 0, 0);
		object->size = 1;
	}
}

/* ---- Connections */

struct wl_display *wl_display_connect_to_fd(int fd)
{
	struct wl_display *display = calloc(1, sizeof(*display));

	display->fd = fd;
	display->proxy.interface = &display_interface;
	display->proxy.display = display;
	display->next = displays;
	displays = display;
	return display;
}

void wl_display_disconnect(struct wl_display *display)
{
	struct wl_display **at;

	if (display->objects)
		fail("a %s is left at the end of a connection", display->objects->interface->name);
	for (at = &displays; *at != display; at = &(*at)->next)
		;
	*at = display->next;
	close(display->fd);
	free(display);
}

/* The first connection gets its answers at once */
int wl_display_flush(struct wl_display *display)
{
	struct wl_proxy *object;

	errno = display->error ?: EAGAIN;
	display->dropped = display->error;
	if (display->error || (hangs && display->next))
		return -1;
	if (!display->next)
		for (object = display->objects; object; object = object->next)
			if (can_get(object, DONE) && !object->of)
				queue(display, object, DONE, 0, 0);
	return 0;
}

int wl_display_prepare_read(struct wl_display *display)
{
	return 0;
}

int wl_display_read_events(struct wl_display *display)
{
	eventfd_t count;

	if (display->error)
		return -1;
	eventfd_read(display->fd, &count);
	return 0;
}

int wl_display_dispatch_pending(struct wl_display *display)
{
	struct event events[EVENTS];
	unsigned int i, count = display->count;

	begin(display);
	memcpy(events, display->events, sizeof(events));
	display->count = 0;
	for (i = 0; i < count; i++)
		deliver(display, &events[i]);
	return count;
}

int wl_display_get_error(struct wl_display *display)
{
	return display->error;
}

void wl_log_set_handler_client(wl_log_func_t handler)
{
}
