/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connector of a guest's display device: a page with the ring of requests and
 * responses, a page for events, and an event channel for each page.  The guest
 * can write to both pages at any time.
 */

#ifndef DISPL_BACKEND_CONNECTOR_H
#define DISPL_BACKEND_CONNECTOR_H

#include <stdint.h>

#include "buffer.h"
#include "protocol.h"
#include "stats.h"
#include "view.h"
#include "xen.h"

struct connector;

/**
 * struct connector_ops - callbacks of the user of a connector
 * @delay: called before @request: delay the work item and return true if the request
 *	must wait, and with it the others of the connector
 * @request: called for each request.  @req is a private copy.  The callback
 *	calls connector_respond(), now or later.
 * @violation: called when the guest violates the protocol; the callback closes
 *	the connector.  @reason is for the log.
 */
struct connector_ops {
	bool (*delay)(const struct connector *connector,
		      const struct xendispl_req *req, struct work *work);
	void (*request)(struct connector *connector,
			const struct xendispl_req *req);
	void (*violation)(struct connector *connector, const char *reason);
};

/**
 * struct job - a request that is being executed in several turns, see show.c
 * @work: next step
 * @req: the request
 * @fb: framebuffer to show; NULL if no request is being executed
 * @scanout: part of the framebuffer
 * @line: lines of the part that have been copied
 * @reserved: whether the change of the mode is counted
 * @shown: whether the response is that of the view
 */
struct job {
	struct work work;
	struct xendispl_req req;
	struct fb *fb;
	struct scanout scanout;
	uint32_t line;
	bool reserved;
	bool shown;
};

/**
 * struct connector - a connector of a display device
 * @ops: callbacks of the user of the connector
 * @stats: counters of the device, and the limit of lines
 * @buffers: buffers of the device
 * @version: version of the protocol that the guest has chosen
 * @index: number of the connector; the first is 0
 * @name: name of the guest and of the connector
 * @screen: screen of the connector
 * @width: width in pixels
 * @height: height in pixels
 * @ring: ring of requests and responses
 * @request_channel: event channel for @ring
 * @event_page: page for events
 * @event_channel: event channel for @event_page
 * @produced: number of events written to @event_page
 * @view: what the guest shows
 * @fb_cookie: cookie of the framebuffer of the last page flip
 * @job: request that is being executed; the next one waits for its end
 * @reading: whether the ring is being read, and will be to its end
 *
 * The user of the connector sets all members up to @height.
 */
struct connector {
	const struct connector_ops *ops;
	struct stats *stats;
	struct buffer_table *buffers;
	uint32_t version;
	unsigned int index;
	char name[160];
	struct screen *screen;
	uint32_t width;
	uint32_t height;
	struct xen_displif_back_ring ring;
	struct channel request_channel;
	struct xendispl_event_page *event_page;
	struct channel event_channel;
	uint32_t produced;
	struct view view;
	uint64_t fb_cookie;
	struct job job;
	bool reading;
};

int connector_open(struct connector *connector, const char *frontend);
void connector_close(struct connector *connector);
void connector_finish(struct connector *connector, int status);
void connector_hide_fb(struct connector *connector, uint32_t fb);
void connector_respond(struct connector *connector,
		       const struct xendispl_req *req, int status,
		       uint32_t edid_size);

#endif /* DISPL_BACKEND_CONNECTOR_H */
