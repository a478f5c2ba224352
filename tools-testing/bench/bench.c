// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench: measure the cost of exports and imports of a guest's pages, for any
 * driver that has the requests 9 to 12, and the floor if the module grant_floor
 * is loaded.  The environment variable PEER is the domain number of the guest.
 *
 * bench prints lines of WHAT PAGES HOW NUMBER.  WHAT and HOW are
 *   export, release     first, repeated, contiguous: nanoseconds per page;
 *                       a release lasts from before close() until the return of
 *                       a thread that waits; of contiguous buffers only the
 *                       repeated exports are measured
 *   floor               alloc, map, unmap, map_refs, unmap_refs, free:
 *                       nanoseconds per page, repeated
 *   import, take-back   large, small: nanoseconds per page, repeated, of a
 *                       buffer in large segments and of a buffer of single
 *                       pages; the guest does not map them.  large-again,
 *                       small-again: of a buffer that is imported already
 *   memory              exported, mapped: bytes of kernel memory per page of
 *                       exported buffers, and of the same number of mapped
 *                       grants without a buffer.  buffer, attachment,
 *                       user-mapping, kernel-mapping: bytes of each, of a buffer
 *                       with so many pages
 *   scratch             export-first, export, import-large, import-small: bytes per
 *                       page that a call takes only while it runs
 *   scale               with a number of live buffers instead of PAGES.  export,
 *                       release, wait-fd, wait-id, take-back: nanoseconds of a
 *                       call, the last of the release of the oldest import.  list,
 *                       fdinfo: nanoseconds per line of the file
 *   frame               map-copy-instructions, grant-copy-instructions: nanoseconds
 *                       to copy a frame of so many pages from mapped pages, and by
 *                       grant copies
 *   threads             with a number of threads instead of PAGES.  export, floor:
 *                       nanoseconds for a buffer, exported and released, or mapped and
 *                       unmapped by the bare hypercalls.
 *                       waits: how often the driver waited for a lock, per buffer
 * Times are exact in a deterministic run of the lab, where a nanosecond is an
 * instruction.
 *
 * The environment variable BUFFERS is the largest number of live buffers (default
 * 1000).  With LARGE it measures only exports of 256 MiB and 1 GiB, for which domain,
 * guest and grant tables must have room.  With SCRATCH it measures only the memory that
 * calls take while they run, which must be the first exports of their sizes.  With THREADS=N
 * it measures only threads with buffers of N pages, which need two processors, so that
 * the run is not deterministic.
 *
 * Layers, the highest first: main(); memory, objects, scale, frames, scratch, threads;
 * exports, floor, imports; usage, trace; settle, measure.
 */

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "../selftests/xen/calls.h"
#include "../selftests/xen/peer.h"
#include "bench.h"
#include "exports.h"
#include "floor.h"
#include "measure.h"

static const unsigned int sizes[] = { 1, 16, 256, 2048, 4096, 16384 };

/* Pages of a frame of 800x600, 1920x1080 and 3840x2160 */
static const unsigned int frames[] = { 469, 2025, 8100 };

/* 256 MiB and 1 GiB */
static const unsigned int large_sizes[] = { 65536, 262144 };

/* Sizes of contiguous buffers: CMA serves them, and has room for them */
#define CONTIGUOUS_MIN	256
#define CONTIGUOUS_MAX	2048
/* Smallest size whose memory is measured */
#define MEMORY_MIN	256

/* measure - measure all costs of a page, and those of calls and frames */
static void measure(struct bench *bench)
{
	struct gntdev_dmabuf_query query = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		bench_exports(bench, sizes[i], 0);
		if (sizes[i] >= CONTIGUOUS_MIN && sizes[i] <= CONTIGUOUS_MAX)
			bench_exports(bench, sizes[i], GNTDEV_DMA_FLAG_WC);
		if (bench->floor >= 0)
			bench_floor(bench, sizes[i]);
		if (sizes[i] >= MEMORY_MIN)
			bench_memory(bench, sizes[i]);
		bench_imports(bench, sizes[i]);
	}

	/* Mainline's driver has none of the requests above 12 */
	if (!call(bench->gntdev, IOCTL_GNTDEV_DMABUF_QUERY, &query)) {
		bench_objects(bench, 1);
		bench_objects(bench, 256);
		bench_scale(bench, getenv("BUFFERS") ? atoi(getenv("BUFFERS")) : 1000);
		for (i = 0; i < ARRAY_SIZE(frames); i++)
			bench_frames(bench, frames[i]);
	}
}

static void measure_scratch(struct bench *bench)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		if (sizes[i] >= MEMORY_MIN)
			bench_scratch(bench, sizes[i]);
}

static void measure_large(struct bench *bench)
{
	unsigned int i;

	/* On arm64 Linux finds addresses for the largest one at once, but not bit by bit */
	close(export_pages(bench, large_sizes[ARRAY_SIZE(large_sizes) - 1], 0));
	for (i = 0; i < ARRAY_SIZE(large_sizes); i++) {
		bench_exports(bench, large_sizes[i], 0);
		bench_floor(bench, large_sizes[i]);
	}
}

int main(int argc, char **argv)
{
	unsigned int most = getenv("LARGE") ? large_sizes[ARRAY_SIZE(large_sizes) - 1] :
			    sizes[ARRAY_SIZE(sizes) - 1];
	struct peer_buffer spare;
	struct bench bench;
	struct peer *peer;

	if (!getenv("PEER"))
		errx(2, "PEER is not set");
	bench.domid = atoi(getenv("PEER"));
	peer = peer_open(bench.domid);
	bench.gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	if (bench.gntdev < 0)
		err(1, "/dev/xen/gntdev");
	bench.floor = floor_open();
	if (!peer_alloc(peer, most, false, &spare))
		errx(1, "domain %u does not grant %u pages", bench.domid, most);
	bench.refs = spare.refs;
	bench.count = spare.count;

	if (getenv("LARGE"))
		measure_large(&bench);
	else if (getenv("SCRATCH"))
		measure_scratch(&bench);
	else if (getenv("THREADS"))
		bench_threads(&bench, atoi(getenv("THREADS")));
	else
		measure(&bench);

	close(bench.gntdev);
	peer_free(peer, &spare);
	peer_close(peer);
	return 0;
}
