/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock, and the median of times, for programs that measure.  In a deterministic run
 * of the lab a nanosecond is an instruction.
 */

#ifndef BENCH_TIMES_H
#define BENCH_TIMES_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* time_ns - nanoseconds of a clock that never goes back */
static inline uint64_t time_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_RAW, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static inline int time_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* time_median - the median of an odd number of times, which it sorts */
static inline uint64_t time_median(uint64_t *times, unsigned int count)
{
	qsort(times, count, sizeof(*times), time_compare);
	return times[count / 2];
}

#endif /* BENCH_TIMES_H */
