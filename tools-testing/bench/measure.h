/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all measurements share: the clock, the number of repetitions and the
 * printing of results.
 */

#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>

/*
 * Number of repetitions.  The median is printed: a timer interrupt can hit a
 * few of the short operations.
 */
#define BENCH_REPEAT	7

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

uint64_t bench_now(void);
uint64_t bench_median(uint64_t *totals);
void bench_print_each(const char *what, unsigned int count, const char *how,
		      int64_t total, unsigned int n);
void bench_print(const char *what, unsigned int pages, const char *how,
		 uint64_t total);
void bench_print_median(const char *what, unsigned int pages, const char *how,
			uint64_t *totals);

#endif /* BENCH_MEASURE_H */
