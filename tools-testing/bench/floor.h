/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module grant_floor: bare hypercalls on the pages of one open file.
 */

#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdint.h>

#include "bench.h"

int floor_open(void);
uint64_t floor_prepare(int fd, const struct bench *bench, unsigned int pages);
uint64_t floor_step(int fd, unsigned long step);

#endif /* BENCH_FLOOR_H */
