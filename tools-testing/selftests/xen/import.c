// SPDX-License-Identifier: GPL-2.0-only
/*
 * Imports of dma-bufs of all sizes, the grant table, and information about
 * imports in fdinfo, debugfs and trace events.  Each test checks one promise.
 * Runs in domain 0 with the module vgem, and with mapper in a guest: see
 * import.h.
 */

#include <sys/eventfd.h>
#include <time.h>

#define LARGEST	most_pages()

#include "import.h"

TEST_F_TIMEOUT(import, buffers_of_every_size, LIMIT)
{
	/* Around the references of a batch, of a directory page, and of a chunk */
	unsigned int i, sizes[] = {
		1, 2, 63, 64, 65, 255, 256, 257, 1023, 1024, most_pages(),
	};
	uint32_t *refs = calloc(most_pages(), sizeof(*refs));
	struct mapping mapping;
	struct source source;
	uint64_t id;

	ASSERT_NE(NULL, refs);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (sizes[i] > most_pages())
			continue;
		ASSERT_EQ(0, source_pages(&source, sizes[i]));
		pattern_fill(source.map, 0, sizes[i], i);
		ASSERT_EQ(0, import_source(self->gntdev, &source, refs, &id));
		mapping_begin(&mapping, &self->mapper, refs, sizes[i]);
		ASSERT_EQ(0, mapping_map(&mapping, false));
		EXPECT_EQ(0, mapping_wrong(&mapping, i));
		mapping_fill(&mapping, i + 1);
		EXPECT_EQ(0, pattern_wrong(source.map, 0, sizes[i], i + 1));
		mapping_unmap(&mapping);
		mapping_end(&mapping);
		EXPECT_EQ(0, release_id(self->gntdev, id));
		source_close(&source);
		EXPECT_TRUE(is_released(self->gntdev, id));
	}
	free(refs);
}

TEST_F_TIMEOUT(import, a_read_only_import_cannot_be_written, LIMIT)
{
	struct gntdev_dmabuf_import op = source_op(&self->source, self->refs);
	struct mapping mapping;

	op.flags = GNTDEV_DMABUF_IMPORT_READONLY;
	ASSERT_EQ(0, import_buffer(self->gntdev, &op));
	mapping_begin(&mapping, &self->mapper, self->refs, PAGES);
	ASSERT_NE(0, mapping_map(&mapping, false));
	ASSERT_EQ(0, mapping_map(&mapping, true));
	pattern_fill(self->source.map, 0, PAGES, 5);
	EXPECT_EQ(0, mapping_wrong(&mapping, 5));
	pattern_fill(self->source.map, 0, PAGES, 6);
	EXPECT_EQ(0, mapping_wrong(&mapping, 6));

	/* A read-only mapping holds the buffer as well */
	ASSERT_EQ(0, release_id(self->gntdev, op.id));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 20));
	mapping_unmap(&mapping);
	EXPECT_TRUE(is_released(self->gntdev, op.id));
	mapping_end(&mapping);
}

TEST_F_TIMEOUT(import, a_buffer_is_imported_twice_and_released_latest_first, LIMIT)
{
	uint32_t refs[PAGES];
	struct mapping mappings[2];
	struct gntdev_dmabuf_import op;
	struct source source;
	struct ask other;
	unsigned int i, j;
	uint64_t id;

	/* dma-debug checks the mappings of heap buffers */
	ASSERT_EQ(0, source_pages(&source, PAGES));
	op = source_op(&source, refs);
	if (peer2_domid()) {
		op.domid = peer2_domid();
		ask_open(&other, MAPPER_FOLDER, op.domid);
	}
	ASSERT_EQ(0, import_source(self->gntdev, &source, self->refs, &id));
	ASSERT_EQ(0, import_buffer(self->gntdev, &op));
	EXPECT_NE(id, op.id);
	for (i = 0; i < PAGES; i++)
		for (j = 0; j < PAGES; j++)
			ASSERT_NE(self->refs[i], refs[j]);

	mapping_begin(&mappings[0], &self->mapper, self->refs, PAGES);
	mapping_begin(&mappings[1], peer2_domid() ? &other : &self->mapper, refs,
		      PAGES);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, mapping_map(&mappings[i], false));
	mapping_fill(&mappings[0], 8);
	EXPECT_EQ(0, mapping_wrong(&mappings[1], 8));
	EXPECT_EQ(0, pattern_wrong(source.map, 0, PAGES, 8));
	for (i = 0; i < 2; i++)
		mapping_unmap(&mappings[i]);

	ASSERT_EQ(0, import_release(self->gntdev, source.fd));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
	EXPECT_EQ(0, mapping_try(&mappings[1]));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, id, 0));
	EXPECT_EQ(PAGES, mapping_try(&mappings[0]));
	ASSERT_EQ(0, import_release(self->gntdev, source.fd));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, id, 0));
	EXPECT_EQ(0, mapping_try(&mappings[0]));
	EXPECT_EQ(ENOENT, import_release(self->gntdev, source.fd));
	for (i = 0; i < 2; i++)
		mapping_end(&mappings[i]);
	if (peer2_domid())
		ask_close(&other);
	source_close(&source);
}

