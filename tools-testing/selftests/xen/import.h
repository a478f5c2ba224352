/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs begin with that test imported buffers: a buffer of the display
 * driver vgem, a mapper in the guest that is to map it, and after each test a
 * look at whether anything is left.
 * To be included once in a program.
 */

#ifndef SELFTESTS_XEN_IMPORT_H
#define SELFTESTS_XEN_IMPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "harness.h"
#include "mapping.h"
#include "pattern.h"
#include "sources.h"

/* Of the usual buffer: two chunks, and two pages more */
#define PAGES	(2 * MAPPING_CHUNK + 2)

/* Pages that a test of this program imports in one piece */
#ifndef LARGEST
#define LARGEST	PAGES
#endif

/* What it imports over and over until the grant table is full, if not 0 */
#ifndef PORTION
#define PORTION	0
#endif

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

/* Where a test stopped in the middle, the next one begins as any other */
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

/* import_op - what the newest request needs for a buffer and the peer */
static inline struct gntdev_dmabuf_import import_op(const struct source *source,
						    const uint32_t *refs)
{
	return (struct gntdev_dmabuf_import) {
		.refs = (uintptr_t)refs,
		.count = source->pages,
		.domid = peer_domid(),
		.fd = source->fd,
	};
}

/* import_source - by the newest request, for reading and writing */
static inline int import_source(int gntdev, const struct source *source,
				uint32_t *refs, uint64_t *id)
{
	struct gntdev_dmabuf_import op = import_op(source, refs);
	int ret = import_buffer(gntdev, &op);

	*id = op.id;
	return ret;
}

/* is_gone - wait for an end that has come already, or is sure to come */
static inline bool is_gone(int gntdev, uint64_t id)
{
	int ret = wait_id(gntdev, id, UINT32_MAX);

	return !ret || ret == ENOENT;
}

/* listed - how many buffers are known to have been made through a gntdev file */
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

/* import_often - until there are no references left; how often that was */
static inline unsigned int import_often(int gntdev, const struct source *source,
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

/* grow_in - in this domain and in the one that maps, see one_processor() */
static void grow_in(unsigned int domid)
{
	int gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	uint32_t *refs = calloc(LARGEST, sizeof(*refs));
	struct source source;
	struct mapping mapping;
	struct ask mapper;

	ask_open(&mapper, MAPPER_FOLDER, domid);
	if (!source_heap(&source, "system", LARGEST)) {
		if (!import_refs(gntdev, source.fd, LARGEST, domid, refs)) {
			mapping_begin(&mapping, &mapper, refs, LARGEST);
			if (!mapping_map(&mapping, false))
				mapping_unmap(&mapping);
			mapping_end(&mapping);
		}
		source_close(&source);
	}
#ifdef GROW
	/* What else this program needs */
	GROW(gntdev);
#endif
	close(gntdev);
	ask_close(&mapper);
	free(refs);
}

/* fill_table - let the grant table have all that it ever can */
static void fill_table(void)
{
	int error, gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	uint32_t *refs = calloc(PORTION, sizeof(*refs));
	struct source source;

	if (!source_dumb(&source, "vgem", 1024, PORTION)) {
		import_often(gntdev, &source, refs, &error);
		source_close(&source);
	}
	close(gntdev);
	free(refs);
}

int main(int argc, char **argv)
{
	one_processor();
	grow_in(peer_domid());
	if (peer2_domid())
		grow_in(peer2_domid());
	if (PORTION)
		fill_table();

	return test_harness_run(argc, argv);
}

#endif /* SELFTESTS_XEN_IMPORT_H */
