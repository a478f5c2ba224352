// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows of a Wayland compositor: the screens of guests with --wayland.  A window exists
 * while its screen is on.
 *
 * A change ends when the compositor has sent the frame callback, so that the next frame
 * is useful, and has released the framebuffer before, which the guest draws into next.
 * A compositor does neither for a window that is hidden: the change then ends after
 * HIDDEN_NS.  Until the callback comes, nothing more is sent, so that a compositor that
 * hangs costs no memory; the callback then shows the last frame.
 *
 * A compositor may keep the texture that it drew last, and with it the pages of a guest,
 * until it draws another one: Mesa's llvmpipe does, and if it draws slowly it may keep more.
 * So a window that shows such pages turns black before it disappears.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "viewporter.h"
#include "wayland-ops.h"
#include "xdg-shell.h"

/* Nanoseconds from one flip to the next of a window for which no callback comes */
#define HIDDEN_NS	200000000ULL

/*
 * Nanoseconds after which a window disappears that has not turned black: after the compositor
 * has read the request, or in any case
 */
#define CLOSE_NS	200000000ULL
#define CLOSE_MAX_NS	5000000000ULL

/**
 * struct window - a window
 * @screen: the screen that it is
 * @surface: surface of the window; NULL while the screen is off, or the user has closed
 *	the window
 * @xdg: role of the surface
 * @toplevel: role of the surface as a window
 * @viewport: scales the surface; NULL if the compositor cannot
 * @frame: frame callback that has not come, or NULL
 * @configured: whether the compositor has configured the surface
 * @closed: whether the user has closed the window
 * @width: width of the window that the compositor asks for, or 0
 * @height: height that the compositor asks for, or 0
 * @exact: whether the window must have that size, not only fit it
 * @scanout: what the guest wants to show
 * @changed: whether @scanout was not sent to the compositor yet
 * @waiting: whether the compositor must answer a request before anything is sent
 * @shown: what was sent last, of which y is that in the buffer; its @fb is 0 if nothing was
 * @imported: whether the compositor has imported the memory of @shown
 * @how: how it has got that memory, or NULL
 * @closing: whether the window turns black and then disappears
 * @sync: callback that the compositor has read the request for that, or NULL
 * @before: framebuffer that was sent before that of @shown, or 0
 * @end: ends the change of the screen
 */
struct window {
	struct screen screen;
	struct wl_surface *surface;
	struct xdg_surface *xdg;
	struct xdg_toplevel *toplevel;
	struct wp_viewport *viewport;
	struct wl_callback *frame;
	bool configured;
	bool closed;
	int32_t width;
	int32_t height;
	bool exact;
	struct scanout scanout;
	bool changed;
	bool waiting;
	struct scanout shown;
	bool imported;
	const char *how;
	bool closing;
	struct wl_callback *sync;
	uint32_t before;
	struct work end;
};

static struct window *to_window(struct screen *screen)
{
	return container_of(screen, struct window, screen);
}

static struct wayland *wayland_of(const struct window *window)
{
	return to_wayland(window->screen.card);
}

/* name_of - name of a window for messages; the guest's is gone before the window is */
static const char *name_of(const struct window *window)
{
	return window->screen.users ? window->screen.label : window->screen.name;
}

static void destroy_surface(struct window *window);

/* The screen may begin the next change from its callback */
static void end_change(struct work *work)
{
	struct window *window = container_of(work, struct window, end);

	if (window->closing)
		destroy_surface(window);
	window->screen.busy = false;
	window->screen.flipped(&window->screen);
}

/* check_end - end the change in the next turn of the loop if the compositor is done */
static void check_end(struct window *window)
{
	if (window->screen.busy && !window->closed && !window->changed && !window->frame &&
	    !wayland_is_held(wayland_of(window), window->before))
		loop_queue_work(&window->end);
}

static void check_windows(struct wayland *wayland)
{
	struct screen *screen;

	for (screen = wayland->card.screens; screen; screen = screen->next)
		check_end(to_window(screen));
}

/* ---- Frames */

/*
 * Show the part of the buffer that the guest wants to show, and fit it to the window, with
 * the same ratio of width and height.  The compositor would end the connection after a part
 * that is not within the buffer that it has.
 */
static void scale(struct window *window)
{
	uint32_t width = window->width, height = window->height;
	const struct scanout *shown = &window->shown;

	if (!window->viewport)
		return;
	if (!width || !height) {
		width = shown->width;
		height = shown->height;
	} else if (!window->exact) {
		if ((uint64_t)width * shown->height > (uint64_t)height * shown->width)
			width = (uint64_t)height * shown->width / shown->height;
		else
			height = (uint64_t)width * shown->height / shown->width;
	}
	wp_viewport_set_source(window->viewport, wl_fixed_from_int(shown->x),
			       wl_fixed_from_int(shown->y), wl_fixed_from_int(shown->width),
			       wl_fixed_from_int(shown->height));
	/* A window that turns black keeps its size */
	if (!window->closing)
		wp_viewport_set_destination(window->viewport, width ?: 1, height ?: 1);
}

