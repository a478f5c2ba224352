// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the clock and print results.  All other files of bench call these
 * functions; this file calls none of theirs.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "measure.h"

/**
 * bench_now - nanoseconds of a clock that never goes back
 */
uint64_t bench_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_RAW, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/**
 * bench_print - print one result, per page
 * @what: first word of the line
 * @pages: number of pages
 * @how: third word of the line
 * @total: nanoseconds of all pages
 */
void bench_print(const char *what, unsigned int pages, const char *how,
		 uint64_t total)
{
	printf("%s %u %s %.1f\n", what, pages, how, (double)total / pages);
	fflush(stdout);
}

/**
 * bench_print_median - print the median of a repeated measurement, per page
 * @what: first word of the line
 * @pages: number of pages
 * @how: third word of the line
 * @totals: BENCH_REPEAT times in nanoseconds; sorted on return
 */
void bench_print_median(const char *what, unsigned int pages, const char *how,
			uint64_t *totals)
{
	qsort(totals, BENCH_REPEAT, sizeof(*totals), compare);
	bench_print(what, pages, how, totals[BENCH_REPEAT / 2]);
}
