// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of a display backend with invalid requests: each has the right error
 * number and no effect, and the backend serves the next request.  Runs in a
 * guest with a display device, see front-fixture.h.
 */

#include "front-fixture.h"

/* refused - whether a request may fail with this error for an invalid grant */
static bool refused(int error)
{
	return error == EINVAL || error == EACCES;
}

/* ---- Invalid fields */

TEST_F_TIMEOUT(front, cookies_are_not_0_and_not_in_use, LIMIT)
{
	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	EXPECT_EQ(EINVAL, request(self, create(&self->front, 0, &self->other)));
	EXPECT_EQ(EINVAL, request(self, attach(self->first, DBUF, 0)));
	EXPECT_EQ(EEXIST, request(self, create(&self->front, DBUF, &self->other)));
	EXPECT_EQ(EEXIST, request(self, attach(self->first, DBUF, FB)));
	EXPECT_TRUE(flip_done(self, FB, 0));
}

TEST_F_TIMEOUT(front, unknown_cookies_are_not_found, LIMIT)
{
	/* Some are equal in the lower or upper half */
	uint64_t dbufs[] = { 0, DBUF + 1, (uint32_t)DBUF, DBUF + (1ULL << 32) };
	uint64_t fbs[] = { FB + 1, (uint32_t)FB, FB + (1ULL << 32), DBUF };
	unsigned int i;

	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	for (i = 0; i < ARRAY_SIZE(dbufs); i++) {
		EXPECT_EQ(ENOENT, request(self, destroy(dbufs[i])));
		EXPECT_EQ(ENOENT,
			  request(self, attach(self->first, dbufs[i], FB + 1)));
	}
	for (i = 0; i < ARRAY_SIZE(fbs); i++) {
		EXPECT_EQ(ENOENT, request(self, detach(fbs[i])));
		EXPECT_EQ(ENOENT, request(self, config(self->first, fbs[i])));
		EXPECT_EQ(ENOENT, request(self, flip(fbs[i])));
	}
	EXPECT_TRUE(flip_done(self, FB, 0));
}

TEST_F_TIMEOUT(front, a_picture_fits_its_buffer, LIMIT)
{
	struct xendispl_dbuf_create_req good =
		create(&self->front, DBUF, &self->buffer).op.dbuf_create;
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
		/* Products that overflow to 0 in 32 or 64 bits */
		{ 1U << 16, 1U << 16, BPP, good.buffer_sz, 0 },
		{ 1U << 30, good.height, BPP, good.buffer_sz, 0 },
		{ 1U << 31, 1U << 31, BPP, good.buffer_sz, 0 },
		{ good.width, 1U << 31, BPP, good.buffer_sz, 0 },
		{ good.width, good.height, 1U << 31, good.buffer_sz, 0 },
		{ -1, -1, -1, -1, -1 },
	};
	struct xendispl_req req = create(&self->front, DBUF, &self->buffer);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		req.op.dbuf_create.width = bad[i].width;
		req.op.dbuf_create.height = bad[i].height;
		req.op.dbuf_create.bpp = bad[i].bpp;
		req.op.dbuf_create.buffer_sz = bad[i].size;
		req.op.dbuf_create.data_ofs = bad[i].offset;
		EXPECT_EQ(EINVAL, request(self, req))
			TH_LOG("%ux%u at %u in %u from %u on", bad[i].width,
			       bad[i].height, bad[i].bpp, bad[i].size,
			       bad[i].offset);
	}
	EXPECT_TRUE(can_show(self));
}

TEST_F_TIMEOUT(front, a_huge_buffer_is_above_the_limit, LIMIT)
{
	uint32_t sizes[] = { -1, 1U << 31 };
	struct xendispl_req req = create(&self->front, DBUF, &self->buffer);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		req.op.dbuf_create.buffer_sz = sizes[i];
		EXPECT_EQ(ENOSPC, request(self, req));
	}
	EXPECT_TRUE(can_show(self));
}

