// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure imports of buffers of this domain and their release.  main() calls
 * bench_imports(); the measurement of scratch memory allocates buffers here.
 */

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-heap.h>
#include <linux/udmabuf.h>

#include "../selftests/xen/calls.h"
#include "bench.h"
#include "imports.h"
#include "measure.h"

#define PAGE	4096UL
/* Largest buffer that is imported twice: a domain has 32768 grants by default */
#define AGAIN_MAX	8192

/**
 * alloc_large - a buffer in segments as large as the kernel has them
 * @pages: number of pages
 *
 * Return: the dma-buf.
 */
int alloc_large(unsigned int pages)
{
	struct dma_heap_allocation_data op = {
		.len = pages * PAGE,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);

	if (heap < 0 || ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &op))
		err(1, "system heap: %u pages", pages);
	close(heap);
	return op.fd;
}

/**
 * alloc_small - a buffer with one segment for each page
 * @pages: number of pages
 *
 * Return: the dma-buf.
 */
int alloc_small(unsigned int pages)
{
	struct udmabuf_create op = { .size = pages * PAGE };
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), fd;

	op.memfd = memfd_create("bench", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	if (device < 0 || ftruncate(op.memfd, op.size) ||
	    fcntl(op.memfd, F_ADD_SEALS, F_SEAL_SHRINK))
		err(1, "memfd: %u pages", pages);
	fd = ioctl(device, UDMABUF_CREATE, &op);
	if (fd < 0)
		err(1, "udmabuf: %u pages", pages);
	close(op.memfd);
	close(device);
	return fd;
}

/**
 * struct times - times of the imports of a buffer, in nanoseconds
 * @imported: of each import
 * @released: of each release
 */
struct times {
	uint64_t imported[BENCH_REPEAT];
	uint64_t released[BENCH_REPEAT];
};

/* measure - import and release a buffer repeatedly */
static void measure(const struct bench *bench, unsigned int pages, int fd,
		    uint32_t *refs, struct times *times)
{
	uint64_t begin;
	int i, ret;

	/* The grant table grows during the first import, which does not count */
	for (i = -1; i < BENCH_REPEAT; i++) {
		begin = bench_now();
		ret = import_refs(bench->gntdev, fd, pages, bench->domid, refs);
		begin = bench_now() - begin;
		if (i >= 0)
			times->imported[i] = begin;
		begin = bench_now();
		if (!ret)
			ret = import_release(bench->gntdev, fd);
		begin = bench_now() - begin;
		if (i >= 0)
			times->released[i] = begin;
		if (ret) {
			errno = ret;
			err(1, "import %u pages", pages);
		}
	}
}

static void bench_import(const struct bench *bench, unsigned int pages,
			 const char *how, const char *again, int fd)
{
	uint32_t *refs = calloc(pages, sizeof(*refs));
	struct times times;
	int ret;

	measure(bench, pages, fd, refs, &times);
	bench_print_median("import", pages, how, times.imported);
	bench_print_median("take-back", pages, how, times.released);

	if (pages > AGAIN_MAX)
		goto out;

	/* The same while the buffer is imported already */
	ret = import_refs(bench->gntdev, fd, pages, bench->domid, refs);
	if (ret) {
		errno = ret;
		err(1, "import %u pages", pages);
	}
	measure(bench, pages, fd, refs, &times);
	import_release(bench->gntdev, fd);
	bench_print_median("import", pages, again, times.imported);
	bench_print_median("take-back", pages, again, times.released);
out:
	close(fd);
	free(refs);
}

/**
 * bench_imports - measure imports of a buffer in large and in small segments
 * @bench: the guest
 * @pages: number of pages
 */
void bench_imports(const struct bench *bench, unsigned int pages)
{
	bench_import(bench, pages, "large", "large-again", alloc_large(pages));
	bench_import(bench, pages, "small", "small-again", alloc_small(pages));
}
