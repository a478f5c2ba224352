// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a display backend promises whatever a frontend asks for: an error says
 * what was wrong, and nothing is left of it.  Each test is a promise.  Runs in a
 * guest with a display device, see front-fixture.h.
 */

#include "front-fixture.h"

/* refused - for what a grant that cannot be used is refused */
static bool refused(int error)
{
	return error == EINVAL || error == EACCES;
}

/* ---- Requests that make no sense */

TEST_F_TIMEOUT(front, names_are_not_0_and_not_taken, LIMIT)
{
	ASSERT_TRUE(shown(self, DBUF, FB, &self->buffer));
	EXPECT_EQ(EINVAL, asked(self, create(self, 0, &self->other)));
	EXPECT_EQ(EINVAL, asked(self, attach(self, DBUF, 0)));
	EXPECT_EQ(EEXIST, asked(self, create(self, DBUF, &self->other)));
	EXPECT_EQ(EEXIST, asked(self, attach(self, DBUF, FB)));
	EXPECT_TRUE(flipped(self, FB, 0));
}

TEST_F_TIMEOUT(front, names_that_nobody_has_are_not_found, LIMIT)
{
	/* Alike in their lower or upper half */
	uint64_t dbufs[] = { 0, DBUF + 1, (uint32_t)DBUF, DBUF + (1ULL << 32) };
	uint64_t fbs[] = { FB + 1, (uint32_t)FB, FB + (1ULL << 32), DBUF };
	unsigned int i;

	ASSERT_TRUE(shown(self, DBUF, FB, &self->buffer));
	for (i = 0; i < ARRAY_SIZE(dbufs); i++) {
		EXPECT_EQ(ENOENT, asked(self, destroy(dbufs[i])));
		EXPECT_EQ(ENOENT, asked(self, attach(self, dbufs[i], FB + 1)));
	}
	for (i = 0; i < ARRAY_SIZE(fbs); i++) {
		EXPECT_EQ(ENOENT, asked(self, detach(fbs[i])));
		EXPECT_EQ(ENOENT, asked(self, config(self, fbs[i])));
		EXPECT_EQ(ENOENT, asked(self, flip(fbs[i])));
	}
	EXPECT_TRUE(flipped(self, FB, 0));
}

TEST_F_TIMEOUT(front, a_picture_fits_its_buffer, LIMIT)
{
	struct xendispl_dbuf_create_req good =
		create(self, DBUF, &self->buffer).op.dbuf_create;
	struct {
		uint32_t width, height, bpp, size, offset;
	} bad[] = {
		{ good.width, good.height, BPP, good.buffer_sz - 1, 0 },
		{ good.width + 1, good.height, BPP, good.buffer_sz, 0 },
		{ good.width, good.height + 1, BPP, good.buffer_sz, 0 },
		{ good.width, good.height, BPP + 8, good.buffer_sz, 0 },
		{ good.width, good.height, BPP, good.buffer_sz, 1 },
		{ good.width, good.height, BPP, good.buffer_sz, -1 },
		{ good.width, good.height, BPP, good.buffer_sz, -good.buffer_sz },
		{ good.width, good.height, BPP, 0, 0 },
		{ 0, 0, 0, 0, 0 },
		{ 0, good.height, BPP, good.buffer_sz, 0 },
		{ good.width, 0, BPP, good.buffer_sz, 0 },
		{ good.width, good.height, 0, good.buffer_sz, 0 },
		{ good.width, good.height, -1, good.buffer_sz, 0 },
		/* Products that are 0 in 32 and in 64 bits */
		{ 1U << 16, 1U << 16, BPP, good.buffer_sz, 0 },
		{ 1U << 30, good.height, BPP, good.buffer_sz, 0 },
		{ 1U << 31, 1U << 31, BPP, good.buffer_sz, 0 },
		{ good.width, 1U << 31, BPP, good.buffer_sz, 0 },
		{ good.width, good.height, 1U << 31, good.buffer_sz, 0 },
		{ -1, -1, -1, -1, -1 },
	};
	struct xendispl_req req = create(self, DBUF, &self->buffer);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		req.op.dbuf_create.width = bad[i].width;
		req.op.dbuf_create.height = bad[i].height;
		req.op.dbuf_create.bpp = bad[i].bpp;
		req.op.dbuf_create.buffer_sz = bad[i].size;
		req.op.dbuf_create.data_ofs = bad[i].offset;
		EXPECT_EQ(EINVAL, asked(self, req))
			TH_LOG("%ux%u at %u in %u from %u on", bad[i].width,
			       bad[i].height, bad[i].bpp, bad[i].size,
			       bad[i].offset);
	}
	EXPECT_TRUE(serves(self));
}

