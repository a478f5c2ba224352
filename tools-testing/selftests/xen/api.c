// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions by which front and back ends in the kernel export, through the
 * module api_calls: each test is a promise.  Runs in domain 0 against the granter
 * and the mapper in a guest, see import.h, with the module odd_buffer.
 */

#include "api.h"
#include "odd.h"
#include "peer.h"

/* A reference that is in nobody's table */
#define NO_REF	0x7fffffff

/* api_put - the module closes the descriptor, puts the last reference and waits */
static int api_put(int api, uint64_t id, int fd, uint32_t ms, bool thread)
{
	struct api_calls_put op = {
		.id = id, .fd = fd, .timeout_ms = ms, .thread = thread
	};

	return call(api, API_CALLS_PUT, &op);
}

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

/* put_last - what comes of it when the module puts the only reference */
static int put_last(FIXTURE_DATA(exports) * self, uint32_t ms, bool thread)
{
	struct api_calls_export op = to_export(self->peer, &self->spare);
	int ret = call(self->api, API_CALLS_EXPORT, &op);

	if (ret)
		return ret;
	ret = api_put(self->api, op.id, op.fd, ms, thread);
	/* Released is released, and not when the system call has ended */
	return ret ? ret : api_wait(self->api, op.id, 0) == ENOENT ? 0 : EBUSY;
}

TEST_F_TIMEOUT(exports, a_driver_puts_the_last_reference_and_waits_in_a_system_call,
	       LIMIT)
{
	EXPECT_EQ(0, put_last(self, UINT32_MAX, false));
	EXPECT_EQ(0, put_last(self, 0, false));
	EXPECT_EQ(self->users, module_users());
}

TEST_F_TIMEOUT(exports, a_driver_puts_the_last_reference_and_waits_in_a_kernel_thread,
	       LIMIT)
{
	EXPECT_EQ(0, put_last(self, UINT32_MAX, true));
	EXPECT_EQ(0, put_last(self, 0, true));
	EXPECT_EQ(self->users, module_users());
}

/**
 * struct api_putter - a thread in which the module puts and waits
 * @thread: which
 * @api: the module's file
 * @id: of the buffer
 * @fd: its descriptor
 * @result: what came of it, -1 before
 */
struct api_putter {
	pthread_t thread;
	int api;
	uint64_t id;
	int fd;
	int result;
};

static void *putter_main(void *data)
{
	struct api_putter *putter = data;

	putter->result = api_put(putter->api, putter->id, putter->fd, UINT32_MAX,
				 false);
	return NULL;
}

TEST_F_TIMEOUT(exports, a_driver_that_puts_and_waits_waits_for_all_others, LIMIT)
{
	struct api_calls_export op = to_export(self->peer, &self->spare);
	struct api_putter putter = { .api = self->api, .result = -1 };
	int other;

	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	other = dup(op.fd);
	EXPECT_EQ(ETIMEDOUT, api_put(self->api, op.id, dup(op.fd), 0, false));
	EXPECT_EQ(ETIMEDOUT, api_put(self->api, op.id, dup(op.fd), 20, true));
	putter.id = op.id;
	putter.fd = op.fd;
	ASSERT_EQ(0, pthread_create(&putter.thread, NULL, putter_main, &putter));
	while (!others_sleep())
		sched_yield();
	EXPECT_EQ(-1, putter.result);
	EXPECT_EQ(0, wrong_pages(other, FEW));
	EXPECT_EQ(0, close(other));
	ASSERT_EQ(0, pthread_join(putter.thread, NULL));
	EXPECT_EQ(0, putter.result);
	EXPECT_EQ(ENOENT, api_wait(self->api, op.id, 0));
}

TEST_F_TIMEOUT(exports, a_driver_puts_also_where_it_waits_for_nobodys_id, LIMIT)
{
	struct api_calls_export op = to_export(self->peer, &self->spare);

	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	EXPECT_EQ(ENOENT, api_put(self->api, op.id + 1, op.fd, 0, false));
	EXPECT_EQ(ENOENT, api_wait(self->api, op.id, 0));
	EXPECT_EQ(self->users, module_users());
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
