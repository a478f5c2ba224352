// SPDX-License-Identifier: GPL-2.0-only
/*
 * The release of imported buffers: the importer holds a buffer until the guest
 * has unmapped its last page.  Each test checks one promise.  Runs in domain 0
 * with the module vgem, and with mapper in a guest: see import.h.
 */

#include <signal.h>
#include <sys/eventfd.h>

/* Pages of a CMA buffer: few enough that other users of CMA do not matter */
#define CMA	1024
#define LARGEST	CMA

#include "import.h"
#include "waiter.h"

/* map_in_guest - import the fixture's buffer and let the guest map it */
static void map_in_guest(struct __test_metadata *_metadata,
			 struct _test_data_import *self, int gntdev,
			 struct mapping *mapping, uint64_t *id)
{
	pattern_fill(self->source.map, 0, PAGES, 1);
	ASSERT_EQ(0, import_source(gntdev, &self->source, self->refs, id));
	mapping_begin(mapping, &self->mapper, self->refs, PAGES);
	ASSERT_EQ(0, mapping_map(mapping, false));
}

/* expect_held - check that the guest still accesses all memory of the exporter */
static void expect_held(struct __test_metadata *_metadata,
			struct _test_data_import *self, struct mapping *mapping,
			uint64_t id)
{
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, id, 0));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, id, 20));
	EXPECT_EQ(1, source_attached(&self->source));
	EXPECT_EQ(0, mapping_wrong(mapping, 1));
	mapping_fill(mapping, 2);
	EXPECT_EQ(0, pattern_wrong(self->source.map, 0, PAGES, 2));
}

/* expect_release - check that the buffer is released when the guest unmaps it */
static void expect_release(struct __test_metadata *_metadata,
			   struct _test_data_import *self,
			   struct mapping *mapping, uint64_t id)
{
	mapping_unmap(mapping);
	EXPECT_TRUE(is_released(self->gntdev, id));
	EXPECT_EQ(0, source_attached(&self->source));
	EXPECT_EQ(0, mapping_try(mapping));
	mapping_end(mapping);
}

TEST_F_TIMEOUT(import, an_unmapped_buffer_is_released_at_once, LIMIT)
{
	struct mapping mapping;
	uint64_t id;

	ASSERT_EQ(0, import_source(self->gntdev, &self->source, self->refs, &id));
	mapping_begin(&mapping, &self->mapper, self->refs, PAGES);
	EXPECT_EQ(PAGES, mapping_try(&mapping));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, id, 0));
	ASSERT_EQ(0, release_id(self->gntdev, id));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, id, 0));
	EXPECT_EQ(0, source_attached(&self->source));
	EXPECT_EQ(0, mapping_try(&mapping));
	mapping_end(&mapping);
}

TEST_F_TIMEOUT(import, release_by_id_waits_for_the_guest, LIMIT)
{
	struct mapping mapping;
	uint64_t id;

	map_in_guest(_metadata, self, self->gntdev, &mapping, &id);
	ASSERT_EQ(0, release_id(self->gntdev, id));
	EXPECT_EQ(ENOENT, release_id(self->gntdev, id));
	expect_held(_metadata, self, &mapping, id);
	expect_release(_metadata, self, &mapping, id);
}

TEST_F_TIMEOUT(import, release_by_descriptor_waits_for_the_guest, LIMIT)
{
	struct mapping mapping;
	uint64_t id;

	map_in_guest(_metadata, self, self->gntdev, &mapping, &id);
	ASSERT_EQ(0, import_release(self->gntdev, self->source.fd));
	EXPECT_EQ(ENOENT, import_release(self->gntdev, self->source.fd));
	expect_held(_metadata, self, &mapping, id);
	expect_release(_metadata, self, &mapping, id);
}

TEST_F_TIMEOUT(import, closing_the_gntdev_file_waits_for_the_guest, LIMIT)
{
	int other = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	struct mapping mapping;
	uint64_t id;

	ASSERT_LE(0, other);
	map_in_guest(_metadata, self, other, &mapping, &id);
	EXPECT_EQ(ENOENT, release_id(self->gntdev, id));
	EXPECT_EQ(ENOENT, import_release(self->gntdev, self->source.fd));
	ASSERT_EQ(0, close(other));
	expect_held(_metadata, self, &mapping, id);
	expect_release(_metadata, self, &mapping, id);
}

