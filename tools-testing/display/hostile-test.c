// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a display backend promises whatever a frontend does to rings and states:
 * it serves on or ends that connection, and takes the next one.  Each test is a
 * promise.  Runs in a guest with a display device, see front-fixture.h.
 */

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front-fixture.h"

/* So long a backend has to do what it should not, microseconds */
#define ATTEMPT	300000

/* reconnects - whether the backend has ended the connection, and takes a new one */
static bool reconnects(FIXTURE_DATA(front) * self)
{
	return front_await(&self->front, ~FRONT_STATE(Connected)) &&
	       front_disconnect(&self->front) && front_connect(&self->front, 2) &&
	       serves(self);
}

/* ---- Rings */

TEST_F_TIMEOUT(front, who_counts_requests_that_cannot_be_is_disconnected, LIMIT)
{
	uint32_t by[] = { 33, 1000, 0x80000000, -1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(by); i++) {
		ASSERT_TRUE(shown(self, DBUF, FB, &self->buffer));
		self->first->ring.sring->req_prod += by[i];
		front_notify(&self->front, self->first->req_port);
		EXPECT_TRUE(reconnects(self))
			TH_LOG("by %u", by[i]);
	}
}

TEST_F_TIMEOUT(front, what_the_backend_wrote_to_a_ring_is_not_believed, LIMIT)
{
	struct xen_displif_sring *sring = self->first->ring.sring;
	unsigned int i, patience = FRONT_PATIENCE * 1000;

	for (i = 0; i < 100; i++) {
		/* Its own counts, and for when it wants to be told */
		sring->rsp_prod = i % 2 ? sring->rsp_prod : i * 0x01000193;
		sring->req_event = i * 0x811c9dc5;
		*front_slot(self->first) = flip(FB);
		front_push(&self->front, self->first);
		front_notify(&self->front, self->first->req_port);
		while (__atomic_load_n(&sring->rsp_prod, __ATOMIC_ACQUIRE) != i + 1) {
			usleep(1000);
			ASSERT_NE(0, patience--);
		}
	}
	ASSERT_TRUE(front_disconnect(&self->front));
	ASSERT_TRUE(front_connect(&self->front, 2));
	EXPECT_TRUE(serves(self));
}

TEST_F_TIMEOUT(front, an_event_page_that_lies_loses_events_and_no_more, LIMIT)
{
	uint32_t lies[] = { 1, 62, 63, 64, 0x7fffffff, 0x80000000, -1 };
	unsigned int i, n;

	ASSERT_TRUE(shown(self, DBUF, FB, &self->buffer));
	for (i = 0; i < ARRAY_SIZE(lies); i++)
		for (n = 0; n < 3; n++) {
			struct xendispl_event_page *page = self->first->events;
			int error;

			page->in_cons = lies[i] + n;
			page->in_prod = ~lies[i];
			do
				error = asked(self, flip(FB));
			while (error == EBUSY);
			EXPECT_EQ(0, error);
		}
	ASSERT_TRUE(front_disconnect(&self->front));
	ASSERT_TRUE(front_connect(&self->front, 2));
	EXPECT_TRUE(serves(self));
}

TEST_F_TIMEOUT(front, who_takes_no_events_is_served_all_the_same, LIMIT)
{
	struct xendispl_evt event;
	unsigned int n;
	int error;

	ASSERT_TRUE(shown(self, DBUF, FB, &self->buffer));
	for (n = 0; n < 2 * XENDISPL_IN_RING_LEN; n++) {
		do
			error = asked(self, flip(FB));
		while (error == EBUSY);
		ASSERT_EQ(0, error);
	}
	/* What is there is what came first */
	for (n = 0; n < XENDISPL_IN_RING_LEN; n++) {
		ASSERT_TRUE(front_event(&self->front, self->first,
					FRONT_PATIENCE, &event));
		EXPECT_EQ(n, event.id);
	}
}

TEST_F_TIMEOUT(front, events_without_end_are_no_reason_not_to_serve, LIMIT)
{
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		front_notify(&self->front, self->first->req_port);
		front_notify(&self->front, self->first->evt_port);
	}
	EXPECT_TRUE(serves(self));
}

/* scribble - write to a request all the while, until told to stop */
struct scribble {
	struct xendispl_req *req;
	atomic_bool stop;
};

