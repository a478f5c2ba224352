// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions of <xen/dmabuf.h> with which front and back ends in the kernel
 * import.  Each test checks one promise.  Runs in domain 0 with the modules
 * api_calls, test_exporter and vgem, and with mapper in a guest: see import.h.
 */

#include "api.h"
#include "modules.h"
#include "test-exporter.h"

static const struct test_exporter_segment parts[] = {
	{ .offset = 512, .length = 8 * PAGE - 512 }, { .length = 12 * PAGE },
};

/* create - create a buffer of FEW pages and a request to import it */
static bool create(FIXTURE_DATA(import) * self, struct test_buf *buf,
		   uint32_t *refs, struct api_calls_import *op)
{
	if (test_buf_segments(buf, FEW * PAGE - 512, ARRAY_SIZE(parts), parts))
		return false;
	pattern_fill(buf->memory, 0, FEW, 5);
	*op = (struct api_calls_import) {
		.refs = (uintptr_t)refs,
		.elements = FEW,
		.count = FEW,
		.domid = peer_domid(),
		.fd = buf->fd,
	};
	return true;
}

TEST_F_TIMEOUT(import, a_guest_maps_an_import_of_a_driver, LIMIT)
{
	struct api_calls_import op;
	uint32_t refs[FEW];
	struct test_buf buf;
	int api = api_open();

	ASSERT_TRUE(create(self, &buf, refs, &op));
	ASSERT_EQ(0, call(api, API_CALLS_IMPORT, &op));
	EXPECT_EQ(512, op.data_ofs);
	EXPECT_EQ(NULL, check_access(&self->mapper, FEW, refs, buf.memory));
	EXPECT_EQ(ETIMEDOUT, api_wait(api, op.id, 0));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 0));
	/* A program cannot release the import of a driver */
	EXPECT_EQ(ENOENT, release_id(self->gntdev, op.id));
	EXPECT_EQ(0, api_release(api, op.id));
	api_wait(api, op.id, UINT32_MAX);
	EXPECT_EQ(ENOENT, api_wait(api, op.id, 0));
	EXPECT_FALSE(test_buf_in_use(&buf));
	test_buf_close(&buf);
	close(api);
}

TEST_F_TIMEOUT(import, a_read_only_import_of_a_driver_cannot_be_written, LIMIT)
{
	struct api_calls_import op;
	struct mapping mapping;
	uint32_t refs[FEW];
	struct test_buf buf;
	int api = api_open();

	ASSERT_TRUE(create(self, &buf, refs, &op));
	op.flags = GNTDEV_DMABUF_IMPORT_READONLY;
	ASSERT_EQ(0, call(api, API_CALLS_IMPORT, &op));
	mapping_begin(&mapping, &self->mapper, refs, FEW);
	EXPECT_NE(0, mapping_map(&mapping, false));
	ASSERT_EQ(0, mapping_map(&mapping, true));
	EXPECT_EQ(0, mapping_wrong(&mapping, 5));
	mapping_unmap(&mapping);
	mapping_end(&mapping);
	EXPECT_EQ(0, api_release(api, op.id));
	test_buf_close(&buf);
	close(api);
}

/*
 * import_mapped - import a buffer, close it, and let the guest map it
 *
 * The import holds the only reference to the dma-buf.
 */
static bool import_mapped(FIXTURE_DATA(import) * self, int api,
			  bool until_unload, struct test_buf *buf,
			  struct mapping *mapping, uint64_t *id)
{
	struct api_calls_import op;
	uint32_t refs[FEW];

	if (!create(self, buf, refs, &op))
		return false;
	op.until_unload = until_unload;
	if (call(api, API_CALLS_IMPORT, &op))
		return false;
	test_buf_put(buf);
	*id = op.id;
	mapping_begin(mapping, &self->mapper, refs, FEW);
	return !mapping_map(mapping, false);
}

/* is_held - whether the buffer is attached and the guest reads its memory */
static bool is_held(FIXTURE_DATA(import) * self, const struct test_buf *buf,
		    struct mapping *mapping, uint64_t id)
{
	struct test_exporter_state state;

	if (wait_id(self->gntdev, id, 100) != ETIMEDOUT)
		return false;
	state = test_buf_state(buf);
	return state.alive && state.attached == 1 && state.mapped == 1 &&
	       !mapping_wrong(mapping, 5);
}

