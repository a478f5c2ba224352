/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffers of the exporter odd_buffer, see test_modules/odd_buffer.h, for
 * programs that import.
 */

#ifndef SELFTESTS_XEN_ODD_H
#define SELFTESTS_XEN_ODD_H

#include <sys/syscall.h>

#include "import.h"
#include "test_modules/odd_buffer.h"

#define PAGE	4096U

/**
 * struct odd - a buffer
 * @file: the exporter's file
 * @fd: the dma-buf
 * @pages: of its segments' memory, those that are not granted as well
 * @memory: the same, as words
 */
struct odd {
	int file;
	int fd;
	unsigned int pages;
	uint32_t *memory;
};

/* odd_make - make the buffer that @op describes; 0 or the error number */
static inline int odd_make(struct odd *odd, struct odd_buffer_make *op)
{
	const struct odd_buffer_segment *segment = (void *)(uintptr_t)op->segments;
	unsigned int i;
	int ret;

	*odd = (struct odd) {
		.file = open("/dev/odd_buffer", O_RDWR | O_CLOEXEC),
		.fd = -1,
		.memory = MAP_FAILED,
	};
	ret = call(odd->file, ODD_BUFFER_MAKE, op);
	if (ret) {
		close(odd->file);
		return ret;
	}

	odd->fd = op->fd;
	for (i = 0; i < op->count; i++, segment++)
		odd->pages += (segment->offset + segment->length + PAGE - 1) / PAGE;
	/* Some have none */
	odd->memory = map_all((size_t)odd->pages * PAGE, odd->file);
	return 0;
}

/* odd_segments - the same for segments and a size */
static inline int odd_segments(struct odd *odd, uint64_t size, unsigned int count,
			       const struct odd_buffer_segment *segments)
{
	struct odd_buffer_make op = {
		.size = size,
		.segments = (uintptr_t)segments,
		.count = count,
	};

	return odd_make(odd, &op);
}

/* odd_part - the page that is number @first of the memory */
static inline uint32_t *odd_part(const struct odd *odd, unsigned int first)
{
	return odd->memory + first * PATTERN_WORDS;
}

static inline struct odd_buffer_state odd_state(const struct odd *odd)
{
	struct odd_buffer_state state = { .attached = -1 };

	call(odd->file, ODD_BUFFER_STATE, &state);
	return state;
}

/* odd_in_use - whether an importer has anything of it */
static inline bool odd_in_use(const struct odd *odd)
{
	struct odd_buffer_state state = odd_state(odd);

	return state.attached || state.pinned || state.mapped;
}

/* odd_let_go - the owner has no more to do with it than to look at its state */
static inline void odd_let_go(struct odd *odd)
{
	if (odd->memory != MAP_FAILED)
		munmap(odd->memory, (size_t)odd->pages * PAGE);
	odd->memory = MAP_FAILED;
	close(odd->fd);
}

static inline void odd_close(struct odd *odd)
{
	odd_let_go(odd);
	close(odd->file);
}

/* odd_import - by the request that is newest; @refs has room for @count */
static inline int odd_import(int gntdev, const struct odd *odd,
			     unsigned int count, uint32_t *refs,
			     struct gntdev_dmabuf_import *op)
{
	*op = (struct gntdev_dmabuf_import) {
		.refs = (uintptr_t)refs,
		.count = count,
		.domid = peer_domid(),
		.fd = odd->fd,
	};
	return import_buffer(gntdev, op);
}

/*
 * exchange - let the guest see and write what was granted
 *
 * @memory: the same pages, as their owner sees them
 *
 * NULL, or what is wrong
 */
static inline const char *exchange(struct ask *mapper, unsigned int count,
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
			wrong = "the guest sees other pages";
		mapping_fill(&mapping, 2);
		if (pattern_wrong(memory, 0, count, 2))
			wrong = "the guest writes other pages";
		mapping_unmap(&mapping);
	}
	mapping_end(&mapping);
	return wrong;
}

/* module_unload - 0 or the error number */
static inline int module_unload(const char *module)
{
	return syscall(SYS_delete_module, module, O_NONBLOCK) ? errno : 0;
}

#endif /* SELFTESTS_XEN_ODD_H */
