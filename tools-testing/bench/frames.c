// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measure what it costs to bring a frame from a guest's pages into memory of this domain
 * without dma-bufs: by a copy from pages that are mapped, and by grant copies.  main()
 * calls bench_frames().
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xengnttab.h>
#include <xen/xen.h>
#include <xen/grant_table.h>

#include "bench.h"
#include "measure.h"

#define PAGE	4096UL

static uint64_t map_copy(void *frame, const void *map, unsigned int pages)
{
	uint64_t begin = bench_now();

	memcpy(frame, map, pages * PAGE);
	return bench_now() - begin;
}

static uint64_t grant_copy(xengnttab_handle *gnttab, unsigned int pages,
			   xengnttab_grant_copy_segment_t *segments)
{
	uint64_t begin = bench_now();

	if (xengnttab_grant_copy(gnttab, pages, segments) || segments[0].status)
		err(1, "grant copy of %u pages", pages);
	return bench_now() - begin;
}

/**
 * bench_frames - measure the copies of a frame
 * @bench: files and references
 * @pages: size of the frame
 */
void bench_frames(const struct bench *bench, unsigned int pages)
{
	xengnttab_grant_copy_segment_t *segments = calloc(pages, sizeof(*segments));
	uint32_t *refs = calloc(pages, sizeof(*refs));
	xengnttab_handle *gnttab = xengnttab_open(NULL, 0);
	uint64_t copied[BENCH_REPEAT];
	char *map, *frame;
	unsigned int i;

	frame = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (!segments || !refs || !gnttab || frame == MAP_FAILED)
		err(1, "frame of %u pages", pages);
	memcpy(refs, bench->refs, pages * sizeof(*refs));
	map = xengnttab_map_domain_grant_refs(gnttab, pages, bench->domid, refs, PROT_READ);
	if (!map)
		err(1, "map %u pages", pages);
	for (i = 0; i < pages; i++) {
		segments[i].source.foreign.ref = refs[i];
		segments[i].source.foreign.domid = bench->domid;
		segments[i].dest.virt = frame + i * PAGE;
		segments[i].len = PAGE;
		segments[i].flags = GNTCOPY_source_gref;
	}

	for (i = 0; i < BENCH_REPEAT; i++)
		copied[i] = map_copy(frame, map, pages);
	bench_print_each("frame", pages, "map-copy-instructions", bench_median(copied), 1);
	xengnttab_unmap(gnttab, map, pages);
	for (i = 0; i < BENCH_REPEAT; i++)
		copied[i] = grant_copy(gnttab, pages, segments);
	bench_print_each("frame", pages, "grant-copy-instructions", bench_median(copied), 1);

	munmap(frame, pages * PAGE);
	xengnttab_close(gnttab);
	free(refs);
	free(segments);
}
