// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure the memory that an export or import takes only during the call: the largest
 * sum of what the call has allocated and not yet freed, less the sum at its end.  main()
 * calls bench_scratch().
 *
 * The kernel's events say what is allocated and freed.  An object of a slab counts with
 * its size in the slab, and the pages of slabs do not count.
 */

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../selftests/xen/calls.h"
#include "exports.h"
#include "imports.h"
#include "measure.h"
#include "settle.h"
#include "trace.h"

static const char *const events[] = {
	"kmem/kmalloc", "kmem/kfree", "kmem/kmem_cache_alloc", "kmem/kmem_cache_free",
	"kmem/mm_page_alloc", "kmem/mm_page_free", NULL
};

/**
 * struct piece - memory that is allocated
 * @key: its address, or the number of its first page with the highest bit set
 * @bytes: its size
 */
struct piece {
	uint64_t key;
	uint64_t bytes;
};

/**
 * struct usage - what a call has allocated
 * @pieces: what it has not freed
 * @count: number of these
 * @room: number of pieces that fit
 * @bytes: sum of their sizes
 * @most: the largest sum so far
 */
struct usage {
	struct piece *pieces;
	unsigned int count;
	unsigned int room;
	uint64_t bytes;
	uint64_t most;
};

static void add(struct usage *usage, uint64_t key, uint64_t bytes)
{
	if (usage->count == usage->room) {
		usage->room = 2 * usage->room + 64;
		usage->pieces = realloc(usage->pieces,
					usage->room * sizeof(*usage->pieces));
		if (!usage->pieces)
			err(1, "scratch");
	}
	usage->pieces[usage->count++] = (struct piece){ key, bytes };
	usage->bytes += bytes;
	if (usage->bytes > usage->most)
		usage->most = usage->bytes;
}

/* drop - what is freed; other memory than that of the call does not count */
static void drop(struct usage *usage, uint64_t key)
{
	unsigned int i;

	/* What was allocated last is often freed first */
	for (i = usage->count; i--;)
		if (usage->pieces[i].key == key) {
			usage->bytes -= usage->pieces[i].bytes;
			usage->pieces[i] = usage->pieces[--usage->count];
			return;
		}
}

static uint64_t page_key(const struct trace_event *event)
{
	return trace_field(event, "pfn=", 16) | 1ULL << 63;
}

/* of_object - whether pages are for objects that have an event of their own */
static bool of_object(const struct trace_event *event)
{
	return strstr(event->stack, "slab_alloc") || strstr(event->stack, "kmalloc_large");
}

static void count(struct usage *usage, const struct trace_event *event)
{
	bool page = !strncmp(event->name, "mm_page", 7);
	uint64_t key;

	if (!trace_of_driver(event))
		return;
	key = page ? page_key(event) : trace_field(event, "ptr=", 16);
	if (!strcmp(event->name, "mm_page_alloc")) {
		if (!of_object(event))
			add(usage, key, 4096ULL << trace_field(event, "order=", 10));
	} else if (strstr(event->name, "alloc")) {
		add(usage, key, trace_field(event, "bytes_alloc=", 10));
	} else {
		drop(usage, key);
	}
}

/* print_scratch - read the trace of a call, and print the memory per page */
static void print_scratch(unsigned int pages, const char *how)
{
	struct usage usage = { 0 };
	struct trace_event event;
	struct trace trace;

	trace_stop(&trace);
	while (trace_next(&trace, &event))
		count(&usage, &event);
	trace_end(&trace, events);
	/* Each call has a record of its own, which is left */
	if (!usage.count)
		errx(1, "%s of %u pages: no memory in the trace", how, pages);
	free(usage.pieces);
	bench_print("scratch", pages, how, usage.most - usage.bytes);
}

static void scratch_export(const struct bench *bench, unsigned int pages, const char *how)
{
	int fd;

	wait_idle();
	trace_start(events, true);
	fd = export_pages(bench, pages, 0);
	print_scratch(pages, how);
	release_export(bench, fd);
}

static void scratch_import(const struct bench *bench, unsigned int pages, const char *how,
			   int fd)
{
	uint32_t *refs = calloc(pages, sizeof(*refs));
	int ret;

	trace_start(events, true);
	ret = import_refs(bench->gntdev, fd, pages, bench->domid, refs);
	if (ret) {
		errno = ret;
		err(1, "import %u pages", pages);
	}
	print_scratch(pages, how);
	import_release(bench->gntdev, fd);
	close(fd);
	free(refs);
}

/**
 * bench_scratch - measure the memory that calls take only while they run
 * @bench: the guest
 * @pages: number of pages of a buffer
 *
 * The first export finds nothing cached, if none of that size was made since the boot.
 */
void bench_scratch(const struct bench *bench, unsigned int pages)
{
	cpu_set_t first;

	/* The order of the events of two processors is not exact */
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		err(1, "processor 0");
	settle();
	scratch_export(bench, pages, "export-first");
	scratch_export(bench, pages, "export");
	scratch_import(bench, pages, "import-large", alloc_large(pages));
	scratch_import(bench, pages, "import-small", alloc_small(pages));
}
