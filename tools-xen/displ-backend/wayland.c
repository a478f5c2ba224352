// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections to a Wayland compositor.  The first one learns what the compositor offers, stays
 * without windows, and shows that the compositor runs.  Each display device of a guest has a
 * connection of its own, which takes the place of a card: the compositor ends the connection
 * of a client whose request it refuses, and a guest can make it refuse one, for example with
 * pages that it cannot map.  That guest alone loses its windows then.
 *
 * This file connects, and handles the events.  The windows are in wayland-window.c, the memory
 * that they show is in wayland-memory.c.  main.c calls this file with --wayland.
 */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "linux-dmabuf-v1.h"
#include "log.h"
#include "viewporter.h"
#include "wayland-ops.h"
#include "wayland.h"
#include "xdg-shell.h"

/* Milliseconds within which a compositor must answer when the program starts */
#define START_MS	10000

/*
 * Number of times that requests are sent again.  The library then has a small buffer for more,
 * or one without limit, which a guest can fill: it turns its screen on and off.
 */
#define FLUSHES		100

enum {
	COMPOSITOR,
	SHM,
	BASE,
	VIEWPORTER,
	DMABUF,
	GLOBALS,
};

/**
 * struct global - an interface of the compositor
 * @interface: the interface
 * @min: first version that is useful
 * @version: version to bind
 * @found: whether the compositor has it
 * @name: its name in the registry, the same for each connection
 */
static struct global {
	const struct wl_interface *interface;
	uint32_t min;
	uint32_t version;
	bool found;
	uint32_t name;
} globals[GLOBALS] = {
	/* The first version with wl_surface.damage_buffer */
	[COMPOSITOR] = { &wl_compositor_interface, 4, 4 },
	[SHM] = { &wl_shm_interface, 1, 1 },
	[BASE] = { &xdg_wm_base_interface, 1, 1 },
	[VIEWPORTER] = { &wp_viewporter_interface, 1, 1 },
	/*
	 * A compositor that has the first useful version names the device that imports.
	 * Without a device the processor would import, which reads the pages as it reads a
	 * pool of wl_shm; but Mesa's llvmpipe can hold them long after the compositor has
	 * released the buffer.  The version to bind is the last one that sends modifiers as
	 * events.
	 */
	[DMABUF] = {
		&zwp_linux_dmabuf_v1_interface,
		ZWP_LINUX_DMABUF_V1_GET_DEFAULT_FEEDBACK_SINCE_VERSION,
		ZWP_LINUX_DMABUF_V1_MODIFIER_SINCE_VERSION,
	},
};

static void (*compositor_lost)(void);

/* What libwayland would print about the last error, which a guest can cause */
static char message[200];

static void __attribute__((format(printf, 1, 0)))
keep_message(const char *format, va_list args)
{
	vsnprintf(message, sizeof(message), format, args);
	message[strcspn(message, "\n")] = '\0';
}

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
	struct global *global;

	for (global = globals; global < globals + GLOBALS; global++)
		if (!strcmp(interface, global->interface->name) && version >= global->min) {
			global->found = true;
			global->name = name;
		}
}

/* A later connection could not bind it */
static void global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	struct global *global;

	for (global = globals; global < globals + GLOBALS; global++)
		if (global->name == name)
			global->found = false;
}

static const struct wl_registry_listener registry_listener = {
	.global = global,
	.global_remove = global_remove,
};

static void *bind_global(struct wayland *wayland, unsigned int i)
{
	const struct global *global = &globals[i];

	if (!global->found)
		return NULL;
	return wl_registry_bind(wayland->registry, global->name, global->interface,
				global->version);
}

static bool has_globals(void)
{
	return globals[COMPOSITOR].found && globals[SHM].found && globals[BASE].found;
}

/* The first connection knows the names, so the others need not wait for them */
static void bind_globals(struct wayland *wayland)
{
	wayland->compositor = bind_global(wayland, COMPOSITOR);
	wayland->shm = bind_global(wayland, SHM);
	wayland->base = bind_global(wayland, BASE);
	wayland->viewporter = bind_global(wayland, VIEWPORTER);
	/* A buffer of linux-dmabuf is a whole framebuffer, of which a window may show a part */
	if (wayland->viewporter)
		wayland->dmabuf = bind_global(wayland, DMABUF);
	xdg_wm_base_add_listener(wayland->base, &base_listener, wayland);
}

