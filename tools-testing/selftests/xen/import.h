/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fixture and main() of programs that test imports: a buffer of the display
 * driver vgem, and mapper in the guest PEER.  After each test it checks that
 * nothing is left behind, and after the last one that all grant references are
 * free.  Each program includes this file once.
 */

#ifndef SELFTESTS_XEN_IMPORT_H
#define SELFTESTS_XEN_IMPORT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "harness.h"
#include "mapping.h"
#include "pattern.h"
#include "sources.h"

/* Pages of the fixture's buffer: two chunks of the mapper and two pages */
#define PAGES	(2 * MAPPING_CHUNK + 2)

/* Pages of the largest buffer that a test of this program imports */
#ifndef LARGEST
#define LARGEST	PAGES
#endif

/* A grant table has room for many buffers of so many pages, or a few with the debug kernel */
#define PORTION	1000

/* References that this domain can give out, counted before the first test */
static unsigned int all_refs;
static pid_t main_pid;

FIXTURE(import)
{
	struct ask mapper;
	struct conserve before;
	struct source source;
	uint32_t refs[PAGES];
	int gntdev;
};

FIXTURE_SETUP(import)
{
	ask_open(&self->mapper, MAPPER_FOLDER, peer_domid());
	ask(&self->mapper, "die");
	conserve_begin(&self->before, peer_domid());

	self->gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->gntdev);
	ASSERT_EQ(0, source_dumb(&self->source, "vgem", 1024, PAGES));
	ASSERT_EQ(PAGES, self->source.pages);
}

/* import_op - the newest request, to import a dma-buf for the guest PEER */
static inline struct gntdev_dmabuf_import
import_op(int fd, unsigned int count, const uint32_t *refs)
{
	return (struct gntdev_dmabuf_import) {
		.refs = (uintptr_t)refs,
		.count = count,
		.domid = peer_domid(),
		.fd = fd,
	};
}

/* source_op - the same for a source */
static inline struct gntdev_dmabuf_import
source_op(const struct source *source, const uint32_t *refs)
{
	return import_op(source->fd, source->pages, refs);
}

/* import_source - import a source by the newest request, without flags */
static inline int import_source(int gntdev, const struct source *source,
				uint32_t *refs, uint64_t *id)
{
	struct gntdev_dmabuf_import op = source_op(source, refs);
	int ret = import_buffer(gntdev, &op);

	*id = op.id;
	return ret;
}

/* is_released - wait until a buffer is released, or has been released before */
static inline bool is_released(int gntdev, uint64_t id)
{
	int ret = wait_id(gntdev, id, UINT32_MAX);

	return !ret || ret == ENOENT;
}

/* listed - number of buffers in the fdinfo of a gntdev file */
static inline unsigned int listed(int gntdev)
{
	char path[64], line[256];
	unsigned int n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", gntdev);
	file = fopen(path, "r");
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		n += !strncmp(line, "dmabuf:", 7);
	fclose(file);
	return n;
}

/*
 * import_until_error - import a source until a request fails
 *
 * @error: the error number of the last request
 *
 * Return: the number of imports that succeeded.
 */
static inline unsigned int import_until_error(int gntdev,
					      const struct source *source,
					      uint32_t *refs, int *error)
{
	unsigned int n = 0;
	uint64_t id;

	for (;;) {
		*error = import_source(gntdev, source, refs, &id);
		if (*error)
			return n;
		n++;
	}
}

/*
 * free_refs - number of grant references that this domain can still give out
 *
 * Imports a buffer until the grant table is full, and then smaller ones until no
 * reference is left.  So the table grows to its limit.
 */
static unsigned int free_refs(void)
{
	static uint32_t refs[PORTION];
	int error, gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	unsigned int pages, n = 0;
	struct source source;

	for (pages = PORTION; pages; pages /= 2) {
		if (source_dumb(&source, "vgem", 1024, pages))
			break;
		n += import_until_error(gntdev, &source, refs, &error) * pages;
		source_close(&source);
	}
	close(gntdev);
	return n;
}

/* free_refs_again - the same, when those are free that the kernel frees late */
static unsigned int free_refs_again(void)
{
	time_t end = time(NULL) + conserve_patience();
	unsigned int n;

	while ((n = free_refs()) < all_refs && time(NULL) < end)
		usleep(100000);
	return n;
}

/*
 * check_refs - at the exit, fail if references are lost
 *
 * To fill the grant table after each test would take most of the time of the tests.
 */
static void check_refs(void)
{
	unsigned int n;

	/* Tests fork */
	if (getpid() != main_pid)
		return;
	n = free_refs_again();
	if (n == all_refs)
		return;
	printf("# free grant references: %u, now %u\n", all_refs, n);
	fflush(stdout);
	_exit(1);
}

/* Also cleans up after a test that an ASSERT has ended */
FIXTURE_TEARDOWN(import)
{
	const char *lost;

	close(self->gntdev);
	source_close(&self->source);
	ask(&self->mapper, "die");
	lost = conserve_end(&self->before);
	EXPECT_EQ(NULL, lost)
		TH_LOG("not conserved: %s", lost);
	ask_close(&self->mapper);
}

/* grow_in - let the tables of both domains grow, see one_processor() */
static void grow_in(unsigned int domid)
{
	int gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	uint32_t *refs = calloc(LARGEST, sizeof(*refs));
	struct source source;
	struct mapping mapping;
	struct ask mapper;

	ask_open(&mapper, MAPPER_FOLDER, domid);
	if (!source_pages(&source, LARGEST)) {
		if (!import_refs(gntdev, source.fd, LARGEST, domid, refs)) {
			mapping_begin(&mapping, &mapper, refs, LARGEST);
			if (!mapping_map(&mapping, false))
				mapping_unmap(&mapping);
			mapping_end(&mapping);
		}
		source_close(&source);
	}
#ifdef GROW
	/* More growth for the tests of this program */
	GROW(gntdev);
#endif
	close(gntdev);
	ask_close(&mapper);
	free(refs);
}

int main(int argc, char **argv)
{
	one_processor();
	grow_in(peer_domid());
	if (peer2_domid())
		grow_in(peer2_domid());
	all_refs = free_refs();
	main_pid = getpid();
	atexit(check_refs);

	return test_harness_run(argc, argv);
}

#endif /* SELFTESTS_XEN_IMPORT_H */
