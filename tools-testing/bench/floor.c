// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure the floor: the bare hypercalls that map and unmap the guest's pages.
 * The module grant_floor makes and times them.  main() and the measurement of
 * memory call these functions.
 */

#include <err.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "../selftests/xen/test_modules/grant_floor.h"
#include "floor.h"
#include "measure.h"
#include "settle.h"

/**
 * floor_open - open grant_floor
 *
 * Return: the file descriptor, -1 without the module.
 */
int floor_open(void)
{
	return open("/dev/grant_floor", O_RDWR | O_CLOEXEC);
}

/**
 * floor_prepare - allocate pages to map grants on, or end the program
 * @fd: the open grant_floor
 * @bench: the guest
 * @pages: number of pages
 *
 * Return: nanoseconds of the allocation.
 */
uint64_t floor_prepare(int fd, const struct bench *bench, unsigned int pages)
{
	struct grant_floor_prepare op = {
		.domid = bench->domid,
		.count = pages,
		.refs = (uintptr_t)bench->refs,
	};

	if (ioctl(fd, GRANT_FLOOR_PREPARE, &op))
		err(1, "floor: %u pages", pages);
	return op.ns;
}

/**
 * floor_step - run a request of grant_floor, or end the program
 * @fd: the open grant_floor
 * @step: GRANT_FLOOR_*
 *
 * Return: nanoseconds of the step.
 */
uint64_t floor_step(int fd, unsigned long step)
{
	uint64_t ns;

	if (ioctl(fd, step, &ns))
		err(1, "floor: step %#lx", step);
	return ns;
}

/**
 * bench_floor - measure the floor
 * @bench: the guest
 * @pages: number of pages
 */
void bench_floor(const struct bench *bench, unsigned int pages)
{
	static const struct {
		const char *name;
		unsigned long step;
	} steps[] = {
		{ "map", GRANT_FLOOR_MAP },
		{ "unmap", GRANT_FLOOR_UNMAP },
		{ "map_refs", GRANT_FLOOR_MAP_REFS },
		{ "unmap_refs", GRANT_FLOOR_UNMAP_REFS },
	};
	uint64_t ns[ARRAY_SIZE(steps)][BENCH_REPEAT], step_ns;
	unsigned int j;
	int i;

	settle();
	bench_print("floor", pages, "alloc",
		    floor_prepare(bench->floor, bench, pages));
	for (i = -1; i < BENCH_REPEAT; i++) {
		for (j = 0; j < ARRAY_SIZE(steps); j++) {
			step_ns = floor_step(bench->floor, steps[j].step);
			if (i >= 0)
				ns[j][i] = step_ns;
		}
	}
	for (j = 0; j < ARRAY_SIZE(steps); j++)
		bench_print_median("floor", pages, steps[j].name, ns[j]);
	bench_print("floor", pages, "free",
		    floor_step(bench->floor, GRANT_FLOOR_FREE));
}
