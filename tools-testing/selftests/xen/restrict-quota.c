// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page total of a restricted gntdev file, restrictions in fdinfo and
 * debugfs, and restrictions while other threads use the file.  Each test checks
 * one promise.  Runs in domain 0, with granter and mapper in a guest: see
 * restrict.h.
 */

#include <pthread.h>
#include <sys/eventfd.h>

#include "restrict.h"
#include "waiter.h"

/* ---- What counts, and until when */

TEST_F_TIMEOUT(file, one_page_more_than_the_total_is_refused, LIMIT)
{
	int fds[2], fd;

	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 10));
	EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 11));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 10));
	ASSERT_EQ(0, export_pages(self->gntdev, self->peer, 7, &fds[0]));
	EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 4));
	ASSERT_EQ(0, export_pages(self->gntdev, self->peer, 3, &fds[1]));
	EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 1));
	/* Each request checks the total */
	EXPECT_EQ(EDQUOT, export_refs(self->gntdev, 0, 1, self->domid,
				      self->peer->refs, &fd));
	EXPECT_EQ(EDQUOT, export_refs_v2(self->gntdev, 0, 1, 8, self->domid,
					 self->peer->refs, &fd));
	EXPECT_EQ(0, close(fds[1]));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 3));
	EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 4));
	EXPECT_EQ(0, close(fds[0]));
}

TEST_F_TIMEOUT(file, exports_and_imports_count_together, LIMIT)
{
	struct gntdev_dmabuf_import op = import_op(&self->source, self->refs);
	uint32_t ofs;
	int fd;

	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, PAGES + 2));
	ASSERT_EQ(0, import_buffer(self->gntdev, &op));
	EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 3));
	ASSERT_EQ(0, export_pages(self->gntdev, self->peer, 2, &fd));
	EXPECT_EQ(0, release_id(self->gntdev, op.id));
	EXPECT_EQ(0, imports_now(self->gntdev, &self->source));
	EXPECT_EQ(0, close(fd));

	ASSERT_EQ(0, export_pages(self->gntdev, self->peer, 3, &fd));
	EXPECT_EQ(EDQUOT, imports_now(self->gntdev, &self->source));
	EXPECT_EQ(EDQUOT, import_refs(self->gntdev, self->source.fd, PAGES,
				      self->domid, self->refs));
	EXPECT_EQ(EDQUOT, import_refs_v2(self->gntdev, self->source.fd, PAGES,
					 self->domid, self->refs, &ofs));
	EXPECT_EQ(0, source_attached(&self->source));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, imports_now(self->gntdev, &self->source));
}

TEST_F_TIMEOUT(file, imports_of_the_same_buffer_count_each, LIMIT)
{
	struct gntdev_dmabuf_import op = import_op(&self->source, self->refs);

	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 2 * PAGES - 1));
	ASSERT_EQ(0, import_buffer(self->gntdev, &op));
	EXPECT_EQ(EDQUOT, imports_now(self->gntdev, &self->source));
	EXPECT_EQ(0, release_id(self->gntdev, op.id));
}

TEST_F_TIMEOUT(file, an_import_counts_until_the_peer_has_unmapped_it, LIMIT)
{
	struct gntdev_dmabuf_import op = import_op(&self->source, self->refs);
	struct mapping mapping;
	int ret;

	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, PAGES));
	ASSERT_EQ(0, import_buffer(self->gntdev, &op));
	mapping_begin(&mapping, &self->mapper, self->refs, PAGES);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	EXPECT_EQ(0, release_id(self->gntdev, op.id));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 20));
	EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 1));
	mapping_unmap(&mapping);
	ret = wait_id(self->gntdev, op.id, UINT32_MAX);
	EXPECT_TRUE(!ret || ret == ENOENT);
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, PAGES));
	mapping_end(&mapping);
}

