/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs begin with that test runs of the balloon driver, through the
 * module dma_run: two open files, and after each test a look at whether all
 * memory is back.  To be included once in a program.
 */

#ifndef SELFTESTS_XEN_RUN_H
#define SELFTESTS_XEN_RUN_H

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "hoard.h"
#include "lent.h"
#include "test_modules/dma_run.h"

/* A bit of /proc/kpageflags */
#define KPF_OFFLINE	23

/* The longest run of mainline's and our kernels: CMA has no more, see grow() */
#define LONG		2048
#define CMA_PAGES	8192

static inline int run_open(void)
{
	return open("/dev/dma_run", O_RDWR | O_CLOEXEC);
}

/* The last address of what was allocated last */
static uint64_t run_last;

/* run_alloc - with the pages' numbers, if they are wanted */
static inline int run_alloc(int fd, unsigned int count, uint64_t attrs,
			    unsigned int mask_bits, uint64_t *pfns)
{
	uint64_t *any = pfns ?: calloc(count <= CMA_PAGES ? count : 0,
				       sizeof(*any));
	struct dma_run_alloc op = {
		.attrs = attrs,
		.pfns = (uintptr_t)any,
		.count = count,
		.mask_bits = mask_bits,
	};
	int ret = call(fd, DMA_RUN_ALLOC, &op);

	run_last = op.last;
	if (!pfns)
		free(any);
	return ret;
}

static inline int run_free(int fd)
{
	return call(fd, DMA_RUN_FREE, NULL);
}

/* run_fault - let Xen do no more than that; the file is of no importance */
static inline int run_fault(int fd, unsigned int hypercall, unsigned int pages)
{
	struct dma_run_fault op = { .hypercall = hypercall, .pages = pages };

	return call(fd, DMA_RUN_FAULT, &op);
}

static inline void run_no_faults(void)
{
	int fd = run_open();

	run_fault(fd, DMA_RUN_DECREASE, DMA_RUN_NO_FAULT);
	run_fault(fd, DMA_RUN_INCREASE, DMA_RUN_NO_FAULT);
	close(fd);
}

/* users - how many files are open and runs wait */
static inline int users(void)
{
	return file_number("/sys/module/dma_run/refcnt", "");
}

/* users_come_down - to a number, when the worker is done with its last run */
static inline bool users_come_down(int to)
{
	time_t end = time(NULL) + LENT_PATIENCE;

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

FIXTURE(run)
{
	struct conserve before;
	struct lent lent;
	struct hoard hoard;
	int users;
	int fd;
	int second;
};

FIXTURE_SETUP(run)
{
	conserve_begin(&self->before, peer_domid());
	lent_look(&self->lent);
	self->fd = run_open();
	ASSERT_LE(0, self->fd);
	self->second = run_open();
	ASSERT_LE(0, self->second);
	self->users = users();
	ASSERT_EQ(2, self->users);
}

FIXTURE_TEARDOWN(run)
{
	const char *lost;

	run_no_faults();
	hoard_end(&self->hoard);
	close(self->fd);
	close(self->second);
	EXPECT_TRUE(users_come_down(0));
	EXPECT_LENT(&self->lent, 0);
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
		fds[n] = run_open();
		if (fds[n] < 0)
			ksft_exit_fail_msg("no /dev/dma_run\n");
		if (!run_alloc(fds[n], count, 0, 64, NULL)) {
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

#endif /* SELFTESTS_XEN_RUN_H */