static void send_change(struct window *window);

static void frame_done(void *data, struct wl_callback *callback, uint32_t time)
{
	struct window *window = data;

	wl_callback_destroy(callback);
	window->frame = NULL;
	send_change(window);
	check_end(window);
}

static const struct wl_callback_listener frame_listener = { .done = frame_done };

static void log_how(struct window *window, const char *how)
{
	if (how == window->how || window->closing)
		return;
	window->how = how;
	log_verbose("%s: the compositor gets frames by %s", name_of(window), how);
}

/* send_change - send what the guest wants to show, if it is new and the compositor is ready */
static void send_change(struct window *window)
{
	struct frame frame;
	int ret;

	if (!window->changed || !window->configured || window->frame || window->waiting)
		return;
	ret = wayland_get_frame(wayland_of(window), &window->scanout, &frame);
	window->waiting = ret == -EAGAIN;
	window->changed = window->waiting;
	if (ret)
		return;
	if (window->shown.fb != window->scanout.fb)
		window->before = window->shown.fb;
	window->shown = window->scanout;
	window->shown.y = frame.y;
	window->imported = frame.imported;
	log_how(window, frame.how);
	scale(window);
	wl_surface_attach(window->surface, frame.buffer, 0, 0);
	wl_surface_damage_buffer(window->surface, 0, 0, INT32_MAX, INT32_MAX);
	window->frame = wl_surface_frame(window->surface);
	wl_callback_add_listener(window->frame, &frame_listener, window);
	wl_surface_commit(window->surface);
}

/* The compositor has answered a request for the frame of a window */
static void send_changes(struct wayland *wayland)
{
	struct screen *screen;

	for (screen = wayland->card.screens; screen; screen = screen->next) {
		to_window(screen)->waiting = false;
		send_change(to_window(screen));
	}
}

/* ---- The surface */

static void surface_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
	struct window *window = data;

	xdg_surface_ack_configure(xdg, serial);
	window->configured = true;
	if (window->shown.fb) {
		scale(window);
		wl_surface_commit(window->surface);
	}
	send_change(window);
}

static const struct xdg_surface_listener surface_listener = {
	.configure = surface_configure,
};

static void toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width,
			       int32_t height, struct wl_array *states)
{
	struct window *window = data;
	const uint32_t *state;

	window->width = width;
	window->height = height;
	window->exact = false;
	wl_array_for_each(state, states)
		if (*state == XDG_TOPLEVEL_STATE_MAXIMIZED)
			window->exact = true;
}

static void destroy_surface(struct window *window)
{
	if (!window->surface)
		return;
	if (window->frame)
		wl_callback_destroy(window->frame);
	if (window->sync)
		wl_callback_destroy(window->sync);
	if (window->viewport)
		wp_viewport_destroy(window->viewport);
	xdg_toplevel_destroy(window->toplevel);
	xdg_surface_destroy(window->xdg);
	wl_surface_destroy(window->surface);
	window->frame = NULL;
	window->sync = NULL;
	window->viewport = NULL;
	window->surface = NULL;
	window->configured = false;
	window->changed = false;
	window->shown.fb = 0;
	window->how = NULL;
	window->closing = false;
	window->before = 0;
	wayland_flush(wayland_of(window));
}

/* A pending change ends as that of a hidden window */
static void toplevel_close(void *data, struct xdg_toplevel *toplevel)
{
	struct window *window = data;

	log_print(LOG_NOTICE, "%s: the user has closed the window", name_of(window));
	/* A window that disappears anyway comes back when the screen is turned on */
	if (window->closing)
		loop_queue_work(&window->end);
	else
		window->closed = true;
	destroy_surface(window);
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = toplevel_configure,
	.close = toplevel_close,
};

