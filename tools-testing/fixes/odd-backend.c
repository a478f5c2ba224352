// SPDX-License-Identifier: GPL-2.0-only
/*
 * odd-backend GUEST FAULT: in domain 0, connect as the backend of the first display of a
 * guest, given by its domain ID, and answer its requests until a signal.  It writes the
 * backend's state 4; `frontend' starts it when the guest's state is 3.  For
 * patches/linux-fixes-drm.  FAULT is what it does that a backend should not do:
 *   early      send events while the guest connects
 *   overrun    set the index of the next event back with each request
 *   responses  the same with the index of the next response
 *   status     answer the creation of a framebuffer with a status that is no errno
 *   directory  map the page directory of a buffer and not unmap it
 *   none       nothing of this
 * Output: a line "fault: ..." for a request that a frontend should not send.
 */

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "../../tools-xen/displ-backend/protocol.h"

/* Below the last value that Linux regards as an errno in a pointer */
#define NO_ERRNO	(-4096)

static unsigned int guest;
static const char *fault;
static struct xs_handle *xs;
static xengnttab_handle *gnttab;
static xenevtchn_handle *evtchn;
static struct xen_displif_back_ring ring;
static volatile struct xendispl_event_page *events;
static int req_port, evt_port;

static bool is_fault(const char *name)
{
	return !strcmp(fault, name);
}

/* read_number - read a node of the connector in the guest's folder */
static uint32_t read_number(const char *node)
{
	char path[128];
	unsigned int len;
	char *text;
	uint32_t number;

	snprintf(path, sizeof(path), "/local/domain/%u/device/vdispl/0/0/%s", guest, node);
	text = xs_read(xs, XBT_NULL, path, &len);
	if (!text)
		err(1, "%s", path);
	number = strtoul(text, NULL, 10);
	free(text);
	return number;
}

static void *map(uint32_t ref)
{
	void *page = xengnttab_map_grant_ref(gnttab, guest, ref, PROT_READ | PROT_WRITE);

	if (!page)
		err(1, "map reference %u", ref);
	return page;
}

static int bind_port(const char *node)
{
	int port = xenevtchn_bind_interdomain(evtchn, guest, read_number(node));

	if (port < 0)
		err(1, "%s", node);
	return port;
}

static void set_state(const char *state)
{
	char path[128];

	snprintf(path, sizeof(path), "/local/domain/0/backend/vdispl/%u/0/state", guest);
	if (!xs_write(xs, XBT_NULL, path, state, strlen(state)))
		err(1, "%s", path);
}

/* send_events - send events for 5 s as fast as the guest takes them, if there is space */
static void *send_events(void *arg)
{
	time_t end = time(NULL) + 5;

	while (time(NULL) < end) {
		uint32_t next = events->in_prod;

		if (next - events->in_cons < XENDISPL_IN_RING_LEN) {
			struct xendispl_evt event = {
				.id = next,
				.type = XENDISPL_EVT_PG_FLIP,
			};

			XENDISPL_IN_RING_REF((struct xendispl_event_page *)events, next) = event;
			xen_wmb();
			events->in_prod = next + 1;
		}
		xenevtchn_notify(evtchn, evt_port);
	}
	return NULL;
}

/* check - the status for a buffer; print what is wrong with the request */
static int check(const struct xendispl_dbuf_create_req *request)
{
	/* Only an imported buffer has no size */
	if (request->width || !(request->flags & XENDISPL_DBUF_FLG_REQ_ALLOC))
		return 0;
	printf("fault: the guest wants an imported buffer to be allocated\n");
	return -EINVAL;
}

/* status - the status for a request */
static int status(const struct xendispl_req *request)
{
	if (is_fault("status") && request->operation == XENDISPL_OP_FB_ATTACH)
		return NO_ERRNO;
	if (request->operation != XENDISPL_OP_DBUF_CREATE)
		return 0;
	if (is_fault("directory"))
		map(request->op.dbuf_create.gref_directory);
	return check(&request->op.dbuf_create);
}

static void answer(void)
{
	const struct xendispl_req *request = RING_GET_REQUEST(&ring, ring.req_cons);
	struct xendispl_resp *response = RING_GET_RESPONSE(&ring, ring.rsp_prod_pvt);
	/* The response has the place of the request */
	struct xendispl_resp answer = {
		.id = request->id,
		.operation = request->operation,
		.status = status(request),
	};

	if (is_fault("overrun")) {
		events->in_prod = events->in_cons - 1;
		xenevtchn_notify(evtchn, evt_port);
	}
	ring.req_cons++;
	*response = answer;
	ring.rsp_prod_pvt++;
	xen_wmb();
	ring.sring->rsp_prod = is_fault("responses") ? ring.rsp_prod_pvt - 2 : ring.rsp_prod_pvt;
	xenevtchn_notify(evtchn, req_port);
}

static void serve(void)
{
	int more;

	for (;;) {
		int port = xenevtchn_pending(evtchn);

		if (port < 0 || xenevtchn_unmask(evtchn, port))
			err(1, "event");
		do {
			while (ring.req_cons != ring.sring->req_prod) {
				xen_rmb();
				answer();
			}
			RING_FINAL_CHECK_FOR_REQUESTS(&ring, more);
		} while (more);
	}
}

int main(int argc, char **argv)
{
	struct xen_displif_sring *sring;
	pthread_t thread;

	if (argc != 3)
		errx(2, "usage: odd-backend GUEST FAULT");
	setlinebuf(stdout);
	guest = strtoul(argv[1], NULL, 10);
	fault = argv[2];
	xs = xs_open(0);
	gnttab = xengnttab_open(NULL, 0);
	evtchn = xenevtchn_open(NULL, 0);
	if (!xs || !gnttab || !evtchn)
		err(1, "Xen");

	sring = map(read_number(XENDISPL_FIELD_REQ_RING_REF));
	BACK_RING_INIT(&ring, sring, XEN_PAGE_SIZE);
	events = map(read_number(XENDISPL_FIELD_EVT_RING_REF));
	req_port = bind_port(XENDISPL_FIELD_REQ_CHANNEL);
	evt_port = bind_port(XENDISPL_FIELD_EVT_CHANNEL);

	if (is_fault("early") && pthread_create(&thread, NULL, send_events, NULL))
		errx(1, "no thread");
	set_state("4");
	serve();
}
