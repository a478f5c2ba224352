// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure how the cost of a call depends on the number of live buffers, which have
 * one page each and belong to one open gntdev file.  main() calls bench_scale().
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../selftests/xen/calls.h"
#include "../selftests/xen/files.h"
#include "exports.h"
#include "imports.h"
#include "measure.h"
#include "settle.h"

/* Waits of a measurement, for buffers that are spread evenly over all live ones */
#define SCALE_WAITS	64

/**
 * struct live - a live buffer
 * @fd: the dma-buf
 * @id: its id
 */
struct live {
	int fd;
	uint64_t id;
};

/* export_page - export the page with that number */
static struct live export_page(const struct bench *bench, unsigned int page)
{
	struct gntdev_dmabuf_export op = {
		.refs = (uintptr_t)&bench->refs[page % bench->count],
		.count = 1,
		.domid = bench->domid,
		.fd = -1,
	};
	int ret = export_buffer(bench->gntdev, &op);

	if (ret) {
		errno = ret;
		err(1, "export page %u", page);
	}
	return (struct live){ .fd = op.fd, .id = op.id };
}

/* scale_exports - the cost of one more export, and of its release */
static void scale_exports(const struct bench *bench, unsigned int count)
{
	uint64_t exported[BENCH_REPEAT], released[BENCH_REPEAT], begin;
	struct live live;
	int i;

	for (i = -1; i < BENCH_REPEAT; i++) {
		wait_idle();
		begin = bench_now();
		live = export_page(bench, count);
		begin = bench_now() - begin;
		if (i >= 0)
			exported[i] = begin;
		begin = release_export(bench, live.fd);
		if (i >= 0)
			released[i] = begin;
	}
	bench_print_each("scale", count, "export", bench_median(exported), 1);
	bench_print_each("scale", count, "release", bench_median(released), 1);
}

/* scale_waits - the cost of a wait that does not sleep, by id or by descriptor */
static void scale_waits(const struct bench *bench, const struct live *live,
			unsigned int count, bool by_id)
{
	uint64_t times[BENCH_REPEAT];
	const struct live *at;
	int i, j, ret;

	for (i = 0; i < BENCH_REPEAT; i++) {
		times[i] = bench_now();
		for (j = 0; j < SCALE_WAITS; j++) {
			at = &live[(uint64_t)j * count / SCALE_WAITS];
			ret = by_id ? wait_id(bench->gntdev, at->id, 0) :
				      wait_released(bench->gntdev, at->fd, 0);
			if (ret != ETIMEDOUT)
				errx(1, "waiting for a live buffer: error %d", ret);
		}
		times[i] = bench_now() - times[i];
	}
	bench_print_each("scale", count, by_id ? "wait-id" : "wait-fd",
			 bench_median(times), SCALE_WAITS);
}

/* import_page - import a buffer of one page once more; the id of the import */
static uint64_t import_page(const struct bench *bench, int fd)
{
	uint32_t ref;
	struct gntdev_dmabuf_import op = {
		.refs = (uintptr_t)&ref,
		.count = 1,
		.domid = bench->domid,
		.fd = fd,
	};
	int ret = import_buffer(bench->gntdev, &op);

	if (ret) {
		errno = ret;
		err(1, "import a page");
	}
	return op.id;
}

/* scale_imports - the cost of the release of the oldest import, by id */
static void scale_imports(const struct bench *bench, int fd, uint64_t *ids,
			  unsigned int count)
{
	uint64_t times[BENCH_REPEAT], *id;
	int i, ret;

	for (i = 0; i < BENCH_REPEAT; i++) {
		id = &ids[i % count];
		times[i] = bench_now();
		ret = release_id(bench->gntdev, *id);
		times[i] = bench_now() - times[i];
		if (ret) {
			errno = ret;
			err(1, "release an import");
		}
		*id = import_page(bench, fd);
	}
	bench_print_each("scale", count, "take-back", bench_median(times), 1);
}

/*
 * read_all - nanoseconds to open, read and close a file
 *
 * An empty file is read once more: the end of one with a line takes a read of its own.
 */
static uint64_t read_all(const char *path, bool empty)
{
	static char buffer[65536];
	uint64_t begin = bench_now();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		err(1, "%s", path);
	do
		n = read(fd, buffer, sizeof(buffer));
	while (n > 0);
	if (n < 0 || (empty && read(fd, buffer, sizeof(buffer)) < 0))
		err(1, "%s", path);
	close(fd);
	return bench_now() - begin;
}

static uint64_t read_median(const char *path, bool empty)
{
	uint64_t times[BENCH_REPEAT];
	int i;

	for (i = 0; i < BENCH_REPEAT; i++)
		times[i] = read_all(path, empty);
	return bench_median(times);
}

/**
 * struct listing - a file that lists live buffers
 * @path: the file
 * @name: third word of the line that is printed
 * @empty: nanoseconds to read it while there is no buffer
 */
struct listing {
	char path[64];
	const char *name;
	uint64_t empty;
};

/* scale_listing - the cost of a line of the file */
static void scale_listing(const struct listing *listing, unsigned int count)
{
	bench_print_each("scale", count, listing->name,
			 read_median(listing->path, false) - listing->empty, count);
}

/**
 * bench_scale - measure calls while 1, 100, 1000, ... buffers are live
 * @bench: the guest
 * @most: largest number of buffers
 *
 * Not with mainline's driver, which has neither ids nor lists of buffers.
 */
void bench_scale(const struct bench *bench, unsigned int most)
{
	static const unsigned int counts[] = { 1, 100, 1000, 10000 };
	struct listing listings[] = {
		{ .path = DEBUG_DIR "buffers", .name = "list" },
		{ .name = "fdinfo" },
	};
	struct rlimit limit = { most + 100, most + 100 };
	struct live *live = calloc(most, sizeof(*live));
	uint64_t id, *imports = calloc(most, sizeof(*imports));
	int page = alloc_small(1);
	unsigned int i, j, n = 0;

	if (!live || !imports || setrlimit(RLIMIT_NOFILE, &limit))
		err(1, "%u buffers", most);
	snprintf(listings[1].path, sizeof(listings[1].path), "/proc/self/fdinfo/%d",
		 bench->gntdev);
	settle();
	for (j = 0; j < ARRAY_SIZE(listings); j++)
		listings[j].empty = read_median(listings[j].path, !j);

	for (i = 0; i < ARRAY_SIZE(counts) && counts[i] <= most; i++) {
		for (; n < counts[i]; n++)
			live[n] = export_page(bench, n);
		scale_exports(bench, n);
		scale_waits(bench, live, n, false);
		scale_waits(bench, live, n, true);
		for (j = 0; j < ARRAY_SIZE(listings); j++)
			scale_listing(&listings[j], n);
	}

	for (i = 0; i < n; i++)
		close(live[i].fd);
	free(live);

	/* It has the buffer attached, so that no release that is measured detaches it */
	id = import_page(bench, page);
	for (i = 0, n = 0; i < ARRAY_SIZE(counts) && counts[i] <= most; i++) {
		for (; n < counts[i]; n++)
			imports[n] = import_page(bench, page);
		scale_imports(bench, page, imports, n);
	}
	for (i = 0; i < n; i++)
		release_id(bench->gntdev, imports[i]);
	release_id(bench->gntdev, id);
	close(page);
	free(imports);
}