/* ---- Events */

/* The callback closes the card, now or later */
static void lose(struct wayland *wayland, const char *reason)
{
	wayland->lost = true;
	loop_remove_fd(&wayland->card.watch);
	loop_cancel_work(&wayland->flush);
	if (!wayland->closing)
		wayland->card.lost(&wayland->card, reason);
}

/* end_reason - why a connection has ended, valid until the next call */
static const char *end_reason(const struct wayland *wayland)
{
	int error = wl_display_get_error(wayland->display);
	static char reason[300];

	if (error == EPROTO)
		snprintf(reason, sizeof(reason),
			 "the Wayland compositor has refused a request: %s", message);
	else
		snprintf(reason, sizeof(reason), "the %s: %s",
			 error == EPIPE || error == ECONNRESET ?
				 "Wayland compositor has ended the connection" :
				 "connection to the Wayland compositor has failed",
			 strerror(error));
	return reason;
}

/*
 * The library ends a connection by itself if a system call fails, for example because no
 * descriptor is left.  No event follows.  EAGAIN means that its buffer is full.
 */
static void flush_again(struct work *work)
{
	struct wayland *wayland = container_of(work, struct wayland, flush);
	int error = wl_display_get_error(wayland->display);

	if (error && error != EAGAIN)
		lose(wayland, end_reason(wayland));
	else if (++wayland->flushes < FLUSHES)
		wayland_flush(wayland);
	else
		lose(wayland, "the Wayland compositor reads no requests");
}

/* handle_events - handle the events that have come; whether the connection has not ended */
static bool handle_events(struct wl_display *display)
{
	while (wl_display_prepare_read(display))
		if (wl_display_dispatch_pending(display) < 0)
			return false;
	return wl_display_read_events(display) >= 0 &&
	       wl_display_dispatch_pending(display) >= 0;
}

static void display_readable(struct fd_watch *watch)
{
	struct wayland *wayland = container_of(watch, struct wayland, card.watch);

	if (handle_events(wayland->display))
		wayland_flush(wayland);
	else
		lose(wayland, end_reason(wayland));
}

/* ---- Connections */

/* socket_path - path of the compositor's socket, cut if it is too long for one */
static const char *socket_path(struct sockaddr_un *address)
{
	const char *name = getenv("WAYLAND_DISPLAY") ?: "wayland-0";
	const char *folder = getenv("XDG_RUNTIME_DIR") ?: "";
	int length;

	length = snprintf(address->sun_path, sizeof(address->sun_path), "%s%s%s",
			  *name == '/' ? "" : folder, *name == '/' ? "" : "/", name);
	errno = length < (int)sizeof(address->sun_path) ? 0 : ENAMETOOLONG;
	return address->sun_path;
}

/* open_socket - connect, but not wait for a compositor that hangs; -1 on failure */
static int open_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	socket_path(&address);
	if (errno)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

static void disconnect(struct wayland *wayland)
{
	if (!wayland->lost)
		loop_remove_fd(&wayland->card.watch);
	wayland_free_memory(wayland);
	wayland_forget_dmabufs(wayland);
	if (wayland->dmabuf)
		zwp_linux_dmabuf_v1_destroy(wayland->dmabuf);
	if (wayland->viewporter)
		wp_viewporter_destroy(wayland->viewporter);
	xdg_wm_base_destroy(wayland->base);
	wl_shm_destroy(wayland->shm);
	wl_compositor_destroy(wayland->compositor);
	wl_registry_destroy(wayland->registry);
	wl_display_disconnect(wayland->display);
	wl_array_release(&wayland->formats);
	wl_array_release(&wayland->layouts);
	/* The end of the memory is a request, too, for which the socket may have no room */
	loop_cancel_work(&wayland->flush);
	free(wayland);
}

/* connect_compositor - open a connection, without globals; NULL with errno on failure */
static struct wayland *connect_compositor(const struct card_ops *ops)
{
	struct wayland *wayland = calloc(1, sizeof(*wayland));
	int ret, fd = wayland ? open_socket() : -1;

