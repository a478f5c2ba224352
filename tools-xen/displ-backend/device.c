// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xenbus.h>

#include "device.h"
#include "main.h"
#include "store.h"

/* Where toolstacks tell of devices; also the token of that watch */
#define ROOT	"backend/" XENDISPL_DRIVER_NAME

static struct device *devices;
static bool ending;

/* ---- Connected or not */

/* The toolstack may take the device away at any time: nothing must be left then */
static void set_state(struct device *device, enum xenbus_state state)
{
	char text[2] = { '0' + state };

	device->state = state;
	store_update(device->path, "state", text);
}

static void disconnect(struct device *device)
{
	if (!device->connected)
		return;
	while (device->count)
		connector_close(&device->connectors[--device->count]);
	buffers_end(device);
	device->connected = false;
	if (device->state != XenbusStateConnected)
		return;
	tell("%s: disconnected after %llu frames, %llu bytes copied", device->path,
	     (unsigned long long)device->frames, (unsigned long long)device->copied);
}

/* The protocol's version that the guest has chosen, the first if it says nothing */
static bool version(struct device *device)
{
	char *text = store_read(device->frontend, XENDISPL_FIELD_FE_VERSION);
	bool chosen = text;

	free(text);
	device->version = 1;
	return !chosen || (store_number(device->frontend, XENDISPL_FIELD_FE_VERSION,
					&device->version) &&
			   device->version >= 1 && device->version <= 2);
}

static int open_connectors(struct device *device)
{
	int ret = 0;

	if (!version(device))
		return -EINVAL;
	device->alloc = 0;
	store_number(device->frontend, XENDISPL_FIELD_BE_ALLOC, &device->alloc);
	device->card = head_card();
	while (!ret && device->count < MAX_CONNECTORS) {
		ret = connector_open(&device->connectors[device->count], device,
				     device->count);
		device->count += !ret;
	}
	return ret == -ENOENT && device->count ? 0 : ret;
}

static void connect_frontend(struct device *device)
{
	char node[80];
	int ret;

	device->frames = 0;
	device->copied = 0;
	ret = open_connectors(device);
	device->connected = true;
	if (!ret) {
		set_state(device, XenbusStateConnected);
		tell("%s: connected, %u connectors, %s", device->path, device->count,
		     device->card->name);
		return;
	}
	disconnect(device);
	set_state(device, XenbusStateInitWait);
	/* It may put that right and be back in this state before we look */
	device->seen = XenbusStateUnknown;
	tell("%s: cannot connect: %s", device->path, strerror(-ret));
	snprintf(node, sizeof(node), "%s/error", device->path);
	store_write("error", node, "%d connecting with the frontend", ret);
}

/**
 * device_violated - the guest does what the protocol rules out
 * @device: of the guest
 * @what: that is
 *
 * As if the guest had gone: it can connect again.
 */
void device_violated(struct device *device, const char *what)
{
	tell("%s: %s", device->path, what);
	disconnect(device);
	device_update(device);
}

/* ---- States */

static void watch_frontend(struct device *device,
			   void (*watch)(const char *path, const char *token))
{
	char path[256];

	snprintf(path, sizeof(path), "%s/state", device->frontend);
	watch(path, device->path);
}

static void forget(struct device *device)
{
	struct device **at;

	watch_frontend(device, store_unwatch);
	loop_forget(&device->changed);
	for (at = &devices; *at; at = &(*at)->next)
		if (*at == device) {
			*at = device->next;
			break;
		}
	free(device->frontend);
	free(device);
}

/* closes - whether the toolstack wants it to end, or we do */
static bool closes(const struct device *device, uint32_t ours)
{
	uint32_t online = 1;

	store_number(device->path, "online", &online);
	return ending || !online || ours == XenbusStateClosing;
}

/* leave - if we are to end and no guest has anything mapped here any more */
static void leave(void)
{
	const struct device *device;

	for (device = devices; device; device = device->next)
		if (device->connected || buffers_hold_guest(device))
			return;
	loop_end();
}

/*
 * published - whether the frontend has published what we need since we looked last
 *
 * It may be ahead of us: if it saw us connected with what it had published before,
 * it is connected, too, by the time we look again.
 */
static bool published(uint32_t theirs, uint32_t seen)
{
	return (theirs == XenbusStateInitialised && seen != theirs) ||
	       (theirs == XenbusStateConnected && seen == XenbusStateInitialising);
}

