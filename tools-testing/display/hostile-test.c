// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of a display backend with a frontend that breaks the protocol in rings and
 * pages: the backend continues or ends the connection, and accepts the next one.
 * Runs in a guest with a display device, see front-fixture.h.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "front-fixture.h"

/*
 * can_reconnect - whether the backend ends the connection and accepts a new one
 */
static bool can_reconnect(FIXTURE_DATA(front) * self)
{
	return front_wait_backend(&self->front, ~FRONT_STATE(Connected)) &&
	       front_disconnect(&self->front) && front_connect(&self->front, 2) &&
	       can_show(self);
}

/* ---- Rings */

TEST_F_TIMEOUT(front, an_impossible_number_of_requests_disconnects, LIMIT)
{
	uint32_t by[] = { 33, 1000, 0x80000000, -1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(by); i++) {
		ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
		self->first->ring.sring->req_prod += by[i];
		front_notify(&self->front, self->first->req_port);
		EXPECT_TRUE(can_reconnect(self))
			TH_LOG("by %u", by[i]);
	}
}

TEST_F_TIMEOUT(front, the_backend_does_not_trust_its_own_ring_fields, LIMIT)
{
	struct xen_displif_sring *sring = self->first->ring.sring;
	unsigned int i, patience = FRONT_TIMEOUT * 1000;

	for (i = 0; i < 100; i++) {
		/*
		 * The backend's index of responses, and its threshold for
		 * events
		 */
		sring->rsp_prod = i % 2 ? sring->rsp_prod : i * 0x01000193;
		sring->req_event = i * 0x811c9dc5;
		*front_get_request(self->first) = flip(FB);
		front_push_requests(&self->front, self->first);
		front_notify(&self->front, self->first->req_port);
		while (__atomic_load_n(&sring->rsp_prod, __ATOMIC_ACQUIRE) != i + 1) {
			usleep(1000);
			ASSERT_NE(0, patience--);
		}
	}
	ASSERT_TRUE(front_disconnect(&self->front));
	ASSERT_TRUE(front_connect(&self->front, 2));
	EXPECT_TRUE(can_show(self));
}

TEST_F_TIMEOUT(front, wrong_event_indices_lose_only_events, LIMIT)
{
	uint32_t lies[] = { 1, 62, 63, 64, 0x7fffffff, 0x80000000, -1 };
	unsigned int i, n;

	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	for (i = 0; i < ARRAY_SIZE(lies); i++)
		for (n = 0; n < 3; n++) {
			struct xendispl_event_page *page = self->first->events;
			int error;

			page->in_cons = lies[i] + n;
			page->in_prod = ~lies[i];
			do
				error = request(self, flip(FB));
			while (error == EBUSY);
			EXPECT_EQ(0, error);
		}
	ASSERT_TRUE(front_disconnect(&self->front));
	ASSERT_TRUE(front_connect(&self->front, 2));
	EXPECT_TRUE(can_show(self));
}

TEST_F_TIMEOUT(front, a_frontend_that_reads_no_events_is_served, LIMIT)
{
	struct xendispl_evt event;
	unsigned int n;
	int error;

	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	for (n = 0; n < 2 * XENDISPL_IN_RING_LEN; n++) {
		do
			error = request(self, flip(FB));
		while (error == EBUSY);
		ASSERT_EQ(0, error);
	}
	/* The page has the first events */
	for (n = 0; n < XENDISPL_IN_RING_LEN; n++) {
		ASSERT_TRUE(front_event(&self->front, self->first,
					FRONT_TIMEOUT, &event));
		EXPECT_EQ(n, event.id);
	}
}

TEST_F_TIMEOUT(front, a_flood_of_notifications_does_not_stop_the_backend, LIMIT)
{
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		front_notify(&self->front, self->first->req_port);
		front_notify(&self->front, self->first->evt_port);
	}
	EXPECT_TRUE(can_show(self));
}

/* struct overwrite - a request that overwrite() changes until @stop is set */
struct overwrite {
	struct xendispl_req *req;
	atomic_bool stop;
};

static void *overwrite(void *argument)
{
	struct overwrite *at = argument;
	struct xendispl_dbuf_create_req *op = &at->req->op.dbuf_create;
	struct xendispl_dbuf_create_req good = *op;
	uint32_t n = 1;

	while (!at->stop) {
		n = n * 1664525 + 1013904223;
		*(volatile uint32_t *)&op->buffer_sz =
			n & 1 << 31 ? good.buffer_sz : n >> 8;
		*(volatile uint64_t *)&op->dbuf_cookie = DBUF + (n >> 16 & 1);
		*(volatile uint32_t *)&op->width = n & 1 << 30 ? good.width : n;
		*(volatile uint32_t *)&op->data_ofs = n & 1 << 29 ? 0 : n;
	}
	return NULL;
}

TEST_F_TIMEOUT(front, a_flood_of_refused_requests_is_answered, LIMIT)
{
	unsigned int i;

	for (i = 0; i < 200; i++)
		ASSERT_EQ(ENOENT, request(self, flip(FB)));
	EXPECT_TRUE(can_show(self));
}

