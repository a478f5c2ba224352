// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which dma-bufs libxendmabuf offers.  Runs in a guest; the program offers runs in another
 * one, PEER.
 */

#include <fcntl.h>

#include "offer.h"
#include "sources.h"

/* round_trip - both domains see what the other one writes into a buffer */
static void round_trip(struct __test_metadata *_metadata, FIXTURE_DATA(offer) * self,
		       enum exporter exporter)
{
	uint64_t low = ask(&self->ask, "new 40 2 %u", exporter);
	struct xendmabuf_buffer *buffer;
	uint32_t *words = take_mapped(self, low, &buffer);
	unsigned int pages;

	ASSERT_NE(NULL, words);
	pages = buffer->pages;
	/* A camera chooses its size */
	if (exporter != EXPORTER_CAMERA)
		EXPECT_EQ(40, pages);
	EXPECT_EQ(exporter == EXPORTER_INSIDE_PAGES ? INSIDE_OFFSET : 0, buffer->data_ofs);
	EXPECT_EQ(0, pattern_wrong(words, 0, pages, 2));
	pattern_fill(words, 0, pages, 4);
	EXPECT_EQ(0, ask(&self->ask, "wrong %lu 4", low));
	munmap(words, pages * XEN_PAGE);
	xendmabuf_release(self->taker, buffer);
	EXPECT_EQ(1, ask(&self->ask, "released %lu", low));
}

TEST_F_TIMEOUT(offer, a_buffer_of_the_system_heap_is_shared, LIMIT)
{
	round_trip(_metadata, self, EXPORTER_HEAP);
}

TEST_F_TIMEOUT(offer, a_buffer_of_the_cma_heap_is_shared, LIMIT)
{
	round_trip(_metadata, self, EXPORTER_CMA);
}

TEST_F_TIMEOUT(offer, parts_of_a_memfd_are_shared, LIMIT)
{
	round_trip(_metadata, self, EXPORTER_MEMFD);
}

TEST_F_TIMEOUT(offer, a_dumb_buffer_of_vgem_is_shared, LIMIT)
{
	round_trip(_metadata, self, EXPORTER_VGEM);
}

TEST_F_TIMEOUT(offer, a_dumb_buffer_of_vkms_is_shared, LIMIT)
{
	round_trip(_metadata, self, EXPORTER_VKMS);
}

TEST_F_TIMEOUT(offer, a_buffer_of_a_camera_is_shared, LIMIT)
{
	round_trip(_metadata, self, EXPORTER_CAMERA);
}

TEST_F_TIMEOUT(offer, data_that_begins_inside_a_page_is_shared, LIMIT)
{
	round_trip(_metadata, self, EXPORTER_INSIDE_PAGES);
}

/* offer_errno - the errno of an offer that must be refused, or 0 */
static int offer_errno(struct xendmabuf_offerer *offerer, int fd)
{
	struct xendmabuf_metadata metadata = { 0 };

	return xendmabuf_offer_new(offerer, fd, 0, &metadata) ? 0 : errno;
}

/* Xen lets no domain grant the pages of another one */
TEST_F_TIMEOUT(offer, a_taken_buffer_cannot_be_offered, LIMIT)
{
	struct xendmabuf_offerer *offerer = xendmabuf_offerer_open(NULL, self->peer);
	struct xendmabuf_buffer *buffer = take(self, offer_new(self, 4, 2));

	ASSERT_NE(NULL, offerer);
	ASSERT_NE(NULL, buffer);
	EXPECT_EQ(EOPNOTSUPP, offer_errno(offerer, buffer->fd));
	/* It is taken as before */
	EXPECT_EQ(0, wrong_words(buffer, 2));
	xendmabuf_offerer_close(offerer);
}

TEST_F_TIMEOUT(offer, files_that_are_no_dma_buf_are_refused, LIMIT)
{
	struct xendmabuf_offerer *offerer = xendmabuf_offerer_open(NULL, self->peer);
	int memfd = memfd_create("pages", MFD_CLOEXEC);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ASSERT_NE(NULL, offerer);
	ASSERT_EQ(0, ftruncate(memfd, 4 * XEN_PAGE));
	EXPECT_EQ(EINVAL, offer_errno(offerer, memfd));
	EXPECT_EQ(EINVAL, offer_errno(offerer, null));
	EXPECT_EQ(EINVAL, offer_errno(offerer, -1));
	close(memfd);
	close(null);
	xendmabuf_offerer_close(offerer);
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