TEST_F_TIMEOUT(import, a_killed_importer_waits_for_the_guest, LIMIT)
{
	int pipes[2], status, gntdev;
	struct mapping mapping;
	uint64_t id;
	pid_t child;

	ASSERT_EQ(0, pipe(pipes));
	pattern_fill(self->source.map, 0, PAGES, 1);
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
		if (import_source(gntdev, &self->source, self->refs, &id) ||
		    write(pipes[1], &id, sizeof(id)) != sizeof(id) ||
		    write(pipes[1], self->refs, sizeof(self->refs)) !=
		    sizeof(self->refs))
			_exit(1);
		for (;;)
			pause();
	}
	ASSERT_EQ((ssize_t)sizeof(id), read(pipes[0], &id, sizeof(id)));
	ASSERT_EQ((ssize_t)sizeof(self->refs),
		  read(pipes[0], self->refs, sizeof(self->refs)));
	mapping_begin(&mapping, &self->mapper, self->refs, PAGES);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	expect_held(_metadata, self, &mapping, id);
	expect_release(_metadata, self, &mapping, id);
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F_TIMEOUT(import, the_last_mapped_page_holds_the_buffer, LIMIT)
{
	struct mapping mapping;
	unsigned int chunk;
	uint64_t id;

	map_in_guest(_metadata, self, self->gntdev, &mapping, &id);
	ASSERT_EQ(0, release_id(self->gntdev, id));
	for (chunk = 0; chunk < PAGES / MAPPING_CHUNK; chunk++) {
		mapping_unmap_chunk(&mapping, chunk);
		EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, id, 20));
		EXPECT_EQ(1, source_attached(&self->source));
		EXPECT_EQ(0, mapping_wrong(&mapping, 1));
	}
	expect_release(_metadata, self, &mapping, id);
}

TEST_F_TIMEOUT(import, a_released_buffer_cannot_be_mapped, LIMIT)
{
	struct mapping mapping, part;
	uint64_t id;

	map_in_guest(_metadata, self, self->gntdev, &mapping, &id);
	mapping_unmap_chunk(&mapping, 0);
	mapping_begin(&part, &self->mapper, self->refs, MAPPING_CHUNK);
	EXPECT_EQ(MAPPING_CHUNK, mapping_try(&part));
	ASSERT_EQ(0, release_id(self->gntdev, id));
	EXPECT_EQ(0, mapping_try(&part));
	mapping_end(&part);
	EXPECT_EQ(0, mapping_wrong(&mapping, 1));
	expect_release(_metadata, self, &mapping, id);
}

TEST_F_TIMEOUT(import, the_death_of_the_mapper_releases_the_buffer, LIMIT)
{
	struct mapping mapping;
	uint64_t id;

	map_in_guest(_metadata, self, self->gntdev, &mapping, &id);
	ASSERT_EQ(0, release_id(self->gntdev, id));
	expect_held(_metadata, self, &mapping, id);
	ask(&self->mapper, "die");
	EXPECT_TRUE(is_released(self->gntdev, id));
	EXPECT_EQ(0, source_attached(&self->source));
	mapping_end(&mapping);
}

TEST_F_TIMEOUT(import, the_memory_outlives_the_exporters_file, LIMIT)
{
	struct source other;
	struct mapping mapping;
	unsigned int i;
	uint64_t id;

	map_in_guest(_metadata, self, self->gntdev, &mapping, &id);
	ASSERT_EQ(0, release_id(self->gntdev, id));
	source_close(&self->source);
	EXPECT_EQ(1, source_attached(&self->source));
	/* If the memory were free, these buffers would get it and write it */
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, source_dumb(&other, "vgem", 1024, PAGES));
		pattern_fill(other.map, 0, PAGES, 7);
		source_close(&other);
	}
	EXPECT_EQ(0, mapping_wrong(&mapping, 1));
	mapping_unmap(&mapping);
	EXPECT_TRUE(is_released(self->gntdev, id));
	EXPECT_EQ(-1, source_attached(&self->source));
	mapping_end(&mapping);
}

/* cma_is_free - whether all pages of CMA but three quarters of CMA are free */
static bool cma_is_free(void)
{
	unsigned int all = file_number("/proc/meminfo", "CmaTotal:") / 4;
	struct source source;

	if (source_heap(&source, CMA_HEAP, all - CMA * 3 / 4))
		return false;
	source_close(&source);
	return true;
}

TEST_F_TIMEOUT(import, cma_memory_is_freed_when_the_guest_unmaps_it, LIMIT)
{
	uint32_t *refs = calloc(CMA, sizeof(*refs));
	struct mapping mapping;
	struct source source;
	uint64_t id;

	ASSERT_NE(NULL, refs);
	ASSERT_TRUE(cma_is_free());
	ASSERT_EQ(0, source_heap(&source, CMA_HEAP, CMA));
	pattern_fill(source.map, 0, CMA, 4);
	ASSERT_EQ(0, import_source(self->gntdev, &source, refs, &id));
	mapping_begin(&mapping, &self->mapper, refs, CMA);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	source_close(&source);
	ASSERT_EQ(0, release_id(self->gntdev, id));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, id, 20));
	EXPECT_FALSE(cma_is_free());
	EXPECT_EQ(0, mapping_wrong(&mapping, 4));

	mapping_unmap(&mapping);
	EXPECT_TRUE(is_released(self->gntdev, id));
	EXPECT_TRUE(cma_is_free());
	mapping_end(&mapping);
	free(refs);
}

