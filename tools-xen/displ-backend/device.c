// SPDX-License-Identifier: GPL-2.0-only
/*
 * The display devices of all guests.  The toolstack creates and removes a
 * device in xenstore, at backend/vdispl/DOMID/DEVID.  This file finds the
 * devices, follows the states of the frontend and of the toolstack, writes the
 * state of the backend, and connects and disconnects.  It owns the list of
 * devices; main.c calls it.  Requests go from the connectors to request.c.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xenbus.h>

#include "device.h"
#include "lock.h"
#include "log.h"
#include "policy.h"
#include "request.h"
#include "store.h"

/* Folder of all devices; also the token of its watch */
#define ROOT	"backend/" XENDISPL_DRIVER_NAME

/* Connectors per device; Linux's frontend supports 4 */
#define MAX_CONNECTORS	16

/**
 * struct device - a display device of a guest
 * @devid: number of the device
 * @guest: names of the guest
 * @stats: counters, and the limit of the lines that the guest can cause
 * @path: path of the backend in xenstore, also the token of the watch
 * @frontend: path of the frontend in xenstore
 * @state: state of the backend that was written last, or 0
 * @frontend_state: state of the frontend that was read last
 * @work: queued when the state of the frontend has changed
 * @connected: whether the connectors are open
 * @connectors: connectors of the guest; the first @count are open
 * @count: number of connectors
 * @broken: whether the guest has broken the protocol since it connected
 * @domain: the guest
 * @buffers: buffers of the guest
 * @next: next device
 */
struct device {
	uint32_t devid;
	struct guest guest;
	struct stats stats;
	char path[64];
	char *frontend;
	uint32_t state;
	uint32_t frontend_state;
	struct work work;
	bool connected;
	struct connector connectors[MAX_CONNECTORS];
	unsigned int count;
	bool broken;
	struct domain domain;
	struct buffer_table buffers;
	struct device *next;
};

static struct device *devices;
static bool closing;

static void update_device(struct device *device);

/* ---- Connect and disconnect */

/*
 * The toolstack may remove the device at any time.  store_update() does not
 * create the node again.
 */
static void set_state(struct device *device, enum xenbus_state state)
{
	char text[2] = { '0' + state };

	device->state = state;
	store_update(device->path, "state", text);
}

/* queue_others - let devices that wait for a screen try again */
static void queue_others(const struct device *without)
{
	struct device *device;

	for (device = devices; device; device = device->next)
		if (device != without && !device->connected)
			loop_queue_work(&device->work);
}

static void disconnect(struct device *device)
{
	if (!device->connected)
		return;
	while (device->count)
		connector_close(&device->connectors[--device->count]);
	buffers_release_all(&device->buffers);
	device->connected = false;
	if (device->state != XenbusStateConnected)
		return;
	queue_others(device);
	log_verbose("%s: disconnected after %llu frames, %llu mode changes, waits of %u turns, %llu bytes copied",
		    device->guest.name,
		    (unsigned long long)device->buffers.frames,
		    (unsigned long long)device->buffers.modes,
		    device->domain.queue.max_wait,
		    (unsigned long long)device->buffers.copied);
}

/* Disconnect a guest that violates the protocol; it can connect again */
static void handle_violation(struct connector *connector, const char *reason)
{
	struct device *device =
		container_of(connector->buffers, struct device, buffers);

	log_limited(&device->stats.limit, LOG_WARNING, "%s: disconnected: %s",
		    device->guest.name, reason);
	device->broken = true;
	disconnect(device);
	update_device(device);
}

static const struct connector_ops connector_ops = {
	.request = request_handle,
	.violation = handle_violation,
};

static void handle_release(struct buffer_table *buffers,
			   const struct xendispl_req *req)
{
	struct device *device = container_of(buffers, struct device, buffers);

	if (req)
		connector_respond(&device->connectors[0], req, 0, 0);
	update_device(device);
}

static void hide_fb(struct buffer_table *buffers, uint32_t fb)
{
	struct device *device = container_of(buffers, struct device, buffers);
	unsigned int i;

	for (i = 0; i < device->count; i++)
		connector_hide_fb(&device->connectors[i], fb);
}

