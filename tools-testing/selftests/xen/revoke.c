// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation of exported buffers: what is promised when the request returns, and
 * which buffers it takes.  Each test checks one promise.  Runs in domain 0, with
 * granter in a guest: see fixture.h.
 */

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#define BUFFERS	4
/* Also the tables for contiguous buffers grow before the first test */
#define BUFFERS_FLAGS	GNTDEV_DMA_FLAG_WC
/* A large buffer takes long to unmap: a request that returns early is noticed */
#define SPARE	most_pages()

#include "fixture.h"
#include "revoke.h"
#include "sources.h"
#include "waiter.h"

/* ---- When the request has returned */

/*
 * A guest cannot end a grant that is still mapped.  Its kernel tries again
 * later, and the reference stays valid until then: if the request returns too
 * early, an export of the reference still succeeds.
 */
TEST_F_TIMEOUT(export, a_guest_can_end_its_grants_when_revoke_returns, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 0);
	struct peer_buffer spare;
	unsigned int i;
	void *map;
	int fd;

	ASSERT_TRUE(peer_alloc(self->peer, SPARE, false, &spare));
	op.refs = (uintptr_t)spare.refs;
	op.count = spare.count;
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	map = map_all(PEER_PAGE * 64, op.fd);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, touch_all(map, PEER_PAGE * 64));

	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	peer_free(self->peer, &spare);
	for (i = 0; i < spare.count; i += 64)
		EXPECT_EQ(EACCES, export_refs(self->gntdev, 0, 1,
					      self->peer->domid, &spare.refs[i],
					      &fd))
			TH_LOG("reference %u is still granted", i);
	free(spare.refs);
	EXPECT_EQ(0, munmap(map, PEER_PAGE * 64));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(export, revoke_wakes_every_waiter, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 1);
	struct waiter by_fd[2], by_id[2];

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	ASSERT_TRUE(start_waiters(by_fd, 2, self->gntdev, op.fd, 0));
	ASSERT_TRUE(start_waiters(by_id, 2, self->gntdev, -1, op.id));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_TRUE(all_woke(by_fd, 2));
	EXPECT_TRUE(all_woke(by_id, 2));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(export, revoke_wakes_no_waiter_of_another_buffer, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 1);
	struct waiter waiter;

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	ASSERT_TRUE(start_waiters(&waiter, 1, self->gntdev, self->fd, 0));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	while (!others_sleep())
		sched_yield();
	EXPECT_EQ(-1, waiter.result);
	EXPECT_EQ(0, close(op.fd));
	EXPECT_EQ(0, close(self->fd));
	self->fd = -1;
	ASSERT_EQ(0, pthread_join(waiter.thread, NULL));
}

TEST_F_TIMEOUT(export, revoke_signals_the_eventfd_once, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 1);
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint64_t value;

	op.flags = GNTDEV_DMABUF_EXPORT_EVENTFD;
	op.eventfd = event;
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	EXPECT_FALSE(is_signalled(event));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ((ssize_t)sizeof(value), read(event, &value, sizeof(value)));
	EXPECT_EQ(1, value);
	EXPECT_EQ(0, close(op.fd));
	EXPECT_FALSE(is_signalled(event));
	close(event);
}

TEST_F_TIMEOUT(export, the_id_of_a_revoked_buffer_is_gone, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 1);
	char path[64], id[32];

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(ENOENT, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
	EXPECT_EQ(ENOENT, wait_released(self->gntdev, op.fd, 0));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->gntdev);
	snprintf(id, sizeof(id), "export id %llu ", (unsigned long long)op.id);
	EXPECT_STREQ("", file_line(path, id));
	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", id));
	EXPECT_EQ(0, close(op.fd));
	EXPECT_EQ(ENOENT, revoke_id(self->gntdev, op.id));
}

