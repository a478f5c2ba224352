/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exports of the guest's pages.
 */

#ifndef BENCH_EXPORTS_H
#define BENCH_EXPORTS_H

#include "bench.h"

int export_pages(const struct bench *bench, unsigned int pages, uint32_t flags);
uint64_t release_export(const struct bench *bench, int fd);

#endif /* BENCH_EXPORTS_H */
