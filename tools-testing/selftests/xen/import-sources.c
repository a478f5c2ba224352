// SPDX-License-Identifier: GPL-2.0-only
/*
 * Imports of dma-bufs of every exporter.  Each test checks one promise.  Runs in
 * domain 0 with the modules edu_dma, vgem, vkms and vivid (two capture devices,
 * of which the second allocates contiguous memory), and with mapper in a guest:
 * see import.h.
 */

#define LARGEST	600

#include "ballooned.h"
#include "edu.h"
#include "import.h"

/*
 * round_trip - check that the exporter and the guest access the same memory
 *
 * Each side writes all words, and the other side reads them through the same
 * mapping.  Uses the oldest requests, which mainline has as well.
 */
static void round_trip(struct __test_metadata *_metadata,
		       struct _test_data_import *self, struct source *source)
{
	uint32_t *refs = calloc(source->pages, sizeof(*refs));
	struct mapping mapping;

	ASSERT_NE(NULL, refs);
	pattern_fill(source->map, 0, source->pages, 1);
	ASSERT_EQ(0, import_refs(self->gntdev, source->fd, source->pages,
				 peer_domid(), refs));
	EXPECT_EQ(1, source_attached(source));

	mapping_begin(&mapping, &self->mapper, refs, source->pages);
	ASSERT_EQ(0, mapping_map(&mapping, false));
	EXPECT_EQ(0, mapping_wrong(&mapping, 1));
	mapping_fill(&mapping, 2);
	EXPECT_EQ(0, pattern_wrong(source->map, 0, source->pages, 2));
	pattern_fill(source->map, 0, source->pages, 3);
	EXPECT_EQ(0, mapping_wrong(&mapping, 3));
	mapping_unmap(&mapping);
	mapping_end(&mapping);

	ASSERT_EQ(0, import_release(self->gntdev, source->fd));
	EXPECT_EQ(0, source_attached(source));
	source_close(source);
	EXPECT_EQ(-1, source_attached(source));
	free(refs);
}

TEST_F_TIMEOUT(import, a_dumb_buffer_of_vgem, LIMIT)
{
	struct source source;

	ASSERT_EQ(0, source_dumb(&source, "vgem", 1024, 300));
	round_trip(_metadata, self, &source);
}

TEST_F_TIMEOUT(import, a_dumb_buffer_of_vkms, LIMIT)
{
	struct source source;

	ASSERT_EQ(0, source_dumb(&source, "vkms", 640, 480));
	round_trip(_metadata, self, &source);
}

TEST_F_TIMEOUT(import, a_dumb_buffer_of_cirrus, LIMIT)
{
	struct source source;
	int ret = source_dumb(&source, "cirrus", 800, 600);

	if (ret == ENOENT)
		SKIP(return, "this machine has no cirrus card");
	ASSERT_EQ(0, ret);
	round_trip(_metadata, self, &source);
}

TEST_F_TIMEOUT(import, a_buffer_of_the_system_heap, LIMIT)
{
	struct source source;

	/* The heap allocates chunks of 256 pages, of 16 pages and single pages */
	ASSERT_EQ(0, source_heap(&source, "system", 256 + 3 * 16 + 3));
	round_trip(_metadata, self, &source);
}

TEST_F_TIMEOUT(import, a_buffer_of_the_cma_heap, LIMIT)
{
	struct source source;

	ASSERT_EQ(0, source_heap(&source, CMA_HEAP, 600));
	round_trip(_metadata, self, &source);
}

TEST_F_TIMEOUT(import, scattered_parts_of_a_memfd, LIMIT)
{
	struct source source;

	ASSERT_EQ(0, source_memfd(&source, 4 * 70));
	round_trip(_metadata, self, &source);
}

TEST_F_TIMEOUT(import, a_memfd_of_huge_pages, LIMIT)
{
	struct source source;
	int ret = source_huge(&source, 520);

	if (ret == EOPNOTSUPP || ret == ENOENT)
		SKIP(return, "this domain has no huge pages");
	ASSERT_EQ(0, ret);
	round_trip(_metadata, self, &source);
}

TEST_F_TIMEOUT(import, a_buffer_of_a_camera, LIMIT)
{
	struct source source;

	ASSERT_EQ(0, source_video(&source, "platform:vivid-000"));
	round_trip(_metadata, self, &source);
}

TEST_F_TIMEOUT(import, a_contiguous_buffer_of_a_camera, LIMIT)
{
	struct source source;

	ASSERT_EQ(0, source_video(&source, "platform:vivid-001"));
	round_trip(_metadata, self, &source);
}

/* ---- Memory that is contiguous in this domain, but not in the machine */

/*
 * Pages that were ballooned out and in have other machine frames.  The DMA API
 * maps a segment of such pages through a bounce buffer, or refuses the mapping
 * if the bounce buffer would be too large, as in this test.  The test looks for
 * a buffer that is refused.
 */
TEST_F_TIMEOUT(import, segments_that_are_not_contiguous_in_the_machine, LIMIT)
{
	enum { CHUNK = 256, MOST = 300 };
	unsigned long kb = ballooned_size();
	struct source sources[MOST];
	struct edu_dma_attach table;
	int edu, n, ret = 0;

	if (!domain_is("PV"))
		SKIP(return, "only PV domains use untranslated addresses");
	edu = edu_open(0);
	ASSERT_LE(0, edu);
	ASSERT_TRUE(ballooned_resize(kb - 64 * 1024));
	ASSERT_TRUE(ballooned_resize(kb));

	for (n = 0; n < MOST && !ret; n++) {
		ASSERT_EQ(0, source_heap(&sources[n], "system", CHUNK));
		ret = edu_attach(edu, sources[n].fd, EDU_BOTH_WAYS, &table);
		if (ret)
			break;
		ASSERT_EQ(0, edu_detach(edu));
	}
	EXPECT_EQ(EIO, ret)
		TH_LOG("all of %d buffers are contiguous", n);
	close(edu);
	if (ret)
		round_trip(_metadata, self, &sources[n]);
	while (n)
		source_close(&sources[--n]);
}