	if (fd >= 0)
		wayland->display = wl_display_connect_to_fd(fd);
	if (!wayland || !wayland->display)
		goto failed;
	ret = loop_add_fd(&wayland->card.watch, fd, display_readable);
	if (ret) {
		wl_display_disconnect(wayland->display);
		errno = -ret;
		goto failed;
	}
	wayland->card.ops = ops;
	wayland->card.memory = &memory_wayland;
	wayland->card.fd = fd;
	snprintf(wayland->card.name, sizeof(wayland->card.name), "wayland");
	wayland->flush.func = flush_again;
	wayland->registry = wl_display_get_registry(wayland->display);
	return wayland;

failed:
	free(wayland);
	return NULL;
}

/* ---- The connection of a guest's device */

static void close_windows(struct card *card)
{
	struct wayland *wayland = to_wayland(card);

	wayland->closing = true;
	wayland_close_windows(wayland, disconnect);
}

static const struct card_ops device_card = { .close = close_windows };

static int open_own(struct card *card, unsigned int count, struct card **own)
{
	struct wayland *wayland;

	if (!has_globals())
		return refuse(-ENODEV, "the Wayland compositor has removed an interface");
	wayland = connect_compositor(&device_card);
	if (!wayland)
		return refuse_step(-errno, "a connection to the Wayland compositor");
	wayland->card.own = true;
	wayland->first = to_wayland(card);
	bind_globals(wayland);
	while (count--)
		wayland_add_window(wayland);
	wayland_flush(wayland);
	*own = &wayland->card;
	return 0;
}

/* ---- The first connection */

/* The guests lose their connections, too */
static void lose_compositor(struct card *card, const char *reason)
{
	log_print(LOG_ERR, "%s", reason);
	compositor_lost();
}

static void close_first(struct card *card)
{
	disconnect(to_wayland(card));
}

static void roundtrip_done(void *data, struct wl_callback *callback, uint32_t serial)
{
	bool *done = data;

	wl_callback_destroy(callback);
	*done = true;
}

static const struct wl_callback_listener roundtrip_listener = { .done = roundtrip_done };

/*
 * roundtrip - wait until the compositor has handled all requests, but not for ever: the loop
 * does not run yet, which ends the program after a signal
 */
static void roundtrip(struct wayland *wayland)
{
	struct wl_callback *callback = wl_display_sync(wayland->display);
	struct pollfd fd = { .fd = wayland->card.fd, .events = POLLIN };
	bool done = false;

	wl_callback_add_listener(callback, &roundtrip_listener, &done);
	while (!done) {
		wayland_flush(wayland);
		if (!poll(&fd, 1, START_MS))
			errx(1, "--wayland: the compositor does not answer");
		if (!handle_events(wayland->display))
			errx(1, "--wayland: %s", end_reason(wayland));
	}
}

static const struct card_ops first_card = { .open_own = open_own, .close = close_first };

/**
 * wayland_open - connect to the compositor of WAYLAND_DISPLAY, and add it as a card
 * @lost: called when the compositor has ended the connection; the caller closes the
 *	devices of all guests
 * @always_dmabuf: whether to use linux-dmabuf if the compositor names no device, too
 *
 * The program has the rights with which it connects again later.  Ends the program if there
 * is no such compositor, or it lacks an interface.
 */
void wayland_open(void (*lost)(void), bool always_dmabuf)
{
	struct sockaddr_un address;
	struct wayland *wayland;
	int error;

	if (getenv("WAYLAND_SOCKET"))
		errx(1, "--wayland: WAYLAND_SOCKET is one connection, but each device of a guest needs one: use WAYLAND_DISPLAY");
	wl_log_set_handler_client(keep_message);
	compositor_lost = lost;
	if (always_dmabuf)
		globals[DMABUF].min = globals[DMABUF].version;
	wayland = connect_compositor(&first_card);
	if (!wayland) {
		error = errno;
		errx(1, "--wayland: no compositor at %s, see WAYLAND_DISPLAY: %s",
		     socket_path(&address), strerror(error));
	}
	wl_registry_add_listener(wayland->registry, &registry_listener, wayland);
	roundtrip(wayland);
	if (!has_globals())
		errx(1, "--wayland: the compositor lacks wl_compositor 4, wl_shm or xdg_wm_base");
	bind_globals(wayland);
	wl_shm_add_listener(wayland->shm, &shm_listener, wayland);
	if (wayland->dmabuf)
		wayland_read_layouts(wayland);
	/* The pixel formats */
	roundtrip(wayland);
	wayland->first = wayland;
	wayland->card.lost = lose_compositor;
	card_append(&wayland->card);
}
