// SPDX-License-Identifier: GPL-2.0-only
/*
 * Information about buffers in fdinfo, debugfs and trace events, and the page
 * cache.  Each test checks one promise.  Runs in domain 0, with granter in a
 * guest: see fixture.h.
 */

#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The frame, and as many pages as fdinfo_lists_more_buffers_than_a_page_holds() exports */
#define BUFFERS	3

#include "fixture.h"

/* export_one - export a page with flags, an offset and an eventfd */
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

	/* Another gntdev file exported the frame */
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

/* seq_file begins with a page and doubles it until everything fits */
TEST_F_TIMEOUT(export, fdinfo_lists_more_buffers_than_a_page_holds, LIMIT)
{
	int other = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	unsigned int i, count = self->peer->count;
	unsigned long long id = 0, last = 0;
	char path[64], line[256];
	int fds[100];
	FILE *file;

	for (i = 0; i < ARRAY_SIZE(fds); i++)
		ASSERT_EQ(0, export_refs(other, 0, 1, self->peer->domid,
					 &self->peer->refs[i % count], &fds[i]));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", other);
	file = fopen(path, "r");
	ASSERT_NE(NULL, file);
	i = 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "dmabuf:\texport id %llu ", &id) != 1)
			continue;
		EXPECT_LT(last, id);
		last = id;
		i++;
	}
	fclose(file);
	EXPECT_EQ(ARRAY_SIZE(fds), i);
	EXPECT_STREQ("dmabuf-file:\tpages 100\n", file_line(path, "dmabuf-file:"));
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	close(other);
}

TEST_F_TIMEOUT(export, debugfs_lists_all_live_buffers, LIMIT)
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

TEST_F_TIMEOUT(export, debugfs_counts_registered_and_released_buffers, LIMIT)
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

/*
 * export_others - export the frame, which is not exported, over pages that may never have
 * been used: Xen's tables grow then, and are never freed
 */
static int export_others(FIXTURE_DATA(export) * self)
{
	int ret = export_refs(self->gntdev, 0, self->peer->count, self->peer->domid,
			      self->peer->refs, &self->fd);

	if (ret)
		return ret;
	close(self->fd);
	conserve_begin(&self->before, self->peer->domid);
	return export_refs(self->gntdev, 0, self->peer->count, self->peer->domid,
			   self->peer->refs, &self->fd);
}

/*
 * On x86 PV this domain has no struct page for the frames of the peer, and a reader of
 * /proc/kcore never ends.  It skips what is marked as memory of a device.
 */
TEST_F_TIMEOUT(export, kernel_mappings_are_marked_for_proc_kcore, LIMIT)
{
	FILE *areas = fopen("/proc/vmallocinfo", "r");
	unsigned int marked = 0, other = 0;
	char line[512];

	ASSERT_NE(NULL, areas);
	while (fgets(line, sizeof(line), areas)) {
		if (!strstr(line, "[xen_gntdev] ") || !strstr(line, " vmap"))
			continue;
		if (strstr(line, " ioremap"))
			marked++;
		else
			other++;
	}
	fclose(areas);
	EXPECT_EQ(0, other);
	EXPECT_EQ(domain_is("PV"), marked > 0);
}

TEST_F_TIMEOUT(export, cached_pages_can_be_reclaimed, LIMIT)
{
	unsigned int i;

	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	EXPECT_LE(self->peer->count, counter("pages_cached "));

	/* Run the shrinkers; a worker frees the pages */
	for (i = 0; i < 1000 && counter("pages_cached "); i++) {
		file_write("/proc/sys/vm/drop_caches", "2");
		usleep(1000);
	}
	EXPECT_EQ(0, counter("pages_cached "));
	ASSERT_EQ(0, export_others(self));
}

/* The pages of one frame of 3840x2160 stay in the cache, and others 5 s without need */
TEST_F_TIMEOUT(export, cached_pages_beyond_one_frame_are_freed_without_need, LIMIT)
{
	struct peer_buffer spare;
	unsigned int i;
	int fd;

	if (most_pages() < 2 * 8192)
		SKIP(return, "Xen has no handles for so many pages");
	ASSERT_TRUE(peer_alloc(self->peer, 8192 + 1000, false, &spare));
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, export_refs(self->gntdev, 0, spare.count, self->peer->domid,
					 spare.refs, &fd));
		ASSERT_EQ(0, close(fd));
		EXPECT_LE(spare.count, counter("pages_cached "));
	}
	for (i = 0; i < 600 && counter("pages_cached ") > 8192; i++)
		usleep(100000);
	EXPECT_EQ(8192, counter("pages_cached "));
	peer_free(self->peer, &spare);
	/* Xen's tables have grown, and are never freed; ballooned pages are back */
	conserve_begin(&self->before, self->peer->domid);
}

/* The shrinker only queues the pages; a worker frees them */
TEST_F_TIMEOUT(export, the_shrinker_does_not_count_queued_pages_as_freed, LIMIT)
{
	const char *line, *result = "last shrinker return val ";
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
	ASSERT_NE(NULL, strstr(line, result))
		TH_LOG("the trace has no line of the shrinker");
	EXPECT_EQ(0, atoi(strstr(line, result) + strlen(result)))
		TH_LOG("%s", line);
	ASSERT_EQ(0, export_others(self));
}

TEST_F_TIMEOUT(export, trace_events_report_map_wait_and_unmap, LIMIT)
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

TEST_F_TIMEOUT(export, exports_print_nothing_to_the_kernel_log, LIMIT)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 3);
	uint32_t good = self->peer->refs[1];
	char line[1024];
	uint32_t *map;
	ssize_t n;

	ASSERT_LE(0, log);
	ASSERT_LE(0, lseek(log, 0, SEEK_END));
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	map = map_all(3 * PEER_PAGE, op.fd);
	ASSERT_NE(MAP_FAILED, map);
	map[0] = 1;
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 1));
	EXPECT_EQ(0, munmap(map, 3 * PEER_PAGE));
	EXPECT_EQ(0, close(op.fd));
	/* Xen refuses one of the references */
	self->peer->refs[1] = NO_REF;
	EXPECT_EQ(EACCES, export_buffer(self->gntdev, &op));
	self->peer->refs[1] = good;
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(0, close(op.fd));

	while ((n = read(log, line, sizeof(line) - 1)) > 0) {
		line[n] = 0;
		/* Other drivers can print at any time.  "g.e.": of the grant table */
		if (strstr(line, "gntdev") || strstr(line, "g.e."))
			EXPECT_STREQ("", line);
	}
	close(log);
}