TEST_F_TIMEOUT(import, a_guest_cannot_map_the_grants_of_another_guest, LIMIT)
{
	struct gntdev_dmabuf_import op = source_op(&self->source, self->refs);
	struct mapping mapping;

	/* Without a second guest, a domain that does not exist yet */
	op.domid = peer2_domid() ? peer2_domid() : 0x7fef;
	ASSERT_EQ(0, import_buffer(self->gntdev, &op));
	mapping_begin(&mapping, &self->mapper, self->refs, PAGES);
	EXPECT_EQ(0, mapping_try(&mapping));
	mapping_end(&mapping);
	ASSERT_EQ(0, release_id(self->gntdev, op.id));
}

TEST_F_TIMEOUT(import, an_id_is_never_given_twice, LIMIT)
{
	uint64_t id, last = 0;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, import_source(self->gntdev, &self->source,
					   self->refs, &id));
		EXPECT_LT(last, id);
		last = id;
		ASSERT_EQ(0, release_id(self->gntdev, id));
	}
}

TEST_F_TIMEOUT(import, a_full_grant_table_refuses_and_nothing_is_lost, LIMIT)
{
	uint32_t *refs = calloc(PORTION, sizeof(*refs));
	unsigned int n, round, first = 0;
	struct mapping mapping;
	struct source source;
	int error;

	ASSERT_NE(NULL, refs);
	ASSERT_EQ(0, source_dumb(&source, "vgem", 1024, PORTION));
	for (round = 0; round < 3; round++) {
		n = import_until_error(self->gntdev, &source, refs, &error);
		EXPECT_EQ(ENOSPC, error);
		ASSERT_LT(1, n);
		first = first ?: n;
		EXPECT_EQ(first, n);
		EXPECT_EQ(1, source_attached(&source));
		/* New imports get as many references as were released */
		ASSERT_EQ(0, import_release(self->gntdev, source.fd));
		ASSERT_EQ(0, import_release(self->gntdev, source.fd));
		EXPECT_EQ(2, import_until_error(self->gntdev, &source, refs,
						&error));
		EXPECT_EQ(ENOSPC, error);
		while (n--)
			ASSERT_EQ(0, import_release(self->gntdev, source.fd));
		EXPECT_EQ(0, source_attached(&source));
		/* To the last reference, of which a failed import has taken many */
		EXPECT_EQ(all_refs, free_refs());
	}

	ASSERT_EQ(0, import_refs(self->gntdev, source.fd, PORTION, peer_domid(),
				 refs));
	pattern_fill(source.map, 0, PORTION, 9);
	mapping_begin(&mapping, &self->mapper, refs, PORTION);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	EXPECT_EQ(0, mapping_wrong(&mapping, 9));
	mapping_unmap(&mapping);
	mapping_end(&mapping);
	ASSERT_EQ(0, import_release(self->gntdev, source.fd));
	source_close(&source);
	free(refs);
}

/*
 * Each round calls everything that allocates.  A slab cache that has as many
 * objects more as there were rounds shows a leak.
 */
TEST_F_TIMEOUT(import, rounds_leave_nothing_in_the_slabs, LIMIT)
{
	static struct slabs before;
	struct gntdev_dmabuf_import op;
	unsigned int i, n = slab_rounds();
	const char *grown;
	int fd;

	if (slabs_unreliable())
		SKIP(return, "%s", slabs_unreliable());

	/* The first 50 rounds fill caches that stay */
	for (i = 0; i < n + 50; i++) {
		if (i == 50)
			slabs_read(&before);
		fd = eventfd(0, EFD_CLOEXEC);
		op = source_op(&self->source, self->refs);
		op.flags = GNTDEV_DMABUF_IMPORT_EVENTFD;
		op.eventfd = fd;
		ASSERT_EQ(0, import_buffer(self->gntdev, &op));
		EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 1));
		ASSERT_EQ(0, release_id(self->gntdev, op.id));
		ASSERT_EQ(0, close(fd));
	}
	grown = slabs_grown(&before, n / 2);
	EXPECT_EQ(NULL, grown)
		TH_LOG("%s has %u objects more", grown, n / 2);
}

/* ---- Information about imports */