TEST_F_TIMEOUT(front, a_buffer_has_a_largest_size, LIMIT)
{
	uint32_t sizes[] = { -1, 1U << 31 };
	struct xendispl_req req = create(self, DBUF, &self->buffer);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		req.op.dbuf_create.buffer_sz = sizes[i];
		EXPECT_EQ(E2BIG, asked(self, req));
	}
	EXPECT_TRUE(serves(self));
}

TEST_F_TIMEOUT(front, a_guest_has_so_many_buffers_and_no_more, LIMIT)
{
	struct xendispl_req req = create(self, DBUF, &self->buffer);
	unsigned int dbufs, fbs;
	int error = 0;

	req.op.dbuf_create.width = 1;
	req.op.dbuf_create.height = 1;
	req.op.dbuf_create.buffer_sz = 4;
	for (dbufs = 0; !error && dbufs < 10000; dbufs++) {
		req.op.dbuf_create.dbuf_cookie = DBUF + dbufs;
		error = asked(self, req);
	}
	EXPECT_EQ(ENOSPC, error);
	/* A desktop has less */
	EXPECT_LE(8, --dbufs);
	ASSERT_EQ(0, asked(self, destroy(DBUF)));
	ASSERT_EQ(0, asked(self, create(self, DBUF, &self->buffer)));

	for (fbs = 0, error = 0; !error && fbs < 10000; fbs++)
		error = asked(self, attach(self, DBUF, FB + fbs));
	EXPECT_EQ(ENOSPC, error);
	EXPECT_LE(8, --fbs);
	while (fbs)
		ASSERT_EQ(0, asked(self, detach(FB + --fbs)));
	while (dbufs)
		ASSERT_EQ(0, asked(self, destroy(DBUF + --dbufs)));
	EXPECT_TRUE(serves(self));
}

TEST_F_TIMEOUT(front, flags_and_formats_that_nobody_knows_are_refused, LIMIT)
{
	uint32_t formats[] = { 0, -1, 1, DRM_FORMAT_NV12, FORMAT ^ 0x80000000 };
	struct xendispl_req req = create(self, DBUF, &self->buffer);
	unsigned int i;

	for (i = 1; i < 32; i++) {
		req.op.dbuf_create.flags = 1U << i;
		EXPECT_EQ(EINVAL, asked(self, req));
	}
	ASSERT_EQ(0, asked(self, create(self, DBUF, &self->buffer)));
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		req = attach(self, DBUF, FB);
		req.op.fb_attach.pixel_format = formats[i];
		EXPECT_EQ(EINVAL, asked(self, req))
			TH_LOG("format %#x", formats[i]);
	}
}

TEST_F_TIMEOUT(front, a_framebuffer_lies_within_its_buffer, LIMIT)
{
	uint32_t width = self->first->width, height = self->first->height;
	struct {
		uint32_t width, height;
	} bad[] = {
		{ width + 1, height }, { width, height + 1 }, { 0, height },
		{ width, 0 }, { -1, height }, { width, -1 }, { 1U << 30, 1 },
		{ 1, 1U << 30 }, { 1U << 16, 1U << 16 }, { width * 2, height / 2 },
	};
	struct xendispl_req req = attach(self, DBUF, FB);
	unsigned int i;

	ASSERT_EQ(0, asked(self, create(self, DBUF, &self->buffer)));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		req.op.fb_attach.width = bad[i].width;
		req.op.fb_attach.height = bad[i].height;
		EXPECT_EQ(EINVAL, asked(self, req))
			TH_LOG("%ux%u", bad[i].width, bad[i].height);
	}
	EXPECT_EQ(0, asked(self, attach(self, DBUF, FB)));
}