static const struct buffer_ops buffer_ops = {
	.released = handle_release,
	.hide_fb = hide_fb,
};

/* read_version - version of the protocol that the guest has chosen, or 1 */
static bool read_version(const struct device *device, uint32_t *version)
{
	char *text = store_read(device->frontend, XENDISPL_FIELD_FE_VERSION);
	bool chosen = text;

	free(text);
	*version = 1;
	if (!chosen)
		return true;
	return store_read_number(device->frontend, XENDISPL_FIELD_FE_VERSION,
				 version) &&
	       *version >= 1 && *version <= 2;
}

/* choose_screens - count the connectors of the guest, and choose their screens */
static int choose_screens(struct device *device, struct screen **screens,
			  unsigned int *count)
{
	char *ids[MAX_CONNECTORS], *resolution, folder[256];
	unsigned int n;
	int ret;

	for (n = 0; n < MAX_CONNECTORS; n++) {
		snprintf(folder, sizeof(folder), "%s/%u", device->frontend, n);
		resolution = store_read(folder, XENDISPL_FIELD_RESOLUTION);
		if (!resolution)
			break;
		free(resolution);
		ids[n] = store_read(folder, XENDISPL_FIELD_UNIQUE_ID);
	}
	*count = n;
	ret = n ? policy_choose(&device->guest, ids, n, screens) : -ENOENT;
	while (n)
		free(ids[--n]);
	return ret;
}

static int open_connectors(struct device *device)
{
	struct screen *screens[MAX_CONNECTORS];
	uint32_t version, be_alloc = 0;
	unsigned int count;
	struct connector *connector;
	int ret;

	ret = domain_open(&device->domain, xfer_max_pages());
	if (ret)
		return ret;
	if (!read_version(device, &version))
		return refuse(-EINVAL, "the version of the protocol is not 1 or 2");
	store_read_number(device->frontend, XENDISPL_FIELD_BE_ALLOC, &be_alloc);
	device->buffers.be_alloc = be_alloc == 1;
	ret = choose_screens(device, screens, &count);
	if (ret)
		return ret;
	device->buffers.card = screens[0]->card;
	while (!ret && device->count < count) {
		connector = &device->connectors[device->count];
		*connector = (struct connector) {
			.ops = &connector_ops,
			.stats = &device->stats,
			.buffers = &device->buffers,
			.version = version,
			.index = device->count,
			.screen = screens[device->count],
		};
		ret = connector_open(connector, device->frontend);
		device->count += !ret;
	}
	return ret == -ENOENT && device->count ? 0 : ret;
}

static void log_screens(const struct device *device)
{
	const struct connector *connector = device->connectors;
	unsigned int i;

	for (i = 0; i < device->count; i++, connector++)
		log_verbose("%s: connected, %ux%u on %s:%s", connector->name,
			    connector->width, connector->height,
			    connector->screen->card->name,
			    connector->screen->name);
}

static void connect_frontend(struct device *device)
{
	char node[80];
	int ret;

	device->buffers.frames = 0;
	device->buffers.copied = 0;
	device->buffers.modes = 0;
	device->domain.queue.max_wait = 0;
	device->stats.requests = 0;
	device->stats.refused = 0;
	device->broken = false;
	refusal(0);
	ret = open_connectors(device);
	device->connected = true;
	if (!ret) {
		set_state(device, XenbusStateConnected);
		log_screens(device);
		return;
	}
	disconnect(device);
	/*
	 * The frontend may correct its nodes and be in the same state again
	 * before the backend reads the state.
	 */
	device->frontend_state = XenbusStateUnknown;
	/* A frontend without a screen waits; InitWait would make it try again */
	if (ret == -EBUSY && device->state == XenbusStateInitWait) {
		log_limited(&device->stats.limit, LOG_WARNING,
			    "%s: waits: %s", device->guest.name, refusal(ret));
		return;
	}
	set_state(device, XenbusStateInitWait);
	log_limited(&device->stats.limit, LOG_WARNING, "%s: cannot connect: %s",
		    device->guest.name, refusal(ret));
	snprintf(node, sizeof(node), "%s/error", device->path);
	store_write("error", node, "%d connecting with the frontend", ret);
}