TEST_F_TIMEOUT(front, the_number_of_buffers_of_a_guest_is_limited, LIMIT)
{
	struct xendispl_req req = create(&self->front, DBUF, &self->buffer);
	unsigned int dbufs, fbs;
	int error = 0;

	req.op.dbuf_create.width = 1;
	req.op.dbuf_create.height = 1;
	req.op.dbuf_create.buffer_sz = 4;
	for (dbufs = 0; !error && dbufs < 10000; dbufs++) {
		req.op.dbuf_create.dbuf_cookie = DBUF + dbufs;
		error = request(self, req);
	}
	EXPECT_EQ(ENOSPC, error);
	/* More than a desktop needs */
	EXPECT_LE(8, --dbufs);
	ASSERT_EQ(0, request(self, destroy(DBUF)));
	ASSERT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));

	for (fbs = 0, error = 0; !error && fbs < 10000; fbs++)
		error = request(self, attach(self->first, DBUF, FB + fbs));
	EXPECT_EQ(ENOSPC, error);
	EXPECT_LE(8, --fbs);
	while (fbs)
		ASSERT_EQ(0, request(self, detach(FB + --fbs)));
	while (dbufs)
		ASSERT_EQ(0, request(self, destroy(DBUF + --dbufs)));
	EXPECT_TRUE(can_show(self));
}

TEST_F_TIMEOUT(front, unknown_flags_and_formats_are_refused, LIMIT)
{
	uint32_t formats[] = { 0, -1, 1, DRM_FORMAT_NV12, FORMAT ^ 0x80000000 };
	struct xendispl_req req = create(&self->front, DBUF, &self->buffer);
	unsigned int i;

	for (i = 1; i < 32; i++) {
		req.op.dbuf_create.flags = 1U << i;
		EXPECT_EQ(EINVAL, request(self, req));
	}
	ASSERT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		req = attach(self->first, DBUF, FB);
		req.op.fb_attach.pixel_format = formats[i];
		EXPECT_EQ(EINVAL, request(self, req))
			TH_LOG("format %#x", formats[i]);
	}
}

TEST_F_TIMEOUT(front, a_format_is_shown_or_refused, LIMIT)
{
	uint32_t formats[] = {
		DRM_FORMAT_XRGB8888, DRM_FORMAT_ARGB8888, DRM_FORMAT_XBGR8888,
		DRM_FORMAT_ABGR8888, DRM_FORMAT_RGBX8888, DRM_FORMAT_RGBA8888,
		DRM_FORMAT_BGRX8888, DRM_FORMAT_BGRA8888, DRM_FORMAT_XRGB2101010,
		DRM_FORMAT_RGB888, DRM_FORMAT_RGB565,
	};
	struct xendispl_req req = attach(self->first, DBUF, FB);
	unsigned int i;

	ASSERT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		req.op.fb_attach.pixel_format = formats[i];
		if (request(self, req))
			continue;
		/* A screen may have fewer formats than the backend */
		EXPECT_LE(0, request(self, config(self->first, FB)))
			TH_LOG("format %.4s", (char *)&formats[i]);
		EXPECT_EQ(0, request(self, detach(FB)));
	}
	ASSERT_EQ(0, request(self, destroy(DBUF)));
	EXPECT_TRUE(can_show(self));
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
	struct xendispl_req req = attach(self->first, DBUF, FB);
	unsigned int i;

	ASSERT_EQ(0, request(self, create(&self->front, DBUF, &self->buffer)));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		req.op.fb_attach.width = bad[i].width;
		req.op.fb_attach.height = bad[i].height;
		EXPECT_EQ(EINVAL, request(self, req))
			TH_LOG("%ux%u", bad[i].width, bad[i].height);
	}
	EXPECT_EQ(0, request(self, attach(self->first, DBUF, FB)));
}

TEST_F_TIMEOUT(front, a_line_has_whole_pixels, LIMIT)
{
	struct xendispl_req req = create(&self->front, DBUF, &self->buffer);
	uint32_t width = self->first->width, height = self->first->height;

	/* 2645 bytes for 641 pixels */
	ASSERT_TRUE(front_buffer_exit(&self->buffer, self->front.domid));
	ASSERT_TRUE(front_buffer_init(&self->buffer, self->front.domid,
				      (width * 5 + 5) * height));
	req = create(&self->front, DBUF, &self->buffer);
	req.op.dbuf_create.buffer_sz = (width * 5 + 5) * height;
	req.op.dbuf_create.width = width + 1;
	req.op.dbuf_create.bpp = BPP + 1;
	ASSERT_EQ(0, request(self, req));
	EXPECT_EQ(EINVAL, request(self, attach(self->first, DBUF, FB)));
	ASSERT_EQ(0, request(self, destroy(DBUF)));

	req.op.dbuf_create.width = width;
	req.op.dbuf_create.bpp = BPP;
	req.op.dbuf_create.data_ofs = 2;
	ASSERT_EQ(0, request(self, req));
	EXPECT_EQ(EINVAL, request(self, attach(self->first, DBUF, FB)));
	ASSERT_EQ(0, request(self, destroy(DBUF)));

	req.op.dbuf_create.data_ofs = 4;
	ASSERT_EQ(0, request(self, req));
	EXPECT_EQ(0, request(self, attach(self->first, DBUF, FB)));
	EXPECT_EQ(0, request(self, config(self->first, FB)));
}