/* unmap - let the guest unmap the buffer; whether that releases it */
static bool unmap(FIXTURE_DATA(import) * self, struct test_buf *buf,
		  struct mapping *mapping, uint64_t id)
{
	bool released;

	mapping_unmap(mapping);
	mapping_end(mapping);
	/* The import had the last reference to the dma-buf */
	released = is_released(self->gntdev, id) && !test_buf_in_use(buf) &&
	       !test_buf_state(buf).alive;
	test_buf_close(buf);
	return released;
}

TEST_F_TIMEOUT(import, a_guest_holds_a_buffer_that_a_driver_released, LIMIT)
{
	struct api_thread waiter;
	struct mapping mapping;
	struct test_buf buf;
	uint64_t id;
	int api = api_open();

	ASSERT_TRUE(import_mapped(self, api, false, &buf, &mapping, &id));
	EXPECT_EQ(0, api_release(api, id));
	EXPECT_EQ(ENOENT, api_release(api, id));
	EXPECT_TRUE(is_held(self, &buf, &mapping, id));
	ASSERT_TRUE(start_waiter(&waiter, api, id));
	EXPECT_TRUE(unmap(self, &buf, &mapping, id));
	ASSERT_EQ(0, pthread_join(waiter.thread, NULL));
	EXPECT_EQ(0, waiter.result);
	close(api);
}

TEST_F_TIMEOUT(import, a_guest_holds_a_buffer_of_a_driver_that_exited, LIMIT)
{
	struct mapping mapping;
	struct test_buf buf;
	uint64_t id;
	int with, api = api_open();

	/* The close of the file releases the first import */
	ASSERT_TRUE(import_mapped(self, api, false, &buf, &mapping, &id));
	ASSERT_EQ(0, close(api));
	EXPECT_TRUE(is_held(self, &buf, &mapping, id));
	EXPECT_TRUE(unmap(self, &buf, &mapping, id));

	/* The unloading of the module releases the second one */
	api = api_open();
	ASSERT_TRUE(import_mapped(self, api, true, &buf, &mapping, &id));
	ASSERT_EQ(0, close(api));
	with = module_users();
	ASSERT_EQ(0, module_unload("api_calls"));
	/* The import still holds a reference to xen_gntdev */
	EXPECT_EQ(with - 1, module_users());
	EXPECT_TRUE(is_held(self, &buf, &mapping, id));
	EXPECT_TRUE(unmap(self, &buf, &mapping, id));
	ASSERT_EQ(0, system("modprobe api_calls"));
	/* The reference of the import is put after the release */
	while (module_users() != with - 1)
		sched_yield();
}

TEST_F_TIMEOUT(import, invalid_imports_of_a_driver_are_refused, LIMIT)
{
	static const struct invalid invalid[] = {
		{ EINVAL, offsetof(struct api_calls_import, count), 0 },
		{ EINVAL, offsetof(struct api_calls_import, count), FEW - 1 },
		{ EINVAL, offsetof(struct api_calls_import, count), FEW + 1 },
		{ E2BIG, offsetof(struct api_calls_import, count), INT32_MAX },
		{ E2BIG, offsetof(struct api_calls_import, count), UINT32_MAX },
		{ ESRCH, offsetof(struct api_calls_import, domid), 0x7ff0 },
	};
	struct api_calls_import op;
	uint32_t refs[FEW], flag;
	int i, api = api_open();
	struct test_buf buf;

	ASSERT_TRUE(create(self, &buf, refs, &op));
	for (i = 0; i < ARRAY_SIZE(invalid); i++) {
		EXPECT_EQ(invalid[i].error, with(api, API_CALLS_IMPORT, &op,
						 invalid[i].at, invalid[i].value))
			TH_LOG("case %d", i);
		EXPECT_FALSE(test_buf_in_use(&buf));
	}
	for (flag = 1; flag; flag <<= 1)
		if (flag != GNTDEV_DMABUF_IMPORT_READONLY)
			EXPECT_EQ(EINVAL, with(api, API_CALLS_IMPORT, &op,
					       offsetof(typeof(op), flags),
					       flag));
	test_buf_close(&buf);
	close(api);
}
