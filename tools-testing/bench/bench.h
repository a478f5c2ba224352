/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How bench measures and prints.
 */

#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/* A timer interrupt hits one or another of the short ones: the median counts */
#define BENCH_REPEAT	7

/* bench_now - nanoseconds since some time */
uint64_t bench_now(void);

/* bench_print_median - of BENCH_REPEAT totals, which become sorted */
void bench_print_median(const char *what, unsigned int pages, const char *how,
			uint64_t *totals);

/* bench_imports - import buffers of so many pages, and take them back */
void bench_imports(int gntdev, unsigned int domid, unsigned int pages);

#endif /* BENCH_H */
