/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fixture of the programs that test exported buffers.  Before each test it
 * exports the frame of the guest PEER; after each test it checks that nothing
 * is left behind.  Each program includes this file once.
 */

#ifndef SELFTESTS_XEN_FIXTURE_H
#define SELFTESTS_XEN_FIXTURE_H

#include "frame.h"
#include "harness.h"
#include "peer.h"

/* The largest number of buffers that a test of this program has at once */
#ifndef BUFFERS
#define BUFFERS	2
#endif

/* Flags of their exports */
#ifndef BUFFERS_FLAGS
#define BUFFERS_FLAGS	0
#endif

/* The largest number of pages that the guest grants beside its frame */
#ifndef SPARE
#define SPARE	0
#endif

/* Processors that the tests of this program use */
#ifndef PROCESSORS
#define PROCESSORS	1
#endif

/* A reference beyond the end of every grant table */
#define NO_REF	0x7fffffff

FIXTURE(export)
{
	struct peer *peer;
	struct conserve before;
	size_t size, pixels;
	int gntdev;
	int fd;
};

FIXTURE_SETUP(export)
{
	self->peer = peer_open(peer_domid());
	self->size = peer_size(self->peer);
	self->pixels = (size_t)self->peer->width * self->peer->height;
	self->gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->gntdev);
	conserve_begin(&self->before, self->peer->domid);

	ASSERT_EQ(0, export_refs(self->gntdev, 0, self->peer->count,
				 self->peer->domid, self->peer->refs,
				 &self->fd));
}

FIXTURE_TEARDOWN(export)
{
	const char *lost;

	if (self->fd >= 0)
		close(self->fd);
	lost = conserve_end(&self->before);
	EXPECT_EQ(NULL, lost)
		TH_LOG("not conserved: %s", lost);
	peer_close(self->peer);
}

/* export_again - export the frame again: the same local pages, reversed */
static inline int export_again(int gntdev, const struct peer *peer, int *fd)
{
	close(*fd);
	return export_refs(gntdev, 0, peer->count, peer->domid, peer->refs, fd);
}

/* export_and_read - export pages and read a word of each page */
static void export_and_read(int gntdev, struct peer *peer, unsigned int count,
			    const uint32_t *refs, int *fd)
{
	volatile uint32_t *map;
	size_t at;

	if (export_refs(gntdev, 0, count, peer->domid, refs, fd))
		return;
	map = map_all(count * PEER_PAGE, *fd);
	if (map == MAP_FAILED)
		return;
	for (at = 0; at < count * PEER_PAGE; at += PEER_PAGE)
		(void)map[at / 4];
	munmap((void *)map, count * PEER_PAGE);
}

/* grow - let the tables grow that the tests need, see one_processor() */
static void grow(void)
{
	struct peer *peer = peer_open(peer_domid());
	int gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	int n, pass, fds[BUFFERS] = { -1 }, spare_fd = -1;
	struct peer_buffer spare = { 0 };

	if (SPARE && !peer_alloc(peer, SPARE, false, &spare))
		ksft_exit_fail_msg("the guest does not grant %u pages\n", SPARE);

	/* The second pass uses the local pages that the first pass did not use */
	for (pass = 0; pass < 2; pass++) {
		export_and_read(gntdev, peer, peer->count, peer->refs, &fds[0]);
		if (spare.count)
			export_and_read(gntdev, peer, spare.count, spare.refs,
					&spare_fd);
		for (n = 1; n < BUFFERS; n++)
			if (export_refs(gntdev, BUFFERS_FLAGS, peer->count,
					peer->domid, peer->refs, &fds[n]))
				break;
		while (n)
			close(fds[--n]);
		close(spare_fd);
	}

	if (spare.count)
		peer_free(peer, &spare);
	free(spare.refs);
	close(gntdev);
	peer_close(peer);
}

int main(int argc, char **argv)
{
	int n;

	for (n = PROCESSORS - 1; n >= 0; n--) {
		on_processor(n);
		grow();
	}

	return test_harness_run(argc, argv);
}

#endif /* SELFTESTS_XEN_FIXTURE_H */
