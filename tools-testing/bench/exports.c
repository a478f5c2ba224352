// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure exports of the guest's pages and their release.  main() and the
 * measurement of memory call these functions.
 */

#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "../selftests/xen/calls.h"
#include "../selftests/xen/threads.h"
#include "exports.h"
#include "measure.h"
#include "settle.h"

/**
 * export_pages - export the first pages of the guest, or end the program
 * @bench: the guest
 * @pages: number of pages
 * @flags: 0 or GNTDEV_DMA_FLAG_*
 *
 * Return: the file descriptor of the dma-buf.
 */
int export_pages(const struct bench *bench, unsigned int pages, uint32_t flags)
{
	int ret, fd;

	ret = export_refs(bench->gntdev, flags, pages, bench->domid, bench->refs,
			  &fd);
	if (ret) {
		errno = ret;
		err(1, "export %u pages", pages);
	}
	return fd;
}

/**
 * struct waiter - a thread that waits until a buffer is released
 * @thread: the thread
 * @gntdev: the open gntdev
 * @fd: descriptor number of the buffer
 * @woken: time of the return from the wait, in nanoseconds
 * @ret: 0 or the error number of the wait
 */
struct waiter {
	pthread_t thread;
	int gntdev;
	int fd;
	uint64_t woken;
	int ret;
};

static void *waiter_run(void *data)
{
	struct waiter *waiter = data;

	waiter->ret = wait_released(waiter->gntdev, waiter->fd, 1000000);
	waiter->woken = bench_now();
	return NULL;
}

/**
 * release_export - release an export and measure the release
 * @bench: the guest
 * @fd: the dma-buf; closed on return
 *
 * Return: nanoseconds from before close() until a waiter returns.
 */
uint64_t release_export(const struct bench *bench, int fd)
{
	struct waiter waiter = { .gntdev = bench->gntdev, .fd = fd };
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

/**
 * bench_exports - measure exports and releases of a buffer
 * @bench: the guest
 * @pages: number of pages
 * @flags: 0, or GNTDEV_DMA_FLAG_* for contiguous buffers
 *
 * The first export and the first release are printed on their own, but not of
 * contiguous buffers.
 */
void bench_exports(const struct bench *bench, unsigned int pages,
		   uint32_t flags)
{
	uint64_t exported[BENCH_REPEAT], released[BENCH_REPEAT], begin;
	const char *how = flags ? "contiguous" : "repeated";
	int i, fd;

	settle();
	for (i = -1; i < BENCH_REPEAT; i++) {
		wait_idle();
		begin = bench_now();
		fd = export_pages(bench, pages, flags);
		begin = bench_now() - begin;
		if (i < 0 && flags) {
			release_export(bench, fd);
		} else if (i < 0) {
			bench_print("export", pages, "first", begin);
			bench_print("release", pages, "first",
				    release_export(bench, fd));
		} else {
			exported[i] = begin;
			released[i] = release_export(bench, fd);
		}
	}
	bench_print_median("export", pages, how, exported);
	bench_print_median("release", pages, how, released);
}
