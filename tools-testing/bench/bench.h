/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The measurements that main() runs, one for each size of a buffer.
 */

#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/**
 * struct bench - what every measurement needs
 * @gntdev: the open gntdev
 * @domid: the guest
 * @floor: the open grant_floor, -1 without the module
 * @refs: grant references of the guest's pages
 * @count: number of these
 */
struct bench {
	int gntdev;
	unsigned int domid;
	int floor;
	const uint32_t *refs;
	unsigned int count;
};

void bench_exports(const struct bench *bench, unsigned int pages,
		   uint32_t flags);
void bench_floor(const struct bench *bench, unsigned int pages);
void bench_memory(const struct bench *bench, unsigned int pages);
void bench_frames(const struct bench *bench, unsigned int pages);
void bench_imports(const struct bench *bench, unsigned int pages);
void bench_objects(const struct bench *bench, unsigned int pages);
void bench_scale(const struct bench *bench, unsigned int most);
void bench_scratch(const struct bench *bench, unsigned int pages);
void bench_threads(const struct bench *bench, unsigned int pages);

#endif /* BENCH_H */