static void *scribble(void *argument)
{
	struct scribble *scribble = argument;
	struct xendispl_dbuf_create_req *op = &scribble->req->op.dbuf_create;
	struct xendispl_dbuf_create_req good = *op;
	uint32_t n = 1;

	while (!scribble->stop) {
		n = n * 1664525 + 1013904223;
		*(volatile uint32_t *)&op->buffer_sz =
			n & 1 << 31 ? good.buffer_sz : n >> 8;
		*(volatile uint64_t *)&op->dbuf_cookie = DBUF + (n >> 16 & 1);
		*(volatile uint32_t *)&op->width = n & 1 << 30 ? good.width : n;
		*(volatile uint32_t *)&op->data_ofs = n & 1 << 29 ? 0 : n;
	}
	return NULL;
}

TEST_F_TIMEOUT(front, requests_that_change_while_they_are_read_do_no_harm, LIMIT)
{
	unsigned int i, done = 0;
	pthread_t thread;

	for (i = 0; i < rounds(200); i++) {
		struct scribble at = { .req = front_slot(self->first) };
		struct xendispl_req req = create(self, DBUF, &self->buffer);
		struct xendispl_resp resp;

		req.id = at.req->id;
		*at.req = req;
		ASSERT_EQ(0, pthread_create(&thread, NULL, scribble, &at));
		front_push(&self->front, self->first);
		EXPECT_TRUE(front_response(&self->front, self->first,
					   FRONT_PATIENCE, &resp));
		at.stop = true;
		pthread_join(thread, NULL);
		done += !resp.status;
		asked(self, destroy(DBUF));
		asked(self, destroy(DBUF + 1));
	}
	/* Some of each kind */
	EXPECT_LT(0, done);
	EXPECT_GT(i, done);
	EXPECT_TRUE(serves(self));
}

/* ---- Xenstore */

/* attempted - whether the backend connects with what is published, soon */
static bool attempted(FIXTURE_DATA(front) * self)
{
	front_state(&self->front, XenbusStateClosed);
	/* It may be late, and connected with what was there before */
	front_await(&self->front, ~FRONT_STATE(Connected));
	front_state(&self->front, XenbusStateInitialising);
	front_state(&self->front, XenbusStateInitialised);
	usleep(ATTEMPT);
	return front_backend_state(&self->front) == XenbusStateConnected;
}

TEST_F_TIMEOUT(front, who_publishes_nonsense_can_still_put_it_right, LIMIT)
{
	static const char *const nodes[] = {
		"0/" XENDISPL_FIELD_REQ_RING_REF, "0/" XENDISPL_FIELD_REQ_CHANNEL,
		"0/" XENDISPL_FIELD_EVT_RING_REF, "0/" XENDISPL_FIELD_EVT_CHANNEL,
		XENDISPL_FIELD_FE_VERSION,
	};
	static const char *const values[] = {
		"", "rubbish", "-1", "4294967295", "99999999999", "0x", "3 4",
		"18446744073709551617", "2147483647",
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		ASSERT_TRUE(front_disconnect(&self->front));
		ASSERT_TRUE(front_begin(&self->front));
		front_offer(&self->front, 2);
		for (j = 0; j < ARRAY_SIZE(values); j++) {
			front_write(&self->front, nodes[i], "%s", values[j]);
			EXPECT_FALSE(attempted(self))
				TH_LOG("%s \"%s\"", nodes[i], values[j]);
		}
		ASSERT_TRUE(front_connect(&self->front, 2));
		ASSERT_TRUE(serves(self));
	}
}

TEST_F_TIMEOUT(front, who_publishes_too_little_is_not_connected, LIMIT)
{
	static const char *const nodes[] = {
		"0/" XENDISPL_FIELD_REQ_RING_REF, "0/" XENDISPL_FIELD_REQ_CHANNEL,
		"0/" XENDISPL_FIELD_EVT_RING_REF, "0/" XENDISPL_FIELD_EVT_CHANNEL,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		ASSERT_TRUE(front_disconnect(&self->front));
		ASSERT_TRUE(front_begin(&self->front));
		front_offer(&self->front, 2);
		front_remove(&self->front, nodes[i]);
		EXPECT_FALSE(attempted(self))
			TH_LOG("%s", nodes[i]);
		ASSERT_TRUE(front_connect(&self->front, 2));
		ASSERT_TRUE(serves(self));
	}
}

/* The toolstack writes resolutions, but a guest can add a connector, or not: NULL */
static void one_more(FIXTURE_DATA(front) * self, const char *resolution)
{
	char folder[8], node[32];

	snprintf(folder, sizeof(folder), "%u", self->front.count);
	snprintf(node, sizeof(node), "%s/" XENDISPL_FIELD_RESOLUTION, folder);
	if (resolution)
		front_write(&self->front, node, "%s", resolution);
	else
		front_remove(&self->front, folder);
}

