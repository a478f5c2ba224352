// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure the kernel memory of exported buffers, in bytes per page.  main() calls
 * bench_memory().
 */

#include <stdio.h>
#include <unistd.h>

#include "../selftests/xen/test_modules/grant_floor.h"
#include "exports.h"
#include "floor.h"
#include "settle.h"
#include "usage.h"

/*
 * Number of exported pages: so many that the kernel's counters, which have units
 * of pages, are exact enough
 */
#define MEMORY_PAGES	16384U
/* Largest number of buffers; the smallest buffer has 256 pages */
#define MEMORY_BUFFERS	(MEMORY_PAGES / 256)

/* memory_exported - bytes that n exported buffers hold */
static int64_t memory_exported(const struct bench *bench, unsigned int pages,
			       unsigned int n)
{
	int64_t before, needed;
	int fds[MEMORY_BUFFERS];
	unsigned int i;

	settle();
	before = usage_kernel();
	for (i = 0; i < n; i++)
		fds[i] = export_pages(bench, pages, 0);
	needed = usage_kernel() - before;
	for (i = 0; i < n; i++)
		release_export(bench, fds[i]);
	return needed;
}

/* memory_mapped - bytes that the kernel holds for as many mapped grants */
static int64_t memory_mapped(const struct bench *bench, unsigned int pages,
			     unsigned int n)
{
	int64_t before, needed;
	int fds[MEMORY_BUFFERS];
	unsigned int i;

	settle();
	for (i = 0; i < n; i++) {
		fds[i] = floor_open();
		floor_prepare(fds[i], bench, pages);
	}
	before = usage_kernel();
	for (i = 0; i < n; i++)
		floor_step(fds[i], GRANT_FLOOR_MAP_REFS);
	needed = usage_kernel() - before;
	for (i = 0; i < n; i++)
		close(fds[i]);
	return needed;
}

/**
 * bench_memory - measure the memory of a page of a buffer
 * @bench: the guest
 * @pages: number of pages of a buffer, 256 or more
 *
 * The memory of as many buffers of one page is subtracted: it belongs to the
 * buffers, not to their pages.
 */
void bench_memory(const struct bench *bench, unsigned int pages)
{
	unsigned int n = MEMORY_PAGES / pages, over = n * (pages - 1);
	int64_t total, kernel;

	total = memory_exported(bench, pages, n) - memory_exported(bench, 1, n);
	printf("memory %u exported %.1f\n", pages, (double)total / over);
	if (bench->floor >= 0) {
		kernel = memory_mapped(bench, pages, n) -
			 memory_mapped(bench, 1, n);
		printf("memory %u mapped %.1f\n", pages, (double)kernel / over);
	}
}
