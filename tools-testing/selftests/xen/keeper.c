// SPDX-License-Identifier: GPL-2.0-only
/*
 * keeper: holds one buffer while a test pauses, suspends or saves the domain.
 * Reads commands from standard input, one a line, and answers each with a line
 * on standard output:
 *   export DOMID DIRECTORY COUNT  export pages of a granter; prints the id
 *   import DOMID COUNT            import a buffer of the system dma-heap; prints
 *                                 the id and the reference of a page directory
 *   wait                          start a thread that waits for the release;
 *                                 prints "waits" when the thread sleeps
 *   sum                           print the checksum of the buffer's content
 *   release                       close the export's only descriptor, or release
 *                                 the import; prints the result
 *   revoke                        revoke the export; prints the result
 *   access                        read the mapped content; prints "Success", or the
 *                                 name of the signal that the access raises
 *   woke                          print "woke" and the result of the wait
 * A result is an error message, "Success" for no error.
 */

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "frame.h"
#include "granted.h"
#include "sources.h"
#include "touch.h"
#include "waiter.h"

static int gntdev, fd = -1;
static unsigned int pages;
static uint64_t id;
static uint32_t *map = MAP_FAILED;
static bool imported;
static struct waiter waiter;

static void export_pages(unsigned int domid, uint32_t directory)
{
	struct gntdev_dmabuf_export op = {
		.refs = (uintptr_t)&directory,
		.count = pages,
		.domid = domid,
		.flags = GNTDEV_DMABUF_EXPORT_DIRECTORY,
	};
	int error = export_buffer(gntdev, &op);

	if (error)
		errx(1, "export: %s", strerror(error));
	fd = op.fd;
	id = op.id;
	printf("%" PRIu64 "\n", id);
}

static void import_pages(unsigned int domid)
{
	uint32_t *refs = calloc(pages, sizeof(*refs));
	struct gntdev_dmabuf_import op = {
		.refs = (uintptr_t)refs,
		.count = pages,
		.domid = domid,
	};
	struct granted granted;
	struct source source;
	int error;

	if (!refs || source_heap(&source, "system", pages))
		err(1, "no buffer of %u pages", pages);
	op.fd = source.fd;
	error = import_buffer(gntdev, &op);
	if (error)
		errx(1, "import: %s", strerror(error));
	if (!granted_begin(&granted, domid, directory_pages(pages), true))
		err(1, "grant a directory");
	fd = source.fd;
	id = op.id;
	imported = true;
	printf("%" PRIu64 " %u\n", id, directory_write(&granted, 0, refs, pages));
	free(refs);
}

static uint64_t sum(void)
{
	size_t size = pages * PEER_PAGE;

	if (map == MAP_FAILED)
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		err(1, "mmap");
	return frame_checksum(map, size / 4);
}

static int release(void)
{
	if (map != MAP_FAILED)
		munmap(map, pages * PEER_PAGE);
	map = MAP_FAILED;
	if (imported)
		return release_id(gntdev, id);
	return close(fd) ? errno : 0;
}

static void command(const char *line)
{
	unsigned int domid;
	uint32_t directory;

	if (sscanf(line, "export %u %u %u", &domid, &directory, &pages) == 3) {
		export_pages(domid, directory);
	} else if (sscanf(line, "import %u %u", &domid, &pages) == 2) {
		import_pages(domid);
	} else if (!strcmp(line, "wait\n")) {
		if (!start_waiters(&waiter, 1, gntdev, -1, id))
			err(1, "thread");
		printf("waits\n");
	} else if (!strcmp(line, "woke\n")) {
		pthread_join(waiter.thread, NULL);
		printf("woke %s\n", strerror(waiter.result));
	} else if (!strcmp(line, "sum\n")) {
		printf("%016" PRIx64 "\n", sum());
	} else if (!strcmp(line, "revoke\n")) {
		printf("%s\n", strerror(revoke_id(gntdev, id)));
	} else if (!strcmp(line, "access\n")) {
		printf("%s\n", touch((uint8_t *)map) ? "Success" :
		       strsignal(touch_signal));
	} else if (!strcmp(line, "release\n")) {
		printf("%s\n", strerror(release()));
	} else {
		errx(1, "unknown command: %s", line);
	}
}

int main(void)
{
	char line[128];

	setlinebuf(stdout);
	gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	if (gntdev < 0)
		err(1, "/dev/xen/gntdev");
	while (fgets(line, sizeof(line), stdin))
		command(line);
	return 0;
}