TEST_F_TIMEOUT(front, a_configuration_has_the_resolution_of_its_screen, LIMIT)
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
	struct xendispl_req req = config(self->first, FB);
	unsigned int i;

	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->buffer));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		req.op.set_config.x = bad[i].x;
		req.op.set_config.y = bad[i].y;
		req.op.set_config.width = bad[i].width;
		req.op.set_config.height = bad[i].height;
		req.op.set_config.bpp = bad[i].bpp;
		EXPECT_EQ(EINVAL, request(self, req))
			TH_LOG("%ux%u from %u, %u on, %u bits", bad[i].width,
			       bad[i].height, bad[i].x, bad[i].y, bad[i].bpp);
	}
	/* A framebuffer that is too small */
	req = attach(self->first, DBUF, FB + 1);
	req.op.fb_attach.width = width / 2;
	ASSERT_EQ(0, request(self, req));
	EXPECT_EQ(EINVAL, request(self, config(self->first, FB + 1)));
	EXPECT_EQ(EINVAL, request(self, flip(FB + 1)));
	EXPECT_TRUE(flip_done(self, FB, 0));
}

/* ---- Pages */

/* directory_at - return a page of the other buffer's directory */
static uint32_t *directory_at(FIXTURE_DATA(front) * self, unsigned int page)
{
	return self->other.granted.pages +
	       (self->other.count + page) * (PEER_PAGE / 4);
}

/*
 * grant_long_buffer - grant the other buffer again, with a directory of two
 * pages
 */
static struct xendispl_req grant_long_buffer(FIXTURE_DATA(front) * self)
{
	struct xendispl_req req;

	front_buffer_exit(&self->other, self->front.domid);
	if (!front_buffer_init(&self->other, self->front.domid,
			       1100 * PEER_PAGE))
		exit(KSFT_FAIL);
	req = create(&self->front, DBUF, &self->other);
	req.op.dbuf_create.buffer_sz = 1100 * PEER_PAGE;
	return req;
}

/*
 * take_pages_back - grant the other buffer again; whether the backend had
 * unmapped it
 */
static bool take_pages_back(FIXTURE_DATA(front) * self)
{
	return front_buffer_exit(&self->other, self->front.domid) &&
	       front_buffer_init(&self->other, self->front.domid, self->size);
}

TEST_F_TIMEOUT(front, a_directory_that_loops_or_ends_early_is_refused, LIMIT)
{
	struct xendispl_req req = grant_long_buffer(self);
	uint32_t first = self->other.directory, second = directory_at(self, 0)[0];
	uint32_t next[] = { 0, first, NO_REF, -1 };
	/* Xen reserves 0 to 7, for example 0 for the console */
	uint32_t inside[] = { 0, 7, NO_REF, -1 };
	unsigned int i;

	ASSERT_EQ(0, request(self, req));
	ASSERT_EQ(0, request(self, destroy(DBUF)));
	for (i = 0; i < ARRAY_SIZE(next); i++) {
		directory_at(self, 0)[0] = next[i];
		EXPECT_TRUE(refused(request(self, req)))
			TH_LOG("next page %#x", next[i]);
		EXPECT_EQ(ENOENT, request(self, destroy(DBUF)));
	}
	directory_at(self, 0)[0] = second;
	/* With be-alloc=1 the backend writes the references */
	for (i = 0; !self->front.be_alloc && i < ARRAY_SIZE(inside); i++) {
		uint32_t *at = &directory_at(self, 1)[1100 - 1023], was = *at;

		*at = inside[i];
		EXPECT_TRUE(refused(request(self, req)))
			TH_LOG("last reference %#x", inside[i]);
		EXPECT_EQ(ENOENT, request(self, destroy(DBUF)));
		*at = was;
	}
	ASSERT_EQ(0, request(self, req));
	ASSERT_EQ(0, request(self, destroy(DBUF)));
	EXPECT_TRUE(take_pages_back(self));
	EXPECT_TRUE(can_show(self));
}