TEST_F_TIMEOUT(file, a_mapped_buffer_counts_until_it_is_unmapped, LIMIT)
{
	void *map;
	int fd;

	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 4));
	ASSERT_EQ(0, export_pages(self->gntdev, self->peer, 4, &fd));
	/* User mappings themselves do not count */
	map = map_all(4 * PEER_PAGE, fd);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 1));
	EXPECT_EQ(0, munmap(map, 4 * PEER_PAGE));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 4));
}

TEST_F_TIMEOUT(file, buffers_made_before_the_restriction_count, LIMIT)
{
	struct gntdev_dmabuf_import op = import_op(&self->source, self->refs);
	int fd;

	ASSERT_EQ(0, export_pages(self->gntdev, self->peer, 5, &fd));
	ASSERT_EQ(0, import_buffer(self->gntdev, &op));
	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 6));
	EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 1));
	EXPECT_EQ(0, release_id(self->gntdev, op.id));
	EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 2));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 1));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 6));
}

TEST_F_TIMEOUT(file, a_request_that_fails_does_not_count, LIMIT)
{
	struct gntdev_dmabuf_import import = import_op(&self->source, self->refs);
	uint32_t first = self->peer->refs[0];
	unsigned int i;
	int fd;

	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, PAGES));
	self->peer->refs[0] = NO_REF;
	for (i = 0; i < 3; i++)
		EXPECT_EQ(EACCES, export_pages(self->gntdev, self->peer, PAGES, &fd));
	self->peer->refs[0] = first;
	/* The references cannot be returned */
	import.refs = 0;
	for (i = 0; i < 3; i++)
		EXPECT_EQ(EFAULT, import_buffer(self->gntdev, &import));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, PAGES));
}

/* ---- The total of a file */

TEST_F_TIMEOUT(file, total_0_is_no_limit, LIMIT)
{
	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 0));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, self->peer->count));
}

TEST_F_TIMEOUT(file, total_0_leaves_an_earlier_total, LIMIT)
{
	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 5));
	EXPECT_EQ(0, restrict_file(self->gntdev, self->domid, 0));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 5));
	EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 6));
	EXPECT_EQ(EACCES, restrict_file(self->gntdev, self->domid, 6));
}

TEST_F_TIMEOUT(file, the_total_can_only_be_narrowed, LIMIT)
{
	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 0));
	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 5));
	EXPECT_EQ(EACCES, restrict_file(self->gntdev, self->domid, 6));
	EXPECT_EQ(EACCES, restrict_file(self->gntdev, OTHER_DOMID, 4));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 5));
	EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 6));
	EXPECT_EQ(0, restrict_file(self->gntdev, self->domid, 5));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 5));
	EXPECT_EQ(0, restrict_file(self->gntdev, self->domid, 4));
	EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 5));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 4));
}

TEST_F_TIMEOUT(file, each_file_has_a_total_of_its_own, LIMIT)
{
	int fd, other = open_gntdev();

	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 4));
	ASSERT_EQ(0, restrict_file(other, self->domid, 4));
	ASSERT_EQ(0, export_pages(other, self->peer, 4, &fd));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 4));
	close(other);
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, 4));
	EXPECT_EQ(0, close(fd));
}

TEST_F_TIMEOUT(file, the_limit_of_one_request_stays, LIMIT)
{
	uint32_t n = page_limit() + 1;
	uint32_t *refs = calloc(n, sizeof(*refs));
	struct gntdev_dmabuf_export op = buffer_op(self->peer, n);

	ASSERT_NE(NULL, refs);
	op.refs = (uintptr_t)refs;
	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, UINT32_MAX));
	EXPECT_EQ(E2BIG, export_buffer(self->gntdev, &op));
	free(refs);
}

/* ---- The pages are given back before waiters are told */

struct closer {
	pthread_t thread;
	int fd;
};

/* closer_main - close a descriptor when the first thread waits for its release */
static void *closer_main(void *data)
{
	while (!thread_sleeps(getpid()))
		sched_yield();
	close(((struct closer *)data)->fd);
	return NULL;
}

