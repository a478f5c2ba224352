/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffers of the module test_exporter, see test_modules/test_exporter.h, for
 * programs that import them.
 */

#ifndef SELFTESTS_XEN_TEST_EXPORTER_PROGRAM_H
#define SELFTESTS_XEN_TEST_EXPORTER_PROGRAM_H

#include "import.h"
#include "test_modules/test_exporter.h"

#define PAGE	4096U

/**
 * struct test_buf - a buffer of test_exporter
 * @file: the exporter's file
 * @fd: the dma-buf
 * @pages: number of pages of its memory, also of those that are not granted
 * @memory: mapping of the memory, or MAP_FAILED if there is none
 */
struct test_buf {
	int file;
	int fd;
	unsigned int pages;
	uint32_t *memory;
};

/* test_buf_create - create the buffer of a request; 0 or the error number */
static inline int test_buf_create(struct test_buf *buf,
				  struct test_exporter_create *op)
{
	const struct test_exporter_segment *segment;
	unsigned int i;
	int ret;

	*buf = (struct test_buf) {
		.file = open("/dev/test_exporter", O_RDWR | O_CLOEXEC),
		.fd = -1,
		.memory = MAP_FAILED,
	};
	ret = call(buf->file, TEST_EXPORTER_CREATE, op);
	if (ret) {
		close(buf->file);
		return ret;
	}

	buf->fd = op->fd;
	segment = (void *)(uintptr_t)op->segments;
	for (i = 0; i < op->count; i++, segment++)
		buf->pages += (segment->offset + segment->length + PAGE - 1) / PAGE;
	buf->memory = map_all((size_t)buf->pages * PAGE, buf->file);
	return 0;
}

/* test_buf_segments - create a buffer of segments in RAM */
static inline int
test_buf_segments(struct test_buf *buf, uint64_t size, unsigned int count,
		  const struct test_exporter_segment *segments)
{
	struct test_exporter_create op = {
		.size = size,
		.segments = (uintptr_t)segments,
		.count = count,
	};

	return test_buf_create(buf, &op);
}

/* test_buf_page - page @page (from 0) of the memory */
static inline uint32_t *test_buf_page(const struct test_buf *buf,
				      unsigned int page)
{
	return buf->memory + page * PATTERN_WORDS;
}

static inline struct test_exporter_state test_buf_state(const struct test_buf *buf)
{
	struct test_exporter_state state = { .attached = -1 };

	call(buf->file, TEST_EXPORTER_STATE, &state);
	return state;
}

/* test_buf_in_use - whether an attachment, a pin or a scatter table is left */
static inline bool test_buf_in_use(const struct test_buf *buf)
{
	struct test_exporter_state state = test_buf_state(buf);

	return state.attached || state.pinned || state.mapped;
}

/* test_buf_put - close the dma-buf and the mapping, but not the exporter's file */
static inline void test_buf_put(struct test_buf *buf)
{
	if (buf->memory != MAP_FAILED)
		munmap(buf->memory, (size_t)buf->pages * PAGE);
	buf->memory = MAP_FAILED;
	close(buf->fd);
}

static inline void test_buf_close(struct test_buf *buf)
{
	test_buf_put(buf);
	close(buf->file);
}

/* test_buf_import - import a buffer by the newest request */
static inline int test_buf_import(int gntdev, const struct test_buf *buf,
				  unsigned int count, uint32_t *refs,
				  struct gntdev_dmabuf_import *op)
{
	*op = import_op(buf->fd, count, refs);
	return import_buffer(gntdev, op);
}

/*
 * check_access - check that the guest reads and writes the granted pages
 *
 * @memory: the exporter's mapping of these pages
 *
 * Return: NULL, or the error.
 */
static inline const char *check_access(struct ask *mapper, unsigned int count,
				       const uint32_t *refs, uint32_t *memory)
{
	struct mapping mapping;
	const char *wrong = NULL;

	pattern_fill(memory, 0, count, 1);
	mapping_begin(&mapping, mapper, refs, count);
	if (mapping_map(&mapping, false)) {
		wrong = "the guest cannot map the pages";
	} else {
		if (mapping_wrong(&mapping, 1))
			wrong = "the guest reads other pages";
		mapping_fill(&mapping, 2);
		if (pattern_wrong(memory, 0, count, 2))
			wrong = "the guest writes other pages";
		mapping_unmap(&mapping);
	}
	mapping_end(&mapping);
	return wrong;
}

#endif /* SELFTESTS_XEN_TEST_EXPORTER_PROGRAM_H */
