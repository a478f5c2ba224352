// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failures inside the kernel: each allocation of memory, and each copy from or to user
 * space, fails once in each operation on an exported buffer, and in the work item that
 * frees its pages.  The operation then returns
 * ENOMEM or EFAULT, or succeeds because it does not need what failed; repeated, it
 * succeeds; and nothing is left behind.  Needs a kernel with fail-nth.  Runs in domain 0
 * with the modules edu_dma, vmap_look and vkms, and with granter in the guest PEER: see
 * fixture.h.
 */

#include <sys/eventfd.h>

#include <xf86drm.h>

/* Two, and the mapping of one of them by a program and by the kernel */
#define BUFFERS	4

#include "edu.h"
#include "fail.h"
#include "fixture.h"
#include "kms.h"
#include "look.h"
#include "touch.h"

/* Pages of the buffers and of mappings: few, because many calls are made */
#define PAGES	20
#define SIZE	((size_t)PAGES * PEER_PAGE)

/**
 * struct state - what the operations use
 * @export: the fixture
 * @event: eventfd of exports, or -1
 * @file: descriptor of a device or of gntdev
 * @op: an exported buffer
 * @map: mapping of the buffer
 * @handle: GEM handle of the buffer
 */
struct state {
	struct _test_data_export *export;
	int event;
	int file;
	struct gntdev_dmabuf_export op;
	void *map;
	uint32_t handle;
};

/* ---- Requests of gntdev */

static int run_export(struct state *s)
{
	const struct peer *peer = s->export->peer;

	s->op = (struct gntdev_dmabuf_export) {
		.refs = (uintptr_t)&peer->directory,
		.count = PAGES,
		.domid = peer->domid,
		.flags = GNTDEV_DMABUF_EXPORT_DIRECTORY,
		.fd = -1,
	};
	if (s->event >= 0) {
		s->op.flags |= GNTDEV_DMABUF_EXPORT_EVENTFD;
		s->op.eventfd = s->event;
	}
	return export_buffer(s->export->gntdev, &s->op);
}

static void after_export(struct state *s)
{
	close(s->op.fd);
}

TEST_F_TIMEOUT(export, a_failed_export_leaves_nothing_behind, LIMIT)
{
	static const struct fail_operation export = {
		.run = run_export,
		.after = after_export,
		.least = 5,
	};
	struct state s = { .export = self, .event = -1 };

	fails_well(_metadata, &s, &export);
	s.event = eventfd(0, EFD_CLOEXEC);
	fails_well(_metadata, &s, &export);
	close(s.event);
}

/* The wait times out, which is its success here */
static int run_wait(struct state *s)
{
	int ret = wait_released(s->export->gntdev, s->export->fd, 0);

	return ret == ETIMEDOUT ? 0 : ret;
}

TEST_F_TIMEOUT(export, a_failed_wait_can_be_repeated, LIMIT)
{
	static const struct fail_operation wait = { .run = run_wait };
	struct state s = { .export = self };

	fails_well(_metadata, &s, &wait);
}

static int before_restrict(struct state *s)
{
	s->file = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	return s->file < 0 ? errno : 0;
}

static int run_restrict(struct state *s)
{
	return restrict_file(s->file, s->export->peer->domid, 10);
}

static void after_file(struct state *s)
{
	close(s->file);
}

TEST_F_TIMEOUT(export, a_failed_restriction_can_be_repeated, LIMIT)
{
	static const struct fail_operation restriction = {
		.before = before_restrict,
		.run = run_restrict,
		.after = after_file,
		.least = 1,
	};
	struct state s = { .export = self };

	fails_well(_metadata, &s, &restriction);
}

static int map(struct state *s, int fd)
{
	s->map = map_all(SIZE, fd);
	return s->map == MAP_FAILED ? errno : 0;
}

static int before_revoke(struct state *s)
{
	int ret = run_export(s) ?: map(s, s->op.fd);

	return ret ?: touch_all(s->map, SIZE);
}

static int run_revoke(struct state *s)
{
	return revoke_id(s->export->gntdev, s->op.id);
}

static void after_revoke(struct state *s)
{
	munmap(s->map, SIZE);
	close(s->op.fd);
}

TEST_F_TIMEOUT(export, a_failed_revocation_can_be_repeated, LIMIT)
{
	static const struct fail_operation revocation = {
		.before = before_revoke,
		.run = run_revoke,
		.after = after_revoke,
	};
	struct state s = { .export = self, .event = -1 };

	fails_well(_metadata, &s, &revocation);
}

/* close() has no failures, and the buffer is released each time */
static int run_close(struct state *s)
{
	int ret;

	if (s->op.fd < 0)
		return 0;
	ret = close(s->op.fd) ? errno : 0;
	s->op.fd = -1;
	return ret;
}

