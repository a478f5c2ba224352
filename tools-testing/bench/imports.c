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

static void bench_import(int gntdev, unsigned int domid, unsigned int pages,
			 const char *how, int fd)
{
	uint64_t imported[BENCH_REPEAT], taken[BENCH_REPEAT], begin;
	uint32_t *refs = calloc(pages, sizeof(*refs));
	int i, ret;

	/* The first time the grant table grows */
	for (i = -1; i < BENCH_REPEAT; i++) {
		begin = bench_now();
		ret = import_refs(gntdev, fd, pages, domid, refs);
		begin = bench_now() - begin;
		if (i >= 0)
			imported[i] = begin;
		begin = bench_now();
		if (!ret)
			ret = import_release(gntdev, fd);
		begin = bench_now() - begin;
		if (i >= 0)
			taken[i] = begin;
		if (ret) {
			errno = ret;
			err(1, "import %u pages", pages);
		}
	}
	bench_print_median("import", pages, how, imported);
	bench_print_median("take-back", pages, how, taken);
	close(fd);
	free(refs);
}

void bench_imports(int gntdev, unsigned int domid, unsigned int pages)
{
	bench_import(gntdev, domid, pages, "large", large(pages));
	bench_import(gntdev, domid, pages, "small", small(pages));
}
