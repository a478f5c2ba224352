// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench: what exporting a guest's pages and importing for it costs, against any
 * driver that knows requests 9 to 12, and against the floor if the module grant_floor is
 * loaded.  The environment variable PEER says which domain is the guest.
 *
 * Prints lines of WHAT PAGES HOW NUMBER.  WHAT and HOW are
 *   export, release     first, repeated, contiguous: nanoseconds per page;
 *                       release is from before close() to the return of a thread
 *                       that waits; contiguous buffers are counted repeatedly
 *   floor               alloc, map, unmap, map_refs, unmap_refs, free: the
 *                       same, repeated
 *   import, take-back   large, small: nanoseconds per page, repeated; of a
 *                       buffer in large segments and of one of single pages,
 *                       which the guest does not map
 *   memory              exported, mapped: bytes of kernel memory per page that
 *                       a buffer holds, and that mapped pages hold anyway
 * Times mean something in a deterministic run of the lab, where a nanosecond is
 * an instruction.
 */

#include <err.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../selftests/xen/calls.h"
#include "../selftests/xen/peer.h"
#include "../selftests/xen/test_modules/grant_floor.h"
#include "../selftests/xen/threads.h"
#include "bench.h"

/* Pages over which bytes are counted: a page of the kernel's is a small part */
#define MEMORY_PAGES	16384U
/* of this many buffers at most */
#define MEMORY_BUFFERS	(MEMORY_PAGES / 256)

static const unsigned int sizes[] = { 1, 16, 256, 2048, 8192 };

#define MAX_PAGES	8192
/* Runs that come from CMA, and that it has room for */
#define CONTIGUOUS_MIN	256
#define CONTIGUOUS_MAX	2048
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

static unsigned int domid;
static int gntdev;
/* -1 without the module */
static int floor_fd = -1;

uint64_t bench_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_RAW, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void print(const char *what, unsigned int pages, const char *how,
		  uint64_t total)
{
	printf("%s %u %s %.1f\n", what, pages, how, (double)total / pages);
	fflush(stdout);
}

void bench_print_median(const char *what, unsigned int pages, const char *how,
			uint64_t *totals)
{
	qsort(totals, BENCH_REPEAT, sizeof(*totals), compare);
	print(what, pages, how, totals[BENCH_REPEAT / 2]);
}

static int export(const uint32_t *refs, unsigned int pages, uint32_t flags)
{
	int ret, fd;

	ret = export_refs(gntdev, flags, pages, domid, refs, &fd);
	if (ret) {
		errno = ret;
		err(1, "export %u pages", pages);
	}
	return fd;
}

/**
 * struct waiter - a thread that waits for the end of a buffer
 * @thread: the thread
 * @fd: the buffer
 * @woken: when it came back
 * @ret: with what
 */
struct waiter {
	pthread_t thread;
	int fd;
	uint64_t woken;
	int ret;
};

static void *waiter_run(void *data)
{
	struct waiter *waiter = data;

	waiter->ret = wait_released(gntdev, waiter->fd, 1000000);
	waiter->woken = bench_now();
	return NULL;
}

/* release - how long it takes from close() to the waiter */
static uint64_t release(int fd)
{
	struct waiter waiter = { .fd = fd };
	uint64_t begin;

	if (pthread_create(&waiter.thread, NULL, waiter_run, &waiter))
		errx(1, "no thread");
	do
		sched_yield();
	while (!others_sleep());

	begin = bench_now();
	close(fd);
	pthread_join(waiter.thread, NULL);
	if (waiter.ret)
		errx(1, "waiting: error %d", waiter.ret);
	return waiter.woken - begin;
}

/* number_in - behind a word that begins a line of a file; 0 without the file */
static unsigned long number_in(const char *path, const char *word)
{
	FILE *file = fopen(path, "r");
	unsigned long number = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, word, strlen(word)))
			number = strtoul(line + strlen(word), NULL, 10);
	if (file)
		fclose(file);
	return number;
}

