// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure exports by several threads at once, each with an open gntdev file and pages of
 * its own, and beside them the bare hypercalls.  main() calls bench_threads().
 *
 * All numbers of threads do the same work, so that with two processors half the time of
 * one thread is the best.  The times depend on the machine and what else runs on it.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "../selftests/xen/calls.h"
#include "../selftests/xen/test_modules/grant_floor.h"
#include "bench.h"
#include "floor.h"
#include "measure.h"
#include "trace.h"

#define THREADS		8U
/* Buffers that all threads together export */
#define BUFFERS		32U
/* How often each number of threads is timed */
#define TURNS		3U

static const unsigned int numbers[] = { 1, 2, 4, THREADS };

static const char *const events[] = { "lock/contention_begin", NULL };

struct worker;

/**
 * struct work - what the threads do
 * @name: third word of the line that is printed
 * @open: opens the file of a thread, which has these references of so many pages
 * @round: does it once
 */
struct work {
	const char *name;
	int (*open)(const struct bench *bench, unsigned int pages);
	void (*round)(struct worker *worker);
};

/**
 * struct worker - a thread
 * @thread: the thread
 * @bench: the guest, with the references of the pages that it maps
 * @work: what it does
 * @fd: its open file
 * @pages: pages of a buffer
 * @rounds: how often it does that
 * @start: where it waits for the others
 * @begin: time of its first round, in nanoseconds
 * @end: time after the last one
 */
struct worker {
	pthread_t thread;
	struct bench bench;
	const struct work *work;
	int fd;
	unsigned int pages;
	unsigned int rounds;
	pthread_barrier_t *start;
	uint64_t begin;
	uint64_t end;
};

static int open_gntdev(const struct bench *bench, unsigned int pages)
{
	return open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
}

/* export_round - export a buffer and release it */
static void export_round(struct worker *worker)
{
	int fd, ret = export_refs(worker->fd, 0, worker->pages, worker->bench.domid,
				  worker->bench.refs, &fd);

	if (!ret) {
		close(fd);
		ret = wait_released(worker->fd, fd, 60000);
	}
	/* ENOENT: released before the wait */
	if (ret && ret != ENOENT) {
		errno = ret;
		err(1, "export by a thread");
	}
}

static int open_floor(const struct bench *bench, unsigned int pages)
{
	int fd = floor_open();

	if (fd >= 0)
		floor_prepare(fd, bench, pages);
	return fd;
}

/* floor_round - the bare hypercalls of an export and a release */
static void floor_round(struct worker *worker)
{
	floor_step(worker->fd, GRANT_FLOOR_MAP);
	floor_step(worker->fd, GRANT_FLOOR_UNMAP);
}

static const struct work works[] = {
	{ "export", open_gntdev, export_round },
	{ "floor", open_floor, floor_round },
};

static void *run(void *data)
{
	struct worker *worker = data;
	unsigned int i;

	pthread_barrier_wait(worker->start);
	worker->begin = bench_now();
	for (i = 0; i < worker->rounds; i++)
		worker->work->round(worker);
	worker->end = bench_now();
	return NULL;
}

/* run_threads - nanoseconds that the first n threads need for all buffers */
static uint64_t run_threads(struct worker *workers, unsigned int n)
{
	uint64_t begin = UINT64_MAX, end = 0;
	pthread_barrier_t start;
	unsigned int i;

	pthread_barrier_init(&start, NULL, n);
	for (i = 0; i < n; i++) {
		workers[i].rounds = BUFFERS / n;
		workers[i].start = &start;
		if (pthread_create(&workers[i].thread, NULL, run, &workers[i]))
			errx(1, "no thread");
	}
	for (i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		if (workers[i].begin < begin)
			begin = workers[i].begin;
		if (workers[i].end > end)
			end = workers[i].end;
	}
	pthread_barrier_destroy(&start);
	return end - begin;
}

/* count_waits - how often the driver waited for a lock that another task had */
static unsigned int count_waits(void)
{
	struct trace_event event;
	struct trace trace;
	unsigned int n = 0;

	trace_stop(&trace);
	while (trace_next(&trace, &event))
		n += trace_of_driver(&event);
	trace_end(&trace, events);
	return n;
}

static void print_waits(struct worker *workers, unsigned int n)
{
	trace_start(events, false);
	run_threads(workers, n);
	printf("threads %u waits %.3f\n", n, (double)count_waits() / BUFFERS);
}

/*
 * print_times - print the shortest times
 *
 * All else that runs on the machine makes them longer.  The numbers of threads take turns,
 * because that changes.
 */
static void print_times(struct worker *workers, const struct work *work)
{
	uint64_t least[ARRAY_SIZE(numbers)], ns;
	unsigned int i, j;

	for (j = 0; j < TURNS; j++)
		for (i = 0; i < ARRAY_SIZE(numbers); i++) {
			ns = run_threads(workers, numbers[i]);
			if (!j || ns < least[i])
				least[i] = ns;
		}
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		bench_print_each("threads", numbers[i], work->name, least[i], BUFFERS);
}

/**
 * bench_threads - measure exports by 1 to 8 threads
 * @bench: the guest
 * @pages: number of pages of a buffer
 */
void bench_threads(const struct bench *bench, unsigned int pages)
{
	struct worker workers[THREADS];
	unsigned int i, j;

	if (!pages || pages > bench->count / THREADS)
		errx(2, "THREADS is a number of pages, at most %u", bench->count / THREADS);
	for (j = 0; j < ARRAY_SIZE(works); j++) {
		for (i = 0; i < THREADS; i++) {
			workers[i] = (struct worker){ .bench = *bench, .work = &works[j] };
			workers[i].bench.refs += i * pages;
			workers[i].pages = pages;
			workers[i].fd = works[j].open(&workers[i].bench, pages);
			if (workers[i].fd < 0)
				err(1, "a file for each thread");
		}
		print_times(workers, &works[j]);
		for (i = 0; i < ARRAY_SIZE(numbers) && !j; i++)
			print_waits(workers, numbers[i]);
		for (i = 0; i < THREADS; i++)
			close(workers[i].fd);
	}
}
