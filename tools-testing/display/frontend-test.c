// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of a display backend with valid requests: buffers, flips, several
 * connectors, EDID, connections, buffers of the backend.  Runs in a guest with
 * a display device, see front-fixture.h.
 */

#include <unistd.h>

#include <xengnttab.h>

#include "front-fixture.h"

/* An offset of a picture in its buffer, in bytes */
#define OFFSET	(PEER_PAGE + 64)

/* Seconds after which displ-backend logs that a release is late, and more */
#define LATE	8

/* ---- A screen */

TEST_F_TIMEOUT(front, a_picture_is_shown_flipped_and_taken_away, LIMIT)
{
	ASSERT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));
	ASSERT_EQ(0, request(self, create(&self->front, DBUF + 1, &self->other)));
	ASSERT_EQ(0, request(self, attach(self->first, DBUF, FB)));
	ASSERT_EQ(0, request(self, attach(self->first, DBUF + 1, FB + 1)));
	ASSERT_EQ(0, request(self, config(self->first, FB)));
	EXPECT_TRUE(flip_done(self, FB + 1, 0));
	EXPECT_TRUE(flip_done(self, FB, 1));
	EXPECT_EQ(0, request(self, config_off()));
	EXPECT_EQ(0, request(self, detach(FB)));
	EXPECT_EQ(0, request(self, detach(FB + 1)));
	EXPECT_EQ(0, request(self, destroy(DBUF + 1)));
	EXPECT_EQ(0, request(self, destroy(DBUF)));
}

TEST_F_TIMEOUT(front, flips_are_reported_in_order_and_counted_from_0, LIMIT)
{
	unsigned int n;

	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	ASSERT_TRUE(show_buffer(self, DBUF + 1, FB + 1, &self->other));
	for (n = 0; n < rounds(100); n++)
		ASSERT_TRUE(flip_done(self, FB + n % 2, n))
			TH_LOG("flip %u", n);
}

TEST_F_TIMEOUT(front, no_flip_is_reported_without_a_request, LIMIT)
{
	struct xendispl_evt event;

	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	EXPECT_FALSE(front_event(&self->front, self->first, 1, &event));
	EXPECT_TRUE(flip_done(self, FB, 0));
	EXPECT_FALSE(front_event(&self->front, self->first, 1, &event));
}

TEST_F_TIMEOUT(front, a_dark_screen_refuses_flips, LIMIT)
{
	ASSERT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));
	ASSERT_EQ(0, request(self, attach(self->first, DBUF, FB)));
	EXPECT_EQ(EINVAL, request(self, flip(FB)));
	ASSERT_EQ(0, request(self, config(self->first, FB)));
	EXPECT_TRUE(flip_done(self, FB, 0));
	ASSERT_EQ(0, request(self, config_off()));
	EXPECT_EQ(EINVAL, request(self, flip(FB)));
}

TEST_F_TIMEOUT(front, a_screen_is_dark_when_its_framebuffer_is_detached, LIMIT)
{
	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	ASSERT_EQ(0, request(self, attach(self->first, DBUF, FB + 1)));
	ASSERT_EQ(0, request(self, detach(FB)));
	EXPECT_EQ(ENOENT, request(self, flip(FB)));
	EXPECT_EQ(EINVAL, request(self, flip(FB + 1)));
	ASSERT_EQ(0, request(self, config(self->first, FB + 1)));
	EXPECT_TRUE(flip_done(self, FB + 1, 0));
}

TEST_F_TIMEOUT(front, pages_are_unmapped_when_destroy_is_answered, LIMIT)
{
	unsigned int i;

	for (i = 0; i < rounds(3); i++) {
		ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
		ASSERT_TRUE(flip_done(self, FB, i));
		/* The buffer is on the screen meanwhile */
		ASSERT_EQ(0, request(self, destroy(DBUF)));
		EXPECT_TRUE(front_buffer_exit(&self->buffer,
					      self->front.domid));
		EXPECT_EQ(ENOENT, request(self, flip(FB)));
		EXPECT_EQ(ENOENT, request(self, attach(self->first, DBUF, FB)));
		ASSERT_TRUE(front_buffer_init(&self->buffer, self->front.domid,
					      self->size));
	}
}

