// SPDX-License-Identifier: GPL-2.0-only
/*
 * demo DOMID NAME CARD: a guest's frame, seen in domain 0 through a dma-buf, by
 * another program and by the KMS driver CARD.  If that is cirrus, which has a
 * screen, the program leaves what it saw in /lab/out/NAME-frame.png, and what
 * the screen shows is left beside the lab's logs as NAME-screen.ppm.
 *
 * The guest drew it into pages of its own and granted them (granter.c).  Here
 * they become a dma-buf; another program, which knows nothing of Xen, maps it
 * (look.c), and a display driver imports it and scans it out.  Nobody copies a
 * pixel from one domain to the other: the frames that the guest draws later
 * are seen through the same dma-buf.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../selftests/xen/calls.h"
#include "../selftests/xen/kms.h"
#include "../selftests/xen/peer.h"

#define FRAMES	3

static int gntdev;

static int export_frame(struct peer *peer)
{
	int fd;

	errno = export_refs(gntdev, 0, peer->count, peer->domid, peer->refs, &fd);
	if (errno)
		err(1, "export of %u pages of domain %u", peer->count, peer->domid);
	return fd;
}

/* What another program sees in the buffer; it gets the descriptor, no more */
static uint64_t look(struct peer *peer, int dmabuf, const char *picture)
{
	uint64_t sum = 0;
	char command[128];
	FILE *out;
	int fd;

	fd = dup(dmabuf);
	snprintf(command, sizeof(command), "exec look %d %u %u %s", fd,
		 peer->width, peer->height, picture);
	out = popen(command, "r");
	if (!out || fscanf(out, "%" SCNx64, &sum) != 1 || pclose(out))
		errx(1, "look failed");
	close(fd);
	return sum;
}

static void screendump(const char *name)
{
	char command[64];

	snprintf(command, sizeof(command), "screendump %s-screen.ppm", name);
	if (system(command))
		errx(1, "screendump failed");
}

/* Only now may the guest take its pages back */
static void release(int fd)
{
	close(fd);
	errno = wait_released(gntdev, fd, UINT32_MAX);
	if (errno && errno != ENOENT)
		err(1, "wait until released");
}

int main(int argc, char **argv)
{
	uint64_t drawn = 0, seen;
	struct peer *peer;
	struct kms kms;
	char picture[64] = "";
	bool screen;
	int dmabuf, n;

	if (argc != 4)
		errx(2, "usage: demo DOMID NAME CARD");
	screen = !strcmp(argv[3], "cirrus");
	if (screen)
		snprintf(picture, sizeof(picture), "/lab/out/%s-frame.png", argv[2]);
	peer = peer_open(atoi(argv[1]));
	gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	if (gntdev < 0)
		err(1, "/dev/xen/gntdev");

	dmabuf = export_frame(peer);
	kms_open(&kms, argv[3]);
	kms_show(&kms, dmabuf, peer->width * 4);

	for (n = 1; n <= FRAMES; n++) {
		drawn = peer_ask(peer, "draw", n);
		seen = look(peer, dmabuf, n == FRAMES ? picture : "");
		if (seen != drawn)
			errx(1, "frame %d: the guest drew %016" PRIx64
			     ", here is %016" PRIx64, n, drawn, seen);
		kms_update(&kms);
	}
	if (screen)
		screendump(argv[2]);
	printf("Domain %u drew %d frames of %ux%u XRGB8888; the last has checksum %016"
	       PRIx64 ".\n", peer->domid, FRAMES, peer->width, peer->height, drawn);
	printf("Domain 0 exported its %u granted pages once: a program mapped the dma-buf and\n"
	       "  saw each frame as drawn, %s imported it and scans it out at %ux%u.\n",
	       peer->count, argv[3], kms.width, kms.height);
	kms_close(&kms);
	release(dmabuf);
	printf("Shared: %u pages, %zu bytes a frame. Copied between domains: 0. Released: all.\n",
	       peer->count, peer_size(peer));
	peer_close(peer);
	return 0;
}
