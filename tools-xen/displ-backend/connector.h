/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connector of a guest's display device: a page for requests and their
 * responses, a page for events, a channel for each.  The guest can write to
 * both pages at any time.
 */

#ifndef DISPL_BACKEND_CONNECTOR_H
#define DISPL_BACKEND_CONNECTOR_H

#include <stdint.h>

#include "head.h"
#include "protocol.h"
#include "xen.h"

struct device;

/**
 * struct connector - one of them
 * @device: that it is of
 * @index: which
 * @width: its resolution in pixels
 * @height: likewise
 * @ring: of requests
 * @requests: the channel for them
 * @page: of events
 * @events: the channel for them
 * @produced: events so far
 * @head: where its pictures are seen
 * @showing: what the last flip was to, a cookie of the guest's
 */
struct connector {
	struct device *device;
	unsigned int index;
	uint32_t width;
	uint32_t height;
	struct xen_displif_back_ring ring;
	struct channel requests;
	struct xendispl_event_page *page;
	struct channel events;
	uint32_t produced;
	struct head head;
	uint64_t showing;
};

int connector_open(struct connector *connector, struct device *device,
		   unsigned int index);
void connector_close(struct connector *connector);
void connector_respond(struct connector *connector, const struct xendispl_req *req,
		       int status, uint32_t edid_size);

#endif /* DISPL_BACKEND_CONNECTOR_H */
