// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the clock and print results.  All other files of bench call these
 * functions; this file calls none of theirs.
 */

#include <stdio.h>

#include "measure.h"
#include "times.h"

/**
 * bench_now - nanoseconds of a clock that never goes back
 */
uint64_t bench_now(void)
{
	return time_ns();
}

/**
 * bench_median - the median of a repeated measurement
 * @totals: BENCH_REPEAT times in nanoseconds; sorted on return
 */
uint64_t bench_median(uint64_t *totals)
{
	return time_median(totals, BENCH_REPEAT);
}

/**
 * bench_print_each - print one result
 * @what: first word of the line
 * @count: second word of the line, a number of pages or of buffers
 * @how: third word of the line
 * @total: nanoseconds or bytes
 * @n: number of calls, lines or objects that share @total
 */
void bench_print_each(const char *what, unsigned int count, const char *how,
		      int64_t total, unsigned int n)
{
	printf("%s %u %s %.1f\n", what, count, how, (double)total / n);
	fflush(stdout);
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
	bench_print_each(what, pages, how, total, pages);
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
	bench_print(what, pages, how, bench_median(totals));
}
