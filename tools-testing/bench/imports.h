/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffers of this domain, which imports grant.
 */

#ifndef BENCH_IMPORTS_H
#define BENCH_IMPORTS_H

int alloc_large(unsigned int pages);
int alloc_small(unsigned int pages);

#endif /* BENCH_IMPORTS_H */
