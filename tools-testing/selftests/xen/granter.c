// SPDX-License-Identifier: GPL-2.0-only
/*
 * granter WIDTH HEIGHT: the guest's side of the tests.  Allocates a frame of
 * XRGB8888 pixels in pages that domain 0 may map, draws frame 0, tells
 * xenstore where their references are, and draws, grants and revokes on request.
 * See peer.h.
 */

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <xen/gntalloc.h>
#include <xenstore.h>

#include "frame.h"
#include "peer.h"

/* Relative to the domain's own folder */
#define FOLDER	"data/frame"

static struct xs_handle *xs;

static void publish(const char *node, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), FOLDER "/%s", node);
	if (!xs_write(xs, XBT_NULL, path, text, strlen(text)))
		err(1, "write %s", path);
}

static void publish_number(const char *node, unsigned int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	publish(node, text);
}

/**
 * struct granted - pages of this domain that domain 0 may map
 * @count: number of pages
 * @pages: where they are; behind them lie those of their directory
 * @total: number of pages with the directory's
 * @index: gntalloc's name for all
 * @directory: reference of the directory's first page
 */
struct granted {
	unsigned int count;
	uint32_t *pages;
	unsigned int total;
	uint64_t index;
	uint32_t directory;
};

static int gntalloc;

/* write_directory - the references of the pages into the pages behind them */
static void write_directory(struct granted *granted, const uint32_t *refs)
{
	uint32_t *page = granted->pages + granted->count * (PEER_PAGE / 4);
	unsigned int i, n, next = granted->count + 1;

	for (i = 0; i < granted->count; i += n, page += PEER_PAGE / 4) {
		n = granted->count - i;
		if (n > PEER_REFS_PER_PAGE)
			n = PEER_REFS_PER_PAGE;
		page[0] = i + n < granted->count ? refs[next++] : 0;
		memcpy(page + 1, refs + i, n * sizeof(*refs));
	}
	granted->directory = refs[granted->count];
}

/* grant - pages that domain 0 may read, and write unless readonly */
static bool grant(struct granted *granted, unsigned int count, bool readonly)
{
	struct ioctl_gntalloc_alloc_gref *op;
	bool done = false;

	granted->count = count;
	granted->total = count + (count + PEER_REFS_PER_PAGE - 1) / PEER_REFS_PER_PAGE;

	op = calloc(1, sizeof(*op) + granted->total * sizeof(uint32_t));
	if (!op)
		err(1, "references");
	op->domid = 0;
	op->flags = readonly ? 0 : GNTALLOC_FLAG_WRITABLE;
	op->count = granted->total;
	if (ioctl(gntalloc, IOCTL_GNTALLOC_ALLOC_GREF, op))
		goto out;

	granted->index = op->index;
	granted->pages = mmap(NULL, granted->total * PEER_PAGE,
			      PROT_READ | PROT_WRITE, MAP_SHARED, gntalloc,
			      op->index);
	if (granted->pages == MAP_FAILED)
		err(1, "map %u pages", granted->total);

	write_directory(granted, (uint32_t *)((char *)op +
			offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids)));
	done = true;
out:
	free(op);
	return done;
}

/* revoke - the pages are this domain's alone; what is mapped follows later */
static void revoke(struct granted *granted)
{
	struct ioctl_gntalloc_dealloc_gref op = {
		.index = granted->index,
		.count = granted->total,
	};

	munmap(granted->pages, granted->total * PEER_PAGE);
	if (ioctl(gntalloc, IOCTL_GNTALLOC_DEALLOC_GREF, &op))
		err(1, "revoke");
	granted->total = 0;
}

/* spare_grant - pages beside the frame: their directory, or 0 */
static uint32_t spare_grant(struct granted *spare, unsigned int count,
			    bool readonly)
{
	unsigned int i;

	if (spare->total)
		revoke(spare);
	if (!grant(spare, count, readonly))
		return 0;
	for (i = 0; i < count; i++)
		spare->pages[i * (PEER_PAGE / 4)] = peer_spare_word(i);
	return spare->directory;
}

/* loop - let the directory's last page lead back to the first */
static void loop(struct granted *granted)
{
	granted->pages[(granted->total - 1) * (PEER_PAGE / 4)] =
		granted->directory;
}

int main(int argc, char **argv)
{
	unsigned int width, height, n, number, last = 0;
	struct granted frame, spare = { 0 };

	if (argc != 3)
		errx(2, "usage: granter WIDTH HEIGHT");
	width = atoi(argv[1]);
	height = atoi(argv[2]);

	gntalloc = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	if (gntalloc < 0)
		err(1, "/dev/xen/gntalloc");
	if (!grant(&frame, (width * height * 4UL + PEER_PAGE - 1) / PEER_PAGE,
		   false))
		err(1, "grant a frame of %ux%u", width, height);
	frame_draw(frame.pages, 0, width, height);

	xs = xs_open(0);
	if (!xs)
		err(1, "xenstore");
	publish_number("width", width);
	publish_number("height", height);
	publish_number("directory", frame.directory);
	if (!xs_watch(xs, FOLDER "/request", "request"))
		err(1, "watch");
	publish("state", "ready");

	for (;;) {
		char **event = xs_read_watch(xs, &n);
		char *request, verb[16], reply[64];
		unsigned long argument;
		uint64_t result = 0;

		if (!event)
			err(1, "watch");
		free(event);

		request = xs_read(xs, XBT_NULL, FOLDER "/request", &n);
		n = request ? sscanf(request, "%u %15s %lu", &number, verb,
				     &argument) : 0;
		free(request);
		if (n != 3 || number == last)
			continue;
		last = number;

		if (!strcmp(verb, "alloc") || !strcmp(verb, "alloc-ro")) {
			result = spare_grant(&spare, argument,
					     !strcmp(verb, "alloc-ro"));
		} else if (!strcmp(verb, "loop")) {
			loop(&spare);
		} else if (!strcmp(verb, "free")) {
			if (spare.total)
				revoke(&spare);
		} else {
			if (!strcmp(verb, "draw"))
				frame_draw(frame.pages, argument, width, height);
			result = frame_checksum(frame.pages,
						(size_t)width * height);
		}
		snprintf(reply, sizeof(reply), "%u %016" PRIx64, number, result);
		publish("reply", reply);
	}
}
