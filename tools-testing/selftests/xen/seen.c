// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be seen of buffers from outside: each test is a promise.  Runs in
 * domain 0 against the granter in a guest, see fixture.h.
 */

#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fixture.h"

/* export_one - a page with all that can be seen of it */
static int export_one(struct peer *peer, int gntdev, int eventfd,
		      struct gntdev_dmabuf_export *op)
{
	*op = (struct gntdev_dmabuf_export) {
		.refs = (uintptr_t)peer->refs,
		.count = 3,
		.domid = peer->domid,
		.flags = GNTDEV_DMABUF_EXPORT_READONLY |
			 GNTDEV_DMABUF_EXPORT_EVENTFD,
		.data_ofs = 100,
		.eventfd = eventfd,
	};
	return export_buffer(gntdev, op);
}

TEST_F_TIMEOUT(export, fdinfo_lists_the_buffers_of_a_gntdev_file, LIMIT)
{
	int other = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	int event = eventfd(0, EFD_CLOEXEC);
	struct gntdev_dmabuf_export op;
	char path[64], want[128];

	ASSERT_EQ(0, export_one(self->peer, other, event, &op));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", other);
	snprintf(want, sizeof(want),
		 "dmabuf:\texport id %llu domid %u pages 3 offset 100 flags r-e-- state live\n",
		 (unsigned long long)op.id, self->peer->domid);
	EXPECT_STREQ(want, file_line(path, "dmabuf:"));

	/* The frame belongs to another file */
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->gntdev);
	snprintf(want, sizeof(want), "domid %u pages %u offset 0 flags ----- state live\n",
		 self->peer->domid, self->peer->count);
	EXPECT_NE(NULL, strstr(file_line(path, "dmabuf:"), want));

	ASSERT_EQ(0, close(op.fd));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", other);
	EXPECT_STREQ("", file_line(path, "dmabuf:"));
	close(other);
	close(event);
}

TEST_F_TIMEOUT(export, debugfs_lists_all_living_buffers, LIMIT)
{
	int event = eventfd(0, EFD_CLOEXEC);
	struct gntdev_dmabuf_export op;
	char id[64], who[64];
	const char *line;

	ASSERT_EQ(0, export_one(self->peer, self->gntdev, event, &op));
	snprintf(id, sizeof(id), "export id %llu domid %u pages 3 ",
		 (unsigned long long)op.id, self->peer->domid);
	snprintf(who, sizeof(who), " pid %d comm seen-test\n", getpid());
	line = file_line(DEBUG_DIR "buffers", id);
	EXPECT_NE(NULL, strstr(line, " state live age_ms "));
	EXPECT_NE(NULL, strstr(line, who))
		TH_LOG("%s", line);
	ASSERT_EQ(0, close(op.fd));
	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", id));
	close(event);
}

static unsigned long counter(const char *name)
{
	return file_number(DEBUG_DIR "counters", name);
}

TEST_F_TIMEOUT(export, debugfs_counts, LIMIT)
{
	unsigned long registered = counter("registered "), released = counter("released ");
	unsigned long mapped = counter("pages_mapped ");
	int event = eventfd(0, EFD_CLOEXEC);
	struct gntdev_dmabuf_export op;

	EXPECT_LE(self->peer->count, mapped);
	ASSERT_EQ(0, export_one(self->peer, self->gntdev, event, &op));
	EXPECT_EQ(registered + 1, counter("registered "));
	EXPECT_EQ(released, counter("released "));
	EXPECT_EQ(mapped + 3, counter("pages_mapped "));
	ASSERT_EQ(0, close(op.fd));
	EXPECT_EQ(registered + 1, counter("registered "));
	EXPECT_EQ(released + 1, counter("released "));
	EXPECT_EQ(mapped, counter("pages_mapped "));
	close(event);
}

/* The pages of two frames were in use; what is kept is no more than a frame */
TEST_F_TIMEOUT(export, kept_pages_are_bounded_and_given_back, LIMIT)
{
	unsigned int i;

	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	EXPECT_LE(self->peer->count, counter("pages_cached "));
	EXPECT_GE(8192, counter("pages_cached "));

	/* As if memory were short; a worker does it */
	for (i = 0; i < 1000 && counter("pages_cached "); i++) {
		file_write("/proc/sys/vm/drop_caches", "2");
		usleep(1000);
	}
	EXPECT_EQ(0, counter("pages_cached "));
	ASSERT_EQ(0, export_refs(self->gntdev, 0, self->peer->count,
				 self->peer->domid, self->peer->refs,
				 &self->fd));
}

/* A worker gives pages back, after the shrinker has been asked */
TEST_F_TIMEOUT(export, kept_pages_do_not_count_as_freed_before_they_are, LIMIT)
{
	const char *line, *said = "last shrinker return val ";
	unsigned int i;

	ASSERT_EQ(0, export_again(self->gntdev, self->peer, &self->fd));
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	ASSERT_LT(0, counter("pages_cached "));

	file_write(TRACE_DIR "trace", "");
	ASSERT_EQ(0, file_write(TRACE_DIR "events/vmscan/mm_shrink_slab_end/enable",
				"1"));
	for (i = 0; i < 1000 && counter("pages_cached "); i++) {
		file_write("/proc/sys/vm/drop_caches", "2");
		usleep(1000);
	}
	file_write(TRACE_DIR "events/vmscan/mm_shrink_slab_end/enable", "0");
	EXPECT_EQ(0, counter("pages_cached "));
	line = file_line(TRACE_DIR "trace", "pages_scan");
	ASSERT_NE(NULL, strstr(line, said))
		TH_LOG("no such line in the trace");
	EXPECT_EQ(0, atoi(strstr(line, said) + strlen(said)))
		TH_LOG("%s", line);
	ASSERT_EQ(0, export_refs(self->gntdev, 0, self->peer->count,
				 self->peer->domid, self->peer->refs,
				 &self->fd));
}

TEST_F_TIMEOUT(export, trace_events_tell_a_life, LIMIT)
{
	int event = eventfd(0, EFD_CLOEXEC);
	struct gntdev_dmabuf_export op;
	char map[128], wait[128], unmap[128];

	file_write(TRACE_DIR "trace", "");
	file_write(TRACE_DIR "events/gntdev_dmabuf/enable", "1");
	EXPECT_EQ(0, export_one(self->peer, self->gntdev, event, &op));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 1));
	EXPECT_EQ(0, close(op.fd));
	file_write(TRACE_DIR "events/gntdev_dmabuf/enable", "0");

	snprintf(map, sizeof(map),
		 "gntdev_dmabuf_map: id=%llu domid=%u pages=3 ret=0\n",
		 (unsigned long long)op.id, self->peer->domid);
	snprintf(wait, sizeof(wait),
		 "gntdev_dmabuf_wait: id=%llu timeout_ms=1 ret=-110\n",
		 (unsigned long long)op.id);
	snprintf(unmap, sizeof(unmap), "gntdev_dmabuf_unmap: id=%llu ret=0\n",
		 (unsigned long long)op.id);
	EXPECT_STRNE("", file_line(TRACE_DIR "trace", map));
	EXPECT_STRNE("", file_line(TRACE_DIR "trace", wait));
	EXPECT_STRNE("", file_line(TRACE_DIR "trace", unmap));
	close(event);
}