/* ---- States */

static void watch_frontend(struct device *device,
			   void (*watch)(const char *path, const char *token))
{
	char path[256];

	snprintf(path, sizeof(path), "%s/state", device->frontend);
	watch(path, device->path);
}

static void free_device(struct device *device)
{
	uint32_t domid = device->guest.domid;
	struct device **at;

	watch_frontend(device, store_unwatch);
	loop_cancel_work(&device->work);
	for (at = &devices; *at; at = &(*at)->next)
		if (*at == device) {
			*at = device->next;
			break;
		}
	log_suppressed(&device->stats.limit);
	stats_remove(&device->stats);
	domain_close(&device->domain);
	free(device->frontend);
	free(device);
	for (at = &devices; *at; at = &(*at)->next)
		if ((*at)->guest.domid == domid)
			return;
	unlock_domain(domid);
}

/* must_close - whether the toolstack or this program closes the device */
static bool must_close(const struct device *device, uint32_t state)
{
	uint32_t online = 1;

	store_read_number(device->path, "online", &online);
	return closing || !online || state == XenbusStateClosing;
}

/* Stop the loop if no device is connected and no grant of a guest is mapped */
static void stop_if_closed(void)
{
	const struct device *device;

	for (device = devices; device; device = device->next)
		if (device->connected || buffers_hold_grants(&device->buffers))
			return;
	loop_stop();
}

/*
 * is_published - whether the frontend has published its nodes since @last
 *
 * @state and @last are the states that the backend has read now and before.  A
 * frontend may be ahead: if it finds the backend connected with the nodes that
 * it published before, it is connected before the backend reads its state.
 */
static bool is_published(uint32_t state, uint32_t last)
{
	if (state == XenbusStateConnected)
		return last == XenbusStateInitialising;
	return state == XenbusStateInitialised && last != state;
}

/*
 * update_device - change to the state that follows from the states in xenstore
 *
 * Before the state tells the guest that it can connect again, or the toolstack
 * that the device is closed, Xen has unmapped all grants of the guest.  May
 * free the device.
 */
static void update_device(struct device *device)
{
	uint32_t backend, frontend = XenbusStateUnknown;
	uint32_t last = device->frontend_state;
	bool exists;

	exists = store_read_number(device->path, "state", &backend);
	if (exists)
		store_read_number(device->frontend, "state", &frontend);
	device->frontend_state = frontend;

	/* The device is gone or closes, or the frontend closes or restarts */
	if (!exists || must_close(device, backend) ||
	    (frontend != XenbusStateConnected &&
	     frontend != XenbusStateInitialised) ||
	    is_published(frontend, last))
		disconnect(device);
	if (device->connected)
		return;
	if (buffers_hold_grants(&device->buffers)) {
		/* A guest that closes waits.  One that is gone does not. */
		if (device->broken || !exists ||
		    frontend == XenbusStateUnknown)
			buffers_revoke(&device->buffers);
		/* The release of the buffers calls this function again */
		device->frontend_state = last;
		return;
	}
	if (!exists) {
		/*
		 * Buffers that are left are memory of the backend that the
		 * guest has mapped.  The release of the last one frees the
		 * device.
		 */
		if (!device->buffers.buffers)
			free_device(device);
	} else if (must_close(device, backend)) {
		if (backend != XenbusStateClosed)
			set_state(device, XenbusStateClosed);
	} else if (is_published(frontend, last)) {
		connect_frontend(device);
	} else if (device->state != XenbusStateInitWait ||
		   (frontend == XenbusStateInitialising && last != frontend)) {
		/* Also if it is unchanged: the frontend waits for the event */
		set_state(device, XenbusStateInitWait);
	}
	if (closing)
		stop_if_closed();
}

/* ---- Find devices */