TEST_F_TIMEOUT(front, a_configuration_is_the_connectors, LIMIT)
{
	uint32_t width = self->first->width, height = self->first->height;
	struct {
		uint32_t x, y, width, height, bpp;
	} bad[] = {
		{ 0, 0, width - 1, height, BPP }, { 0, 0, width, height - 1, BPP },
		{ 0, 0, width + 1, height, BPP }, { 0, 0, width, height + 1, BPP },
		{ 1, 0, width, height, BPP }, { 0, 1, width, height, BPP },
		{ -width, 0, width, height, BPP }, { 0, -1, width, height, BPP },
		{ 0, 0, -1, -1, BPP }, { 0, 0, 0, 0, 0 },
		{ 0, 0, width, height, 16 }, { 0, 0, width, height, -1 },
	};
	struct xendispl_req req = config(self, FB);
	unsigned int i;

	ASSERT_TRUE(shown(self, DBUF, FB, &self->buffer));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		req.op.set_config.x = bad[i].x;
		req.op.set_config.y = bad[i].y;
		req.op.set_config.width = bad[i].width;
		req.op.set_config.height = bad[i].height;
		req.op.set_config.bpp = bad[i].bpp;
		EXPECT_EQ(EINVAL, asked(self, req))
			TH_LOG("%ux%u from %u, %u on, %u bits", bad[i].width,
			       bad[i].height, bad[i].x, bad[i].y, bad[i].bpp);
	}
	/* Not one that is too small, either */
	req = attach(self, DBUF, FB + 1);
	req.op.fb_attach.width = width / 2;
	ASSERT_EQ(0, asked(self, req));
	EXPECT_EQ(EINVAL, asked(self, config(self, FB + 1)));
	EXPECT_EQ(EINVAL, asked(self, flip(FB + 1)));
	EXPECT_TRUE(flipped(self, FB, 0));
}

/* ---- Pages */

/* directory_at - a page of the other buffer's directory */
static uint32_t *directory_at(FIXTURE_DATA(front) * self, unsigned int page)
{
	return self->other.granted.pages +
	       (self->other.count + page) * (PEER_PAGE / 4);
}

/* long_buffer - let the other buffer have a directory of two pages; its request */
static struct xendispl_req long_buffer(FIXTURE_DATA(front) * self)
{
	struct xendispl_req req;

	front_buffer_end(&self->other, self->front.domid);
	if (!front_buffer_begin(&self->other, self->front.domid,
				1100 * PEER_PAGE))
		exit(KSFT_FAIL);
	req = create(self, DBUF, &self->other);
	req.op.dbuf_create.buffer_sz = 1100 * PEER_PAGE;
	return req;
}

/* not_held - whether the other buffer's pages are the guest's, all of them */
static bool not_held(FIXTURE_DATA(front) * self)
{
	return front_buffer_end(&self->other, self->front.domid) &&
	       front_buffer_begin(&self->other, self->front.domid, self->size);
}

TEST_F_TIMEOUT(front, a_directory_that_loops_or_ends_early_is_refused, LIMIT)
{
	struct xendispl_req req = long_buffer(self);
	uint32_t first = self->other.directory, second = directory_at(self, 0)[0];
	uint32_t next[] = { 0, first, NO_REF, -1 };
	uint32_t inside[] = { NO_REF, -1 };
	unsigned int i;

	ASSERT_EQ(0, asked(self, req));
	ASSERT_EQ(0, asked(self, destroy(DBUF)));
	for (i = 0; i < ARRAY_SIZE(next); i++) {
		directory_at(self, 0)[0] = next[i];
		EXPECT_TRUE(refused(asked(self, req)))
			TH_LOG("next page %#x", next[i]);
		EXPECT_EQ(ENOENT, asked(self, destroy(DBUF)));
	}
	directory_at(self, 0)[0] = second;
	/* Of memory of the backend's it is the backend that fills it in */
	for (i = 0; !self->front.be_alloc && i < ARRAY_SIZE(inside); i++) {
		uint32_t *at = &directory_at(self, 1)[1100 - 1023], was = *at;

		*at = inside[i];
		EXPECT_TRUE(refused(asked(self, req)))
			TH_LOG("last reference %#x", inside[i]);
		EXPECT_EQ(ENOENT, asked(self, destroy(DBUF)));
		*at = was;
	}
	ASSERT_EQ(0, asked(self, req));
	ASSERT_EQ(0, asked(self, destroy(DBUF)));
	EXPECT_TRUE(not_held(self));
	EXPECT_TRUE(serves(self));
}

