// SPDX-License-Identifier: GPL-2.0-only
/*
 * Count the memory of the kernel.  The measurements of memory call this file.
 */

#include <err.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "settle.h"
#include "usage.h"

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
 * free_pages - number of free pages, also of those that processors have cached
 *
 * The kernel moves pages between the two in the background.  It prints both numbers of
 * a zone under the zone's lock.
 */
static int64_t free_pages(void)
{
	FILE *file = fopen("/proc/zoneinfo", "r");
	unsigned long sum = 0, n;
	char line[128];

	if (!file)
		err(1, "zoneinfo");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " pages free %lu", &n) == 1 ||
		    sscanf(line, " count: %lu", &n) == 1)
			sum += n;
	fclose(file);
	return sum;
}

/*
 * flush - free what the kernel has cached, and bring its counters up to date
 *
 * Each processor caches free objects and counters.  The writes flush both.
 */
static void flush(void)
{
	glob_t caches;
	size_t i;

	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &caches))
		errx(1, "no caches");
	for (i = 0; i < caches.gl_pathc; i++)
		write_number(caches.gl_pathv[i], 1);
	globfree(&caches);
	write_number("/proc/sys/vm/stat_refresh", 1);
}

static int64_t meminfo(const char *line)
{
	return read_number("/proc/meminfo", line) * 1024;
}

/**
 * usage_kernel - bytes that the kernel has allocated as objects or in the vmalloc area
 */
int64_t usage_kernel(void)
{
	flush();
	return meminfo("Slab:") + meminfo("VmallocUsed:") - free_objects();
}

/**
 * usage_all - the same and all pages that the kernel uses otherwise
 *
 * These are page tables, stacks, and pages that no counter of the kernel names, as
 * those of large scatter tables.  The balloon driver's pages are among them, so nothing
 * may be ballooned in or out between two calls that are compared.
 */
int64_t usage_all(void)
{
	flush();
	return meminfo("MemTotal:") - free_pages() * 4096 - meminfo("Cached:") -
	       meminfo("Buffers:") - meminfo("AnonPages:") - free_objects();
}
