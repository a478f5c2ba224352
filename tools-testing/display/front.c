// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <xenstore.h>

#include "front.h"

/* Where toolstacks tell the frontend of its device */
#define DEVICE	"device/" XENDISPL_DRIVER_NAME "/0"

/* ---- Waiting */

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* doze - until the backend or xenstore tells something, or the time is over */
static bool doze(struct front *front, time_t end)
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

/* read_node - what a node of the device says, to be freed, or NULL */
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

	snprintf(folder, sizeof(folder), DEVICE "/%u", connector->index);
	text = read_node(front, folder, XENDISPL_FIELD_RESOLUTION);
	good = text && sscanf(text, "%ux%u",
			      &connector->width, &connector->height) == 2;
	free(text);
	return good;
}

/**
 * front_open - find the device
 * @front: filled in
 *
 * Ends the program where Xen does not work.
 *
 * Return: false if this guest has no such device.
 */
bool front_open(struct front *front)
{
	char path[128];

	memset(front, 0, sizeof(*front));
	front->xs = xs_open(0);
	front->evtchn = xenevtchn_open(NULL, 0);
	if (!front->xs || !front->evtchn)
		err(1, front->xs ? "/dev/xen/evtchn" : "xenstore");
	front->backend = read_node(front, DEVICE, "backend");
	if (!front->backend) {
		front_close(front);
		return false;
	}
	front->domid = read_number(front, DEVICE, "backend-id");
	front->be_alloc = read_number(front, DEVICE, XENDISPL_FIELD_BE_ALLOC);
	while (front->count < FRONT_CONNECTORS) {
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
 * front_close - forget the device; what is connected stays so
 * @front: of front_open()
 */
void front_close(struct front *front)
{
	free(front->backend);
	xenevtchn_close(front->evtchn);
	xs_close(front->xs);
}

/**
 * front_write - write to a node of the device
 * @front: whose
 * @node: of it
 * @format: what, as for printf()
 */
void front_write(struct front *front, const char *node, const char *format, ...)
{
	char path[128], text[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(path, sizeof(path), DEVICE "/%s", node);
	if (!xs_write(front->xs, XBT_NULL, path, text, strlen(text)))
		err(1, "write %s", path);
}

/**
 * front_remove - remove a node of the device, if it is there
 * @front: whose
 * @node: of it
 */
void front_remove(struct front *front, const char *node)
{
	char path[128];

	snprintf(path, sizeof(path), DEVICE "/%s", node);
	xs_rm(front->xs, XBT_NULL, path);
}

/**
 * front_state - be in a state
 * @front: who
 * @state: which
 */
void front_state(struct front *front, enum xenbus_state state)
{
	front_write(front, "state", "%d", state);
}

/**
 * front_backend_state - in which the backend is
 * @front: whose
 *
 * Return: it, 0 where it has none.
 */
unsigned int front_backend_state(struct front *front)
{
	return read_number(front, front->backend, "state");
}

/**
 * front_await - wait for the backend to be in a state
 * @front: whose
 * @states: FRONT_STATE() of those that will do
 *
 * Return: false if it does not get there.
 */
bool front_await(struct front *front, unsigned int states)
{
	time_t end = now() + FRONT_PATIENCE;

	while (!(1U << front_backend_state(front) & states))
		if (!doze(front, end))
			return false;
	return true;
}

/* ---- Connecting */

static int offer_port(struct front *front)
{
	int port = xenevtchn_bind_unbound_port(front->evtchn, front->domid);

	if (port < 0)
		err(1, "event channel");
	return port;
}

static void publish(struct front *front, const struct front_connector *connector,
		    const char *field, uint32_t value)
{
	char node[64];

	snprintf(node, sizeof(node), "%u/%s", connector->index, field);
	front_write(front, node, "%u", value);
}

/* offer_connector - new pages and channels, if it has none, and publish them */
static void offer_connector(struct front *front,
			    struct front_connector *connector)
{
	struct granted *pages = &connector->pages;
	struct xen_displif_sring *sring;

	if (!front->offered) {
		if (!granted_begin(pages, front->domid, 2, false))
			err(1, "grant rings");
		connector->req_port = offer_port(front);
		connector->evt_port = offer_port(front);
	}
	memset(pages->pages, 0, 2 * PEER_PAGE);
	sring = (struct xen_displif_sring *)pages->pages;
	XEN_FRONT_RING_INIT(&connector->ring, sring, PEER_PAGE);
	connector->events = (void *)((char *)pages->pages + PEER_PAGE);
	connector->id = 0;

	publish(front, connector, XENDISPL_FIELD_REQ_RING_REF, pages->refs[0]);
	publish(front, connector, XENDISPL_FIELD_REQ_CHANNEL, connector->req_port);
	publish(front, connector, XENDISPL_FIELD_EVT_RING_REF, pages->refs[1]);
	publish(front, connector, XENDISPL_FIELD_EVT_CHANNEL, connector->evt_port);
}

/**
 * front_begin - be where connecting begins, wherever it was before
 * @front: who
 *
 * Return: whether the backend waits.
 */
bool front_begin(struct front *front)
{
	front_state(front, XenbusStateInitialising);
	return front_await(front, FRONT_STATE(InitWait));
}

/**
 * front_offer - have rings and channels, and publish them
 * @front: who
 * @version: of the protocol; 0 to say nothing of it
 *
 * Those that are there already are begun anew.
 */
void front_offer(struct front *front, unsigned int version)
{
	unsigned int i;

	for (i = 0; i < front->count; i++)
		offer_connector(front, &front->connectors[i]);
	front->offered = true;
	if (version)
		front_write(front, XENDISPL_FIELD_FE_VERSION, "%u", version);
	else
		front_remove(front, XENDISPL_FIELD_FE_VERSION);
}

/**
 * front_connect - connect with the backend, wherever both are
 * @front: who
 * @version: as for front_offer()
 *
 * Return: whether it is connected.
 */
bool front_connect(struct front *front, unsigned int version)
{
	if (!front_begin(front))
		return false;
	front_offer(front, version);
	front_state(front, XenbusStateInitialised);
	if (!front_await(front, FRONT_STATE(Connected)))
		return false;
	front_state(front, XenbusStateConnected);
	return true;
}

/**
 * front_disconnect - be gone, as far as the backend sees
 * @front: who; may be connected or not
 *
 * Return: whether the backend has let go of all rings by the time it said so.
 */
bool front_disconnect(struct front *front)
{
	bool back = true;
	unsigned int i;

	front_state(front, XenbusStateClosing);
	front_state(front, XenbusStateClosed);
	back &= front_await(front, ~FRONT_STATE(Connected));
	if (!front->offered)
		return back;
	for (i = 0; i < front->count; i++) {
		struct front_connector *connector = &front->connectors[i];

		xenevtchn_unbind(front->evtchn, connector->req_port);
		xenevtchn_unbind(front->evtchn, connector->evt_port);
		back &= granted_back(&connector->pages, front->domid);
	}
	front->offered = false;
	return back;
}

/* ---- Requests and events */

/**
 * front_slot - where the next request goes
 * @connector: by which it goes
 *
 * Return: it, zeros but for an id.
 */
struct xendispl_req *front_slot(struct front_connector *connector)
{
	struct xen_displif_front_ring *ring = &connector->ring;
	struct xendispl_req *req = RING_GET_REQUEST(ring, ring->req_prod_pvt);

	ring->req_prod_pvt++;
	memset(req, 0, sizeof(*req));
	req->id = connector->id++;
	return req;
}

/**
 * front_push - let the backend see the requests that there are
 * @front: who
 * @connector: by which they go
 */
void front_push(struct front *front, struct front_connector *connector)
{
	int notify;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&connector->ring, notify);
	if (notify)
		front_notify(front, connector->req_port);
}

/**
 * front_notify - wake the backend
 * @front: who
 * @port: by which channel
 */
void front_notify(struct front *front, int port)
{
	xenevtchn_notify(front->evtchn, port);
}

/**
 * front_response - take a response, wait for it if there is none yet
 * @front: who
 * @connector: by which it comes
 * @seconds: how long to wait
 * @resp: filled in
 *
 * Return: whether there was one.
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
		if (!doze(front, end))
			return false;
	}
	xen_rmb();
	RING_COPY_RESPONSE(ring, ring->rsp_cons, resp);
	ring->rsp_cons++;
	return true;
}

/**
 * front_ask - send a request and wait for its response
 * @front: who
 * @connector: by which it goes
 * @req: the request; its id will be another
 * @resp: filled in, or NULL
 *
 * Return: the error number of the response, positive, 0 if it has none, or
 * FRONT_SILENT, FRONT_STRANGE.
 */
int front_ask(struct front *front, struct front_connector *connector,
	      const struct xendispl_req *req, struct xendispl_resp *resp)
{
	struct xendispl_req *slot = front_slot(connector);
	struct xendispl_resp here;
	uint16_t id = slot->id;

	*slot = *req;
	slot->id = id;
	front_push(front, connector);
	resp = resp ?: &here;
	if (!front_response(front, connector, FRONT_PATIENCE, resp))
		return FRONT_SILENT;
	if (resp->id != id || resp->operation != req->operation ||
	    resp->status > 0)
		return FRONT_STRANGE;
	return -resp->status;
}

/**
 * front_event - take an event, wait for it if there is none yet
 * @front: who
 * @connector: by which it comes
 * @seconds: how long to wait
 * @event: filled in
 *
 * Return: whether there was one.
 */
bool front_event(struct front *front, struct front_connector *connector,
		 unsigned int seconds, struct xendispl_evt *event)
{
	struct xendispl_event_page *page = connector->events;
	time_t end = now() + seconds;

	while (__atomic_load_n(&page->in_prod, __ATOMIC_ACQUIRE) == page->in_cons)
		if (!doze(front, end))
			return false;
	*event = XENDISPL_IN_RING_REF(page, page->in_cons);
	__atomic_store_n(&page->in_cons, page->in_cons + 1, __ATOMIC_RELEASE);
	return true;
}