TEST_F_TIMEOUT(export, new_uses_of_a_revoked_buffer_fail, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 2);

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	EXPECT_EQ(0, mmap_error(op.fd));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(ENODEV, mmap_error(op.fd));
	EXPECT_EQ(ENODEV, sync_cpu(op.fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ));
	EXPECT_EQ(ENODEV, sync_cpu(op.fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW));
	/* What a program began before it can end */
	EXPECT_EQ(0, sync_cpu(op.fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(export, the_descriptor_of_a_revoked_buffer_has_its_size_and_polls, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 3);
	struct pollfd poll_fd = { .events = POLLIN | POLLOUT };
	struct stat st;
	short ready;

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	poll_fd.fd = op.fd;
	ASSERT_EQ(1, poll(&poll_fd, 1, 0));
	ready = poll_fd.revents;
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ((off_t)(3 * PEER_PAGE), lseek(op.fd, 0, SEEK_END));
	EXPECT_EQ(0, lseek(op.fd, 0, SEEK_SET));
	ASSERT_EQ(0, fstat(op.fd, &st));
	EXPECT_EQ((off_t)(3 * PEER_PAGE), st.st_size);
	EXPECT_EQ(1, poll(&poll_fd, 1, 0));
	EXPECT_EQ(ready, poll_fd.revents);
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(export, other_exports_of_the_same_pages_stay, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, self->peer->count);
	uint32_t *map = map_all(self->size, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(peer_ask(self->peer, "draw", 4),
		  frame_checksum(map, self->pixels));
	EXPECT_EQ(0, mmap_error(self->fd));
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, self->fd, 0));
	EXPECT_EQ(0, munmap(map, self->size));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(export, a_revoked_page_is_free_for_another_export, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, self->peer->count);
	uint32_t *map;

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	map = map_readonly(self->size, op.fd);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	/* This export gets the local pages of the revoked one */
	ASSERT_EQ(0, export_again(self->gntdev, self->peer, &self->fd));
	EXPECT_TRUE(is_revoked(map, self->size));
	EXPECT_EQ(0, munmap(map, self->size));
	map = map_all(self->size, self->fd);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(peer_ask(self->peer, "draw", 5),
		  frame_checksum(map, self->pixels));
	EXPECT_EQ(0, close(op.fd));
	EXPECT_EQ(peer_ask(self->peer, "draw", 6),
		  frame_checksum(map, self->pixels));
	EXPECT_EQ(0, munmap(map, self->size));
}

/* Each bit of @order chooses which of the first and the last object is closed */
TEST_F_TIMEOUT(export, what_others_hold_is_closed_in_any_order, LIMIT)
{
	struct gntdev_dmabuf_export op;
	unsigned int order, first, last, bit, what;
	int gntdev, copy;
	void *map;

	for (order = 0; order < 8; order++) {
		op = buffer_op(self->peer, 2);
		gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
		ASSERT_EQ(0, export_buffer(gntdev, &op));
		map = map_readonly(2 * PEER_PAGE, op.fd);
		ASSERT_NE(MAP_FAILED, map);
		copy = dup(op.fd);
		EXPECT_EQ(0, revoke_id(gntdev, op.id));
		first = 0;
		last = 3;
		for (bit = 0; bit < 4; bit++) {
			what = order & 1 << bit ? last-- : first++;
			switch (what) {
			case 0:
				EXPECT_EQ(0, close(op.fd));
				break;
			case 1:
				EXPECT_TRUE(is_revoked(map, 2 * PEER_PAGE));
				EXPECT_EQ(0, munmap(map, 2 * PEER_PAGE));
				break;
			case 2:
				EXPECT_EQ(0, close(gntdev));
				break;
			case 3:
				EXPECT_EQ(ENODEV, mmap_error(copy));
				EXPECT_EQ(0, close(copy));
				break;
			}
		}
	}
}

/* Such a descriptor retains the buffer and has no file */
TEST_F_TIMEOUT(export, a_buffer_that_only_a_path_retains_is_revoked, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 2);
	char name[32];
	int path;

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", op.fd);
	path = open(name, O_PATH | O_CLOEXEC);
	ASSERT_LE(0, path);
	EXPECT_EQ(0, close(op.fd));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 0));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
	EXPECT_EQ(0, close(path));
}

/* ---- Kinds of exports */

struct kind {
	const char *name;
	uint32_t flags;
	uint32_t data_ofs;
};