TEST_F_TIMEOUT(import, a_held_buffer_does_not_hold_other_buffers, LIMIT)
{
	struct mapping mapping, passing;
	unsigned int i, n = rounds(10);
	uint32_t refs[PAGES];
	struct source source;
	uint64_t id, held;

	map_in_guest(_metadata, self, self->gntdev, &mapping, &held);
	ASSERT_EQ(0, release_id(self->gntdev, held));
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, source_dumb(&source, "vgem", 1024, PAGES));
		pattern_fill(source.map, 0, PAGES, i);
		ASSERT_EQ(0, import_source(self->gntdev, &source, refs, &id));
		mapping_begin(&passing, &self->mapper, refs, PAGES);
		ASSERT_EQ(0, mapping_map(&passing, false));
		EXPECT_EQ(0, mapping_wrong(&passing, i));
		mapping_unmap(&passing);
		mapping_end(&passing);
		ASSERT_EQ(0, release_id(self->gntdev, id));
		EXPECT_TRUE(is_released(self->gntdev, id));
		source_close(&source);
		EXPECT_EQ(-1, source_attached(&source));
	}
	EXPECT_EQ(1, listed(self->gntdev));
	expect_held(_metadata, self, &mapping, held);
	expect_release(_metadata, self, &mapping, held);
	EXPECT_EQ(0, listed(self->gntdev));
}

TEST_F_TIMEOUT(import, a_held_buffer_holds_the_module, LIMIT)
{
	int other, with = module_users();
	struct mapping mapping;
	uint64_t id;

	ASSERT_LT(0, with);
	other = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, other);
	map_in_guest(_metadata, self, other, &mapping, &id);
	ASSERT_EQ(0, close(other));
	EXPECT_LT(with, module_users());
	expect_release(_metadata, self, &mapping, id);
	/* The module reference is put after all waiters have been woken */
	while (module_users() != with)
		sched_yield();
}

TEST_F_TIMEOUT(import, release_wakes_every_waiter_and_signals_the_eventfd, LIMIT)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct gntdev_dmabuf_import op;
	struct waiter waiters[4];
	struct mapping mapping;
	uint64_t value;

	ASSERT_LE(0, fd);
	op = source_op(&self->source, self->refs);
	op.flags = GNTDEV_DMABUF_IMPORT_EVENTFD;
	op.eventfd = fd;
	ASSERT_EQ(0, import_buffer(self->gntdev, &op));
	mapping_begin(&mapping, &self->mapper, self->refs, PAGES);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	ASSERT_TRUE(start_waiters(waiters, ARRAY_SIZE(waiters), self->gntdev,
				  -1, op.id));
	ASSERT_EQ(0, release_id(self->gntdev, op.id));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 20));
	EXPECT_TRUE(others_sleep());
	EXPECT_FALSE(is_signalled(fd));

	mapping_unmap(&mapping);
	EXPECT_TRUE(all_woke(waiters, ARRAY_SIZE(waiters)));
	EXPECT_EQ(0, source_attached(&self->source));
	EXPECT_EQ((ssize_t)sizeof(value), read(fd, &value, sizeof(value)));
	EXPECT_EQ(1, value);
	EXPECT_FALSE(is_signalled(fd));
	mapping_end(&mapping);
	close(fd);
}

TEST_F_TIMEOUT(import, closing_a_gntdev_file_releases_all_its_imports, LIMIT)
{
	int other = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	uint64_t ids[5];
	int i;

	ASSERT_LE(0, other);
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		ASSERT_EQ(0, import_source(other, &self->source, self->refs,
					   &ids[i]));
	EXPECT_EQ(1, source_attached(&self->source));
	EXPECT_EQ(ARRAY_SIZE(ids), listed(other));
	ASSERT_EQ(0, close(other));
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		EXPECT_EQ(ENOENT, wait_id(self->gntdev, ids[i], 0));
	EXPECT_EQ(0, source_attached(&self->source));
}

TEST_F_TIMEOUT(import, a_held_buffer_prints_nothing_to_the_kernel_log, LIMIT)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct mapping mapping;
	char line[1024];
	uint64_t id;
	ssize_t n;

	ASSERT_LE(0, log);
	ASSERT_LE(0, lseek(log, 0, SEEK_END));
	map_in_guest(_metadata, self, self->gntdev, &mapping, &id);
	ASSERT_EQ(0, release_id(self->gntdev, id));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, id, 500));
	expect_release(_metadata, self, &mapping, id);
	/* The kernel prints "deferring g.e. ..." where it defers a grant itself */
	while ((n = read(log, line, sizeof(line) - 1)) > 0) {
		line[n] = 0;
		EXPECT_EQ(NULL, strstr(line, "g.e."));
		EXPECT_EQ(NULL, strstr(line, "gntdev"));
	}
	close(log);
}
