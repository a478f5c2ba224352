// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-heap.h>
#include <linux/udmabuf.h>

#include "../selftests/xen/calls.h"
#include "bench.h"

#define PAGE	4096UL

/* large - memory in runs of pages, as long as the kernel has them */
static int large(unsigned int pages)
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

/* small - a segment for each page */
static int small(unsigned int pages)
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
 * struct figures - what importing a buffer took
 * @imported: each import
 * @taken: each taking back
 */
struct figures {
	uint64_t imported[BENCH_REPEAT];
	uint64_t taken[BENCH_REPEAT];
};

/* repeat - import a buffer and take it back, over and over */
static void repeat(int gntdev, unsigned int domid, unsigned int pages, int fd,
		   uint32_t *refs, struct figures *figures)
{
	uint64_t begin;
	int i, ret;

	/* The first time the grant table grows */
	for (i = -1; i < BENCH_REPEAT; i++) {
		begin = bench_now();
		ret = import_refs(gntdev, fd, pages, domid, refs);
		begin = bench_now() - begin;
		if (i >= 0)
			figures->imported[i] = begin;
		begin = bench_now();
		if (!ret)
			ret = import_release(gntdev, fd);
		begin = bench_now() - begin;
		if (i >= 0)
			figures->taken[i] = begin;
		if (ret) {
			errno = ret;
			err(1, "import %u pages", pages);
		}
	}
}

static void bench_import(int gntdev, unsigned int domid, unsigned int pages,
			 const char *how, const char *again, int fd)
{
	uint32_t *refs = calloc(pages, sizeof(*refs));
	struct figures figures;
	int ret;

	repeat(gntdev, domid, pages, fd, refs, &figures);
	bench_print_median("import", pages, how, figures.imported);
	bench_print_median("take-back", pages, how, figures.taken);

	/* The same while the buffer is imported already */
	ret = import_refs(gntdev, fd, pages, domid, refs);
	if (ret) {
		errno = ret;
		err(1, "import %u pages", pages);
	}
	repeat(gntdev, domid, pages, fd, refs, &figures);
	import_release(gntdev, fd);
	bench_print_median("import", pages, again, figures.imported);
	bench_print_median("take-back", pages, again, figures.taken);
	close(fd);
	free(refs);
}

void bench_imports(int gntdev, unsigned int domid, unsigned int pages)
{
	bench_import(gntdev, domid, pages, "large", "large-again", large(pages));
	bench_import(gntdev, domid, pages, "small", "small-again", small(pages));
}