/**
 * device_update - go to the state that follows from the others' states
 * @device: of which something has changed
 *
 * Before the guest is told that it can begin anew, and the toolstack that the
 * device is gone, Xen has confirmed that nothing of the guest's is mapped.
 * May free the device.
 */
void device_update(struct device *device)
{
	uint32_t ours, theirs = XenbusStateUnknown, seen = device->seen;
	bool there;

	there = store_number(device->path, "state", &ours);
	if (there)
		store_number(device->frontend, "state", &theirs);
	device->seen = theirs;

	/* It has published something new since, or nothing is left */
	if (!there || closes(device, ours) ||
	    (theirs != XenbusStateConnected && theirs != XenbusStateInitialised) ||
	    published(theirs, seen))
		disconnect(device);
	if (device->connected)
		return;
	if (buffers_hold_guest(device)) {
		/* Comes again when they are released, and then it is news again */
		device->seen = seen;
		return;
	}
	if (!there) {
		/* What the guest still has of ours is on its account */
		if (!device->buffers)
			forget(device);
	} else if (closes(device, ours)) {
		if (ours != XenbusStateClosed)
			set_state(device, XenbusStateClosed);
	} else if (published(theirs, seen)) {
		connect_frontend(device);
	} else if (device->state != XenbusStateInitWait ||
		   (theirs == XenbusStateInitialising && seen != theirs)) {
		/* Again where it was so: the frontend waits for the news */
		set_state(device, XenbusStateInitWait);
	}
	if (ending)
		leave();
}

/* ---- Who is there */

static struct device *find(uint32_t domid, uint32_t devid)
{
	struct device *device;

	for (device = devices; device; device = device->next)
		if (device->domid == domid && device->devid == devid)
			return device;
	return NULL;
}

static void look_again(struct job *job)
{
	device_update(container_of(job, struct device, changed));
}

/* found - there is a device, new or not */
static void found(uint32_t domid, uint32_t devid)
{
	struct device *device = find(domid, devid);
	char path[64], *frontend;

	if (device) {
		device_update(device);
		return;
	}
	snprintf(path, sizeof(path), ROOT "/%u/%u", domid, devid);
	frontend = store_read(path, "frontend");
	if (!frontend)
		return;
	device = calloc(1, sizeof(*device));
	if (!device)
		err(1, NULL);
	device->domid = domid;
	device->devid = devid;
	device->frontend = frontend;
	device->changed.run = look_again;
	memcpy(device->path, path, sizeof(path));
	device->next = devices;
	devices = device;
	/* Which tells at once how it is now */
	store_write(path, XENDISPL_FIELD_BE_VERSIONS, "1,2");
	watch_frontend(device, store_watch);
}

/* look - for all there are; some may have gone */
static void look(void)
{
	struct device *device, *next;
	unsigned int i, j, n, m;
	char **domids, **devids, path[64];

	for (device = devices; device; device = next) {
		next = device->next;
		device_update(device);
	}
	domids = store_list(ROOT, &n);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), ROOT "/%s", domids[i]);
		devids = store_list(path, &m);
		for (j = 0; j < m; j++)
			found(atoi(domids[i]), atoi(devids[j]));
		free(devids);
	}
	free(domids);
}

/**
 * devices_changed - xenstore tells of a change
 * @path: of what
 * @token: of the watch: the path of a device, or of all
 */
void devices_changed(const char *path, const char *token)
{
	uint32_t domid, devid;
	struct device *device;
	int rest = 0;

	if (strcmp(token, ROOT)) {
		/* A frontend: however often it changes, we look once at a time */
		if (sscanf(token, ROOT "/%u/%u", &domid, &devid) == 2) {
			device = find(domid, devid);
			if (device)
				loop_later(&device->changed);
		}
	} else if (sscanf(path, ROOT "/%u/%u%n", &domid, &devid, &rest) == 2) {
		found(domid, devid);
	} else {
		look();
	}
}

/** devices_open - look for devices, those that are there and those to come */
void devices_open(void)
{
	store_watch(ROOT, ROOT);
}

/**
 * devices_end - close all
 *
 * Calls loop_end() when no guest has anything mapped here any more.
 */
void devices_end(void)
{
	ending = true;
	look();
	leave();
}
