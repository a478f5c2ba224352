// SPDX-License-Identifier: GPL-2.0-only
/*
 * A frontend of displif for tests: its nodes in xenstore, its connection, its
 * requests and events.  pages.c grants its buffers; the programs build their
 * requests with front-fixture.h.  No locks: one thread uses a frontend.
 */

#include <err.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <xenstore.h>

#include "front.h"

/* ---- Waiting */

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/*
 * wait_event - wait for an event of the backend or xenstore, or until time @end
 */
static bool wait_event(struct front *front, time_t end)
{
	struct pollfd fds[] = {
		{ .fd = xs_fileno(front->xs), .events = POLLIN },
		{ .fd = xenevtchn_fd(front->evtchn), .events = POLLIN },
	};
	time_t left = end - now();
	char **event;
	int port;

	if (left <= 0 || poll(fds, 2, left * 1000) <= 0)
		return false;
	while ((event = xs_check_watch(front->xs)))
		free(event);
	if (fds[1].revents & POLLIN) {
		port = xenevtchn_pending(front->evtchn);
		if (port >= 0)
			xenevtchn_unmask(front->evtchn, port);
	}
	return true;
}

/* ---- Xenstore */

/*
 * read_node - read a node of a folder; the caller frees the result; NULL if
 * absent
 */
static char *read_node(struct front *front, const char *folder, const char *node)
{
	char path[128];
	unsigned int n;

	snprintf(path, sizeof(path), "%s/%s", folder, node);
	return xs_read(front->xs, XBT_NULL, path, &n);
}

static unsigned int read_number(struct front *front, const char *folder,
				const char *node)
{
	char *text = read_node(front, folder, node);
	unsigned int number = text ? strtoul(text, NULL, 10) : 0;

	free(text);
	return number;
}

static bool read_resolution(struct front *front,
			    struct front_connector *connector)
{
	char folder[64], *text;
	bool good;

	snprintf(folder, sizeof(folder), "%s/%u", front->folder,
		 connector->index);
	text = read_node(front, folder, XENDISPL_FIELD_RESOLUTION);
	good = text && sscanf(text, "%ux%u",
			      &connector->width, &connector->height) == 2;
	free(text);
	return good;
}

/**
 * front_open - find a display device of this guest
 * @front: initialised
 * @device: number of the device
 *
 * Ends the program if xenstore or event channels do not work.
 *
 * Return: false if this guest has no such device.
 */
bool front_open(struct front *front, unsigned int device)
{
	char path[128];

	memset(front, 0, sizeof(*front));
	snprintf(front->folder, sizeof(front->folder),
		 "device/" XENDISPL_DRIVER_NAME "/%u", device);
	front->xs = xs_open(0);
	front->evtchn = xenevtchn_open(NULL, 0);
	if (!front->xs || !front->evtchn)
		err(1, front->xs ? "/dev/xen/evtchn" : "xenstore");
	front->backend = read_node(front, front->folder, "backend");
	if (!front->backend) {
		front_close(front);
		return false;
	}
	front->domid = read_number(front, front->folder, "backend-id");
	front->be_alloc = read_number(front, front->folder,
				      XENDISPL_FIELD_BE_ALLOC);
	while (front->count < FRONT_MAX_CONNECTORS) {
		struct front_connector *next = &front->connectors[front->count];

		next->index = front->count;
		if (!read_resolution(front, next))
			break;
		front->count++;
	}
	snprintf(path, sizeof(path), "%s/state", front->backend);
	if (!xs_watch(front->xs, path, "backend"))
		err(1, "watch %s", path);
	return true;
}

/**
 * front_close - free what front_open() allocated; a connection stays
 * @front: the frontend
 */
void front_close(struct front *front)
{
	free(front->backend);
	xenevtchn_close(front->evtchn);
	xs_close(front->xs);
}

/**
 * front_write - write to a node of the device
 * @front: the frontend
 * @node: path below the folder of the device
 * @format: the value, as for printf()
 */
void front_write(struct front *front, const char *node, const char *format, ...)
{
	char path[128], text[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(path, sizeof(path), "%s/%s", front->folder, node);
	if (!xs_write(front->xs, XBT_NULL, path, text, strlen(text)))
		err(1, "write %s", path);
}

/**
 * front_remove - remove a node of the device, if it exists
 * @front: the frontend
 * @node: path below the folder of the device
 */
void front_remove(struct front *front, const char *node)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", front->folder, node);
	xs_rm(front->xs, XBT_NULL, path);
}

