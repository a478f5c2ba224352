/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fixture and main() of programs that test DMA areas of the balloon driver
 * through the module dma_area: two open files.  After each test it checks that
 * all memory is back.  The guest PEER only has to exist.  Each program includes
 * this file once.
 */

#ifndef SELFTESTS_XEN_DMA_AREA_PROGRAM_H
#define SELFTESTS_XEN_DMA_AREA_PROGRAM_H

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "mem-hog.h"
#include "ballooned.h"
#include "test_modules/dma_area.h"

/* A bit of /proc/kpageflags */
#define KPF_OFFLINE	23

/* Pages of the largest DMA area that CMA has room for, see grow() */
#define LONG		2048
/* Pages of CMA, or more */
#define CMA_PAGES	8192

static inline int area_open(void)
{
	return open("/dev/dma_area", O_RDWR | O_CLOEXEC);
}

/* The last DMA address of the area that was allocated last */
static uint64_t area_last;

/* area_alloc - allocate a DMA area; @pfns gets its frame numbers, or is NULL */
static inline int area_alloc(int fd, unsigned int count, uint64_t attrs,
			     unsigned int mask_bits, uint64_t *pfns)
{
	uint64_t *any = pfns ?: calloc(count <= CMA_PAGES ? count : 0,
				       sizeof(*any));
	struct dma_area_alloc op = {
		.attrs = attrs,
		.pfns = (uintptr_t)any,
		.count = count,
		.mask_bits = mask_bits,
	};
	int ret = call(fd, DMA_AREA_ALLOC, &op);

	area_last = op.last;
	if (!pfns)
		free(any);
	return ret;
}

static inline int area_free(int fd)
{
	return call(fd, DMA_AREA_FREE, NULL);
}

/* area_fault - limit the pages of a kind of hypercall, for all files */
static inline int area_fault(int fd, unsigned int hypercall, unsigned int pages)
{
	struct dma_area_fault op = { .hypercall = hypercall, .pages = pages };

	return call(fd, DMA_AREA_FAULT, &op);
}

static inline void area_no_faults(void)
{
	int fd = area_open();

	area_fault(fd, DMA_AREA_DECREASE, DMA_AREA_NO_FAULT);
	area_fault(fd, DMA_AREA_INCREASE, DMA_AREA_NO_FAULT);
	close(fd);
}

/* area_users - number of open files and of pending DMA areas */
static inline int area_users(void)
{
	return file_number("/sys/module/dma_area/refcnt", "");
}

/* area_users_drop_to - wait until the worker has ballooned in pending areas */
static inline bool area_users_drop_to(int to)
{
	time_t end = time(NULL) + BALLOONED_PATIENCE;

	while (area_users() != to && time(NULL) < end)
		usleep(10000);
	return area_users() == to;
}

/* offline - number of pages that are marked offline */
static inline unsigned int offline(const uint64_t *pfns, unsigned int count)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	unsigned int i, n = 0;
	uint64_t flags;

	for (i = 0; i < count; i++)
		if (pread(fd, &flags, sizeof(flags), pfns[i] * sizeof(flags)) ==
		    sizeof(flags))
			n += flags >> KPF_OFFLINE & 1;
	close(fd);
	return n;
}

/* programs_run - whether a program still starts and gets 64 MiB */
static inline bool programs_run(void)
{
	size_t size = 64UL << 20;
	pid_t child = fork();
	int status = -1;
	void *map;

	if (!child) {
		map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		_exit(map == MAP_FAILED || !memset(map, 0x5a, size));
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

FIXTURE(dma_area)
{
	struct conserve before;
	struct ballooned ballooned;
	struct mem_hog mem_hog;
	int users;
	int fd;
	int second;
};

FIXTURE_SETUP(dma_area)
{
	conserve_begin(&self->before, peer_domid());
	ballooned_read(&self->ballooned);
	self->fd = area_open();
	ASSERT_LE(0, self->fd);
	self->second = area_open();
	ASSERT_LE(0, self->second);
	self->users = area_users();
	ASSERT_EQ(2, self->users);
}

FIXTURE_TEARDOWN(dma_area)
{
	const char *lost;

	area_no_faults();
	mem_hog_stop(&self->mem_hog);
	close(self->fd);
	close(self->second);
	EXPECT_TRUE(area_users_drop_to(0));
	EXPECT_BALLOONED(&self->ballooned, 0);
	lost = conserve_end(&self->before);
	EXPECT_EQ(NULL, lost)
		TH_LOG("not conserved: %s", lost);
}

/*
 * grow - let Xen map each page of CMA as a single page, once
 *
 * Xen needs page tables to split a large page, and does not free them.  All DMA
 * areas but those of one page come from CMA.
 */
static void grow(void)
{
	int fds[16];
	unsigned int n = 0, count = CMA_PAGES;

	while (count > 1024 && n < ARRAY_SIZE(fds)) {
		fds[n] = area_open();
		if (fds[n] < 0)
			ksft_exit_fail_msg("no /dev/dma_area\n");
		if (!area_alloc(fds[n], count, 0, 64, NULL)) {
			n++;
			continue;
		}
		close(fds[n]);
		count -= 256;
	}
	while (n)
		close(fds[--n]);
}

int main(int argc, char **argv)
{
	one_processor();
	if (!domain_is("PV"))
		grow();

	return test_harness_run(argc, argv);
}

#endif /* SELFTESTS_XEN_DMA_AREA_PROGRAM_H */