static struct device *find_device(uint32_t domid, uint32_t devid)
{
	struct device *device;

	for (device = devices; device; device = device->next)
		if (device->guest.domid == domid && device->devid == devid)
			return device;
	return NULL;
}

static void update_work(struct work *work)
{
	update_device(container_of(work, struct device, work));
}

/* is_ours - whether this backend serves a guest, and no other backend does */
static bool is_ours(const struct guest *guest)
{
	static struct log_limit limit = { .name = "another backend" };

	if (!policy_serves(guest))
		return false;
	if (lock_domain(guest->domid))
		return true;
	log_limited(&limit, LOG_WARNING, "%s: another displ-backend serves it",
		    guest->name);
	return false;
}

/* Update the device, and create it if it is new */
static void update_or_create(uint32_t domid, uint32_t devid)
{
	struct device *device = find_device(domid, devid);
	char path[64], *frontend;
	struct guest guest;

	if (device) {
		update_device(device);
		return;
	}
	guest_read(&guest, domid);
	snprintf(path, sizeof(path), ROOT "/%u/%u", domid, devid);
	frontend = store_read(path, "frontend");
	if (!frontend)
		return;
	if (!is_ours(&guest)) {
		free(frontend);
		return;
	}
	device = calloc(1, sizeof(*device));
	if (!device)
		err(1, NULL);
	device->devid = devid;
	device->frontend = frontend;
	device->work.func = update_work;
	device->buffers.ops = &buffer_ops;
	device->buffers.domain = &device->domain;
	device->domain.domid = domid;
	memcpy(device->path, path, sizeof(path));
	device->guest = guest;
	device->stats.limit.name = device->guest.name;
	device->stats.buffers = &device->buffers;
	stats_add(&device->stats);
	device->next = devices;
	devices = device;
	store_write(path, XENDISPL_FIELD_BE_VERSIONS, "1,2");
	/* The first event of the watch comes at once and updates the device */
	watch_frontend(device, store_watch);
}

/* Update all known devices; some may be gone.  Search for new ones. */
static void scan_devices(void)
{
	struct device *device, *next;
	unsigned int i, j, n, m;
	char **domids, **devids, path[64];

	for (device = devices; device; device = next) {
		next = device->next;
		update_device(device);
	}
	domids = store_list(ROOT, &n);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), ROOT "/%s", domids[i]);
		devids = store_list(path, &m);
		for (j = 0; j < m; j++)
			update_or_create(atoi(domids[i]), atoi(devids[j]));
		free(devids);
	}
	free(domids);
}

/**
 * devices_changed - handle a change in xenstore; the callback of store_open()
 * @path: path that has changed
 * @token: token of the watch: the path of a device, or of the folder of devices
 */
void devices_changed(const char *path, const char *token)
{
	uint32_t domid, devid;
	struct device *device;

	if (strcmp(token, ROOT)) {
		/* A frontend: queue one update for any number of changes */
		if (sscanf(token, ROOT "/%u/%u", &domid, &devid) == 2) {
			device = find_device(domid, devid);
			if (device)
				loop_queue_work(&device->work);
		}
	} else if (sscanf(path, ROOT "/%u/%u", &domid, &devid) == 2) {
		update_or_create(domid, devid);
	} else {
		scan_devices();
	}
}

/**
 * devices_screen_changed - handle a screen that is new, connected or disconnected
 * @screen: the screen
 *
 * Guests that wait for a screen try again.
 */
void devices_screen_changed(struct screen *screen)
{
	log_print(LOG_NOTICE, "%s:%s: %sconnected", screen->card->name,
		  screen->name, screen->connected ? "" : "dis");
	views_update_screen(screen);
	policy_update();
	queue_others(NULL);
}

/** devices_open - watch for devices; devices that exist are found at once */
void devices_open(void)
{
	store_watch(ROOT, ROOT);
}

/**
 * devices_close - close all devices
 *
 * Stops the loop when no grant of a guest is mapped.
 */
void devices_close(void)
{
	closing = true;
	scan_devices();
	stop_if_closed();
}
