// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions that front and back ends in the kernel call, through the module
 * api_calls: each test is a promise.  Runs in domain 0 against the granter and
 * the mapper in a guest, see import.h, with the modules odd_buffer and vgem.
 */

#include <pthread.h>
#include <stddef.h>

#include "odd.h"
#include "peer.h"
#include "test_modules/api_calls.h"
#include "threads.h"

/* A reference that is in nobody's table */
#define NO_REF	0x7fffffff

/* What a test exports and imports */
#define FEW	20

static int api_open(void)
{
	return open("/dev/api_calls", O_RDWR | O_CLOEXEC);
}

static int api_wait(int api, uint64_t id, uint32_t ms)
{
	struct api_calls_wait op = { .id = id, .timeout_ms = ms };

	return call(api, API_CALLS_WAIT, &op);
}

static int api_release(int api, uint64_t id)
{
	return call(api, API_CALLS_RELEASE, &id);
}

/**
 * struct wrong - what makes a request wrong
 * @error: and what it gives
 * @at: a word of its structure, in bytes
 * @value: of that word
 */
struct wrong {
	int error;
	size_t at;
	uint32_t value;
};

/* with - what comes of a request in which one word is another */
static int with(int api, unsigned long request, const void *good, size_t at,
		uint32_t value)
{
	uint32_t words[16];

	memcpy(words, good, _IOC_SIZE(request));
	words[at / 4] = value;
	return call(api, request, words);
}

/**
 * struct api_waiter - a thread in which the module waits
 * @thread: which
 * @api: the module's file
 * @id: of the buffer
 * @result: what came of it, -1 before
 */
struct api_waiter {
	pthread_t thread;
	int api;
	uint64_t id;
	int result;
};

static void *waiter_main(void *data)
{
	struct api_waiter *waiter = data;

	waiter->result = api_wait(waiter->api, waiter->id, UINT32_MAX);
	return NULL;
}

/* start_waiter - and return when it sleeps */
static bool start_waiter(struct api_waiter *waiter, int api, uint64_t id)
{
	*waiter = (struct api_waiter) { .api = api, .id = id, .result = -1 };
	if (pthread_create(&waiter->thread, NULL, waiter_main, waiter))
		return false;
	while (!others_sleep())
		sched_yield();
	return waiter->result == -1;
}

/* ---- Export */

/* to_export - all of what the guest granted */
static struct api_calls_export to_export(const struct peer *peer,
					 const struct peer_buffer *spare)
{
	return (struct api_calls_export) {
		.refs = (uintptr_t)spare->refs,
		.elements = spare->count,
		.count = spare->count,
		.domid = peer->domid,
		.fd = -1,
	};
}

/* wrong_pages - number of pages that do not begin as the guest wrote them */
static unsigned int wrong_pages(int fd, unsigned int count)
{
	uint32_t *map = mmap(NULL, count * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	unsigned int i, wrong = 0;

	if (map == MAP_FAILED)
		return count;
	for (i = 0; i < count; i++)
		wrong += map[i * PATTERN_WORDS] != peer_spare_word(i);
	munmap(map, count * PAGE);
	return wrong;
}

/* A guest with something granted, in addition to the mapper */
FIXTURE(exports)
{
	struct peer *peer;
	struct peer_buffer spare;
	struct conserve before;
	int gntdev, api, users;
};

FIXTURE_SETUP(exports)
{
	int fd;

	self->peer = peer_open(peer_domid());
	ASSERT_TRUE(peer_alloc(self->peer, FEW, false, &self->spare));
	self->gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->gntdev);
	self->api = api_open();
	ASSERT_LE(0, self->api);
	self->users = module_users();
	/* What grows stays grown, see one_processor() */
	ASSERT_EQ(0, export_refs(self->gntdev, 0, FEW, self->peer->domid,
				 self->spare.refs, &fd));
	EXPECT_EQ(0, wrong_pages(fd, FEW));
	ASSERT_EQ(0, close(fd));
	conserve_begin(&self->before, self->peer->domid);
}

FIXTURE_TEARDOWN(exports)
{
	const char *lost = conserve_end(&self->before);

	EXPECT_EQ(NULL, lost)
		TH_LOG("not conserved: %s", lost);
	EXPECT_EQ(self->users, module_users());
	close(self->api);
	close(self->gntdev);
	peer_free(self->peer, &self->spare);
	free(self->spare.refs);
	peer_close(self->peer);
}