/* Of the balloon driver */
#define BALLOON	"/sys/devices/system/xen_memory/xen_memory0/"

/*
 * idle - until the kernel has done what a buffer's end left to do
 *
 * A program that shows frames sleeps between them, and meanwhile the balloon
 * driver gives pages their memory back.  It is done when the number of pages
 * without memory stays the same.
 */
static void idle(void)
{
	unsigned long last, kb = number_in(BALLOON "info/low_kb", "");

	do {
		last = kb;
		usleep(100000);
		kb = number_in(BALLOON "info/low_kb", "");
	} while (kb != last);
}

static void write_number(const char *path, unsigned long number)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%lu\n", number) < 0 || fclose(file))
		err(1, "%s", path);
}

/*
 * settle - let drivers give back what they keep for the next buffer
 *
 * One that does so keeps count of it in debugfs.  The balloon driver stops
 * where pages came back while others were in use, until it hears of a target
 * that it did not know.
 */
static void settle(void)
{
	unsigned long target = number_in(BALLOON "target_kb", "");

	write_number("/proc/sys/vm/drop_caches", 2);
	while (number_in("/sys/kernel/debug/xen-gntdev-dmabuf/counters",
			 "pages_cached "))
		sched_yield();
	write_number(BALLOON "target_kb", target - 4);
	idle();
	write_number(BALLOON "target_kb", target);
	idle();
}

static void bench_times(const uint32_t *refs, unsigned int pages, uint32_t flags)
{
	uint64_t exported[BENCH_REPEAT], released[BENCH_REPEAT], begin;
	const char *how = flags ? "contiguous" : "repeated";
	int i, fd;

	settle();
	for (i = -1; i < BENCH_REPEAT; i++) {
		idle();
		begin = bench_now();
		fd = export(refs, pages, flags);
		begin = bench_now() - begin;
		if (i < 0 && flags) {
			release(fd);
		} else if (i < 0) {
			print("export", pages, "first", begin);
			print("release", pages, "first", release(fd));
		} else {
			exported[i] = begin;
			released[i] = release(fd);
		}
	}
	bench_print_median("export", pages, how, exported);
	bench_print_median("release", pages, how, released);
}

/* ---- The floor */

static int floor_open(void)
{
	return open("/dev/grant_floor", O_RDWR | O_CLOEXEC);
}

static uint64_t floor_prepare(int fd, const uint32_t *refs, unsigned int pages)
{
	struct grant_floor_prepare op = {
		.domid = domid,
		.count = pages,
		.refs = (uintptr_t)refs,
	};

	if (ioctl(fd, GRANT_FLOOR_PREPARE, &op))
		err(1, "floor: %u pages", pages);
	return op.ns;
}

static uint64_t floor_step(int fd, unsigned long step)
{
	uint64_t ns;

	if (ioctl(fd, step, &ns))
		err(1, "floor: step %#lx", step);
	return ns;
}

static void bench_floor(const uint32_t *refs, unsigned int pages)
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
	uint64_t ns[ARRAY_SIZE(steps)][BENCH_REPEAT], first;
	unsigned int j;
	int i;

	settle();
	print("floor", pages, "alloc", floor_prepare(floor_fd, refs, pages));
	for (i = -1; i < BENCH_REPEAT; i++) {
		for (j = 0; j < ARRAY_SIZE(steps); j++) {
			first = floor_step(floor_fd, steps[j].step);
			if (i >= 0)
				ns[j][i] = first;
		}
	}
	for (j = 0; j < ARRAY_SIZE(steps); j++)
		bench_print_median("floor", pages, steps[j].name, ns[j]);
	print("floor", pages, "free", floor_step(floor_fd, GRANT_FLOOR_FREE));
}

/* ---- Memory */

