// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of a display backend with a frontend that breaks the protocol while it connects:
 * wrong xenstore nodes, states in any order, and a death during a request.  The backend
 * accepts the next connection.  Runs in a guest with a display device, see front-fixture.h.
 */

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front-fixture.h"

/* Time for a backend to react wrongly, in microseconds */
#define ATTEMPT	300000

/* ---- Xenstore */

/*
 * connects - whether the backend connects with the published nodes within
 * ATTEMPT
 */
static bool connects(FIXTURE_DATA(front) * self)
{
	front_set_state(&self->front, XenbusStateClosed);
	/* The backend may still be in the previous connection */
	front_wait_backend(&self->front, ~FRONT_STATE(Connected));
	front_set_state(&self->front, XenbusStateInitialising);
	front_set_state(&self->front, XenbusStateInitialised);
	usleep(ATTEMPT);
	return front_backend_state(&self->front) == XenbusStateConnected;
}

TEST_F_TIMEOUT(front, a_frontend_can_correct_invalid_nodes, LIMIT)
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
		ASSERT_TRUE(front_initialise(&self->front));
		front_publish(&self->front, 2);
		for (j = 0; j < ARRAY_SIZE(values); j++) {
			front_write(&self->front, nodes[i], "%s", values[j]);
			EXPECT_FALSE(connects(self))
				TH_LOG("%s \"%s\"", nodes[i], values[j]);
		}
		ASSERT_TRUE(front_connect(&self->front, 2));
		ASSERT_TRUE(can_show(self));
	}
}

TEST_F_TIMEOUT(front, a_frontend_with_a_missing_node_is_not_connected, LIMIT)
{
	static const char *const nodes[] = {
		"0/" XENDISPL_FIELD_REQ_RING_REF, "0/" XENDISPL_FIELD_REQ_CHANNEL,
		"0/" XENDISPL_FIELD_EVT_RING_REF, "0/" XENDISPL_FIELD_EVT_CHANNEL,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		ASSERT_TRUE(front_disconnect(&self->front));
		ASSERT_TRUE(front_initialise(&self->front));
		front_publish(&self->front, 2);
		front_remove(&self->front, nodes[i]);
		EXPECT_FALSE(connects(self))
			TH_LOG("%s", nodes[i]);
		ASSERT_TRUE(front_connect(&self->front, 2));
		ASSERT_TRUE(can_show(self));
	}
}

/*
 * set_extra_connector - add a connector to those of the toolstack, with this
 * resolution; remove it if NULL
 */
static void set_extra_connector(FIXTURE_DATA(front) * self,
				const char *resolution)
{
	char folder[8], node[32];

	snprintf(folder, sizeof(folder), "%u", self->front.count);
	snprintf(node, sizeof(node), "%s/" XENDISPL_FIELD_RESOLUTION, folder);
	if (resolution)
		front_write(&self->front, node, "%s", resolution);
	else
		front_remove(&self->front, folder);
}

TEST_F_TIMEOUT(front, invalid_resolutions_are_refused, LIMIT)
{
	static const char *const values[] = {
		"", "x", "800", "800x", "800x600x", "0x600", "800x0", "-8x600",
		"4294968096x600", "99999x600", "800x4294967295", "rubbish",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		set_extra_connector(self, values[i]);
		EXPECT_FALSE(connects(self))
			TH_LOG("\"%s\"", values[i]);
	}
	set_extra_connector(self, NULL);
	ASSERT_TRUE(front_connect(&self->front, 2));
	EXPECT_TRUE(can_show(self));
}

/*
 * The backend binds and closes channels at each attempt, and gets events of
 * them
 */
TEST_F_TIMEOUT(front, a_flood_of_connections_does_not_stop_the_backend, LIMIT)
{
	unsigned int i;

	/* After this request the backend handles each change of the state */
	ASSERT_TRUE(can_show(self));
	set_extra_connector(self, "rubbish");
	for (i = 0; i < 200; i++)
		front_set_state(&self->front, XenbusStateInitialised);
	EXPECT_TRUE(front_wait_backend(&self->front, FRONT_STATE(InitWait)));
	EXPECT_FALSE(connects(self));
	front_set_state(&self->front, XenbusStateClosed);
	usleep(ATTEMPT);
	set_extra_connector(self, NULL);
	ASSERT_TRUE(front_connect(&self->front, 2));
	EXPECT_TRUE(can_show(self));
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
	EXPECT_TRUE(can_show(self));
}

TEST_F_TIMEOUT(front, a_frontend_that_publishes_again_is_reconnected, LIMIT)
{
	unsigned int i;

	for (i = 0; i < rounds(3); i++) {
		ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
		ASSERT_TRUE(flip_done(self, FB, 0));
		/* No state in between; the new connection has no buffers */
		front_publish(&self->front, 2);
		front_set_state(&self->front, XenbusStateInitialised);
		EXPECT_EQ(ENOENT, request(self, flip(FB)));
		front_set_state(&self->front, XenbusStateConnected);
	}
	EXPECT_TRUE(can_show(self));
}

/* A frontend may see a late Connected of the backend, for its previous nodes */
TEST_F_TIMEOUT(front, a_frontend_ahead_of_the_backend_is_connected, LIMIT)
{
	unsigned int i;

	/*
	 * The backend must see Initialising before Connected: allow more time
	 * each round
	 */
	for (i = 1; i <= 3; i++) {
		ASSERT_TRUE(front_disconnect(&self->front));
		ASSERT_TRUE(front_initialise(&self->front));
		usleep(i * ATTEMPT);
		front_publish(&self->front, 2);
		front_set_state(&self->front, XenbusStateConnected);
		if (front_wait_backend(&self->front, FRONT_STATE(Connected)))
			break;
	}
	EXPECT_TRUE(can_show(self));
}

/* ---- Crashes */

TEST_F_TIMEOUT(front, a_frontend_killed_during_a_flip_can_reconnect, LIMIT)
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
		front_open(&front, 0);
		self->front = front;
		self->first = &self->front.connectors[0];
		if (!front_connect(&self->front, 2) ||
		    !show_buffer(self, DBUF, FB, &self->buffer))
			_exit(1);
		while (!request(self, flip(FB))) {
			if (write(ready[1], "", 1) != 1 ||
			    !front_event(&self->front, self->first,
					 FRONT_TIMEOUT, &event))
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
	EXPECT_TRUE(can_show(self));
}

TEST_HARNESS_MAIN