TEST_F_TIMEOUT(front, a_picture_may_begin_at_an_offset, LIMIT)
{
	uint32_t offsets[] = { 256, OFFSET };
	struct front_buffer buffer;
	struct xendispl_req req;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		ASSERT_TRUE(front_buffer_init(&buffer, self->front.domid,
					      self->size + OFFSET));
		req = create(&self->front, DBUF, &buffer);
		req.op.dbuf_create.data_ofs = offsets[i];
		req.op.dbuf_create.buffer_sz = self->size + offsets[i] - 1;
		EXPECT_EQ(EINVAL, request(self, req));
		req.op.dbuf_create.buffer_sz++;
		ASSERT_EQ(0, request(self, req));
		EXPECT_EQ(0, request(self, attach(self->first, DBUF, FB)));
		EXPECT_EQ(0, request(self, config(self->first, FB)));
		EXPECT_TRUE(flip_done(self, FB, i));
		EXPECT_EQ(0, request(self, destroy(DBUF)));
		EXPECT_TRUE(front_buffer_exit(&buffer, self->front.domid));
	}
}

TEST_F_TIMEOUT(front, a_screen_shows_a_part_of_a_larger_picture, LIMIT)
{
	uint32_t width = self->first->width + 64, height = self->first->height + 32;
	struct xendispl_req req;
	struct front_buffer buffer;

	ASSERT_TRUE(front_buffer_init(&buffer, self->front.domid,
				      width * height * BPP / 8));
	req = create(&self->front, DBUF, &buffer);
	req.op.dbuf_create.width = width;
	req.op.dbuf_create.height = height;
	req.op.dbuf_create.buffer_sz = width * height * BPP / 8;
	ASSERT_EQ(0, request(self, req));
	req = attach(self->first, DBUF, FB);
	req.op.fb_attach.width = width;
	req.op.fb_attach.height = height;
	ASSERT_EQ(0, request(self, req));

	req = config(self->first, FB);
	req.op.set_config.x = 64;
	req.op.set_config.y = 32;
	EXPECT_EQ(0, request(self, req));
	EXPECT_TRUE(flip_done(self, FB, 0));
	req.op.set_config.x = 65;
	EXPECT_EQ(EINVAL, request(self, req));
	req.op.set_config.x = -1;
	EXPECT_EQ(EINVAL, request(self, req));
	req.op.set_config.x = 0;
	req.op.set_config.y = 33;
	EXPECT_EQ(EINVAL, request(self, req));

	EXPECT_EQ(0, request(self, destroy(DBUF)));
	EXPECT_TRUE(front_buffer_exit(&buffer, self->front.domid));
}

/* ---- Several connectors */

TEST_F_TIMEOUT(front, each_connector_counts_its_own_flips, LIMIT)
{
	struct xendispl_evt event;
	struct xendispl_req req;
	unsigned int i, n;

	if (self->front.count < 2)
		SKIP(return, "the device has one connector");
	ASSERT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));
	for (i = 0; i < self->front.count; i++) {
		struct front_connector *connector = &self->front.connectors[i];

		req = attach(self->first, DBUF, FB + i);
		req.op.fb_attach.width = connector->width;
		req.op.fb_attach.height = connector->height;
		ASSERT_EQ(0, request(self, req))
			TH_LOG("the first connector must be the largest");
		req = config(self->first, FB + i);
		req.op.set_config.width = connector->width;
		req.op.set_config.height = connector->height;
		ASSERT_EQ(0,
			  front_request(&self->front, connector, &req, NULL));
	}
	for (n = 0; n < 3; n++)
		for (i = 0; i < self->front.count; i++) {
			struct front_connector *connector =
				&self->front.connectors[i];

			req = flip(FB + i);
			ASSERT_EQ(0, front_request(&self->front, connector,
						   &req, NULL));
			ASSERT_TRUE(front_event(&self->front, connector,
						FRONT_TIMEOUT, &event));
			EXPECT_EQ(n, event.id);
			EXPECT_EQ(FB + i, event.op.pg_flip.fb_cookie);
		}
}

TEST_F_TIMEOUT(front, only_the_first_connector_manages_buffers, LIMIT)
{
	struct xendispl_req reqs[] = {
		create(&self->front, DBUF + 1, &self->other),
		attach(self->first, DBUF, FB + 1),
		detach(FB),
		destroy(DBUF),
	};
	unsigned int i;

	if (self->front.count < 2)
		SKIP(return, "the device has one connector");
	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	for (i = 0; i < ARRAY_SIZE(reqs); i++)
		EXPECT_EQ(EINVAL, front_request(&self->front,
						&self->front.connectors[1],
						&reqs[i], NULL));
	EXPECT_TRUE(flip_done(self, FB, 0));
}

/* ---- Responses */