TEST_F_TIMEOUT(file, released_pages_do_not_count_when_a_waiter_wakes, LIMIT)
{
	struct gntdev_dmabuf_export op;
	unsigned int i, n = rounds(20);
	struct closer closer;
	int fd;

	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 64));
	for (i = 0; i < n; i++) {
		op = buffer_op(self->peer, 64);
		ASSERT_EQ(0, export_buffer(self->gntdev, &op));
		closer.fd = op.fd;
		ASSERT_EQ(0, pthread_create(&closer.thread, NULL, closer_main,
					    &closer));
		EXPECT_EQ(0, wait_id(self->gntdev, op.id, UINT32_MAX));
		/* At once: the other thread may still be inside close() */
		EXPECT_EQ(0, export_pages(self->gntdev, self->peer, 64, &fd));
		ASSERT_EQ(0, pthread_join(closer.thread, NULL));
		EXPECT_EQ(0, close(fd));
	}
}

TEST_F_TIMEOUT(file, released_pages_do_not_count_when_an_eventfd_fires, LIMIT)
{
	struct gntdev_dmabuf_import op = import_op(&self->source, self->refs);
	int event = eventfd(0, EFD_CLOEXEC);
	struct mapping mapping;
	uint64_t value;

	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, PAGES));
	op.flags = GNTDEV_DMABUF_IMPORT_EVENTFD;
	op.eventfd = event;
	ASSERT_EQ(0, import_buffer(self->gntdev, &op));
	mapping_begin(&mapping, &self->mapper, self->refs, PAGES);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	EXPECT_EQ(0, release_id(self->gntdev, op.id));
	mapping_unmap(&mapping);
	EXPECT_EQ((ssize_t)sizeof(value), read(event, &value, sizeof(value)));
	EXPECT_EQ(0, exports_now(self->gntdev, self->peer, PAGES));
	mapping_end(&mapping);
	close(event);
}

/* ---- Information about restrictions */

TEST_F_TIMEOUT(file, fdinfo_shows_the_restriction_and_the_pages, LIMIT)
{
	char path[64], want[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->gntdev);
	EXPECT_STREQ("", file_line(path, "dmabuf-file:"));
	ASSERT_EQ(0, export_pages(self->gntdev, self->peer, 3, &fd));
	EXPECT_STREQ("dmabuf-file:\tpages 3\n", file_line(path, "dmabuf-file:"));
	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 7));
	snprintf(want, sizeof(want), "dmabuf-file:\tpages 3 domid %u max_pages 7\n",
		 self->domid);
	EXPECT_STREQ(want, file_line(path, "dmabuf-file:"));
	EXPECT_EQ(0, close(fd));
	snprintf(want, sizeof(want), "dmabuf-file:\tpages 0 domid %u max_pages 7\n",
		 self->domid);
	EXPECT_STREQ(want, file_line(path, "dmabuf-file:"));
}

TEST_F_TIMEOUT(file, debugfs_lists_files_and_the_file_of_a_buffer, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 3);
	char want[64], id[64];
	const char *at;

	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 5));
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	snprintf(want, sizeof(want), " pages 3 domid %u max_pages 5\n", self->domid);
	EXPECT_EQ(1, file_lines(DEBUG_DIR "files", want));
	at = file_line(DEBUG_DIR "files", want);
	EXPECT_EQ(0, strncmp(at, "file ", 5));
	snprintf(id, sizeof(id), " file %lu pid %d ", strtoul(at + 5, NULL, 10),
		 getpid());
	snprintf(want, sizeof(want), "export id %llu domid", (unsigned long long)op.id);
	EXPECT_NE(NULL, strstr(file_line(DEBUG_DIR "buffers", want), id))
		TH_LOG("%s has no%s", file_line(DEBUG_DIR "buffers", want), id);
	EXPECT_EQ(0, close(op.fd));
	close(self->gntdev);
	snprintf(want, sizeof(want), " domid %u max_pages 5\n", self->domid);
	EXPECT_EQ(0, file_lines(DEBUG_DIR "files", want));
	self->gntdev = open_gntdev();
}

