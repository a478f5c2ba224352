// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection to a Wayland compositor, which takes the place of a card: this file
 * connects, and handles the events.  The windows are in wayland-window.c, the memory that
 * they show is in wayland-memory.c.  main.c calls this file with --wayland.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux-dmabuf-v1.h"
#include "log.h"
#include "viewporter.h"
#include "wayland-ops.h"
#include "wayland.h"
#include "xdg-shell.h"

/* The first version of wl_compositor with wl_surface.damage_buffer */
#define COMPOSITOR_VERSION	4

static void (*compositor_lost)(void);

/* ---- Globals of the compositor */

static void ping(void *data, struct xdg_wm_base *base, uint32_t serial)
{
	xdg_wm_base_pong(base, serial);
}

static const struct xdg_wm_base_listener base_listener = { .ping = ping };

static void shm_format(void *data, struct wl_shm *shm, uint32_t format)
{
	struct wayland *wayland = data;
	uint32_t *new = wl_array_add(&wayland->formats, sizeof(*new));

	if (!new)
		err(1, NULL);
	*new = format;
}

static const struct wl_shm_listener shm_listener = { .format = shm_format };

static void global(void *data, struct wl_registry *registry, uint32_t name,
		   const char *interface, uint32_t version)
{
	struct wayland *wayland = data;

	if (!strcmp(interface, wl_compositor_interface.name) &&
	    version >= COMPOSITOR_VERSION)
		wayland->compositor = wl_registry_bind(registry, name,
						       &wl_compositor_interface,
						       COMPOSITOR_VERSION);
	if (!strcmp(interface, wl_shm_interface.name))
		wayland->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	if (!strcmp(interface, xdg_wm_base_interface.name))
		wayland->base = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
	if (!strcmp(interface, wp_viewporter_interface.name))
		wayland->viewporter = wl_registry_bind(registry, name,
						       &wp_viewporter_interface, 1);
	if (!strcmp(interface, zwp_linux_dmabuf_v1_interface.name))
		wayland_bind_dmabuf(wayland, registry, name, version);
}

static void global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = global,
	.global_remove = global_remove,
};

/* ---- Events */

static void flush_again(struct work *work)
{
	wayland_flush(container_of(work, struct wayland, flush));
}

/* The guests are answered, as for a card that is gone, until their devices are closed */
static void lose_compositor(struct wayland *wayland)
{
	int error = wl_display_get_error(wayland->display);
	const struct wl_interface *interface = NULL;
	uint32_t code = 0;

	if (error == EPROTO)
		code = wl_display_get_protocol_error(wayland->display, &interface, NULL);
	if (interface)
		log_print(LOG_ERR, "the Wayland compositor has refused a request: error %u of %s",
			  code, interface->name);
	else
		log_print(LOG_ERR, "the Wayland compositor has ended the connection: %s",
			  strerror(error));
	wayland->lost = true;
	loop_remove_fd(&wayland->card.watch);
	loop_cancel_work(&wayland->flush);
	wayland_end_changes(wayland);
	compositor_lost();
}

static void display_readable(struct fd_watch *watch)
{
	struct wayland *wayland = container_of(watch, struct wayland, card.watch);
	struct wl_display *display = wayland->display;

	while (wl_display_prepare_read(display))
		wl_display_dispatch_pending(display);
	if (wl_display_read_events(display) < 0 || wl_display_dispatch_pending(display) < 0)
		lose_compositor(wayland);
	else
		wayland_flush(wayland);
}

/* ---- The card */

static void close_card(struct card *card)
{
	struct wayland *wayland = to_wayland(card);

	wayland_close_windows(wayland);
	if (!wayland->lost)
		loop_remove_fd(&card->watch);
	loop_cancel_work(&wayland->flush);
	wl_array_release(&wayland->formats);
	wl_array_release(&wayland->layouts);
	wl_display_disconnect(wayland->display);
	free(wayland);
}

static const struct card_ops wayland_card = {
	.add_screen = wayland_add_window,
	.close = close_card,
};

/**
 * wayland_open - connect to the compositor of WAYLAND_DISPLAY, and add it as a card
 * @lost: called when the compositor has ended the connection; the caller closes the
 *	devices of all guests
 * @always_dmabuf: whether to use linux-dmabuf if the compositor names no device, too
 *
 * Ends the program if there is no such compositor, or it lacks an interface.
 */
void wayland_open(void (*lost)(void), bool always_dmabuf)
{
	struct wayland *wayland = calloc(1, sizeof(*wayland));
	struct wl_registry *registry;

	if (!wayland)
		err(1, NULL);
	compositor_lost = lost;
	wayland->always_dmabuf = always_dmabuf;
	wayland->card.ops = &wayland_card;
	wayland->card.memory = &memory_wayland;
	snprintf(wayland->card.name, sizeof(wayland->card.name), "wayland");
	wayland->flush.func = flush_again;
	wl_array_init(&wayland->formats);
	wl_array_init(&wayland->layouts);
	wayland->display = wl_display_connect(NULL);
	if (!wayland->display)
		err(1, "--wayland: no compositor, see WAYLAND_DISPLAY");
	registry = wl_display_get_registry(wayland->display);
	wl_registry_add_listener(registry, &registry_listener, wayland);
	if (wl_display_roundtrip(wayland->display) < 0)
		err(1, "--wayland");
	if (!wayland->compositor || !wayland->shm || !wayland->base)
		errx(1, "--wayland: the compositor lacks wl_compositor 4, wl_shm or xdg_wm_base");
	xdg_wm_base_add_listener(wayland->base, &base_listener, wayland);
	wl_shm_add_listener(wayland->shm, &shm_listener, wayland);
	/* A buffer of linux-dmabuf is a whole framebuffer, of which a window may show a part */
	if (wayland->dmabuf && !wayland->viewporter) {
		zwp_linux_dmabuf_v1_destroy(wayland->dmabuf);
		wayland->dmabuf = NULL;
	}
	/* The pixel formats */
	if (wl_display_roundtrip(wayland->display) < 0)
		err(1, "--wayland");
	wayland->card.fd = wl_display_get_fd(wayland->display);
	if (loop_add_fd(&wayland->card.watch, wayland->card.fd, display_readable))
		err(1, "events of the compositor");
	card_append(&wayland->card);
}
