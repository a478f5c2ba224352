// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of a display backend with a frontend that asks for more than its share
 * of memory and time.  Runs in a guest with a display device, see front-fixture.h.
 * Environment:
 *   MODE     mode of the backend (default auto)
 *   MAX_KIB  limit of its option --max-memory in KiB, or not set
 */

#include <time.h>

#include "front-fixture.h"

/* Cookies of framebuffers that are numbered; FB + n of other tests may be DBUF */
#define FRAMES	4

/*
 * The limit that no screen raises, and a buffer of which fewer framebuffers fit
 * than a guest can have
 */
#define DEFAULT_LIMIT	(256U << 20)
#define HUGE_WIDTH	1024
#define HUGE_HEIGHT	1100
#define HUGE_SIZE	(HUGE_WIDTH * HUGE_HEIGHT * BPP / 8)

/* Pages that the backend maps for a guest in each second */
#define PAGES_PER_SECOND	32768

static bool mode_is(const char *name)
{
	const char *mode = getenv("MODE");

	return !strcmp(mode ?: "auto", name);
}

/* attach_all - attach framebuffers to DBUF until one is refused; the number */
static unsigned int attach_all(FIXTURE_DATA(front) * self, int *error)
{
	unsigned int n;

	for (n = 0; n < 100; n++) {
		*error = request(self, attach(self->first, DBUF, FB + n));
		if (*error)
			break;
	}
	return n;
}

/* ---- Memory */

/* add_connector - add a connector to those of the toolstack */
static void add_connector(struct front *front, const char *resolution)
{
	char node[32];

	snprintf(node, sizeof(node), "%u/" XENDISPL_FIELD_RESOLUTION,
		 front->count++);
	front_write(front, node, "%s", resolution);
}

/* remove_connector - undo add_connector() */
static void remove_connector(struct front *front)
{
	char folder[8];

	snprintf(folder, sizeof(folder), "%u", --front->count);
	front_remove(front, folder);
}

TEST_F_TIMEOUT(front, two_buffers_for_each_connector_fit, LIMIT)
{
	unsigned int n;

	/* The buffers share their pages; the backend counts each mapping */
	for (n = 0; n < 2 * self->front.count; n++) {
		ASSERT_EQ(0, request(self,
				     create(&self->front, DBUF + n, &self->buffer)));
		ASSERT_EQ(0, request(self, attach(self->first, DBUF + n, FB + n)));
	}
	EXPECT_EQ(0, request(self, config(self->first, FB)));
	EXPECT_TRUE(flip_done(self, FB + 1, 0));
	EXPECT_EQ(0, request(self, edid(&self->edid)));
}

TEST_F_TIMEOUT(front, mapped_pages_count, LIMIT)
{
	unsigned int n, most = FRAMES * self->front.count;
	int error = 0;

	for (n = 0; !error && n <= most; n++)
		error = request(self, create(&self->front, DBUF + n, &self->buffer));
	EXPECT_EQ(ENOSPC, error);
	EXPECT_LT(most / 2, n);
	ASSERT_EQ(0, request(self, destroy(DBUF)));
	EXPECT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));
}

TEST_F_TIMEOUT(front, framebuffers_count_when_they_are_copies, LIMIT)
{
	unsigned int n;
	int error;

	if (!mode_is("copy"))
		SKIP(return, "the backend does not copy");
	ASSERT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));
	n = attach_all(self, &error);
	EXPECT_EQ(ENOSPC, error);
	/* The buffer counts, too */
	EXPECT_GT(FRAMES * self->front.count, n);
	EXPECT_EQ(ENOSPC, request(self, create(&self->front, DBUF + 1, &self->other)));

	/* Detach gives one frame back */
	ASSERT_EQ(0, request(self, detach(FB)));
	EXPECT_EQ(0, request(self, attach(self->first, DBUF, FB)));
	EXPECT_EQ(ENOSPC, request(self, attach(self->first, DBUF, FB + n)));

	/* So does a disconnect, all of them */
	ASSERT_TRUE(front_disconnect(&self->front));
	ASSERT_TRUE(front_connect(&self->front, 2));
	ASSERT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));
	EXPECT_EQ(n, attach_all(self, &error));
}

TEST_F_TIMEOUT(front, max_memory_is_the_limit, LIMIT)
{
	const char *max = getenv("MAX_KIB");
	unsigned int rings = self->front.count * 2 * PEER_PAGE;
	int error;

	if (!max || !mode_is("copy"))
		SKIP(return, "the backend does not copy, or has no such option");
	ASSERT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));
	EXPECT_EQ((atoi(max) * 1024 - rings) / self->size - 1,
		  attach_all(self, &error));
	EXPECT_EQ(ENOSPC, error);
}

TEST_F_TIMEOUT(front, a_guest_that_adds_a_huge_screen_is_limited, LIMIT)
{
	struct front *front = &self->front;
	struct xendispl_req req;
	unsigned int n;
	int error = 0;

	if (!mode_is("copy"))
		SKIP(return, "the backend does not copy");
	ASSERT_GT(FRONT_MAX_CONNECTORS, front->count);
	ASSERT_TRUE(front_disconnect(front));
	add_connector(front, "16384x16384");
	ASSERT_TRUE(front_connect(front, 2));
	ASSERT_TRUE(front_buffer_exit(&self->other, front->domid));
	ASSERT_TRUE(front_buffer_init(&self->other, front->domid, HUGE_SIZE));
	req = create(&self->front, DBUF, &self->other);
	req.op.dbuf_create.width = HUGE_WIDTH;
	req.op.dbuf_create.height = HUGE_HEIGHT;
	req.op.dbuf_create.buffer_sz = HUGE_SIZE;
	ASSERT_EQ(0, request(self, req));
	for (n = 0; !error && n < DEFAULT_LIMIT / HUGE_SIZE; n++) {
		req = attach(self->first, DBUF, FB + n);
		req.op.fb_attach.width = HUGE_WIDTH;
		req.op.fb_attach.height = HUGE_HEIGHT;
		error = request(self, req);
	}
	EXPECT_EQ(ENOSPC, error);
	ASSERT_TRUE(front_disconnect(front));
	remove_connector(front);
	ASSERT_TRUE(front_connect(front, 2));
}