/* set_title - a guest can write a part of the label, and the title must be UTF-8 */
static void set_title(struct window *window)
{
	char title[160], *at;

	snprintf(title, sizeof(title), "%s", window->screen.label);
	for (at = title; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	xdg_toplevel_set_title(window->toplevel, title);
	xdg_toplevel_set_app_id(window->toplevel, "displ-backend");
}

static void create_surface(struct window *window)
{
	struct wayland *wayland = wayland_of(window);
	int32_t width = window->scanout.width, height = window->scanout.height;

	window->surface = wl_compositor_create_surface(wayland->compositor);
	window->xdg = xdg_wm_base_get_xdg_surface(wayland->base, window->surface);
	xdg_surface_add_listener(window->xdg, &surface_listener, window);
	window->toplevel = xdg_surface_get_toplevel(window->xdg);
	xdg_toplevel_add_listener(window->toplevel, &toplevel_listener, window);
	set_title(window);
	if (wayland->viewporter) {
		window->viewport = wp_viewporter_get_viewport(wayland->viewporter,
							      window->surface);
	} else {
		xdg_toplevel_set_min_size(window->toplevel, width, height);
		xdg_toplevel_set_max_size(window->toplevel, width, height);
	}
	wl_surface_commit(window->surface);
}

/* ---- Operations of the screen */

static int window_check(struct screen *screen)
{
	return to_wayland(screen->card)->lost ? -ENODEV : 0;
}

static int window_test(struct screen *screen, const struct scanout *scanout)
{
	if (scanout->x && !to_wayland(screen->card)->viewporter)
		return refuse(-EINVAL, "the compositor shows only parts that begin at the left");
	return window_check(screen);
}

static int window_show(struct screen *screen, const struct scanout *scanout)
{
	struct window *window = to_window(screen);

	if (window_check(screen))
		return -ENODEV;
	if (screen->busy)
		return -EBUSY;
	screen->busy = true;
	window->scanout = *scanout;
	loop_delay_work(&window->end, loop_time() + HIDDEN_NS);
	if (window->closed)
		return 0;
	window->changed = true;
	if (!window->surface)
		create_surface(window);
	else
		send_change(window);
	wayland_flush(wayland_of(window));
	return 0;
}

/* A compositor that draws slowly reads the request late, and then draws */
static void closing_read(void *data, struct wl_callback *callback, uint32_t serial)
{
	struct window *window = data;

	wl_callback_destroy(callback);
	window->sync = NULL;
	loop_delay_work(&window->end, loop_time() + CLOSE_NS);
}

static const struct wl_callback_listener sync_listener = { .done = closing_read };

/* begin_closing - turn a window black; false if the compositor has not imported what it shows */
static bool begin_closing(struct window *window)
{
	struct wayland *wayland = wayland_of(window);
	uint32_t black;

	if (wayland->lost || !window->shown.fb || !window->imported)
		return false;
	black = wayland_get_black(wayland);
	if (!black)
		return false;
	/* It may come late, if the window is hidden */
	if (window->frame)
		wl_callback_destroy(window->frame);
	window->frame = NULL;
	window->closing = true;
	window->scanout = (struct scanout) { .fb = black, .width = 1, .height = 1 };
	window->changed = true;
	send_change(window);
	window->sync = wl_display_sync(wayland->display);
	wl_callback_add_listener(window->sync, &sync_listener, window);
	wayland_flush(wayland);
	return true;
}

static int window_off(struct screen *screen)
{
	struct window *window = to_window(screen);

	if (screen->busy)
		return -EBUSY;
	screen->busy = true;
	window->closed = false;
	if (begin_closing(window)) {
		loop_delay_work(&window->end, loop_time() + CLOSE_MAX_NS);
	} else {
		destroy_surface(window);
		loop_queue_work(&window->end);
	}
	return 0;
}

static void window_off_sync(struct screen *screen)
{
	destroy_surface(to_window(screen));
}

static const struct screen_ops window_ops = {
	.test = window_test,
	.on = window_show,
	.flip = window_show,
	.off = window_off,
	.off_sync = window_off_sync,
	.check = window_check,
};

/* ---- The windows of a connection */

/**
 * wayland_add_window - add a window to the screens of a connection
 * @wayland: the connection
 *
 * The window exists for the user from the time that it is turned on.
 */
void wayland_add_window(struct wayland *wayland)
{
	struct window *window = calloc(1, sizeof(*window));
	static unsigned int count;

	if (!window)
		err(1, NULL);
	window->screen.ops = &window_ops;
	window->screen.card = &wayland->card;
	window->screen.connected = true;
	snprintf(window->screen.name, sizeof(window->screen.name), "window-%u", ++count);
	window->end.func = end_change;
	window->screen.next = wayland->card.screens;
	wayland->card.screens = &window->screen;
	wayland->released = check_windows;
	wayland->answered = send_changes;
}

/* free_window - free a window that is off; instead of the callback of a view */
static void free_window(struct screen *screen)
{
	struct wayland *wayland = to_wayland(screen->card);
	struct screen **at;

	for (at = &wayland->card.screens; *at != screen; at = &(*at)->next)
		;
	*at = screen->next;
	free(to_window(screen));
	if (!wayland->card.screens)
		wayland->windows_closed(wayland);
}

/**
 * wayland_close_windows - turn all windows off and free them
 * @wayland: the connection; it may be lost
 * @closed: called in a later turn of the loop, when the last window is freed
 */
void wayland_close_windows(struct wayland *wayland, void (*closed)(struct wayland *wayland))
{
	struct screen *screen;

	wayland->windows_closed = closed;
	for (screen = wayland->card.screens; screen; screen = screen->next) {
		screen->flipped = free_window;
		if (to_window(screen)->closing)
			continue;
		screen->busy = false;
		window_off(screen);
	}
}