TEST_F_TIMEOUT(exports, a_driver_exports_what_a_guest_granted, LIMIT)
{
	struct api_calls_export op = to_export(self->peer, &self->spare);

	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	EXPECT_EQ(0, wrong_pages(op.fd, FEW));
	EXPECT_EQ((off_t)(FEW * PAGE), lseek(op.fd, 0, SEEK_END));
	EXPECT_EQ(self->users + 1, module_users());
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(exports, a_driver_exports_a_directory, LIMIT)
{
	struct api_calls_export op = to_export(self->peer, &self->spare);

	op.refs = (uintptr_t)&self->spare.directory;
	op.elements = 1;
	op.flags = GNTDEV_DMABUF_EXPORT_DIRECTORY;
	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	EXPECT_EQ(0, wrong_pages(op.fd, FEW));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(exports, a_driver_exports_for_reading_only, LIMIT)
{
	struct api_calls_export op = to_export(self->peer, &self->spare);

	op.flags = GNTDEV_DMABUF_EXPORT_READONLY;
	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	EXPECT_EQ(0, wrong_pages(op.fd, FEW));
	EXPECT_EQ(MAP_FAILED, map_all(PAGE, op.fd));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(exports, a_driver_waits_for_the_end_of_an_export, LIMIT)
{
	struct api_calls_export op = to_export(self->peer, &self->spare);
	struct api_waiter waiter;

	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	EXPECT_EQ(ETIMEDOUT, api_wait(self->api, op.id, 0));
	EXPECT_EQ(ETIMEDOUT, api_wait(self->api, op.id, 20));
	/* Programs know it by the same id */
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 0));
	EXPECT_EQ(ENOENT, api_wait(self->api, op.id + 1, 0));
	ASSERT_TRUE(start_waiter(&waiter, self->api, op.id));
	EXPECT_EQ(0, close(op.fd));
	ASSERT_EQ(0, pthread_join(waiter.thread, NULL));
	EXPECT_EQ(0, waiter.result);
	EXPECT_EQ(ENOENT, api_wait(self->api, op.id, 0));
}

TEST_F_TIMEOUT(exports, what_a_driver_cannot_mean_is_not_exported, LIMIT)
{
	static const struct wrong wrong[] = {
		{ EINVAL, offsetof(struct api_calls_export, count), 0 },
		{ E2BIG, offsetof(struct api_calls_export, count), INT32_MAX },
		{ E2BIG, offsetof(struct api_calls_export, count), UINT32_MAX },
		{ ESRCH, offsetof(struct api_calls_export, domid), 0x7ff0 },
		{ EINVAL, offsetof(struct api_calls_export, data_ofs), PAGE },
		{ EINVAL, offsetof(struct api_calls_export, flags),
		  GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT },
	};
	struct api_calls_export op = to_export(self->peer, &self->spare);
	uint32_t bad = NO_REF, flag;
	int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_EQ(wrong[i].error, with(self->api, API_CALLS_EXPORT, &op,
					       wrong[i].at, wrong[i].value))
			TH_LOG("case %d", i);
	/* Drivers have no eventfds */
	for (flag = GNTDEV_DMABUF_EXPORT_EVENTFD; flag; flag <<= 1)
		EXPECT_EQ(EINVAL, with(self->api, API_CALLS_EXPORT, &op,
				       offsetof(typeof(op), flags), flag));

	op.refs = (uintptr_t)&bad;
	op.elements = 1;
	op.count = 1;
	EXPECT_EQ(EACCES, call(self->api, API_CALLS_EXPORT, &op));
	op.flags = GNTDEV_DMABUF_EXPORT_DIRECTORY;
	EXPECT_EQ(EACCES, call(self->api, API_CALLS_EXPORT, &op));

	/* Xen's own, and what is behind the end of a directory */
	for (bad = 0; bad < RESERVED_REFS; bad++) {
		op.flags = 0;
		EXPECT_EQ(EINVAL, call(self->api, API_CALLS_EXPORT, &op));
		op.flags = GNTDEV_DMABUF_EXPORT_DIRECTORY;
		EXPECT_EQ(EINVAL, call(self->api, API_CALLS_EXPORT, &op));
	}
	op.refs = (uintptr_t)&self->spare.directory;
	op.count = FEW + 1;
	EXPECT_EQ(EINVAL, call(self->api, API_CALLS_EXPORT, &op));
}

TEST_F_TIMEOUT(exports, what_a_driver_exports_it_cannot_import, LIMIT)
{
	struct api_calls_export op = to_export(self->peer, &self->spare);
	uint32_t refs[FEW];
	struct api_calls_import back = {
		.refs = (uintptr_t)refs,
		.elements = FEW,
		.count = FEW,
		.domid = self->peer->domid,
	};

	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	back.fd = op.fd;
	EXPECT_EQ(EOPNOTSUPP, call(self->api, API_CALLS_IMPORT, &back));
	EXPECT_EQ(0, close(op.fd));
	EXPECT_EQ(ENOENT, api_wait(self->api, op.id, 0));
}

TEST_F_TIMEOUT(exports, one_page_of_a_guest_among_others_is_not_imported, LIMIT)
{
	struct odd_buffer_segment segments[3];
	struct odd_buffer_make make = {
		.size = ARRAY_SIZE(segments) * PAGE,
		.segments = (uintptr_t)segments,
		.count = ARRAY_SIZE(segments),
		.domid = self->peer->domid,
	};
	uint32_t refs[ARRAY_SIZE(segments)];
	struct api_calls_import op = {
		.refs = (uintptr_t)refs,
		.elements = ARRAY_SIZE(segments),
		.count = ARRAY_SIZE(segments),
		.domid = self->peer->domid,
	};
	struct odd odd;
	int i;

	for (i = 0; i < ARRAY_SIZE(segments); i++) {
		memset(segments, 0, sizeof(segments));
		segments[0].length = PAGE;
		segments[1].length = PAGE;
		segments[2].length = PAGE;
		segments[i].memory = ODD_BUFFER_FOREIGN;
		segments[i].ref = self->spare.refs[i];
		ASSERT_EQ(0, odd_make(&odd, &make));
		op.fd = odd.fd;
		EXPECT_EQ(EOPNOTSUPP, call(self->api, API_CALLS_IMPORT, &op));
		EXPECT_FALSE(odd_in_use(&odd));
		odd_close(&odd);
	}
}

/* ---- Import */

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
