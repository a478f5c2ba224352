// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of an exported buffer for devices: their scatter tables, and the caches that
 * the DMA API makes agree.  Each test checks one promise.  Runs in domain 0, with granter
 * in the guest PEER and the module edu_dma: see fixture.h.
 *
 * The trace events of the DMA API show what the exporter calls.  Linux has them since
 * 6.12.
 */

#include "edu.h"
#include "fixture.h"
#include "syncs.h"

/* has_events - whether the kernel traces the DMA API */
static bool has_events(void)
{
	return !access(SYNCS_ENABLE, F_OK);
}

#define REASON	"this kernel does not trace the DMA API"

/* one_page - export a page, because a trace entry has no room for a large sg_table */
static int one_page(struct _test_data_export *self, int *fd)
{
	return export_refs(self->gntdev, 0, 1, self->peer->domid, self->peer->refs, fd);
}

/* traced - number of trace events whose line contains @event, since the trace was cleared */
static int traced(const char *event)
{
	return file_lines(TRACE_DIR "trace", event);
}

static int clear_trace(void)
{
	return file_write(TRACE_DIR "trace", "");
}

TEST_F_TIMEOUT(export, cpu_access_syncs_every_attached_device, LIMIT)
{
	static const char for_cpu[] = "dma_sync_sg_for_cpu:";
	static const char for_device[] = "dma_sync_sg_for_device:";
	const uint64_t rw = DMA_BUF_SYNC_RW;
	int i, n, fd, attached, edu[2];

	if (!has_events())
		SKIP(return, REASON);

	ASSERT_EQ(0, one_page(self, &fd));
	for (i = 0; i < 2; i++) {
		edu[i] = edu_open(i);
		ASSERT_LE(0, edu[i]);
		ASSERT_EQ(0, edu_attach(edu[i], fd, EDU_BOTH_WAYS, NULL));
	}
	ASSERT_EQ(0, file_write(SYNCS_ENABLE, "1"));
	for (attached = 2; attached >= 0; attached--) {
		n = syncs(fd, DMA_BUF_SYNC_START | rw, for_cpu);
		EXPECT_TRUE(n == attached || (!n && sync_skipped()));
		n = syncs(fd, DMA_BUF_SYNC_END | rw, for_device);
		EXPECT_TRUE(n == attached || (!n && sync_skipped()));
		if (attached)
			EXPECT_EQ(0, edu_detach(edu[attached - 1]));
	}
	EXPECT_EQ(0, file_write(SYNCS_ENABLE, "0"));
	EXPECT_EQ(0, close(fd));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, close(edu[i]));
}

TEST_F_TIMEOUT(export, mapping_and_unmapping_sync_the_device, LIMIT)
{
	int n, fd, edu;

	if (!has_events())
		SKIP(return, REASON);

	edu = edu_open(0);
	ASSERT_LE(0, edu);
	ASSERT_EQ(0, one_page(self, &fd));
	ASSERT_EQ(0, file_write(SYNCS_ENABLE, "1"));
	ASSERT_EQ(0, clear_trace());
	ASSERT_EQ(0, edu_attach(edu, fd, EDU_BOTH_WAYS, NULL));
	n = traced("dma_sync_sg_for_device:");
	EXPECT_TRUE(n == 1 || (!n && sync_skipped()));
	EXPECT_EQ(0, traced("dma_sync_sg_for_cpu:"));
	ASSERT_EQ(0, clear_trace());
	EXPECT_EQ(0, edu_unmap(edu));
	n = traced("dma_sync_sg_for_cpu:");
	EXPECT_TRUE(n == 1 || (!n && sync_skipped()));
	EXPECT_EQ(0, traced("dma_sync_sg_for_device:"));
	EXPECT_EQ(0, file_write(SYNCS_ENABLE, "0"));
	EXPECT_EQ(0, edu_detach(edu));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, close(edu));
}

TEST_F_TIMEOUT(export, each_mapping_of_an_attachment_is_a_new_one, LIMIT)
{
	uint32_t word;
	int i, fd, edu;

	if (!has_events())
		SKIP(return, REASON);

	edu = edu_open(0);
	ASSERT_LE(0, edu);
	ASSERT_EQ(0, one_page(self, &fd));
	ASSERT_EQ(0, file_write(SYNCS_ENABLE, "1"));
	ASSERT_EQ(0, clear_trace());
	ASSERT_EQ(0, edu_attach(edu, fd, EDU_BOTH_WAYS, NULL));
	EXPECT_EQ(1, traced("dma_map_sg:"));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, clear_trace());
		EXPECT_EQ(0, edu_unmap(edu));
		EXPECT_EQ(1, traced("dma_unmap_sg:"));
		EXPECT_EQ(0, traced("dma_map_sg:"));
		/* The device maps the buffer for this transfer */
		EXPECT_TRUE(edu_get(edu, &word, sizeof(word), 0));
		EXPECT_EQ(1, traced("dma_map_sg:"));
	}
	EXPECT_EQ(0, file_write(SYNCS_ENABLE, "0"));
	EXPECT_EQ(0, edu_detach(edu));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, close(edu));
}