/**
 * front_set_state - write the state of the frontend
 * @front: the frontend
 * @state: the new state
 */
void front_set_state(struct front *front, enum xenbus_state state)
{
	front_write(front, "state", "%d", state);
}

/**
 * front_backend_state - read the state of the backend
 * @front: the frontend
 *
 * Return: the state, 0 if the backend has none.
 */
unsigned int front_backend_state(struct front *front)
{
	return read_number(front, front->backend, "state");
}

/**
 * front_wait_backend - wait until the backend is in one of several states
 * @front: the frontend
 * @states: FRONT_STATE() of each of them
 *
 * Return: false after FRONT_TIMEOUT seconds.
 */
bool front_wait_backend(struct front *front, unsigned int states)
{
	time_t end = now() + FRONT_TIMEOUT;

	while (!(1U << front_backend_state(front) & states))
		if (!wait_event(front, end))
			return false;
	return true;
}

/* ---- Connecting */

static int bind_port(struct front *front)
{
	int port = xenevtchn_bind_unbound_port(front->evtchn, front->domid);

	if (port < 0)
		err(1, "event channel");
	return port;
}

static void write_number(struct front *front,
			 const struct front_connector *connector,
			   const char *field, uint32_t value)
{
	char node[64];

	snprintf(node, sizeof(node), "%u/%s", connector->index, field);
	front_write(front, node, "%u", value);
}

/*
 * publish_connector - allocate pages and channels on first use, initialise,
 * publish
 */
static void publish_connector(struct front *front,
			      struct front_connector *connector)
{
	struct granted *pages = &connector->pages;
	struct xen_displif_sring *sring;

	if (!front->published) {
		if (!granted_begin(pages, front->domid, 2, false))
			err(1, "grant rings");
		connector->req_port = bind_port(front);
		connector->evt_port = bind_port(front);
	}
	memset(pages->pages, 0, 2 * PEER_PAGE);
	sring = (struct xen_displif_sring *)pages->pages;
	XEN_FRONT_RING_INIT(&connector->ring, sring, PEER_PAGE);
	connector->events = (void *)((char *)pages->pages + PEER_PAGE);
	connector->id = 0;

	write_number(front, connector, XENDISPL_FIELD_REQ_RING_REF,
		     pages->refs[0]);
	write_number(front, connector, XENDISPL_FIELD_REQ_CHANNEL,
		     connector->req_port);
	write_number(front, connector, XENDISPL_FIELD_EVT_RING_REF,
		     pages->refs[1]);
	write_number(front, connector, XENDISPL_FIELD_EVT_CHANNEL,
		     connector->evt_port);
}

/**
 * front_initialise - go to the first state of a connection, from any state
 * @front: the frontend
 *
 * Return: whether the backend waits for a connection, within the time limit.
 */
bool front_initialise(struct front *front)
{
	front_set_state(front, XenbusStateInitialising);
	return front_wait_backend(front, FRONT_STATE(InitWait));
}

/**
 * front_publish - publish rings and event channels of all connectors
 * @front: the frontend
 * @version: version of the protocol, 0 to publish none
 *
 * Rings that exist already are initialised again.
 */
void front_publish(struct front *front, unsigned int version)
{
	unsigned int i;

	for (i = 0; i < front->count; i++)
		publish_connector(front, &front->connectors[i]);
	front->published = true;
	if (version)
		front_write(front, XENDISPL_FIELD_FE_VERSION, "%u", version);
	else
		front_remove(front, XENDISPL_FIELD_FE_VERSION);
}

/**
 * front_connect - connect with the backend, from any state of both
 * @front: the frontend
 * @version: as for front_publish()
 *
 * Return: whether both are connected, within the time limit.
 */
bool front_connect(struct front *front, unsigned int version)
{
	if (!front_initialise(front))
		return false;
	front_publish(front, version);
	front_set_state(front, XenbusStateInitialised);
	if (!front_wait_backend(front, FRONT_STATE(Connected)))
		return false;
	front_set_state(front, XenbusStateConnected);
	return true;
}

/**
 * front_disconnect - close the connection, take back pages and channels
 * @front: the frontend, connected or not
 *
 * Return: whether the backend left the connected state within the time limit,
 * and had unmapped all rings by then.
 */