TEST_F_TIMEOUT(front, a_resolution_is_two_numbers_that_make_a_screen, LIMIT)
{
	static const char *const values[] = {
		"", "x", "800", "800x", "800x600x", "0x600", "800x0", "-8x600",
		"4294968096x600", "99999x600", "800x4294967295", "rubbish",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		one_more(self, values[i]);
		EXPECT_FALSE(attempted(self))
			TH_LOG("\"%s\"", values[i]);
	}
	one_more(self, NULL);
	ASSERT_TRUE(front_connect(&self->front, 2));
	EXPECT_TRUE(serves(self));
}

/* Each binds channels and ends them, faster than the backend takes their events */
TEST_F_TIMEOUT(front, attempts_without_end_are_no_reason_not_to_serve, LIMIT)
{
	unsigned int i;

	/* So that it sees one state after the other */
	ASSERT_TRUE(serves(self));
	one_more(self, "rubbish");
	for (i = 0; i < 200; i++)
		front_state(&self->front, XenbusStateInitialised);
	EXPECT_TRUE(front_await(&self->front, FRONT_STATE(InitWait)));
	EXPECT_FALSE(attempted(self));
	front_state(&self->front, XenbusStateClosed);
	usleep(ATTEMPT);
	one_more(self, NULL);
	ASSERT_TRUE(front_connect(&self->front, 2));
	EXPECT_TRUE(serves(self));
}

TEST_F_TIMEOUT(front, states_in_any_order_do_no_harm, LIMIT)
{
	static const char *const states[] = {
		"4", "5", "3", "3", "99", "2", "-1", "4", "", "rubbish", "6", "3",
		"7", "8", "1", "4", "0",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		front_write(&self->front, "state", "%s", states[i]);
		usleep(ATTEMPT);
	}
	ASSERT_TRUE(front_disconnect(&self->front));
	ASSERT_TRUE(front_connect(&self->front, 2));
	EXPECT_TRUE(serves(self));
}

TEST_F_TIMEOUT(front, who_publishes_anew_is_connected_anew, LIMIT)
{
	unsigned int i;

	for (i = 0; i < rounds(3); i++) {
		ASSERT_TRUE(shown(self, DBUF, FB, &self->buffer));
		ASSERT_TRUE(flipped(self, FB, 0));
		/* No state in between: rings begin at 0, and nothing is there */
		front_offer(&self->front, 2);
		front_state(&self->front, XenbusStateInitialised);
		EXPECT_EQ(ENOENT, asked(self, flip(FB)));
		front_state(&self->front, XenbusStateConnected);
	}
	EXPECT_TRUE(serves(self));
}

/* As one that saw the backend connected with what it had published before */
TEST_F_TIMEOUT(front, who_is_ahead_of_the_backend_is_connected, LIMIT)
{
	unsigned int i;

	/* The backend has to see the first of these states, and may be late */
	for (i = 1; i <= 3; i++) {
		ASSERT_TRUE(front_disconnect(&self->front));
		ASSERT_TRUE(front_begin(&self->front));
		usleep(i * ATTEMPT);
		front_offer(&self->front, 2);
		front_state(&self->front, XenbusStateConnected);
		if (front_await(&self->front, FRONT_STATE(Connected)))
			break;
	}
	EXPECT_TRUE(serves(self));
}

/* ---- Ends */

TEST_F_TIMEOUT(front, who_is_killed_in_mid_flip_comes_back, LIMIT)
{
	struct xendispl_evt event;
	struct front front;
	int ready[2];
	pid_t child;
	char byte;

	ASSERT_TRUE(front_disconnect(&self->front));
	ASSERT_EQ(0, pipe(ready));
	child = fork();
	if (!child) {
		front_open(&front);
		self->front = front;
		self->first = &self->front.connectors[0];
		if (!front_connect(&self->front, 2) ||
		    !shown(self, DBUF, FB, &self->buffer))
			_exit(1);
		while (!asked(self, flip(FB))) {
			if (write(ready[1], "", 1) != 1 ||
			    !front_event(&self->front, self->first,
					 FRONT_PATIENCE, &event))
				break;
		}
		_exit(1);
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ASSERT_TRUE(front_connect(&self->front, 2));
	EXPECT_TRUE(serves(self));
}

TEST_HARNESS_MAIN