/* Each request takes long: the backend maps 1100 pages, and finds no grant of the last one */
TEST_F_TIMEOUT(front, a_connector_is_served_beside_the_flood_of_another, LIMIT)
{
	struct front_connector *second = &self->front.connectors[1];
	unsigned int i, done, pages = 1100, size = RING_SIZE(&self->first->ring);
	struct xendispl_req *slot, unknown = flip(FB), slow;
	struct xendispl_resp resp;

	if (self->front.count < 2)
		SKIP(return, "the device has one connector");
	if (self->front.be_alloc)
		SKIP(return, "be-alloc is set: the guest grants no buffer");
	ASSERT_TRUE(front_buffer_exit(&self->other, self->front.domid));
	ASSERT_TRUE(front_buffer_init(&self->other, self->front.domid, pages * PEER_PAGE));
	/* In the second page of the directory; each has 1023 references after one word */
	self->other.granted.pages[(pages + 1) * (PEER_PAGE / 4) + pages - 1023] = NO_REF;
	slow = create(&self->front, DBUF, &self->other);
	slow.op.dbuf_create.buffer_sz = pages * PEER_PAGE;
	for (i = 0; i < size; i++) {
		slot = front_get_request(self->first);
		slow.id = slot->id;
		*slot = slow;
	}
	front_push_requests(&self->front, self->first);
	EXPECT_EQ(ENOENT, front_request(&self->front, second, &unknown, NULL));
	done = __atomic_load_n(&self->first->ring.sring->rsp_prod, __ATOMIC_ACQUIRE);
	EXPECT_GT(size, done);
	for (i = 0; i < size; i++) {
		ASSERT_TRUE(front_response(&self->front, self->first,
					   FRONT_TIMEOUT, &resp));
		EXPECT_TRUE(resp.status == -EINVAL || resp.status == -EACCES)
			TH_LOG("status %d", resp.status);
	}
	EXPECT_TRUE(can_show(self));
}

/* A backend that copies frames finds a page without a grant when it shows the frame */
TEST_F_TIMEOUT(front, changes_that_fail_are_limited_like_others, LIMIT)
{
	unsigned int i, failed = 0, size = RING_SIZE(&self->first->ring);
	struct xendispl_req *slot;
	struct xendispl_resp resp;

	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	self->other.granted.pages[self->other.count * (PEER_PAGE / 4) +
				  self->other.count] = NO_REF;
	if (request(self, create(&self->front, DBUF + 1, &self->other)))
		SKIP(return, "the backend does not copy frames");
	ASSERT_EQ(0, request(self, attach(self->first, DBUF + 1, FB + 1)));
	for (i = 0; i < size; i++) {
		slot = front_get_request(self->first);
		slot->operation = XENDISPL_OP_PG_FLIP;
		slot->op.pg_flip.fb_cookie = FB + 1;
	}
	front_push_requests(&self->front, self->first);
	for (i = 0; i < size; i++) {
		ASSERT_TRUE(front_response(&self->front, self->first,
					   FRONT_TIMEOUT, &resp));
		EXPECT_TRUE(resp.status == -EACCES || resp.status == -EBUSY)
			TH_LOG("status %d", resp.status);
		failed += resp.status == -EACCES;
	}
	EXPECT_LT(0, failed);
	EXPECT_GT(size / 2, failed);
	EXPECT_EQ(0, request(self, destroy(DBUF + 1)));
	EXPECT_EQ(0, request(self, config(self->first, FB)));
}

TEST_F_TIMEOUT(front, requests_that_change_while_they_are_read_do_no_harm, LIMIT)
{
	unsigned int i, done = 0;
	pthread_t thread;

	for (i = 0; i < rounds(200); i++) {
		struct overwrite at = { .req = front_get_request(self->first) };
		struct xendispl_req req = create(&self->front, DBUF, &self->buffer);
		struct xendispl_resp resp;

		req.id = at.req->id;
		*at.req = req;
		ASSERT_EQ(0, pthread_create(&thread, NULL, overwrite, &at));
		front_push_requests(&self->front, self->first);
		EXPECT_TRUE(front_response(&self->front, self->first,
					   FRONT_TIMEOUT, &resp));
		at.stop = true;
		pthread_join(thread, NULL);
		done += !resp.status;
		request(self, destroy(DBUF));
		request(self, destroy(DBUF + 1));
	}
	/* Some succeed and some fail */
	EXPECT_LT(0, done);
	EXPECT_GT(i, done);
	EXPECT_TRUE(can_show(self));
}

/* ---- Pages */

/*
 * Xen counts up to 127 mappings of a page.  A program that shows the buffer may need a second
 * one of each page, as a Wayland compositor in a PV domain, which then refuses the buffer.
 */
TEST_F_TIMEOUT(front, a_page_that_is_listed_too_often_ends_only_the_connection, LIMIT)
{
	uint32_t *refs = self->other.granted.pages + self->other.count * (PEER_PAGE / 4) + 1;
	struct xendispl_req *slot, req = config(self->first, FB);
	unsigned int n;

	if (self->front.be_alloc)
		SKIP(return, "be-alloc is set: the guest grants no buffer");
	ASSERT_LT(100, self->other.count);
	for (n = 1; n < 100; n++)
		refs[n] = refs[0];
	if (!request(self, create(&self->front, DBUF, &self->other)) &&
	    !request(self, attach(self->first, DBUF, FB))) {
		slot = front_get_request(self->first);
		req.id = slot->id;
		*slot = req;
		front_push_requests(&self->front, self->first);
		/* The backend may respond before the compositor has mapped the buffer */
		for (n = 0; n < 100; n++) {
			if (front_backend_state(&self->front) != XenbusStateConnected)
				break;
			usleep(100000);
		}
	}
	EXPECT_TRUE(front_disconnect(&self->front));
	ASSERT_TRUE(front_connect(&self->front, 2));
	EXPECT_TRUE(can_show(self));
}

TEST_HARNESS_MAIN
