/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of the kernel, in bytes.
 */

#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <stdint.h>

int64_t usage_kernel(void);
int64_t usage_all(void);

#endif /* BENCH_USAGE_H */