TEST_F_TIMEOUT(import, fdinfo_and_debugfs_list_imports, LIMIT)
{
	int other = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	struct gntdev_dmabuf_import op = source_op(&self->source, self->refs);
	int event = eventfd(0, EFD_CLOEXEC);
	char path[64], live[128], task[64], pending[64];
	struct mapping mapping;
	unsigned long granted;
	const char *line;

	ASSERT_LE(0, other);
	granted = file_number(DEBUG_DIR "counters", "pages_granted ");
	op.flags = GNTDEV_DMABUF_IMPORT_READONLY | GNTDEV_DMABUF_IMPORT_EVENTFD;
	op.eventfd = event;
	ASSERT_EQ(0, import_buffer(other, &op));
	EXPECT_EQ(granted + PAGES, file_number(DEBUG_DIR "counters", "pages_granted "));
	snprintf(live, sizeof(live), "import id %llu domid %u pages %u offset 0 flags r-e-- state ",
		 (unsigned long long)op.id, peer_domid(), PAGES);
	snprintf(task, sizeof(task), " pid %d comm import-test\n", getpid());
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", other);
	EXPECT_NE(NULL, strstr(file_line(path, "dmabuf:\timport "), live));
	EXPECT_NE(NULL, strstr(file_line(path, "dmabuf:\timport "), "state live\n"));
	line = file_line(DEBUG_DIR "buffers", live);
	EXPECT_NE(NULL, strstr(line, "state live age_ms "));
	EXPECT_NE(NULL, strstr(line, task))
		TH_LOG("%s", line);

	mapping_begin(&mapping, &self->mapper, self->refs, PAGES);
	ASSERT_EQ(0, mapping_map(&mapping, true));
	ASSERT_EQ(0, release_id(other, op.id));
	snprintf(pending, sizeof(pending), "state releasing mapped %u releasing_ms ", PAGES);
	EXPECT_NE(NULL, strstr(file_line(path, live), pending));
	ASSERT_EQ(0, close(other));
	EXPECT_NE(NULL, strstr(file_line(DEBUG_DIR "buffers", live), pending));
	mapping_unmap(&mapping);
	EXPECT_TRUE(is_released(self->gntdev, op.id));
	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", live));
	EXPECT_EQ(granted, file_number(DEBUG_DIR "counters", "pages_granted "));
	mapping_end(&mapping);
	close(event);
}

/* mapped_pages - number of pages that a pending release waits for, or -1 */
static long mapped_pages(uint64_t id)
{
	char text[32];
	const char *at;

	snprintf(text, sizeof(text), "import id %llu ", (unsigned long long)id);
	at = strstr(file_line(DEBUG_DIR "buffers", text), " mapped ");
	return at ? strtol(at + strlen(" mapped "), NULL, 10) : -1;
}

/* clock_ms - time since boot in milliseconds */
static unsigned long clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

TEST_F_TIMEOUT(import, debugfs_shows_how_long_a_release_has_been_pending, LIMIT)
{
	struct mapping mapping;
	unsigned long start, ms, later;
	unsigned int i;
	uint64_t id;

	ASSERT_EQ(0, import_source(self->gntdev, &self->source, self->refs, &id));
	mapping_begin(&mapping, &self->mapper, self->refs, PAGES);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	EXPECT_EQ(-1, mapped_pages(id));
	start = clock_ms();
	ASSERT_EQ(0, release_id(self->gntdev, id));
	EXPECT_EQ(PAGES, mapped_pages(id));
	ms = file_number(DEBUG_DIR "buffers", " releasing_ms ");
	usleep(20000);
	later = file_number(DEBUG_DIR "buffers", " releasing_ms ");
	EXPECT_LE(ms + 20, later);
	EXPECT_GE(clock_ms() - start + 1, later);
	/* The kernel looks at the pages from time to time and frees some by some */
	mapping_unmap_chunk(&mapping, 0);
	for (i = 0; i < 10000 && mapped_pages(id) > PAGES - MAPPING_CHUNK; i++)
		usleep(1000);
	EXPECT_EQ(PAGES - MAPPING_CHUNK, mapped_pages(id));
	mapping_unmap(&mapping);
	EXPECT_TRUE(is_released(self->gntdev, id));
	mapping_end(&mapping);
}

TEST_F_TIMEOUT(import, trace_events_report_grant_and_end, LIMIT)
{
	char grant[128], held[128], end[128];
	struct mapping mapping;
	uint64_t id;

	file_write(TRACE_DIR "trace", "");
	file_write(TRACE_DIR "events/gntdev_dmabuf/enable", "1");
	ASSERT_EQ(0, import_source(self->gntdev, &self->source, self->refs, &id));
	mapping_begin(&mapping, &self->mapper, self->refs, PAGES);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	mapping_unmap_chunk(&mapping, 0);
	ASSERT_EQ(0, release_id(self->gntdev, id));
	mapping_unmap(&mapping);
	EXPECT_TRUE(is_released(self->gntdev, id));
	file_write(TRACE_DIR "events/gntdev_dmabuf/enable", "0");
	mapping_end(&mapping);

	snprintf(grant, sizeof(grant),
		 "gntdev_dmabuf_grant: id=%llu domid=%u pages=%u ret=0\n",
		 (unsigned long long)id, peer_domid(), PAGES);
	snprintf(held, sizeof(held), "gntdev_dmabuf_end: id=%llu left=%u\n",
		 (unsigned long long)id, PAGES - MAPPING_CHUNK);
	snprintf(end, sizeof(end), "gntdev_dmabuf_end: id=%llu left=0\n",
		 (unsigned long long)id);
	EXPECT_STRNE("", file_line(TRACE_DIR "trace", grant));
	EXPECT_STRNE("", file_line(TRACE_DIR "trace", held));
	EXPECT_STRNE("", file_line(TRACE_DIR "trace", end));
}