/* free_objects - bytes of slabs that nobody uses */
static uint64_t free_objects(void)
{
	FILE *file = fopen("/proc/slabinfo", "r");
	uint64_t sum = 0, used, all, size;
	char line[256];

	if (!file)
		err(1, "slabinfo");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %lu %lu %lu", &used, &all, &size) == 3)
			sum += (all - used) * size;
	fclose(file);
	return sum;
}

/*
 * kernel_memory - bytes that the kernel allocated for itself
 *
 * Processors keep free objects and counts for themselves, and part with both
 * when asked to.
 */
static int64_t kernel_memory(void)
{
	glob_t caches;
	size_t i;

	if (glob("/sys/kernel/slab/*/shrink", 0, NULL, &caches))
		errx(1, "no caches");
	for (i = 0; i < caches.gl_pathc; i++)
		write_number(caches.gl_pathv[i], 1);
	globfree(&caches);
	write_number("/proc/sys/vm/stat_refresh", 1);

	return (number_in("/proc/meminfo", "Slab:") +
		number_in("/proc/meminfo", "VmallocUsed:")) * 1024 -
	       free_objects();
}

/* memory_exported - bytes that buffers need while they live */
static int64_t memory_exported(const uint32_t *refs, unsigned int pages,
			       unsigned int n)
{
	int64_t before, needed;
	int fds[MEMORY_BUFFERS];
	unsigned int i;

	settle();
	before = kernel_memory();
	for (i = 0; i < n; i++)
		fds[i] = export(refs, pages, 0);
	needed = kernel_memory() - before;
	for (i = 0; i < n; i++)
		release(fds[i]);
	return needed;
}

/* memory_mapped - what of that is the kernel's, whoever maps grants */
static int64_t memory_mapped(const uint32_t *refs, unsigned int pages,
			     unsigned int n)
{
	int64_t before, needed;
	int fds[MEMORY_BUFFERS];
	unsigned int i;

	settle();
	for (i = 0; i < n; i++) {
		fds[i] = floor_open();
		floor_prepare(fds[i], refs, pages);
	}
	before = kernel_memory();
	for (i = 0; i < n; i++)
		floor_step(fds[i], GRANT_FLOOR_MAP_REFS);
	needed = kernel_memory() - before;
	for (i = 0; i < n; i++)
		close(fds[i]);
	return needed;
}

/* What as many buffers of one page need is not what a page needs */
static void bench_memory(const uint32_t *refs, unsigned int pages)
{
	unsigned int n = MEMORY_PAGES / pages, over = n * (pages - 1);
	int64_t total, kernel;

	total = memory_exported(refs, pages, n) - memory_exported(refs, 1, n);
	printf("memory %u exported %.1f\n", pages, (double)total / over);
	if (floor_fd >= 0) {
		kernel = memory_mapped(refs, pages, n) -
			 memory_mapped(refs, 1, n);
		printf("memory %u mapped %.1f\n", pages, (double)kernel / over);
	}
}

int main(int argc, char **argv)
{
	struct peer_buffer spare;
	struct peer *peer;
	unsigned int i;

	if (!getenv("PEER"))
		errx(2, "PEER is not set");
	domid = atoi(getenv("PEER"));
	peer = peer_open(domid);
	gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	if (gntdev < 0)
		err(1, "/dev/xen/gntdev");
	floor_fd = floor_open();
	if (!peer_alloc(peer, MAX_PAGES, false, &spare))
		errx(1, "domain %u does not grant %u pages", domid, MAX_PAGES);

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		bench_times(spare.refs, sizes[i], 0);
		if (sizes[i] >= CONTIGUOUS_MIN && sizes[i] <= CONTIGUOUS_MAX)
			bench_times(spare.refs, sizes[i], GNTDEV_DMA_FLAG_WC);
		if (floor_fd >= 0)
			bench_floor(spare.refs, sizes[i]);
		if (sizes[i] >= 256)
			bench_memory(spare.refs, sizes[i]);
		bench_imports(gntdev, domid, sizes[i]);
	}

	close(gntdev);
	peer_free(peer, &spare);
	peer_close(peer);
	return 0;
}
