// SPDX-License-Identifier: GPL-2.0-only
/*
 * granter WIDTH HEIGHT: the guest's side of the tests.  Allocates a frame of
 * XRGB8888 pixels in pages that domain 0 may map, draws frame 0, tells
 * xenstore the references, and draws on request.  See peer.h.
 */

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
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

static void publish_refs(const uint32_t *refs, unsigned int count)
{
	unsigned int i, j;

	for (i = 0; i < count; i += j) {
		char node[32], text[PEER_REFS_PER_NODE * 12], *end = text;

		for (j = 0; j < PEER_REFS_PER_NODE && i + j < count; j++)
			end += sprintf(end, j ? " %u" : "%u", refs[i + j]);
		snprintf(node, sizeof(node), "refs/%u", i / PEER_REFS_PER_NODE);
		publish(node, text);
	}
}

/* Pages of this domain that domain 0 may write to */
static void *grant(unsigned int count, uint32_t **refs)
{
	struct ioctl_gntalloc_alloc_gref *op;
	void *pages;
	int fd;

	fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err(1, "/dev/xen/gntalloc");

	op = calloc(1, sizeof(*op) + count * sizeof(uint32_t));
	if (!op)
		err(1, "references");
	op->domid = 0;
	op->flags = GNTALLOC_FLAG_WRITABLE;
	op->count = count;
	if (ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, op))
		err(1, "grant %u pages", count);

	pages = mmap(NULL, count * 4096UL, PROT_READ | PROT_WRITE, MAP_SHARED,
		     fd, op->index);
	if (pages == MAP_FAILED)
		err(1, "map %u pages", count);

	*refs = (uint32_t *)((char *)op +
			     offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids));
	return pages;
}

int main(int argc, char **argv)
{
	unsigned int width, height, count, n, number, last = 0;
	uint32_t *pixels, *refs;

	if (argc != 3)
		errx(2, "usage: granter WIDTH HEIGHT");
	width = atoi(argv[1]);
	height = atoi(argv[2]);
	count = (width * height * 4UL + 4095) / 4096;

	pixels = grant(count, &refs);
	frame_draw(pixels, 0, width, height);

	xs = xs_open(0);
	if (!xs)
		err(1, "xenstore");
	publish_number("width", width);
	publish_number("height", height);
	publish_number("count", count);
	publish_refs(refs, count);
	if (!xs_watch(xs, FOLDER "/request", "request"))
		err(1, "watch");
	publish("state", "ready");

	for (;;) {
		char **event = xs_read_watch(xs, &n);
		char *request, verb[16], reply[64];
		unsigned long argument;

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

		if (!strcmp(verb, "draw"))
			frame_draw(pixels, argument, width, height);
		snprintf(reply, sizeof(reply), "%u %016" PRIx64, number,
			 frame_checksum(pixels, (size_t)width * height));
		publish("reply", reply);
	}
}