TEST_F_TIMEOUT(front, references_without_a_grant_are_refused, LIMIT)
{
	uint32_t refs[] = { 0, NO_REF, -1 };
	struct xendispl_req req = create(&self->front, DBUF, &self->buffer);
	struct granted revoked;
	unsigned int i;
	uint32_t last;

	for (i = 0; i < ARRAY_SIZE(refs); i++) {
		req.op.dbuf_create.gref_directory = refs[i];
		EXPECT_TRUE(refused(request(self, req)))
			TH_LOG("directory %#x", refs[i]);
		req = edid(&self->edid);
		req.op.get_edid.gref_directory = refs[i];
		EXPECT_TRUE(refused(request(self, req)))
			TH_LOG("directory of the EDID %#x", refs[i]);
		req = create(&self->front, DBUF, &self->buffer);
	}

	ASSERT_TRUE(granted_begin(&revoked, self->front.domid, 1, false));
	last = revoked.refs[0];
	granted_end(&revoked);
	if (!self->front.be_alloc) {
		directory_at(self, 0)[self->other.count] = last;
		EXPECT_TRUE(refused(request(self,
					    create(&self->front, DBUF, &self->other))));
	}
	req.op.dbuf_create.gref_directory = last;
	EXPECT_TRUE(refused(request(self, req)));
	EXPECT_EQ(ENOENT, request(self, destroy(DBUF)));
	EXPECT_TRUE(take_pages_back(self));
	EXPECT_TRUE(can_show(self));
}

/*
 * Xen counts up to 127 mappings of a page; the backend's kernel must not warn
 */
TEST_F_TIMEOUT(front, a_page_listed_many_times_is_shown_or_refused, LIMIT)
{
	unsigned int i, n, times[] = { 100, 200 };
	uint32_t *refs = directory_at(self, 0) + 1;
	int ret;

	if (self->front.be_alloc)
		SKIP(return, "be-alloc is set: the guest grants no buffer");
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		ASSERT_LT(times[i], self->other.count);
		for (n = 1; n < times[i]; n++)
			refs[n] = refs[0];
		ret = request(self, create(&self->front, DBUF, &self->other));
		EXPECT_TRUE(!ret || refused(ret) || ret == ENOSPC)
			TH_LOG("%u times: %d", times[i], ret);
		if (ret)
			continue;
		EXPECT_EQ(0, request(self, attach(self->first, DBUF, FB)));
		EXPECT_EQ(0, request(self, config(self->first, FB)));
		EXPECT_TRUE(flip_done(self, FB, self->first->events->in_cons));
		EXPECT_EQ(0, request(self, config_off()));
		EXPECT_EQ(0, request(self, detach(FB)));
		EXPECT_EQ(0, request(self, destroy(DBUF)));
	}
	memcpy(refs, self->other.granted.refs, self->other.count * sizeof(*refs));
	EXPECT_TRUE(can_show(self));
}

TEST_F_TIMEOUT(front, read_only_pages_are_not_written, LIMIT)
{
	struct granted pages;
	uint32_t directory;

	/* The second page is the directory, the first one is for the EDID */
	ASSERT_TRUE(granted_begin(&pages, self->front.domid, 2, true));
	directory = directory_write(&pages, 1, pages.refs, 1);
	self->other.directory = directory;
	EXPECT_TRUE(refused(request(self, edid(&self->other))));
	if (self->front.be_alloc)
		EXPECT_TRUE(refused(request(self,
					    create(&self->front, DBUF, &self->other))));
	EXPECT_TRUE(granted_end_unmapped(&pages, self->front.domid));
	EXPECT_TRUE(can_show(self));
}

TEST_F_TIMEOUT(front, a_guest_may_revoke_a_buffer_on_the_screen, LIMIT)
{
	if (self->front.be_alloc)
		SKIP(return, "be-alloc is set: the guest grants no buffer");
	ASSERT_TRUE(show_buffer(self, DBUF, FB, &self->other));
	/* The backend's mapping of the pages stays valid */
	EXPECT_FALSE(front_buffer_exit(&self->other, self->front.domid));
	EXPECT_TRUE(flip_done(self, FB, 0));
	EXPECT_EQ(0, request(self, destroy(DBUF)));
	ASSERT_TRUE(front_buffer_init(&self->other, self->front.domid,
				      self->size));
	EXPECT_TRUE(can_show(self));
}

TEST_HARNESS_MAIN