TEST_F_TIMEOUT(front, a_response_has_the_id_and_operation_of_its_request, LIMIT)
{
	uint16_t ids[] = { 0, 1, 0x7fff, 0x8000, 0xffff };
	struct xendispl_req req;
	unsigned int i;

	/* front_request() compares the ID and the operation */
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		self->first->id = ids[i];
		EXPECT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));
		self->first->id = ids[i];
		EXPECT_EQ(EEXIST,
			  request(self, create(&self->front, DBUF, &self->buffer)));
		self->first->id = ids[i];
		EXPECT_EQ(0, request(self, destroy(DBUF)));
		self->first->id = ids[i];
		req = flip(FB);
		EXPECT_EQ(ENOENT, request(self, req));
	}
}

TEST_F_TIMEOUT(front, each_request_of_a_full_ring_is_answered_once, LIMIT)
{
	unsigned int i, n = RING_SIZE(&self->first->ring), done = 0;
	uint16_t id = self->first->id;
	struct xendispl_resp resp;
	uint32_t answered = 0;

	ASSERT_EQ(32, n);
	for (i = 0; i < n; i++) {
		struct xendispl_req *slot = front_get_request(self->first);
		struct xendispl_req req;

		if (i % 2)
			req = destroy(DBUF);
		else
			req = create(&self->front, DBUF, &self->buffer);
		req.id = slot->id;
		*slot = req;
	}
	front_push_requests(&self->front, self->first);
	for (i = 0; i < n; i++) {
		ASSERT_TRUE(front_response(&self->front, self->first,
					   FRONT_TIMEOUT, &resp));
		answered |= 1u << (uint16_t)(resp.id - id);
		done += resp.operation == XENDISPL_OP_DBUF_CREATE && !resp.status;
	}
	EXPECT_EQ(-1u, answered);
	EXPECT_LE(1, done);
	EXPECT_FALSE(front_response(&self->front, self->first, LATE, &resp));
	/*
	 * Whether the last buffer exists depends on how fast the backend
	 * destroys one
	 */
	request(self, destroy(DBUF));
	EXPECT_TRUE(can_show(self));
}

TEST_F_TIMEOUT(front, unknown_operations_are_not_supported, LIMIT)
{
	uint8_t operations[] = { 0, 0x0f, 0x17, 0xff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		struct xendispl_req req = { .operation = operations[i] };

		EXPECT_EQ(EOPNOTSUPP, request(self, req))
			TH_LOG("operation %#x", operations[i]);
	}
}

/* ---- EDID */

/* prefers_size - whether the preferred timing of an EDID has this size */
static bool prefers_size(const uint8_t *edid, uint32_t width, uint32_t height)
{
	const uint8_t *timing = edid + 54;

	return (timing[0] || timing[1]) &&
	       (timing[2] | (timing[4] & 0xf0) << 4) == width &&
	       (timing[5] | (timing[7] & 0xf0) << 4) == height;
}

TEST_F_TIMEOUT(front, version_2_has_an_edid_of_each_connector, LIMIT)
{
	static const uint8_t header[] = { 0, 255, 255, 255, 255, 255, 255, 0 };
	const uint8_t *data = (const uint8_t *)self->edid.granted.pages;
	struct xendispl_req req = edid(&self->edid);
	struct xendispl_resp resp;
	unsigned int i, j;

	for (i = 0; i < self->front.count; i++) {
		struct front_connector *connector = &self->front.connectors[i];
		uint8_t sum = 0;

		memset(self->edid.granted.pages, 0x5a, PEER_PAGE);
		ASSERT_EQ(0,
			  front_request(&self->front, connector, &req, &resp));
		ASSERT_LE(XENDISPL_EDID_BLOCK_SIZE, resp.op.get_edid.edid_sz);
		ASSERT_GE(PEER_PAGE, resp.op.get_edid.edid_sz);
		EXPECT_EQ((data[126] + 1) * XENDISPL_EDID_BLOCK_SIZE,
			  resp.op.get_edid.edid_sz);
		for (j = 0; j < XENDISPL_EDID_BLOCK_SIZE; j++)
			sum += data[j];
		EXPECT_EQ(0, sum);
		EXPECT_EQ(0, memcmp(header, data, sizeof(header)));
		EXPECT_EQ(1, data[18]);
		EXPECT_TRUE(prefers_size(data, connector->width,
					 connector->height));
	}
	/* The backend has unmapped the buffer of the EDID */
	EXPECT_TRUE(front_buffer_exit(&self->edid, self->front.domid));
	ASSERT_TRUE(front_buffer_init(&self->edid, self->front.domid,
				      XENDISPL_EDID_MAX_SIZE));
}

