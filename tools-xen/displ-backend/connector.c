// SPDX-License-Identifier: GPL-2.0-only
/*
 * Communication with a guest by a connector: requests, responses and events.
 * session.c opens and closes connectors.  This file does not know what requests
 * mean: it passes them to the callback of the connector (request.c).
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connector.h"
#include "store.h"

static const char *request_name(uint8_t operation)
{
	switch (operation) {
	case XENDISPL_OP_DBUF_CREATE:
		return "DBUF_CREATE";
	case XENDISPL_OP_DBUF_DESTROY:
		return "DBUF_DESTROY";
	case XENDISPL_OP_FB_ATTACH:
		return "FB_ATTACH";
	case XENDISPL_OP_FB_DETACH:
		return "FB_DETACH";
	case XENDISPL_OP_SET_CONFIG:
		return "SET_CONFIG";
	case XENDISPL_OP_PG_FLIP:
		return "PG_FLIP";
	case XENDISPL_OP_GET_EDID:
		return "GET_EDID";
	default:
		return "unknown request";
	}
}

/**
 * connector_respond - respond to a request
 * @connector: connector that received the request
 * @req: the request
 * @status: 0 or a negative error number; Xen's numbers are those of Linux
 * @edid_size: size of the EDID in bytes, for GET_EDID
 *
 * Logs an error with the reason of refuse().
 */
void connector_respond(struct connector *connector,
		       const struct xendispl_req *req, int status,
		       uint32_t edid_size)
{
	struct xen_displif_back_ring *ring = &connector->ring;
	const char *reason = refusal(status);
	struct xendispl_resp resp;
	int notify;

	/* An initialiser would not define all bytes of the union */
	memset(&resp, 0, sizeof(resp));
	resp.id = req->id;
	resp.operation = req->operation;
	resp.status = status;
	resp.op.get_edid.edid_sz = edid_size;
	connector->stats->requests++;
	if (status) {
		connector->stats->refused++;
		log_limited(&connector->stats->limit, LOG_WARNING,
			    "%s: %s refused: %s", connector->name,
			    request_name(req->operation), reason);
	}
	*RING_GET_RESPONSE(ring, ring->rsp_prod_pvt) = resp;
	ring->rsp_prod_pvt++;
	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(ring, notify);
	if (notify)
		channel_notify(&connector->request_channel);
}

/**
 * connector_finish - respond to the request of the job, and continue with the ring
 * @connector: connector with a job
 * @status: 0 or a negative error number
 */
void connector_finish(struct connector *connector, int status)
{
	struct job *job = &connector->job;

	loop_cancel_work(&job->work);
	job->fb = NULL;
	job->shown = false;
	connector_respond(connector, &job->req, status, 0);
	if (!connector->reading)
		loop_queue_work(&connector->request_channel.work);
}

/* Handle one request; the next one is queued behind the work of other guests */
static void handle_request(struct channel *channel)
{
	struct connector *connector =
		container_of(channel, struct connector, request_channel);
	struct xen_displif_back_ring *ring = &connector->ring;
	struct xendispl_req req;
	RING_IDX end;
	int more;

	end = __atomic_load_n(&ring->sring->req_prod, __ATOMIC_ACQUIRE);
	if (RING_REQUEST_PROD_OVERFLOW(ring, end) ||
	    end - ring->req_cons > RING_SIZE(ring)) {
		connector->ops->violation(connector,
					  "invalid producer index of requests");
		return;
	}
	/* connector_finish() queues this work */
	if (connector->job.fb)
		return;
	if (ring->req_cons != end) {
		RING_COPY_REQUEST(ring, ring->req_cons, &req);
		if (connector->ops->delay(connector, &req, &channel->work))
			return;
		ring->req_cons++;
		connector->reading = true;
		connector->ops->request(connector, &req);
		connector->reading = false;
		if (connector->job.fb)
			return;
	}
	RING_FINAL_CHECK_FOR_REQUESTS(ring, more);
	if (more)
		loop_queue_work(&channel->work);
}

/*
 * The guest may notify when it has read events.  The backend reads the consumer
 * index when it writes the next event.
 */
static void ignore_event(struct channel *channel)
{
}

/* Send the event of a page flip; drop it if the event page is full */
static void send_flip_event(struct connector *connector)
{
	struct xendispl_event_page *page = connector->event_page;
	uint32_t consumed = __atomic_load_n(&page->in_cons, __ATOMIC_ACQUIRE);
	struct xendispl_evt event;

	if (connector->produced - consumed >= XENDISPL_IN_RING_LEN)
		return;
	/* As in connector_respond() */
	memset(&event, 0, sizeof(event));
	event.id = connector->produced;
	event.type = XENDISPL_EVT_PG_FLIP;
	event.op.pg_flip.fb_cookie = connector->fb_cookie;
	XENDISPL_IN_RING_REF(page, connector->produced) = event;
	__atomic_store_n(&page->in_prod, ++connector->produced,
			 __ATOMIC_RELEASE);
	channel_notify(&connector->event_channel);
}

