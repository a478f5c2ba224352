// SPDX-License-Identifier: GPL-2.0-only
/*
 * The display devices of all guests.  The toolstack creates and removes a
 * device in xenstore, at backend/vdispl/DOMID/DEVID.  This file finds the
 * devices, follows the states of the frontend and of the toolstack, writes the
 * state of the backend, and opens and closes the sessions.  It owns the list of
 * devices; main.c calls it.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xenbus.h>

#include "budget.h"
#include "device.h"
#include "lock.h"
#include "log.h"
#include "policy.h"
#include "session.h"
#include "store.h"

/* Folder of all devices; also the token of its watch */
#define ROOT	"backend/" XENDISPL_DRIVER_NAME

/**
 * struct device - a display device of a guest
 * @devid: number of the device
 * @path: path of the backend in xenstore, also the token of the watch
 * @frontend: path of the frontend in xenstore
 * @state: state of the backend that was written last, or 0
 * @frontend_state: state of the frontend that was read last
 * @work: queued when the frontend has written its state, or a screen may be free
 * @failed: whether the session could not be opened since @work ran
 * @retried: whether another guest or a screen has queued @work, not this guest
 * @connected: whether the session is open
 * @budget: budget of the guest, which pays for connections
 * @session: connectors and buffers of the guest
 * @next: next device
 */
struct device {
	uint32_t devid;
	char path[64];
	char *frontend;
	uint32_t state;
	uint32_t frontend_state;
	struct work work;
	bool failed;
	bool retried;
	bool connected;
	struct budget *budget;
	struct session session;
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

/* queue_others - let devices that wait for a screen try again, but not @without */
static void queue_others(const struct device *without)
{
	struct device *device;

	for (device = devices; device; device = device->next) {
		if (device == without || device->connected || loop_is_pending(&device->work))
			continue;
		device->retried = !without ||
				  device->session.guest.domid != without->session.guest.domid;
		loop_queue_work(&device->work);
	}
}

static void disconnect(struct device *device)
{
	if (!device->connected)
		return;
	session_close(&device->session);
	device->connected = false;
	if (device->state != XenbusStateConnected)
		return;
	queue_others(device);
	session_log_close(&device->session);
}

/* The guest has broken the protocol, or the last use of a buffer has ended */
static void session_changed(struct session *session)
{
	struct device *device = container_of(session, struct device, session);

	if (session->broken)
		disconnect(device);
	update_device(device);
}

static void connect_frontend(struct device *device)
{
	char node[80];
	int ret;

	ret = session_open(&device->session);
	/* No guest pays for the others, which connect and disconnect as often as they like */
	if (ret != -EBUSY || !device->retried)
		budget_pay(device->budget, BUDGET_CONNECTION, 1);
	device->retried = false;
	device->connected = true;
	if (!ret) {
		set_state(device, XenbusStateConnected);
		session_log_open(&device->session);
		return;
	}
	disconnect(device);
	device->failed = true;
	/* A frontend without a screen waits; InitWait would make it try again */
	if (ret == -EBUSY && device->state == XenbusStateInitWait) {
		log_limited(&device->session.stats.limit, LOG_WARNING,
			    "%s: waits: %s", device->session.guest.name, refusal(ret));
		return;
	}
	set_state(device, XenbusStateInitWait);
	log_limited(&device->session.stats.limit, LOG_WARNING, "%s: cannot connect: %s",
		    device->session.guest.name, refusal(ret));
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
	uint32_t domid = device->session.guest.domid;
	struct device **at;

	watch_frontend(device, store_unwatch);
	loop_cancel_work(&device->work);
	for (at = &devices; *at; at = &(*at)->next)
		if (*at == device) {
			*at = device->next;
			break;
		}
	session_exit(&device->session);
	budget_put(device->budget);
	free(device->frontend);
	free(device);
	for (at = &devices; *at; at = &(*at)->next)
		if ((*at)->session.guest.domid == domid)
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
		if (device->connected || buffers_hold_grants(&device->session.buffers))
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
	if (buffers_hold_grants(&device->session.buffers)) {
		/* A guest that closes waits.  One that is gone does not. */
		if (device->session.broken || !exists ||
		    frontend == XenbusStateUnknown)
			buffers_revoke(&device->session.buffers);
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
		if (!device->session.buffers.buffers)
			free_device(device);
	} else if (must_close(device, backend)) {
		if (backend != XenbusStateClosed)
			set_state(device, XenbusStateClosed);
	} else if (is_published(frontend, last)) {
		if (budget_delay(device->budget, &device->work))
			device->frontend_state = last;
		else
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
		if (device->session.guest.domid == domid && device->devid == devid)
			return device;
	return NULL;
}

static void update_work(struct work *work)
{
	struct device *device = container_of(work, struct device, work);

	/*
	 * The frontend may have corrected its nodes and be in the same state
	 * again.  Other events must not try again: one of them follows from the
	 * state that this backend writes after the failure.
	 */
	if (device->failed)
		device->frontend_state = XenbusStateUnknown;
	device->failed = false;
	update_device(device);
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

/* The toolstack may have removed the device meanwhile */
static void offer_versions(const struct device *device)
{
	store_add(device->path, "frontend", XENDISPL_FIELD_BE_VERSIONS, "1,2");
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
	device->budget = budget_get(domid);
	device->work.queue = budget_queue(device->budget);
	device->work.func = update_work;
	memcpy(device->path, path, sizeof(path));
	device->session.guest = guest;
	device->session.frontend = frontend;
	device->session.changed = session_changed;
	session_init(&device->session);
	device->next = devices;
	devices = device;
	offer_versions(device);
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
	char node[16] = "";

	if (strcmp(token, ROOT)) {
		/* A frontend: queue one update for any number of changes */
		if (sscanf(token, ROOT "/%u/%u", &domid, &devid) == 2) {
			device = find_device(domid, devid);
			if (device) {
				device->retried = false;
				loop_queue_work(&device->work);
			}
		}
	} else if (sscanf(path, ROOT "/%u/%u/%15s", &domid, &devid, node) >= 2) {
		device = find_device(domid, devid);
		/* A device that was removed and has come back before its last buffer was free */
		if (device && !strcmp(node, "frontend"))
			offer_versions(device);
		update_or_create(domid, devid);
	} else {
		scan_devices();
	}
}

/**
 * devices_screen_changed - handle a screen that is new, (dis)connected or has another monitor
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
