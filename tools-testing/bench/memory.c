// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure the kernel memory of exported buffers, in bytes per page.  main() calls
 * bench_memory().
 */

#include <err.h>
#include <glob.h>
#include <stdio.h>
#include <unistd.h>

#include "../selftests/xen/test_modules/grant_floor.h"
#include "exports.h"
#include "floor.h"
#include "settle.h"

/*
 * Number of exported pages: so many that the kernel's counters, which have units
 * of pages, are exact enough
 */
#define MEMORY_PAGES	16384U
/* Largest number of buffers; the smallest buffer has 256 pages */
#define MEMORY_BUFFERS	(MEMORY_PAGES / 256)

/* free_objects - bytes of free objects in slabs */
static uint64_t free_objects(void)
{
	FILE *file = fopen("/proc/slabinfo", "r");
	uint64_t sum = 0, used, all, size;
	char line[256];

	if (!file)
		err(1, "slabinfo");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %lu %lu %lu", &used, &all, &size) == 3)
			sum += (all - used) * size;
	fclose(file);
	return sum;
}

/*
 * kernel_memory - bytes that the kernel has allocated for itself
 *
 * Each processor caches free objects and counters.  The writes flush both.
 */
static int64_t kernel_memory(void)
{
	glob_t caches;
	size_t i;

	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &caches))
		errx(1, "no caches");
	for (i = 0; i < caches.gl_pathc; i++)
		write_number(caches.gl_pathv[i], 1);
	globfree(&caches);
	write_number("/proc/sys/vm/stat_refresh", 1);

	return (read_number("/proc/meminfo", "Slab:") +
		read_number("/proc/meminfo", "VmallocUsed:")) * 1024 -
	       free_objects();
}

/* memory_exported - bytes that n exported buffers hold */
static int64_t memory_exported(const struct bench *bench, unsigned int pages,
			       unsigned int n)
{
	int64_t before, needed;
	int fds[MEMORY_BUFFERS];
	unsigned int i;

	settle();
	before = kernel_memory();
	for (i = 0; i < n; i++)
		fds[i] = export_pages(bench, pages, 0);
	needed = kernel_memory() - before;
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
	before = kernel_memory();
	for (i = 0; i < n; i++)
		floor_step(fds[i], GRANT_FLOOR_MAP_REFS);
	needed = kernel_memory() - before;
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
