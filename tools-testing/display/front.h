/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frontend of the display protocol displif in user space, for tests in a
 * guest.  It sends any request and writes any state, also those that the
 * protocol forbids.  Functions that wait have a time limit, and return failure
 * when it expires.
 */

#ifndef DISPLAY_FRONT_H
#define DISPLAY_FRONT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <xenevtchn.h>

#include <xen/io/xenbus.h>

#include "../../tools-xen/displ-backend/protocol.h"
#include "pages.h"

/* Connectors that the frontend uses; a device may have more */
#define FRONT_MAX_CONNECTORS	4

/* Time limit in seconds; longer than a backend on an emulated machine needs */
#define FRONT_TIMEOUT	60

/* Results of front_request() without a status of the backend */
#define FRONT_NO_RESPONSE	-1	/* within the time limit */
#define FRONT_WRONG_RESPONSE	-2	/* of another request */

/* FRONT_STATE - a set of one state, for front_wait_backend() */
#define FRONT_STATE(name)	(1U << XenbusState##name)

struct xs_handle;

/**
 * struct front_connector - a connector of the device
 * @index: number of the connector in the device
 * @width: width of the resolution in pixels
 * @height: height of the resolution in pixels
 * @pages: two granted pages, that of the ring and that of the events
 * @ring: ring of requests and responses
 * @events: page of events
 * @req_port: event channel of the ring
 * @evt_port: event channel of the events
 * @id: ID of the next request
 */
struct front_connector {
	unsigned int index;
	uint32_t width;
	uint32_t height;
	struct granted pages;
	struct xen_displif_front_ring ring;
	struct xendispl_event_page *events;
	int req_port;
	int evt_port;
	uint16_t id;
};

/**
 * struct front - a frontend
 * @folder: folder in xenstore that the toolstack writes for the frontend
 * @xs: connection to xenstore
 * @evtchn: file of its event channels
 * @domid: domain of the backend
 * @backend: path of the backend's folder in xenstore
 * @be_alloc: whether the backend allocates buffers
 * @published: whether pages and channels of the connectors exist
 * @count: number of connectors
 * @connectors: the connectors
 */
struct front {
	char folder[32];
	struct xs_handle *xs;
	xenevtchn_handle *evtchn;
	unsigned int domid;
	char *backend;
	bool be_alloc;
	bool published;
	unsigned int count;
	struct front_connector connectors[FRONT_MAX_CONNECTORS];
};

bool front_open(struct front *front, unsigned int device);
void front_close(struct front *front);
void front_write(struct front *front, const char *node, const char *format, ...);
void front_remove(struct front *front, const char *node);
void front_set_state(struct front *front, enum xenbus_state state);
unsigned int front_backend_state(struct front *front);
bool front_wait_backend(struct front *front, unsigned int states);
bool front_initialise(struct front *front);
void front_publish(struct front *front, unsigned int version);
bool front_connect(struct front *front, unsigned int version);
bool front_disconnect(struct front *front);

struct xendispl_req *front_get_request(struct front_connector *connector);
void front_push_requests(struct front *front,
			 struct front_connector *connector);
void front_notify(struct front *front, int port);
bool front_response(struct front *front, struct front_connector *connector,
		    unsigned int seconds, struct xendispl_resp *resp);
int front_request(struct front *front, struct front_connector *connector,
		  const struct xendispl_req *req, struct xendispl_resp *resp);
bool front_event(struct front *front, struct front_connector *connector,
		 unsigned int seconds, struct xendispl_evt *event);

#endif /* DISPLAY_FRONT_H */