TEST_F_TIMEOUT(front, other_versions_have_no_edid, LIMIT)
{
	unsigned int version;

	for (version = 0; version < 2; version++) {
		ASSERT_TRUE(front_disconnect(&self->front));
		ASSERT_TRUE(front_connect(&self->front, version));
		EXPECT_EQ(EOPNOTSUPP, request(self, edid(&self->edid)));
		EXPECT_TRUE(can_show(self));
	}
}

TEST_F_TIMEOUT(front, a_buffer_for_an_edid_has_the_maximum_size, LIMIT)
{
	uint32_t sizes[] = { 0, 128, XENDISPL_EDID_MAX_SIZE - 1 };
	struct xendispl_req req = edid(&self->edid);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		req.op.get_edid.buffer_sz = sizes[i];
		EXPECT_EQ(EINVAL, request(self, req))
			TH_LOG("%u bytes", sizes[i]);
	}
	req.op.get_edid.buffer_sz = XENDISPL_EDID_MAX_SIZE;
	EXPECT_EQ(0, request(self, req));
}

/* ---- Connections */

TEST_F_TIMEOUT(front, a_frontend_connects_and_disconnects_repeatedly, LIMIT)
{
	unsigned int i;

	for (i = 0; i < rounds(10); i++) {
		ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
		ASSERT_TRUE(flip_done(self, FB, 0));
		ASSERT_TRUE(front_disconnect(&self->front));
		/* The frontend has destroyed no buffer, only disconnected */
		ASSERT_TRUE(front_buffer_exit(&self->buffer,
					      self->front.domid));
		ASSERT_TRUE(front_buffer_init(&self->buffer, self->front.domid,
					      self->size));
		ASSERT_TRUE(front_connect(&self->front, 1 + i % 2));
	}
	EXPECT_TRUE(can_show(self));
}

TEST_F_TIMEOUT(front, a_frontend_may_reconnect_without_closing, LIMIT)
{
	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	ASSERT_TRUE(flip_done(self, FB, 0));
	ASSERT_TRUE(front_connect(&self->front, 2));
	EXPECT_EQ(ENOENT, request(self, flip(FB)));
	EXPECT_TRUE(can_show(self));
}

/* ---- Buffers that the backend allocates */

TEST_F_TIMEOUT(front, backend_memory_is_refused_without_be_alloc, LIMIT)
{
	struct xendispl_req req = create(&self->front, DBUF, &self->buffer);

	if (self->front.be_alloc)
		SKIP(return, "be-alloc is set");
	req.op.dbuf_create.flags = XENDISPL_DBUF_FLG_REQ_ALLOC;
	EXPECT_NE(0, request(self, req));
	EXPECT_EQ(ENOENT, request(self, destroy(DBUF)));
	EXPECT_TRUE(can_show(self));
}

TEST_F_TIMEOUT(front, backend_memory_is_drawn_into_and_released, LIMIT)
{
	struct xendispl_req req = create(&self->front, DBUF, &self->buffer);
	unsigned int count = self->buffer.count;
	uint32_t *directory = self->buffer.granted.pages +
			      count * (PEER_PAGE / 4);
	xengnttab_handle *gnttab = xengnttab_open(NULL, 0);
	struct xendispl_resp resp;
	struct xendispl_req *slot;
	uint32_t *map;

	if (!self->front.be_alloc)
		SKIP(return, "be-alloc is not set");
	ASSERT_NE(NULL, gnttab);
	ASSERT_GE(1023, count);
	memset(directory, 0, PEER_PAGE);
	ASSERT_EQ(0, request(self, req));
	map = xengnttab_map_domain_grant_refs(gnttab, count, self->front.domid,
					      directory + 1,
					      PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, map);
	memset(map, 0x5a, self->size);
	EXPECT_EQ(0, request(self, attach(self->first, DBUF, FB)));
	EXPECT_EQ(0, request(self, config(self->first, FB)));
	EXPECT_TRUE(flip_done(self, FB, 0));

	/* The response comes when the guest has unmapped the pages */
	slot = front_get_request(self->first);
	req = destroy(DBUF);
	req.id = slot->id;
	*slot = req;
	front_push_requests(&self->front, self->first);
	EXPECT_FALSE(front_response(&self->front, self->first, LATE, &resp));
	EXPECT_EQ(0, xengnttab_unmap(gnttab, map, count));
	EXPECT_TRUE(front_response(&self->front, self->first, FRONT_TIMEOUT,
				   &resp));
	EXPECT_EQ(0, resp.status);
	EXPECT_EQ(req.id, resp.id);
	xengnttab_close(gnttab);
}

TEST_HARNESS_MAIN
