// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA_BUF_IOCTL_SYNC while a device uses the buffer.  Each test checks one promise.
 * Runs in domain 0 with the module edu_dma, and with granter in a guest: see fixture.h.
 */

#include <pthread.h>
#include <unistd.h>

#include "edu.h"
#include "fixture.h"
#include "syncs.h"
#include "threads.h"

/**
 * struct syncer - a thread that begins a CPU access
 * @thread: the thread
 * @fd: the buffer
 * @flags: DMA_BUF_SYNC_READ or DMA_BUF_SYNC_RW
 * @result: 0 or the error number; valid when the thread has ended
 */
struct syncer {
	pthread_t thread;
	int fd;
	uint64_t flags;
	int result;
};

static void *syncer_main(void *data)
{
	struct syncer *syncer = data;

	syncer->result = sync_cpu(syncer->fd, DMA_BUF_SYNC_START | syncer->flags);
	return NULL;
}

static int traced(void)
{
	return file_lines(TRACE_DIR "trace", "dma_sync_sg_for_cpu:");
}

/* Otherwise the CPU has old data in its cache when the device has written the last */
TEST_F_TIMEOUT(export, caches_are_synchronised_when_the_device_has_finished, LIMIT)
{
	struct syncer syncer = { .flags = DMA_BUF_SYNC_READ };
	int edu;

	/* Linux has these trace events since 6.12 */
	if (access(SYNCS_ENABLE, F_OK))
		SKIP(return, "this kernel does not trace the DMA API");

	/* One page, because a trace entry has no room for a large sg_table */
	ASSERT_EQ(0, export_refs(self->gntdev, 0, 1, self->peer->domid,
				 self->peer->refs, &syncer.fd));
	edu = edu_open(0);
	ASSERT_LE(0, edu);
	ASSERT_EQ(0, edu_attach(edu, syncer.fd, EDU_DMA_FROM_DEVICE, NULL));
	ASSERT_EQ(0, edu_hold(edu, EDU_DMA_HOLD_FENCE));
	ASSERT_EQ(0, file_write(TRACE_DIR "trace", ""));
	ASSERT_EQ(0, file_write(SYNCS_ENABLE, "1"));
	ASSERT_EQ(0, pthread_create(&syncer.thread, NULL, syncer_main, &syncer));
	while (!others_sleep())
		usleep(1000);
	EXPECT_EQ(0, traced());

	EXPECT_EQ(0, edu_hold(edu, 0));
	ASSERT_EQ(0, pthread_join(syncer.thread, NULL));
	EXPECT_EQ(0, syncer.result);
	EXPECT_TRUE(traced() == 1 || sync_skipped());
	EXPECT_EQ(0, file_write(SYNCS_ENABLE, "0"));
	EXPECT_EQ(0, edu_detach(edu));
	EXPECT_EQ(0, close(edu));
	EXPECT_EQ(0, close(syncer.fd));
}

TEST_F_TIMEOUT(export, only_a_write_waits_for_a_device_that_reads, LIMIT)
{
	struct syncer syncer = { .fd = self->fd, .flags = DMA_BUF_SYNC_RW };
	int edu = edu_open(0);

	ASSERT_LE(0, edu);
	ASSERT_EQ(0, edu_attach(edu, self->fd, EDU_DMA_TO_DEVICE, NULL));
	ASSERT_EQ(0, edu_hold(edu, EDU_DMA_HOLD_FENCE));
	EXPECT_EQ(0, sync_cpu(self->fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ));
	EXPECT_EQ(0, sync_cpu(self->fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ));
	ASSERT_EQ(0, pthread_create(&syncer.thread, NULL, syncer_main, &syncer));
	while (!others_sleep())
		usleep(1000);
	EXPECT_NE(0, pthread_tryjoin_np(syncer.thread, NULL));

	EXPECT_EQ(0, edu_hold(edu, 0));
	ASSERT_EQ(0, pthread_join(syncer.thread, NULL));
	EXPECT_EQ(0, syncer.result);
	EXPECT_EQ(0, edu_detach(edu));
	EXPECT_EQ(0, close(edu));
}
