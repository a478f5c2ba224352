/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of the kernel between measurements.
 */

#ifndef BENCH_SETTLE_H
#define BENCH_SETTLE_H

unsigned long read_number(const char *path, const char *word);
void write_number(const char *path, unsigned long number);
void wait_idle(void);
void settle(void);

#endif /* BENCH_SETTLE_H */