/* The screen shows what the guest asked for, or the guest's view is off */
static void view_done(struct view *view, int error)
{
	struct connector *connector =
		container_of(view, struct connector, view);
	struct job *job = &connector->job;

	if (job->shown) {
		connector_finish(connector, refuse_step(error, "the card"));
		return;
	}
	send_flip_event(connector);
	if (job->fb)
		loop_queue_work(&job->work);
}

/* open_error - set the reason of an error of connector_open(); return @error */
static int open_error(const struct connector *connector, int error,
		      const char *what)
{
	return refuse_step(error, "%s of connector %u", what, connector->index);
}

/**
 * connector_open - map the pages and bind the channels that the guest offers
 * @connector: the connector, with the members up to @height set; the function
 *	fills in the others
 * @frontend: path of the frontend in xenstore
 *
 * Return: 0; -EINVAL if a node in xenstore is missing or invalid; or a negative
 * error number of mapping a page or binding a channel.
 */
int connector_open(struct connector *connector, const char *frontend)
{
	uint32_t requests, request_port, events, event_port;
	struct domain *domain = connector->buffers->domain;
	struct xen_displif_sring *sring;
	char folder[256];
	int ret;

	snprintf(folder, sizeof(folder), "%s/%u", frontend, connector->index);
	if (!store_read_number(folder, XENDISPL_FIELD_REQ_RING_REF,
			       &requests) ||
	    !store_read_number(folder, XENDISPL_FIELD_REQ_CHANNEL,
			       &request_port) ||
	    !store_read_number(folder, XENDISPL_FIELD_EVT_RING_REF, &events) ||
	    !store_read_number(folder, XENDISPL_FIELD_EVT_CHANNEL, &event_port))
		return open_error(connector, -EINVAL, "nodes in xenstore");

	budget_add_screen(domain->budget, connector->width, connector->height);
	view_open(&connector->view, connector->screen, domain->domid,
		  connector->name, &connector->stats->limit, view_done);
	sring = page_map(domain, requests);
	if (!sring) {
		ret = open_error(connector, -errno, "ring of requests");
		goto no_requests;
	}
	BACK_RING_INIT(&connector->ring, sring, XEN_PAGE_SIZE);
	connector->event_page = page_map(domain, events);
	if (!connector->event_page) {
		ret = open_error(connector, -errno, "page of events");
		goto no_events;
	}
	ret = open_error(connector, channel_bind(&connector->event_channel,
						 domain, event_port,
						 ignore_event),
			 "channel of events");
	if (ret)
		goto no_event_channel;
	ret = open_error(connector, channel_bind(&connector->request_channel,
						 domain, request_port,
						 handle_request),
			 "channel of requests");
	if (ret)
		goto no_request_channel;
	return 0;

no_request_channel:
	channel_unbind(&connector->event_channel);
no_event_channel:
	page_unmap(domain, connector->event_page);
no_events:
	page_unmap(domain, sring);
no_requests:
	view_close(&connector->view);
	budget_remove_screen(domain->budget, connector->width,
			     connector->height);
	return ret;
}

/**
 * connector_close - turn the view off, unbind the channels and unmap the pages
 * @connector: connector of connector_open()
 */
void connector_close(struct connector *connector)
{
	struct domain *domain = connector->buffers->domain;

	view_close(&connector->view);
	loop_cancel_work(&connector->job.work);
	channel_unbind(&connector->request_channel);
	channel_unbind(&connector->event_channel);
	page_unmap(domain, connector->event_page);
	page_unmap(domain, connector->ring.sring);
	budget_remove_screen(domain->budget, connector->width,
			     connector->height);
}

/**
 * connector_hide_fb - turn the view off if it shows a framebuffer or is about to
 * @connector: an open connector
 * @fb: id of the framebuffer on the card
 */
void connector_hide_fb(struct connector *connector, uint32_t fb)
{
	struct job *job = &connector->job;

	if (connector->view.scanout.fb == fb)
		view_off(&connector->view);
	/* The view has finished the job if the screen was to show it */
	if (job->fb && job->fb->xfer.id == fb)
		connector_finish(connector,
				 refuse(-ENOENT, "the framebuffer was removed"));
}