static void after_close(struct state *s)
{
	while (wait_id(s->export->gntdev, s->op.id, UINT32_MAX) == EINTR)
		;
}

TEST_F_TIMEOUT(export, a_release_needs_no_memory, LIMIT)
{
	static const struct fail_operation release = {
		.before = run_export,
		.run = run_close,
		.after = after_close,
	};
	struct state s = { .export = self, .event = -1 };

	fails_well(_metadata, &s, &release);
}

/* A work item frees the cached pages that the shrinker has chosen */
TEST_F_TIMEOUT(export, the_shrinker_needs_no_memory, LIMIT)
{
	struct fail_workers workers;
	unsigned int n, i, failed = 0;
	struct fail fail;

	if (!fail_open(&fail))
		SKIP(return, "the kernel has no fail-nth");
	close(fail.nth);
	for (n = 1; n <= FAIL_WORKERS_MOST; n++) {
		ASSERT_EQ(0, export_again(self->gntdev, self->peer, &self->fd));
		ASSERT_EQ(0, close(self->fd));
		self->fd = -1;
		ASSERT_LT(0, file_number(DEBUG_DIR "counters", "pages_cached "));
		ASSERT_TRUE(fail_workers_begin(&workers, n));
		for (i = 0; i < 1000 && file_number(DEBUG_DIR "counters", "pages_cached "); i++) {
			file_write("/proc/sys/vm/drop_caches", "2");
			usleep(10000);
		}
		failed += fail_workers_end(&workers);
		EXPECT_EQ(0, file_number(DEBUG_DIR "counters", "pages_cached "));
	}
	TH_LOG("%u failures injected into work items", failed);
}

/* ---- Users of the buffer */

static int run_map(struct state *s)
{
	return map(s, s->export->fd);
}

static void after_map(struct state *s)
{
	munmap(s->map, SIZE);
}

TEST_F_TIMEOUT(export, a_failed_mmap_can_be_repeated, LIMIT)
{
	static const struct fail_operation mapping = {
		.run = run_map,
		.after = after_map,
		.least = 1,
	};
	struct state s = { .export = self };

	fails_well(_metadata, &s, &mapping);
}

/* The fault is repeated by the kernel, or raises SIGBUS */
static int run_fault(struct state *s)
{
	return touch(s->map) ? 0 : EFAULT;
}

TEST_F_TIMEOUT(export, a_failed_page_fault_can_be_repeated, LIMIT)
{
	static const struct fail_operation fault = {
		.before = run_map,
		.run = run_fault,
		.after = after_map,
	};
	struct state s = { .export = self };

	fails_well(_metadata, &s, &fault);
}

/*
 * On x86 PV the export has made the mapping, so this needs no memory.  In other domains it
 * can fail, and dma_buf_vmap() warns then, which would fail the run.
 */
static int run_vmap(struct state *s)
{
	uint32_t word;
	struct vmap_look op = {
		.fd = s->op.fd,
		.count = 1,
		.stride = 4,
		.words = (uintptr_t)&word,
	};

	return call(s->file, VMAP_LOOK, &op);
}

TEST_F_TIMEOUT(export, a_failed_kernel_mapping_can_be_repeated, LIMIT)
{
	static const struct fail_operation vmap = {
		.before = run_export,
		.run = run_vmap,
		.after = after_export,
	};
	struct state s = { .export = self, .event = -1 };

	if (!domain_is("PV"))
		SKIP(return, "dma_buf_vmap() warns when the kernel cannot map a buffer");
	s.file = look_open();
	ASSERT_LE(0, s.file);
	fails_well(_metadata, &s, &vmap);
	close(s.file);
}

static int run_attach(struct state *s)
{
	return edu_attach(s->file, s->export->fd, EDU_BOTH_WAYS, NULL);
}

static void after_attach(struct state *s)
{
	edu_detach(s->file);
}

TEST_F_TIMEOUT(export, a_failed_attachment_can_be_repeated, LIMIT)
{
	static const struct fail_operation attach = {
		.run = run_attach,
		.after = after_attach,
		.least = 3,
	};
	struct state s = { .export = self, .file = edu_open(0) };

	ASSERT_LE(0, s.file);
	fails_well(_metadata, &s, &attach);
	close(s.file);
}

static int run_prime(struct state *s)
{
	return drmPrimeFDToHandle(s->file, s->export->fd, &s->handle) ? errno : 0;
}

static void after_prime(struct state *s)
{
	drmCloseBufferHandle(s->file, s->handle);
}

TEST_F_TIMEOUT(export, a_failed_import_by_a_card_can_be_repeated, LIMIT)
{
	static const struct fail_operation prime = {
		.run = run_prime,
		.after = after_prime,
		.least = 3,
	};
	struct state s = { .export = self, .file = kms_card("vkms") };

	ASSERT_LE(0, s.file);
	fails_well(_metadata, &s, &prime);
	close(s.file);
}
