// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failures inside the kernel: each allocation of memory, and each copy from or to user
 * space, fails once in each operation on an imported buffer, and in the work item that
 * returns it to the exporter.  The operation then returns ENOMEM or EFAULT, or succeeds
 * because it does not need what failed; repeated, it succeeds; and nothing is left
 * behind.  Needs a kernel with fail-nth.  Runs in domain 0 with the modules vgem and
 * vkms, and with mapper in the guest PEER: see import.h.
 */

#include <sys/eventfd.h>
#include <sys/socket.h>

#include "import.h"

#include "fail.h"

/**
 * struct state - what the operations use
 * @import: the fixture
 * @source: dma-buf to import
 * @request: number of the import request
 * @flags: its flags
 * @event: eventfd of the import, or -1
 * @file: a gntdev file
 * @id: the import, 0 if there is none, or if the request does not return it
 */
struct state {
	struct _test_data_import *import;
	const struct source *source;
	unsigned long request;
	uint32_t flags;
	int event;
	int file;
	uint64_t id;
};

static struct state state_of(struct _test_data_import *import)
{
	return (struct state){
		.import = import,
		.source = &import->source,
		.request = IOCTL_GNTDEV_DMABUF_IMPORT,
		.event = -1,
		.file = import->gntdev,
	};
}

static int run_import(struct state *s)
{
	const struct source *source = s->source;
	struct gntdev_dmabuf_import op;
	uint32_t ofs;
	int ret;

	s->id = 0;
	if (s->request == IOCTL_GNTDEV_DMABUF_IMP_TO_REFS)
		return import_refs(s->file, source->fd, source->pages, peer_domid(),
				   s->import->refs);
	if (s->request == IOCTL_GNTDEV_DMABUF_IMP_TO_REFS_V2)
		return import_refs_v2(s->file, source->fd, source->pages, peer_domid(),
				      s->import->refs, &ofs);
	op = source_op(source, s->import->refs);
	op.flags = s->flags;
	if (s->event >= 0) {
		op.flags |= GNTDEV_DMABUF_IMPORT_EVENTFD;
		op.eventfd = s->event;
	}
	ret = import_buffer(s->file, &op);
	s->id = op.id;
	return ret;
}

static bool is_attached(struct state *s)
{
	return source_attached(s->source) || listed(s->file);
}

static void after_import(struct state *s)
{
	import_release(s->file, s->source->fd);
}

static const struct fail_operation import_operation = {
	.run = run_import,
	.left = is_attached,
	.after = after_import,
	.least = 4,
};

TEST_F_TIMEOUT(import, a_failed_import_leaves_nothing_behind, LIMIT)
{
	struct state s = state_of(self);

	fails_well(_metadata, &s, &import_operation);
	s.flags = GNTDEV_DMABUF_IMPORT_READONLY;
	s.event = eventfd(0, EFD_CLOEXEC);
	fails_well(_metadata, &s, &import_operation);
	close(s.event);
}

TEST_F_TIMEOUT(import, a_failed_import_by_old_requests_leaves_nothing_behind, LIMIT)
{
	struct state s = state_of(self);

	s.request = IOCTL_GNTDEV_DMABUF_IMP_TO_REFS;
	fails_well(_metadata, &s, &import_operation);
	s.request = IOCTL_GNTDEV_DMABUF_IMP_TO_REFS_V2;
	fails_well(_metadata, &s, &import_operation);
}

TEST_F_TIMEOUT(import, a_failed_import_of_any_exporter_leaves_nothing_behind, LIMIT)
{
	struct state s = state_of(self);
	struct source source;

	s.source = &source;
	ASSERT_EQ(0, source_heap(&source, "system", 20));
	fails_well(_metadata, &s, &import_operation);
	source_close(&source);
	ASSERT_EQ(0, source_memfd(&source, 20));
	fails_well(_metadata, &s, &import_operation);
	source_close(&source);
	ASSERT_EQ(0, source_dumb(&source, "vkms", 1024, 20));
	fails_well(_metadata, &s, &import_operation);
	source_close(&source);
}

/* is_attached_twice - whether a failed second import has ended the first, or left more */
static bool is_attached_twice(struct state *s)
{
	return source_attached(s->source) != 1 || listed(s->file) != 1;
}

