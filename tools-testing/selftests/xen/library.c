// SPDX-License-Identifier: GPL-2.0-only
/*
 * The four dma-buf functions that libxengnttab has had since 2018, in the version
 * that is installed.  Each test checks one promise.  Runs in domain 0, with
 * granter and mapper in the guest PEER.
 */

#include <unistd.h>

#include <xengnttab.h>

#include "frame.h"
#include "harness.h"
#include "mapping.h"
#include "pattern.h"
#include "peer.h"
#include "sources.h"

#define NO_REF	0x7fffffff
#define PAGES	(MAPPING_CHUNK + 4)

FIXTURE(library)
{
	xengnttab_handle *xgt;
	struct peer *peer;
	struct ask mapper;
};

FIXTURE_SETUP(library)
{
	self->peer = peer_open(peer_domid());
	ask_open(&self->mapper, MAPPER_FOLDER, peer_domid());
	ask(&self->mapper, "die");
	self->xgt = xengnttab_open(NULL, 0);
	ASSERT_NE(NULL, self->xgt);
}

FIXTURE_TEARDOWN(library)
{
	EXPECT_EQ(0, xengnttab_close(self->xgt));
	ask_close(&self->mapper);
	peer_close(self->peer);
	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", ""));
}

/* Existing backends pass the flag for write-combined memory */
TEST_F_TIMEOUT(library, an_export_shows_the_frame_and_is_waited_for, LIMIT)
{
	static const uint32_t flags[] = { 0, GNTDEV_DMA_FLAG_WC };
	struct peer *peer = self->peer;
	size_t pixels = (size_t)peer->width * peer->height;
	unsigned int i;
	uint32_t *map, fd;
	int ret;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, xengnttab_dmabuf_exp_from_refs(self->xgt, peer->domid,
							    flags[i], peer->count,
							    peer->refs, &fd));
		map = map_all(peer_size(peer), fd);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(peer_ask(peer, "draw", 90 + i),
			  frame_checksum(map, pixels));
		EXPECT_EQ(0, munmap(map, peer_size(peer)));
		EXPECT_EQ(-1, xengnttab_dmabuf_exp_wait_released(self->xgt, fd, 1));
		EXPECT_EQ(ETIMEDOUT, errno);
		EXPECT_EQ(0, close(fd));
		ret = xengnttab_dmabuf_exp_wait_released(self->xgt, fd, 1000);
		EXPECT_TRUE(!ret || errno == ENOENT);
	}
}

TEST_F_TIMEOUT(library, an_export_that_fails_sets_errno, LIMIT)
{
	uint32_t fd, ref = NO_REF;

	EXPECT_EQ(-1, xengnttab_dmabuf_exp_from_refs(self->xgt, self->peer->domid,
						     0, 1, &ref, &fd));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, xengnttab_dmabuf_exp_from_refs(self->xgt, 0x7fef, 0, 1, &ref,
						     &fd));
	EXPECT_EQ(ESRCH, errno);
}

TEST_F_TIMEOUT(library, the_guest_maps_an_imported_buffer, LIMIT)
{
	struct mapping mapping;
	struct source source;
	uint32_t refs[PAGES];

	ASSERT_EQ(0, source_memfd(&source, PAGES));
	ASSERT_EQ(0, xengnttab_dmabuf_imp_to_refs(self->xgt, self->peer->domid,
						  source.fd, PAGES, refs));
	mapping_begin(&mapping, &self->mapper, refs, PAGES);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	pattern_fill(source.map, 0, PAGES, 91);
	EXPECT_EQ(0, mapping_wrong(&mapping, 91));
	mapping_fill(&mapping, 92);
	EXPECT_EQ(0, pattern_wrong(source.map, 0, PAGES, 92));
	mapping_unmap(&mapping);
	mapping_end(&mapping);

	EXPECT_EQ(0, xengnttab_dmabuf_imp_release(self->xgt, source.fd));
	EXPECT_EQ(-1, xengnttab_dmabuf_imp_release(self->xgt, source.fd));
	EXPECT_EQ(ENOENT, errno);
	source_close(&source);
}

int main(int argc, char **argv)
{
	return test_harness_run(argc, argv);
}
