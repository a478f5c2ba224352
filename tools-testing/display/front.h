/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A display frontend of the protocol displif in user space: it does what it is
 * told, also what no frontend should.  Whoever waits has a time limit, after
 * which what was waited for counts as not done.
 */

#ifndef DISPLAY_FRONT_H
#define DISPLAY_FRONT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <xenevtchn.h>

#include <xen/io/displif.h>
#include <xen/io/xenbus.h>

#include "pages.h"

/* For the macros of rings: the backend runs on other processors */
#undef xen_mb
#undef xen_rmb
#undef xen_wmb
#define xen_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb()	__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)

/* Connectors that it takes care of; a device may have more */
#define FRONT_CONNECTORS	4

/* Only ends what hangs, seconds */
#define FRONT_PATIENCE	60

/* What front_ask() returns where there is no status */
#define FRONT_SILENT	-1	/* no answer */
#define FRONT_STRANGE	-2	/* an answer to something else */

/* For front_await() */
#define FRONT_STATE(name)	(1U << XenbusState##name)

struct xs_handle;

/**
 * struct front_connector - a connector of the device
 * @index: which
 * @width: its resolution, in pixels
 * @height: likewise
 * @pages: granted: that of the ring, that of the events
 * @ring: of requests and their responses
 * @events: the page of events
 * @req_port: event channel of the ring
 * @evt_port: event channel of the events
 * @id: of the next request
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
 * @xs: connection to xenstore
 * @evtchn: where its event channels are
 * @domid: domain of the backend
 * @backend: path of the backend
 * @be_alloc: the backend may be asked for memory
 * @offered: whether pages and channels of the connectors are there
 * @count: number of connectors
 * @connectors: they
 */
struct front {
	struct xs_handle *xs;
	xenevtchn_handle *evtchn;
	unsigned int domid;
	char *backend;
	bool be_alloc;
	bool offered;
	unsigned int count;
	struct front_connector connectors[FRONT_CONNECTORS];
};

bool front_open(struct front *front);
void front_close(struct front *front);
void front_write(struct front *front, const char *node, const char *format, ...);
void front_remove(struct front *front, const char *node);
void front_state(struct front *front, enum xenbus_state state);
unsigned int front_backend_state(struct front *front);
bool front_await(struct front *front, unsigned int states);
bool front_begin(struct front *front);
void front_offer(struct front *front, unsigned int version);
bool front_connect(struct front *front, unsigned int version);
bool front_disconnect(struct front *front);

struct xendispl_req *front_slot(struct front_connector *connector);
void front_push(struct front *front, struct front_connector *connector);
void front_notify(struct front *front, int port);
bool front_response(struct front *front, struct front_connector *connector,
		    unsigned int seconds, struct xendispl_resp *resp);
int front_ask(struct front *front, struct front_connector *connector,
	      const struct xendispl_req *req, struct xendispl_resp *resp);
bool front_event(struct front *front, struct front_connector *connector,
		 unsigned int seconds, struct xendispl_evt *event);

#endif /* DISPLAY_FRONT_H */