TEST_F_TIMEOUT(export, every_kind_of_export_is_revoked, LIMIT)
{
	static const struct kind kinds[] = {
		{ "plain", 0, 0 },
		{ "read-only", GNTDEV_DMABUF_EXPORT_READONLY, 0 },
		{ "with a data offset", 0, 100 },
		{ "write-combined", GNTDEV_DMA_FLAG_WC, 0 },
		{ "coherent", GNTDEV_DMA_FLAG_COHERENT, 0 },
		{ "coherent, with a data offset", GNTDEV_DMA_FLAG_COHERENT, 4095 },
	};
	struct gntdev_dmabuf_export op;
	size_t size = 16 * PEER_PAGE;
	unsigned int i;
	void *map;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		op = buffer_op(self->peer, 16);
		op.flags = kinds[i].flags;
		op.data_ofs = kinds[i].data_ofs;
		ASSERT_EQ(0, export_buffer(self->gntdev, &op))
			TH_LOG("%s", kinds[i].name);
		EXPECT_TRUE(is_usable(self->gntdev, &op));
		map = map_readonly(size, op.fd);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(0, touch_all(map, size));
		EXPECT_EQ(0, revoke_id(self->gntdev, op.id))
			TH_LOG("%s", kinds[i].name);
		EXPECT_TRUE(is_revoked(map, size))
			TH_LOG("%s", kinds[i].name);
		EXPECT_EQ(ENODEV, mmap_error(op.fd));
		EXPECT_EQ(0, munmap(map, size));
		EXPECT_EQ(0, close(op.fd));
	}
}

/* ---- Which buffers the request takes */

TEST_F_TIMEOUT(export, only_the_exporting_file_revokes, LIMIT)
{
	int copy = dup(self->gntdev), other = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 1);

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	EXPECT_EQ(ENOENT, revoke_id(other, op.id));
	EXPECT_TRUE(is_usable(self->gntdev, &op));
	EXPECT_EQ(0, revoke_id(copy, op.id));
	EXPECT_EQ(0, close(op.fd));
	close(copy);
	close(other);
}

TEST_F_TIMEOUT(export, a_restricted_file_revokes_what_it_exported, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 2);
	int fd, other = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);

	ASSERT_EQ(0, restrict_file(other, self->peer->domid, 2));
	ASSERT_EQ(0, export_buffer(other, &op));
	EXPECT_EQ(0, revoke_id(other, op.id));
	fd = op.fd;
	/* A revoked buffer has no pages that count */
	EXPECT_EQ(0, export_buffer(other, &op));
	close(op.fd);
	close(fd);
	close(other);
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
}

TEST_F_TIMEOUT(export, an_import_is_not_revoked, LIMIT)
{
	struct gntdev_dmabuf_import op;
	struct source source;
	uint32_t refs[4];

	ASSERT_EQ(0, source_pages(&source, 4));
	op = (struct gntdev_dmabuf_import) {
		.refs = (uintptr_t)refs,
		.count = 4,
		.domid = self->peer->domid,
		.fd = source.fd,
	};
	ASSERT_EQ(0, import_buffer(self->gntdev, &op));
	EXPECT_EQ(ENOENT, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 0));
	EXPECT_EQ(0, release_id(self->gntdev, op.id));
	source_close(&source);
}

TEST_F_TIMEOUT(export, ids_that_name_no_export_are_refused, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 1);

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	EXPECT_EQ(ENOENT, revoke_id(self->gntdev, 0));
	EXPECT_EQ(ENOENT, revoke_id(self->gntdev, op.id + 1));
	EXPECT_EQ(ENOENT, revoke_id(self->gntdev, UINT64_MAX));
	EXPECT_EQ(0, close(op.fd));
	EXPECT_EQ(ENOENT, revoke_id(self->gntdev, op.id));
}

TEST_F_TIMEOUT(export, other_sizes_and_bad_addresses_are_refused, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 1);
	struct {
		struct gntdev_dmabuf_revoke op;
		uint64_t more;
	} longer = { .more = 1 };

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	longer.op.id = op.id;
	EXPECT_EQ(EFAULT, call(self->gntdev, IOCTL_GNTDEV_DMABUF_REVOKE, NULL));
	EXPECT_EQ(EINVAL, sized(self->gntdev, IOCTL_GNTDEV_DMABUF_REVOKE, 4, &longer));
	EXPECT_EQ(E2BIG, sized(self->gntdev, IOCTL_GNTDEV_DMABUF_REVOKE,
			       sizeof(longer), &longer));
	EXPECT_TRUE(is_usable(self->gntdev, &op));
	longer.more = 0;
	EXPECT_EQ(0, sized(self->gntdev, IOCTL_GNTDEV_DMABUF_REVOKE,
			   sizeof(longer), &longer));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(export, query_reports_the_request, LIMIT)
{
	struct gntdev_dmabuf_query op = { 0 };

	ASSERT_EQ(0, call(self->gntdev, IOCTL_GNTDEV_DMABUF_QUERY, &op));
	EXPECT_EQ(GNTDEV_DMABUF_FEATURE_REVOKE,
		  op.features & GNTDEV_DMABUF_FEATURE_REVOKE);
}
