// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets tables of Xen grow that never shrink: the maptrack table of each virtual
 * processor of this domain, and its grant table.  Their growth would be seen as a
 * loss of memory.
 */

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "board.h"
#include "calls.h"
#include "grow.h"
#include "sources.h"

#define EXPORTS		24
#define TRIES		1000
#define IMPORT_PAGES	8192

static void on_processor(unsigned int n)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(n, &one);
	/* A deterministic machine has one */
	sched_setaffinity(0, sizeof(one), &one);
}

/**
 * grow_tables - use as many handles and references as a run can use, and let the
 * guest map a page
 * @peer: the guest
 * @board: its board; begins to run
 *
 * Xen needs the argument gnttab_max_maptrack_frames=64, so that this function can
 * use all handles.
 */
void grow_tables(unsigned int peer, volatile struct board *board)
{
	int gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	uint32_t refs[1], *imports = calloc(IMPORT_PAGES, sizeof(*imports));
	struct gntdev_dmabuf_export op = {
		.refs = (uintptr_t)refs,
		.count = BOARD_LARGE,
		.domid = peer,
		.flags = GNTDEV_DMABUF_EXPORT_DIRECTORY,
	};
	int fds[EXPORTS], i, ret, n = 0;
	cpu_set_t all;
	struct source source;
	uint32_t mapped;

	sched_getaffinity(0, sizeof(all), &all);
	board->run = 1;
	while (board->offers[0].count != BOARD_LARGE)
		usleep(10000);

	/* The guest revokes this buffer and overwrites its directory now and then */
	for (i = 0; i < TRIES && n < EXPORTS; i++) {
		on_processor(n < EXPORTS / 3);
		refs[0] = board->offers[0].directory;
		ret = export_buffer(gntdev, &op);
		if (ret == ENOSPC)
			break;
		if (!ret)
			fds[n++] = op.fd;
		else
			usleep(10000);
	}
	while (n)
		close(fds[--n]);
	sched_setaffinity(0, sizeof(all), &all);

	if (!imports || source_pages(&source, IMPORT_PAGES) ||
	    import_refs(gntdev, source.fd, IMPORT_PAGES, peer, imports))
		err(1, "import of %u pages", IMPORT_PAGES);
	/* The guest has a maptrack table, too */
	for (i = 0; i < BOARD_IMPORTS; i++)
		board->imports[i] = imports[i];
	mapped = board->mapped;
	while (board->mapped == mapped)
		usleep(10000);
	source_close(&source);
	free(imports);
	close(gntdev);
}