TEST_F_TIMEOUT(front, read_only_grants_do_not_select_the_mode, LIMIT)
{
	struct front_buffer *other = &self->other;
	struct xendispl_req req = create(&self->front, DBUF, other);
	struct granted pages;

	if (self->front.be_alloc)
		SKIP(return, "be-alloc is set: the guest grants no buffer");
	ASSERT_TRUE(granted_begin(&pages, self->front.domid, other->count + 1,
				  true));
	req.op.dbuf_create.gref_directory =
		directory_write(&pages, other->count, pages.refs, other->count);
	EXPECT_EQ(mode_is("copy") ? 0 : EACCES, request(self, req));
	request(self, destroy(DBUF));
	EXPECT_TRUE(granted_end_unmapped(&pages, self->front.domid));
	EXPECT_TRUE(can_show(self));
}

/* ---- Time */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

TEST_F_TIMEOUT(front, modes_are_set_ten_times_a_second_at_most, LIMIT)
{
	double begin = now();
	unsigned int i;

	/* 10 at once, and 20 within 2 s or more */
	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	for (i = 1; i < 30; i++) {
		ASSERT_EQ(0, request(self, config_off()));
		ASSERT_EQ(0, request(self, config(self->first, FB)));
	}
	EXPECT_LT(1.8, now() - begin);
	EXPECT_TRUE(flip_done(self, FB, 0));
}

TEST_F_TIMEOUT(front, buffers_are_mapped_at_a_limited_rate, LIMIT)
{
	uint32_t size = self->size * (FRAMES - 1) * self->front.count;
	unsigned int i, n = 3 * PAGES_PER_SECOND / (size / PEER_PAGE);
	struct xendispl_req req = create(&self->front, DBUF, &self->other);
	double begin;

	ASSERT_TRUE(front_buffer_exit(&self->other, self->front.domid));
	ASSERT_TRUE(front_buffer_init(&self->other, self->front.domid, size));
	req.op.dbuf_create.gref_directory = self->other.directory;
	req.op.dbuf_create.buffer_sz = size;
	begin = now();
	/* The pages of a second at once, and those of two more within 2 s or more */
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, request(self, req));
		ASSERT_EQ(0, request(self, destroy(DBUF)));
	}
	EXPECT_LT(1.8, now() - begin);
}

/* display-protocol compares the numbers of frames and of mode changes */
TEST_F_TIMEOUT(front, an_unchanged_mode_is_a_flip, LIMIT)
{
	unsigned int i;

	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	ASSERT_EQ(0, request(self, attach(self->first, DBUF, FB + 1)));
	for (i = 1; i < 100; i++)
		ASSERT_EQ(0, request(self, config(self->first, FB + i % 2)));
}

TEST_F_TIMEOUT(front, a_buffer_is_destroyed_while_a_mode_is_set, LIMIT)
{
	struct xendispl_req reqs[] = { config(self->first, FB), destroy(DBUF) };
	struct xendispl_resp resp;
	unsigned int i, n;

	if (self->front.count < 2)
		SKIP(return, "the device has one connector");
	for (i = 0; i < rounds(5); i++) {
		ASSERT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));
		ASSERT_EQ(0, request(self, attach(self->first, DBUF, FB)));
		/* The second connector shows what the first one destroys */
		for (n = 2; n--; ) {
			struct front_connector *connector =
				&self->front.connectors[n];
			struct xendispl_req *slot =
				front_get_request(connector);
			uint16_t id = slot->id;

			*slot = reqs[!n];
			slot->id = id;
			front_push_requests(&self->front, connector);
		}
		for (n = 0; n < 2; n++)
			EXPECT_TRUE(front_response(&self->front,
						   &self->front.connectors[n],
						   FRONT_TIMEOUT, &resp));
	}
	EXPECT_TRUE(can_show(self));
}

/* display-protocol compares the number of frames with that of the bytes */
TEST_F_TIMEOUT(front, only_the_visible_part_is_copied, LIMIT)
{
	uint32_t height = 2 * self->first->height;
	struct xendispl_req req;

	ASSERT_TRUE(front_buffer_exit(&self->other, self->front.domid));
	ASSERT_TRUE(front_buffer_init(&self->other, self->front.domid,
				      2 * self->size));
	req = create(&self->front, DBUF, &self->other);
	req.op.dbuf_create.height = height;
	req.op.dbuf_create.buffer_sz = 2 * self->size;
	ASSERT_EQ(0, request(self, req));
	req = attach(self->first, DBUF, FB);
	req.op.fb_attach.height = height;
	ASSERT_EQ(0, request(self, req));
	req = config(self->first, FB);
	req.op.set_config.y = self->first->height;
	ASSERT_EQ(0, request(self, req));
	EXPECT_TRUE(flip_done(self, FB, 0));
}

TEST_HARNESS_MAIN