/* ---- Several threads */

/**
 * struct exporter - a thread that exports again and again
 * @thread: the thread
 * @gntdev: the gntdev file
 * @peer: the granter
 * @count: number of pages of each export
 * @restricted: the file has been restricted
 * @done: number of exports that succeeded
 * @late: number of those that began when the file had been restricted
 */
struct exporter {
	pthread_t thread;
	int gntdev;
	const struct peer *peer;
	unsigned int count;
	volatile bool *restricted;
	volatile unsigned int done;
	unsigned int late;
};

/* exporter_main - export until the restriction refuses it */
static void *exporter_main(void *data)
{
	struct exporter *exporter = data;
	bool late;

	do {
		late = *exporter->restricted;
		if (exports_now(exporter->gntdev, exporter->peer, exporter->count))
			break;
		exporter->done++;
		exporter->late += late;
	} while (!late);
	return NULL;
}

TEST_F_TIMEOUT(file, no_export_begins_after_the_restriction, LIMIT)
{
	unsigned int i, round, n = rounds(20);
	struct exporter exporters[2];
	volatile bool restricted;
	int gntdev;

	for (round = 0; round < n; round++) {
		gntdev = open_gntdev();
		restricted = false;
		for (i = 0; i < 2; i++) {
			exporters[i] = (struct exporter) {
				.gntdev = gntdev,
				.peer = self->peer,
				.count = 1,
				.restricted = &restricted,
			};
			ASSERT_EQ(0, pthread_create(&exporters[i].thread, NULL,
						    exporter_main, &exporters[i]));
		}
		while (exporters[0].done < 1 + round % 3)
			sched_yield();
		EXPECT_EQ(0, restrict_file(gntdev, OTHER_DOMID, 0));
		restricted = true;
		for (i = 0; i < 2; i++) {
			ASSERT_EQ(0, pthread_join(exporters[i].thread, NULL));
			EXPECT_EQ(0, exporters[i].late);
		}
		close(gntdev);
	}
}

/* fill_main - export one page until the total is reached, and keep the buffers */
static void *fill_main(void *data)
{
	struct exporter *exporter = data;
	int fds[32];

	while (exporter->done < ARRAY_SIZE(fds) &&
	       !export_pages(exporter->gntdev, exporter->peer, 1,
			     &fds[exporter->done]))
		exporter->done++;
	/* A buffer that is released too early would make room for another one */
	while (!*exporter->restricted)
		usleep(1000);
	while (exporter->done)
		close(fds[--exporter->done]);
	return NULL;
}

TEST_F_TIMEOUT(file, threads_together_do_not_exceed_the_total, LIMIT)
{
	struct exporter exporters[2];
	unsigned int i, round, n = rounds(10);
	volatile bool finish;
	char path[64];

	ASSERT_EQ(0, restrict_file(self->gntdev, self->domid, 21));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->gntdev);
	for (round = 0; round < n; round++) {
		finish = false;
		for (i = 0; i < 2; i++) {
			exporters[i] = (struct exporter) {
				.gntdev = self->gntdev,
				.peer = self->peer,
				.restricted = &finish,
			};
			ASSERT_EQ(0, pthread_create(&exporters[i].thread, NULL,
						    fill_main, &exporters[i]));
		}
		while (exporters[0].done + exporters[1].done < 21)
			sched_yield();
		EXPECT_EQ(EDQUOT, exports_now(self->gntdev, self->peer, 1));
		usleep(10000);
		EXPECT_EQ(21, exporters[0].done + exporters[1].done);
		EXPECT_EQ(21, file_number(path, "pages "));
		finish = true;
		for (i = 0; i < 2; i++)
			ASSERT_EQ(0, pthread_join(exporters[i].thread, NULL));
		EXPECT_EQ(0, file_number(path, "pages "));
	}
}
