// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "connector.h"
#include "device.h"
#include "request.h"
#include "store.h"

/**
 * connector_respond - answer a request
 * @connector: that it came by
 * @req: the request
 * @status: 0 or an error number, negative.  Those of Linux are those of Xen.
 * @edid_size: for GET_EDID, in bytes
 */
void connector_respond(struct connector *connector, const struct xendispl_req *req,
		       int status, uint32_t edid_size)
{
	struct xendispl_resp resp = {
		.id = req->id,
		.operation = req->operation,
		.status = status,
		.op.get_edid.edid_sz = edid_size,
	};
	int notify;

	*RING_GET_RESPONSE(&connector->ring, connector->ring.rsp_prod_pvt) = resp;
	connector->ring.rsp_prod_pvt++;
	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&connector->ring, notify);
	if (notify)
		channel_notify(&connector->requests);
}

/*
 * Requests have come.  What the producer index counts is served, and what comes
 * while that happens has to wait until others had their turn.
 */
static void requests_event(struct channel *channel)
{
	struct connector *connector =
		container_of(channel, struct connector, requests);
	struct xen_displif_back_ring *ring = &connector->ring;
	struct device *device = connector->device;
	struct xendispl_req req;
	RING_IDX end;
	int more;

	end = __atomic_load_n(&ring->sring->req_prod, __ATOMIC_ACQUIRE);
	if (RING_REQUEST_PROD_OVERFLOW(ring, end) ||
	    end - ring->req_cons > RING_SIZE(ring)) {
		device_violated(device, "a count of requests that cannot be");
		return;
	}
	while (ring->req_cons != end) {
		RING_COPY_REQUEST(ring, ring->req_cons, &req);
		ring->req_cons++;
		request_serve(connector, &req);
	}
	RING_FINAL_CHECK_FOR_REQUESTS(ring, more);
	if (more)
		loop_later(&channel->asked);
}

/* The guest may tell that it took events; we look when there is the next */
static void events_event(struct channel *channel)
{
}

/* A flip is done.  A guest that does not take its events loses some. */
static void flipped(struct head *head)
{
	struct connector *connector = container_of(head, struct connector, head);
	uint32_t taken = __atomic_load_n(&connector->page->in_cons, __ATOMIC_ACQUIRE);
	struct xendispl_evt event = {
		.id = connector->produced,
		.type = XENDISPL_EVT_PG_FLIP,
		.op.pg_flip.fb_cookie = connector->showing,
	};

	if (connector->produced - taken >= XENDISPL_IN_RING_LEN)
		return;
	XENDISPL_IN_RING_REF(connector->page, connector->produced) = event;
	__atomic_store_n(&connector->page->in_prod, ++connector->produced,
			 __ATOMIC_RELEASE);
	channel_notify(&connector->events);
}

/* resolution - "WIDTHxHEIGHT", which the guest can have written, or -ENOENT */
static int resolution(struct connector *connector, const char *folder)
{
	char rest, *text = store_read(folder, XENDISPL_FIELD_RESOLUTION);
	bool good;

	if (!text)
		return -ENOENT;
	good = sscanf(text, "%5u" XENDISPL_RESOLUTION_SEPARATOR "%5u%c",
		      &connector->width, &connector->height, &rest) == 2 &&
	       connector->width && connector->width <= MAX_PIXELS &&
	       connector->height && connector->height <= MAX_PIXELS;
	free(text);
	return good ? 0 : -EINVAL;
}

/**
 * connector_open - connect with what the guest has published
 * @connector: filled in
 * @device: that it is of
 * @index: which
 *
 * Return: 0; -ENOENT if there is no such connector, -EINVAL if what is published
 * is not what it should be, or an error of mapping and binding.
 */
int connector_open(struct connector *connector, struct device *device,
		   unsigned int index)
{
	uint32_t requests, request_port, events, event_port;
	struct xen_displif_sring *sring;
	char folder[256];
	int ret;

	*connector = (struct connector) { .device = device, .index = index };
	snprintf(folder, sizeof(folder), "%s/%u", device->frontend, index);
	ret = resolution(connector, folder);
	if (ret)
		return ret;
	if (!store_number(folder, XENDISPL_FIELD_REQ_RING_REF, &requests) ||
	    !store_number(folder, XENDISPL_FIELD_REQ_CHANNEL, &request_port) ||
	    !store_number(folder, XENDISPL_FIELD_EVT_RING_REF, &events) ||
	    !store_number(folder, XENDISPL_FIELD_EVT_CHANNEL, &event_port))
		return -EINVAL;

	head_open(&connector->head, device->card, flipped);
	sring = page_map(device->domid, requests);
	if (!sring) {
		ret = -errno;
		goto no_requests;
	}
	BACK_RING_INIT(&connector->ring, sring, XEN_PAGE_SIZE);
	connector->page = page_map(device->domid, events);
	if (!connector->page) {
		ret = -errno;
		goto no_events;
	}
	ret = channel_bind(&connector->events, device->domid, event_port, events_event);
	if (ret)
		goto no_event_channel;
	ret = channel_bind(&connector->requests, device->domid, request_port,
			   requests_event);
	if (ret)
		goto no_request_channel;
	return 0;

no_request_channel:
	channel_unbind(&connector->events);
no_event_channel:
	page_unmap(connector->page);
no_events:
	page_unmap(sring);
no_requests:
	head_close(&connector->head);
	return ret;
}

/**
 * connector_close - disconnect, and show nothing any more
 * @connector: that connector_open() has opened
 */
void connector_close(struct connector *connector)
{
	head_close(&connector->head);
	channel_unbind(&connector->requests);
	channel_unbind(&connector->events);
	page_unmap(connector->page);
	page_unmap(connector->ring.sring);
}
