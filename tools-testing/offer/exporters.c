// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocate a buffer of an exporter, for offers.c.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "exporters.h"
#include "test_modules/test_exporter.h"

/* inside_pages - a buffer of two segments whose data begins and ends inside a page */
static int inside_pages(struct source *source, unsigned int pages)
{
	const struct test_exporter_segment segments[] = {
		{ .offset = INSIDE_OFFSET, .length = XEN_PAGE - INSIDE_OFFSET },
		{ .length = (pages - 1) * XEN_PAGE - INSIDE_OFFSET },
	};
	struct test_exporter_create op = {
		.size = pages * XEN_PAGE - 2 * INSIDE_OFFSET,
		.segments = (uintptr_t)segments,
		.count = 2,
	};

	*source = (struct source) {
		.fd = -1,
		.pages = pages,
		.area = MAP_FAILED,
		.size = pages * XEN_PAGE,
	};
	source->origin = open("/dev/test_exporter", O_RDWR | O_CLOEXEC);
	if (source->origin < 0 || ioctl(source->origin, TEST_EXPORTER_CREATE, &op))
		return errno;
	source->fd = op.fd;
	source->area = mmap(NULL, source->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			    source->origin, 0);
	source->map = source->area;
	return source->area == MAP_FAILED ? errno : 0;
}

/**
 * exporter_make - allocate a buffer
 * @source: filled in
 * @exporter: the exporter
 * @pages: number of pages; a camera chooses the number itself
 *
 * Return: 0 or the error number.
 */
int exporter_make(struct source *source, enum exporter exporter, unsigned int pages)
{
	switch (exporter) {
	case EXPORTER_HEAP:
		return source_heap(source, "system", pages);
	case EXPORTER_CMA:
		return source_heap(source, CMA_HEAP, pages);
	case EXPORTER_MEMFD:
		return source_memfd(source, pages);
	case EXPORTER_VGEM:
		/* A line of 1024 pixels is one page */
		return source_dumb(source, "vgem", 1024, pages);
	case EXPORTER_VKMS:
		return source_dumb(source, "vkms", 1024, pages);
	case EXPORTER_CAMERA:
		return source_video(source, "platform:vivid-001");
	case EXPORTER_INSIDE_PAGES:
		return inside_pages(source, pages);
	default:
		return EINVAL;
	}
}
