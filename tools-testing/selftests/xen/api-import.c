// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions by which front and back ends in the kernel import, through the
 * module api_calls: each test is a promise.  Runs in domain 0 against the mapper
 * in a guest, see import.h, with the modules odd_buffer and vgem.
 */

#include "api.h"
#include "odd.h"

static const struct odd_buffer_segment parts[] = {
	{ .offset = 512, .length = 8 * PAGE - 512 }, { .length = 12 * PAGE },
};

/* make - a buffer of FEW pages, and what it takes to import it */
static bool make(FIXTURE_DATA(import) * self, struct odd *odd, uint32_t *refs,
		 struct api_calls_import *op)
{
	if (odd_segments(odd, FEW * PAGE - 512, ARRAY_SIZE(parts), parts))
		return false;
	pattern_fill(odd->memory, 0, FEW, 5);
	*op = (struct api_calls_import) {
		.refs = (uintptr_t)refs,
		.elements = FEW,
		.count = FEW,
		.domid = peer_domid(),
		.fd = odd->fd,
	};
	return true;
}

TEST_F_TIMEOUT(import, a_guest_maps_what_a_driver_imported, LIMIT)
{
	struct api_calls_import op;
	uint32_t refs[FEW];
	struct odd odd;
	int api = api_open();

	ASSERT_TRUE(make(self, &odd, refs, &op));
	ASSERT_EQ(0, call(api, API_CALLS_IMPORT, &op));
	EXPECT_EQ(512, op.data_ofs);
	EXPECT_EQ(NULL, exchange(&self->mapper, FEW, refs, odd.memory));
	EXPECT_EQ(ETIMEDOUT, api_wait(api, op.id, 0));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 0));
	/* It is no program's */
	EXPECT_EQ(ENOENT, release_id(self->gntdev, op.id));
	EXPECT_EQ(0, api_release(api, op.id));
	api_wait(api, op.id, UINT32_MAX);
	EXPECT_EQ(ENOENT, api_wait(api, op.id, 0));
	EXPECT_FALSE(odd_in_use(&odd));
	odd_close(&odd);
	close(api);
}

TEST_F_TIMEOUT(import, a_guest_only_reads_what_a_driver_imported_so, LIMIT)
{
	struct api_calls_import op;
	struct mapping mapping;
	uint32_t refs[FEW];
	struct odd odd;
	int api = api_open();

	ASSERT_TRUE(make(self, &odd, refs, &op));
	op.flags = GNTDEV_DMABUF_IMPORT_READONLY;
	ASSERT_EQ(0, call(api, API_CALLS_IMPORT, &op));
	mapping_begin(&mapping, &self->mapper, refs, FEW);
	EXPECT_NE(0, mapping_map(&mapping, false));
	ASSERT_EQ(0, mapping_map(&mapping, true));
	EXPECT_EQ(0, mapping_wrong(&mapping, 5));
	mapping_unmap(&mapping);
	mapping_end(&mapping);
	EXPECT_EQ(0, api_release(api, op.id));
	odd_close(&odd);
	close(api);
}

/*
 * import_mapped - import, and let the guest map it: from here on only that
 * keeps it, when it was released
 */
static bool import_mapped(FIXTURE_DATA(import) * self, int api, bool keep,
			  struct odd *odd, struct mapping *mapping, uint64_t *id)
{
	struct api_calls_import op;
	uint32_t refs[FEW];

	if (!make(self, odd, refs, &op))
		return false;
	op.keep = keep;
	if (call(api, API_CALLS_IMPORT, &op))
		return false;
	odd_let_go(odd);
	*id = op.id;
	mapping_begin(mapping, &self->mapper, refs, FEW);
	return !mapping_map(mapping, false);
}

/* kept - whether the exporter still cannot have it, and the guest sees it */
static bool kept(FIXTURE_DATA(import) * self, const struct odd *odd,
		 struct mapping *mapping, uint64_t id)
{
	struct odd_buffer_state state;

	if (wait_id(self->gntdev, id, 100) != ETIMEDOUT)
		return false;
	state = odd_state(odd);
	return state.alive && state.attached == 1 && state.mapped == 1 &&
	       !mapping_wrong(mapping, 5);
}

/* let_go - the guest unmaps; whether the exporter gets it back then */
static bool let_go(FIXTURE_DATA(import) * self, struct odd *odd,
		   struct mapping *mapping, uint64_t id)
{
	bool back;

	mapping_unmap(mapping);
	mapping_end(mapping);
	/* The import's was the last reference */
	back = is_gone(self->gntdev, id) && !odd_in_use(odd) &&
	       !odd_state(odd).alive;
	odd_close(odd);
	return back;
}

TEST_F_TIMEOUT(import, a_guest_keeps_what_a_driver_released, LIMIT)
{
	struct api_waiter waiter;
	struct mapping mapping;
	struct odd odd;
	uint64_t id;
	int api = api_open();

	ASSERT_TRUE(import_mapped(self, api, false, &odd, &mapping, &id));
	EXPECT_EQ(0, api_release(api, id));
	EXPECT_EQ(ENOENT, api_release(api, id));
	EXPECT_TRUE(kept(self, &odd, &mapping, id));
	ASSERT_TRUE(start_waiter(&waiter, api, id));
	EXPECT_TRUE(let_go(self, &odd, &mapping, id));
	ASSERT_EQ(0, pthread_join(waiter.thread, NULL));
	EXPECT_EQ(0, waiter.result);
	close(api);
}

TEST_F_TIMEOUT(import, a_guest_keeps_what_a_driver_that_ended_released, LIMIT)
{
	struct mapping mapping;
	struct odd odd;
	uint64_t id;
	int with, api = api_open();

	/* The first it gives up by itself, the second its module when unloaded */
	ASSERT_TRUE(import_mapped(self, api, false, &odd, &mapping, &id));
	ASSERT_EQ(0, close(api));
	EXPECT_TRUE(kept(self, &odd, &mapping, id));
	EXPECT_TRUE(let_go(self, &odd, &mapping, id));

	api = api_open();
	ASSERT_TRUE(import_mapped(self, api, true, &odd, &mapping, &id));
	ASSERT_EQ(0, close(api));
	with = module_users();
	ASSERT_EQ(0, module_unload("api_calls"));
	/* Not the module that knows the functions: that the import holds */
	EXPECT_EQ(with - 1, module_users());
	EXPECT_TRUE(kept(self, &odd, &mapping, id));
	EXPECT_TRUE(let_go(self, &odd, &mapping, id));
	ASSERT_EQ(0, system("modprobe api_calls"));
	/* The import's goes last of all */
	while (module_users() != with - 1)
		sched_yield();
}

TEST_F_TIMEOUT(import, what_a_driver_cannot_mean_is_not_imported, LIMIT)
{
	static const struct wrong wrong[] = {
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
	struct odd odd;

	ASSERT_TRUE(make(self, &odd, refs, &op));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(wrong[i].error, with(api, API_CALLS_IMPORT, &op,
					       wrong[i].at, wrong[i].value))
			TH_LOG("case %d", i);
		EXPECT_FALSE(odd_in_use(&odd));
	}
	for (flag = 1; flag; flag <<= 1)
		if (flag != GNTDEV_DMABUF_IMPORT_READONLY)
			EXPECT_EQ(EINVAL, with(api, API_CALLS_IMPORT, &op,
					       offsetof(typeof(op), flags),
					       flag));
	odd_close(&odd);
	close(api);
}
