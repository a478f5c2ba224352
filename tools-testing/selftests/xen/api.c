// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions of <xen/dmabuf.h> with which front and back ends in the kernel
 * export.  Each test checks one promise.  Runs in domain 0 with the modules
 * api_calls, test_exporter, vgem and vmap_look, and with granter and mapper in a
 * guest: see import.h.
 */

#include "api.h"
#include "look.h"
/* The tests here have another fixture than that of import.h */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include "test-exporter.h"
#pragma GCC diagnostic pop
#include "peer.h"
#include "touch.h"

/* A reference beyond the end of every grant table */
#define NO_REF	0x7fffffff

/* api_put - let the module close a descriptor, put its reference and wait */
static int api_put(int api, uint64_t id, int fd, uint32_t ms, bool thread)
{
	struct api_calls_put op = {
		.id = id, .fd = fd, .timeout_ms = ms, .thread = thread
	};

	return call(api, API_CALLS_PUT, &op);
}

static int api_revoke(int api, int fd)
{
	return ioctl(api, API_CALLS_REVOKE, fd) ? errno : 0;
}

/* export_op - a request to export all pages that the guest granted */
static struct api_calls_export export_op(const struct peer *peer,
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

/* wrong_pages - number of pages whose first word is not what the guest wrote */
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

/* Pages that the guest grants to this domain */
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
	/* Let the tables grow, see one_processor() */
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

TEST_F_TIMEOUT(exports, a_driver_exports_pages_that_a_guest_granted, LIMIT)
{
	struct api_calls_export op = export_op(self->peer, &self->spare);

	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	EXPECT_EQ(0, wrong_pages(op.fd, FEW));
	EXPECT_EQ((off_t)(FEW * PAGE), lseek(op.fd, 0, SEEK_END));
	EXPECT_EQ(self->users + 1, module_users());
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(exports, a_driver_exports_a_page_directory, LIMIT)
{
	struct api_calls_export op = export_op(self->peer, &self->spare);

	op.refs = (uintptr_t)&self->spare.directory;
	op.elements = 1;
	op.flags = GNTDEV_DMABUF_EXPORT_DIRECTORY;
	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	EXPECT_EQ(0, wrong_pages(op.fd, FEW));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(exports, a_driver_exports_read_only, LIMIT)
{
	struct api_calls_export op = export_op(self->peer, &self->spare);

	op.flags = GNTDEV_DMABUF_EXPORT_READONLY;
	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	EXPECT_EQ(0, wrong_pages(op.fd, FEW));
	EXPECT_EQ(MAP_FAILED, map_all(PAGE, op.fd));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(exports, a_driver_waits_for_the_release_of_an_export, LIMIT)
{
	struct api_calls_export op = export_op(self->peer, &self->spare);
	struct api_thread waiter;

	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	EXPECT_EQ(ETIMEDOUT, api_wait(self->api, op.id, 0));
	EXPECT_EQ(ETIMEDOUT, api_wait(self->api, op.id, 20));
	/* The id is valid for programs, too */
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 0));
	EXPECT_EQ(ENOENT, api_wait(self->api, op.id + 1, 0));
	ASSERT_TRUE(start_waiter(&waiter, self->api, op.id));
	EXPECT_EQ(0, close(op.fd));
	ASSERT_EQ(0, pthread_join(waiter.thread, NULL));
	EXPECT_EQ(0, waiter.result);
	EXPECT_EQ(ENOENT, api_wait(self->api, op.id, 0));
}

/* put_last - let the module put the only reference; EBUSY if that is no release */
static int put_last(FIXTURE_DATA(exports) * self, uint32_t ms, bool thread)
{
	struct api_calls_export op = export_op(self->peer, &self->spare);
	int ret = call(self->api, API_CALLS_EXPORT, &op);

	if (ret)
		return ret;
	ret = api_put(self->api, op.id, op.fd, ms, thread);
	/* The buffer is released before the system call ends */
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

TEST_F_TIMEOUT(exports, put_and_wait_waits_for_all_other_references, LIMIT)
{
	struct api_calls_export op = export_op(self->peer, &self->spare);
	struct api_thread putter = {
		.api = self->api,
		.request = API_CALLS_PUT,
		.op.put.timeout_ms = UINT32_MAX,
	};
	int other;

	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	other = dup(op.fd);
	EXPECT_EQ(ETIMEDOUT, api_put(self->api, op.id, dup(op.fd), 0, false));
	EXPECT_EQ(ETIMEDOUT, api_put(self->api, op.id, dup(op.fd), 20, true));
	putter.op.put.id = op.id;
	putter.op.put.fd = op.fd;
	ASSERT_TRUE(api_thread_start(&putter));
	EXPECT_EQ(0, wrong_pages(other, FEW));
	EXPECT_EQ(0, close(other));
	ASSERT_EQ(0, pthread_join(putter.thread, NULL));
	EXPECT_EQ(0, putter.result);
	EXPECT_EQ(ENOENT, api_wait(self->api, op.id, 0));
}

TEST_F_TIMEOUT(exports, put_and_wait_puts_even_if_the_id_is_unknown, LIMIT)
{
	struct api_calls_export op = export_op(self->peer, &self->spare);

	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	EXPECT_EQ(ENOENT, api_put(self->api, op.id + 1, op.fd, 0, false));
	EXPECT_EQ(ENOENT, api_wait(self->api, op.id, 0));
	EXPECT_EQ(self->users, module_users());
}

TEST_F_TIMEOUT(exports, invalid_exports_of_a_driver_are_refused, LIMIT)
{
	static const struct invalid invalid[] = {
		{ EINVAL, offsetof(struct api_calls_export, count), 0 },
		{ E2BIG, offsetof(struct api_calls_export, count), INT32_MAX },
		{ E2BIG, offsetof(struct api_calls_export, count), UINT32_MAX },
		{ ESRCH, offsetof(struct api_calls_export, domid), 0x7ff0 },
		{ EINVAL, offsetof(struct api_calls_export, data_ofs), PAGE },
		{ EINVAL, offsetof(struct api_calls_export, flags),
		  GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT },
	};
	struct api_calls_export op = export_op(self->peer, &self->spare);
	uint32_t bad = NO_REF, flag;
	int i;

	for (i = 0; i < ARRAY_SIZE(invalid); i++)
		EXPECT_EQ(invalid[i].error, with(self->api, API_CALLS_EXPORT, &op,
						 invalid[i].at, invalid[i].value))
			TH_LOG("case %d", i);
	/* Drivers cannot pass the flags of eventfds and later ones */
	for (flag = GNTDEV_DMABUF_EXPORT_EVENTFD; flag; flag <<= 1)
		EXPECT_EQ(EINVAL, with(self->api, API_CALLS_EXPORT, &op,
				       offsetof(typeof(op), flags), flag));

	op.refs = (uintptr_t)&bad;
	op.elements = 1;
	op.count = 1;
	EXPECT_EQ(EACCES, call(self->api, API_CALLS_EXPORT, &op));
	op.flags = GNTDEV_DMABUF_EXPORT_DIRECTORY;
	EXPECT_EQ(EACCES, call(self->api, API_CALLS_EXPORT, &op));

	/* References that Xen reserves, and more pages than a directory lists */
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

TEST_F_TIMEOUT(exports, an_export_of_a_driver_cannot_be_imported, LIMIT)
{
	struct api_calls_export op = export_op(self->peer, &self->spare);
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

TEST_F_TIMEOUT(exports, a_page_of_a_guest_among_others_is_not_imported, LIMIT)
{
	struct test_exporter_segment segments[3];
	struct test_exporter_create make = {
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
	struct test_buf buf;
	int i;

	for (i = 0; i < ARRAY_SIZE(segments); i++) {
		memset(segments, 0, sizeof(segments));
		segments[0].length = PAGE;
		segments[1].length = PAGE;
		segments[2].length = PAGE;
		segments[i].memory = TEST_EXPORTER_FOREIGN;
		segments[i].ref = self->spare.refs[i];
		ASSERT_EQ(0, test_buf_create(&buf, &make));
		op.fd = buf.fd;
		EXPECT_EQ(EOPNOTSUPP, call(self->api, API_CALLS_IMPORT, &op));
		EXPECT_FALSE(test_buf_in_use(&buf));
		test_buf_close(&buf);
	}
}

TEST_F_TIMEOUT(exports, a_driver_revokes_an_export, LIMIT)
{
	struct api_calls_export op = export_op(self->peer, &self->spare);
	int look = look_open();
	struct api_thread waiter;
	uint8_t *map;

	ASSERT_EQ(0, call(self->api, API_CALLS_EXPORT, &op));
	map = mmap(NULL, FEW * PAGE, PROT_READ, MAP_SHARED, op.fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)map);
	ASSERT_EQ(0, ioctl(look, VMAP_LOOK_KEEP, op.fd));
	EXPECT_EQ(EBUSY, api_revoke(self->api, op.fd));
	EXPECT_EQ(0, touch_all(map, FEW * PAGE));
	EXPECT_EQ(0, close(look));

	ASSERT_TRUE(start_waiter(&waiter, self->api, op.id));
	EXPECT_EQ(0, api_revoke(self->api, op.fd));
	EXPECT_EQ(0, pthread_join(waiter.thread, NULL));
	EXPECT_EQ(0, waiter.result);
	EXPECT_EQ(FEW, touch_all(map, FEW * PAGE));
	EXPECT_EQ(ENOENT, api_wait(self->api, op.id, 0));
	/* A driver can revoke a buffer that is revoked */
	EXPECT_EQ(0, api_revoke(self->api, op.fd));
	EXPECT_EQ(0, munmap(map, FEW * PAGE));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(exports, a_driver_cannot_revoke_the_buffer_of_another_exporter, LIMIT)
{
	struct source source;

	ASSERT_EQ(0, source_pages(&source, FEW));
	EXPECT_EQ(EINVAL, api_revoke(self->api, source.fd));
	EXPECT_EQ(0, sync_cpu(source.fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ));
	EXPECT_EQ(0, sync_cpu(source.fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ));
	source_close(&source);
}
