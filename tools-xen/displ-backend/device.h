/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's display device: the states that its frontend and we go through, and
 * what it has meanwhile.  A toolstack makes and removes devices in xenstore,
 * backend/vdispl/DOMID/DEVID.
 */

#ifndef DISPL_BACKEND_DEVICE_H
#define DISPL_BACKEND_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "connector.h"

/* Connectors that a device can have; mainline's frontend has 4 */
#define MAX_CONNECTORS	16

/**
 * struct device - a guest's display device
 * @domid: the guest
 * @devid: which of its devices
 * @path: of the backend in xenstore
 * @frontend: path of the frontend
 * @state: of ours, as we wrote it last; 0 before
 * @seen: the frontend's, when we looked last
 * @changed: something of the frontend's has, and we are to look
 * @connected: whether all that follows is there
 * @version: of the protocol
 * @alloc: the toolstack lets the guest ask for memory of ours
 * @card: that shows its pictures
 * @connectors: of which @count are there
 * @count: number of connectors
 * @buffers: display buffers, also those that wait to be released
 * @fbs: framebuffers
 * @frames: how many were shown
 * @copied: bytes that were copied for them
 * @next: of all devices
 */
struct device {
	uint32_t domid;
	uint32_t devid;
	char path[64];
	char *frontend;
	uint32_t state;
	uint32_t seen;
	struct job changed;
	bool connected;
	uint32_t version;
	uint32_t alloc;
	struct card *card;
	struct connector connectors[MAX_CONNECTORS];
	unsigned int count;
	struct buffer *buffers;
	struct fb *fbs;
	uint64_t frames;
	uint64_t copied;
	struct device *next;
};

void devices_open(void);
void devices_end(void);
void devices_changed(const char *path, const char *token);
void device_update(struct device *device);
void device_violated(struct device *device, const char *what);

#endif /* DISPL_BACKEND_DEVICE_H */