bool front_disconnect(struct front *front)
{
	bool back = true;
	unsigned int i;

	front_set_state(front, XenbusStateClosing);
	front_set_state(front, XenbusStateClosed);
	back &= front_wait_backend(front, ~FRONT_STATE(Connected));
	if (!front->published)
		return back;
	for (i = 0; i < front->count; i++) {
		struct front_connector *connector = &front->connectors[i];

		xenevtchn_unbind(front->evtchn, connector->req_port);
		xenevtchn_unbind(front->evtchn, connector->evt_port);
		back &= granted_end_unmapped(&connector->pages, front->domid);
	}
	front->published = false;
	return back;
}

/* ---- Requests and events */

/**
 * front_get_request - take the next slot of the ring
 * @connector: connector of the ring
 *
 * Return: the request, which has an ID and is zero otherwise.
 */
struct xendispl_req *front_get_request(struct front_connector *connector)
{
	struct xen_displif_front_ring *ring = &connector->ring;
	struct xendispl_req *req = RING_GET_REQUEST(ring, ring->req_prod_pvt);

	ring->req_prod_pvt++;
	memset(req, 0, sizeof(*req));
	req->id = connector->id++;
	return req;
}

/**
 * front_push_requests - send the requests of front_get_request() to the backend
 * @front: the frontend
 * @connector: connector of the ring
 */
void front_push_requests(struct front *front, struct front_connector *connector)
{
	int notify;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&connector->ring, notify);
	if (notify)
		front_notify(front, connector->req_port);
}

/**
 * front_notify - send an event to the backend
 * @front: the frontend
 * @port: the event channel
 */
void front_notify(struct front *front, int port)
{
	xenevtchn_notify(front->evtchn, port);
}

/**
 * front_response - wait for a response and take it
 * @front: the frontend
 * @connector: connector of the ring
 * @seconds: time limit
 * @resp: the response
 *
 * Return: false if there was none within the time limit.
 */
bool front_response(struct front *front, struct front_connector *connector,
		    unsigned int seconds, struct xendispl_resp *resp)
{
	struct xen_displif_front_ring *ring = &connector->ring;
	time_t end = now() + seconds;
	int more;

	for (;;) {
		RING_FINAL_CHECK_FOR_RESPONSES(ring, more);
		if (more)
			break;
		if (!wait_event(front, end))
			return false;
	}
	xen_rmb();
	RING_COPY_RESPONSE(ring, ring->rsp_cons, resp);
	ring->rsp_cons++;
	return true;
}

/**
 * front_request - send a request and wait for its response
 * @front: the frontend
 * @connector: connector of the ring
 * @req: the request; the function sets its ID
 * @resp: the response; may be NULL
 *
 * Return: the error number of the response, positive, or 0 for success, or
 * FRONT_NO_RESPONSE, FRONT_WRONG_RESPONSE.
 */
int front_request(struct front *front, struct front_connector *connector,
		  const struct xendispl_req *req, struct xendispl_resp *resp)
{
	struct xendispl_req *slot = front_get_request(connector);
	struct xendispl_resp here;
	uint16_t id = slot->id;

	*slot = *req;
	slot->id = id;
	front_push_requests(front, connector);
	resp = resp ?: &here;
	if (!front_response(front, connector, FRONT_TIMEOUT, resp))
		return FRONT_NO_RESPONSE;
	if (resp->id != id || resp->operation != req->operation ||
	    resp->status > 0)
		return FRONT_WRONG_RESPONSE;
	return -resp->status;
}

/**
 * front_event - wait for an event and take it
 * @front: the frontend
 * @connector: connector of the event page
 * @seconds: time limit
 * @event: the event
 *
 * Return: false if there was none within the time limit.
 */
bool front_event(struct front *front, struct front_connector *connector,
		 unsigned int seconds, struct xendispl_evt *event)
{
	struct xendispl_event_page *page = connector->events;
	time_t end = now() + seconds;

	while (__atomic_load_n(&page->in_prod, __ATOMIC_ACQUIRE) == page->in_cons)
		if (!wait_event(front, end))
			return false;
	*event = XENDISPL_IN_RING_REF(page, page->in_cons);
	__atomic_store_n(&page->in_cons, page->in_cons + 1, __ATOMIC_RELEASE);
	return true;
}
