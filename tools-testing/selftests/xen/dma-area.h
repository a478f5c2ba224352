/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs begin with that test runs of the balloon driver, through the
 * module dma_area: two open files, and after each test a look at whether all
 * memory is back.  To be included once in a program.
 */

#ifndef SELFTESTS_XEN_DMA_AREA_PROGRAM_H
#define SELFTESTS_XEN_DMA_AREA_PROGRAM_H

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "hoard.h"
#include "ballooned.h"
#include "test_modules/dma_area.h"

/* A bit of /proc/kpageflags */
#define KPF_OFFLINE	23

/* The longest run of mainline's and our kernels: CMA has no more, see grow() */
#define LONG		2048
#define CMA_PAGES	8192

static inline int area_open(void)
{
	return open("/dev/dma_area", O_RDWR | O_CLOEXEC);
}

/* The last address of what was allocated last */
static uint64_t area_last;

/* area_alloc - with the pages' numbers, if they are wanted */
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

/* area_fault - let Xen do no more than that; the file is of no importance */
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

/* users - how many files are open and runs wait */
static inline int users(void)
{
	return file_number("/sys/module/dma_area/refcnt", "");
}

/* users_come_down - to a number, when the worker is done with its last run */
static inline bool users_come_down(int to)
{
	time_t end = time(NULL) + BALLOONED_PATIENCE;

	while (users() != to && time(NULL) < end)
		usleep(10000);
	return users() == to;
}

/* offline - how many of these pages nobody may look into */
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

/* lives - whether programs still start and get memory */
static inline bool lives(void)
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
	struct hoard hoard;
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
	self->users = users();
	ASSERT_EQ(2, self->users);
}

FIXTURE_TEARDOWN(dma_area)
{
	const char *lost;

	area_no_faults();
	hoard_end(&self->hoard);
	close(self->fd);
	close(self->second);
	EXPECT_TRUE(users_come_down(0));
	EXPECT_BALLOONED(&self->ballooned, 0);
	lost = conserve_end(&self->before);
	EXPECT_EQ(NULL, lost)
		TH_LOG("not conserved: %s", lost);
}

/*
 * grow - let Xen map each page of CMA alone, once
 *
 * Where it had mapped larger pages it needs page tables for that, which it
 * keeps.  All runs but those of a page come from there.
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