TEST_F_TIMEOUT(import, a_failed_second_import_leaves_the_first_as_it_is, LIMIT)
{
	static const struct fail_operation second = {
		.run = run_import,
		.left = is_attached_twice,
		.after = after_import,
		.least = 3,
	};
	struct state s = state_of(self);

	ASSERT_EQ(0, run_import(&s));
	fails_well(_metadata, &s, &second);
	after_import(&s);
	EXPECT_EQ(0, source_attached(&self->source));
}

/* A repeated release finds no import */
static int run_release(struct state *s)
{
	int ret = release_id(s->file, s->id);

	return ret == ENOENT ? 0 : ret;
}

static int run_release_fd(struct state *s)
{
	int ret = import_release(s->file, s->source->fd);

	return ret == ENOENT ? 0 : ret;
}

TEST_F_TIMEOUT(import, a_failed_release_can_be_repeated, LIMIT)
{
	static const struct fail_operation by_id = {
		.before = run_import,
		.run = run_release,
		.after = after_import,
		.least = 1,
	};
	static const struct fail_operation by_fd = {
		.before = run_import,
		.run = run_release_fd,
		.after = after_import,
		.least = 1,
	};
	struct state s = state_of(self);

	fails_well(_metadata, &s, &by_id);
	fails_well(_metadata, &s, &by_fd);
	EXPECT_EQ(0, source_attached(&self->source));
}

/* The former close() has released the import, and the exporter has its buffer */
static int before_close(struct state *s)
{
	if (source_attached(s->source))
		return EBUSY;
	s->file = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	return s->file < 0 ? errno : run_import(s);
}

/* close() has no failures */
static int run_close(struct state *s)
{
	int ret = s->file >= 0 && close(s->file) ? errno : 0;

	s->file = -1;
	return ret;
}

TEST_F_TIMEOUT(import, a_release_by_close_needs_no_memory, LIMIT)
{
	static const struct fail_operation closing = {
		.before = before_close,
		.run = run_close,
	};
	struct state s = state_of(self);

	fails_well(_metadata, &s, &closing);
	EXPECT_EQ(0, source_attached(&self->source));
}

static int run_wait(struct state *s)
{
	int ret = wait_id(s->file, s->id, 0);

	return ret == ETIMEDOUT ? 0 : ret;
}

TEST_F_TIMEOUT(import, a_failed_wait_for_an_import_can_be_repeated, LIMIT)
{
	static const struct fail_operation wait = {
		.run = run_wait,
		.least = 1,
	};
	struct state s = state_of(self);

	ASSERT_EQ(0, run_import(&s));
	fails_well(_metadata, &s, &wait);
	after_import(&s);
}

/* ---- Work items */

/*
 * The kernel starts modprobe for a protocol that it does not have.  A work item does
 * that, and allocates memory for the process.
 */
TEST_F_TIMEOUT(import, failures_reach_work_items, LIMIT)
{
	struct fail_workers workers;
	unsigned int i, failed = 0;
	struct fail fail;

	if (!fail_open(&fail))
		SKIP(return, "the kernel has no fail-nth");
	close(fail.nth);
	for (i = 0; i < 20 && !failed; i++) {
		ASSERT_TRUE(fail_workers_begin(&workers, 1));
		EXPECT_EQ(-1, socket(AF_APPLETALK, SOCK_DGRAM, 0));
		failed = fail_workers_end(&workers);
	}
	EXPECT_LT(0, failed);
}

/* The guest unmaps the buffer after the release, which a work item then completes */
TEST_F_TIMEOUT(import, the_end_of_a_late_release_needs_no_memory, LIMIT)
{
	struct fail_workers workers;
	unsigned int n, failed = 0;
	struct mapping mapping;
	struct fail fail;
	uint64_t id;

	if (!fail_open(&fail))
		SKIP(return, "the kernel has no fail-nth");
	close(fail.nth);
	for (n = 1; n <= FAIL_WORKERS_MOST; n++) {
		ASSERT_EQ(0, import_source(self->gntdev, &self->source, self->refs, &id));
		mapping_begin(&mapping, &self->mapper, self->refs, PAGES);
		ASSERT_EQ(0, mapping_map(&mapping, false));
		ASSERT_EQ(0, release_id(self->gntdev, id));
		ASSERT_TRUE(fail_workers_begin(&workers, n));
		mapping_unmap(&mapping);
		EXPECT_TRUE(is_released(self->gntdev, id));
		failed += fail_workers_end(&workers);
		EXPECT_EQ(0, source_attached(&self->source));
		EXPECT_EQ(0, listed(self->gntdev));
		mapping_end(&mapping);
	}
	TH_LOG("%u failures injected into work items", failed);
}