TEST_F_TIMEOUT(front, references_that_nobody_granted_are_refused, LIMIT)
{
	uint32_t refs[] = { 0, NO_REF, -1 };
	struct xendispl_req req = create(self, DBUF, &self->buffer);
	struct granted revoked;
	unsigned int i;
	uint32_t last;

	for (i = 0; i < ARRAY_SIZE(refs); i++) {
		req.op.dbuf_create.gref_directory = refs[i];
		EXPECT_TRUE(refused(asked(self, req)))
			TH_LOG("directory %#x", refs[i]);
		req = edid(&self->edid);
		req.op.get_edid.gref_directory = refs[i];
		EXPECT_TRUE(refused(asked(self, req)))
			TH_LOG("directory of the EDID %#x", refs[i]);
		req = create(self, DBUF, &self->buffer);
	}

	ASSERT_TRUE(granted_begin(&revoked, self->front.domid, 1, false));
	last = revoked.refs[0];
	granted_end(&revoked);
	if (!self->front.be_alloc) {
		directory_at(self, 0)[self->other.count] = last;
		EXPECT_TRUE(refused(asked(self, create(self, DBUF, &self->other))));
	}
	req.op.dbuf_create.gref_directory = last;
	EXPECT_TRUE(refused(asked(self, req)));
	EXPECT_EQ(ENOENT, asked(self, destroy(DBUF)));
	EXPECT_TRUE(not_held(self));
	EXPECT_TRUE(serves(self));
}

/* Xen counts mappings of a page up to 127; the backend's kernel must not warn */
TEST_F_TIMEOUT(front, a_page_named_often_is_shown_or_refused, LIMIT)
{
	unsigned int i, n, times[] = { 100, 200 };
	uint32_t *refs = directory_at(self, 0) + 1;
	int ret;

	if (self->front.be_alloc)
		SKIP(return, "be-alloc is set: it is not the guest's");
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		ASSERT_LT(times[i], self->other.count);
		for (n = 1; n < times[i]; n++)
			refs[n] = refs[0];
		ret = asked(self, create(self, DBUF, &self->other));
		EXPECT_TRUE(!ret || refused(ret) || ret == ENOSPC)
			TH_LOG("%u times: %d", times[i], ret);
		if (ret)
			continue;
		EXPECT_EQ(0, asked(self, attach(self, DBUF, FB)));
		EXPECT_EQ(0, asked(self, config(self, FB)));
		EXPECT_TRUE(flipped(self, FB, self->first->events->in_cons));
		EXPECT_EQ(0, asked(self, dark()));
		EXPECT_EQ(0, asked(self, detach(FB)));
		EXPECT_EQ(0, asked(self, destroy(DBUF)));
	}
	memcpy(refs, self->other.granted.refs, self->other.count * sizeof(*refs));
	EXPECT_TRUE(serves(self));
}

TEST_F_TIMEOUT(front, pages_that_may_only_be_read_are_not_written_to, LIMIT)
{
	struct granted pages;
	uint32_t directory;

	/* The second is the directory, and the EDID would go to the first */
	ASSERT_TRUE(granted_begin(&pages, self->front.domid, 2, true));
	directory = directory_write(&pages, 1, pages.refs, 1);
	self->other.directory = directory;
	EXPECT_TRUE(refused(asked(self, edid(&self->other))));
	if (self->front.be_alloc)
		EXPECT_TRUE(refused(asked(self, create(self, DBUF, &self->other))));
	EXPECT_TRUE(granted_back(&pages, self->front.domid));
	EXPECT_TRUE(serves(self));
}

TEST_F_TIMEOUT(front, a_guest_may_revoke_what_is_on_the_screen, LIMIT)
{
	if (self->front.be_alloc)
		SKIP(return, "be-alloc is set: it is not the guest's");
	ASSERT_TRUE(shown(self, DBUF, FB, &self->other));
	/* Where it is mapped it stays what it is */
	EXPECT_FALSE(front_buffer_end(&self->other, self->front.domid));
	EXPECT_TRUE(flipped(self, FB, 0));
	EXPECT_EQ(0, asked(self, destroy(DBUF)));
	ASSERT_TRUE(front_buffer_begin(&self->other, self->front.domid,
				       self->size));
	EXPECT_TRUE(serves(self));
}

TEST_HARNESS_MAIN
