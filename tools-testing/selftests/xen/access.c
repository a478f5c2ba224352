// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU accesses beside other users of a buffer: DMA_BUF_IOCTL_SYNC while a device uses
 * it, and reads of all memory of the kernel.  Each test checks one promise.  Runs in
 * domain 0 with the modules edu_dma and vmap_look, and with granter in a guest: see
 * fixture.h.
 */

#include <elf.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edu.h"
#include "fixture.h"
#include "look.h"
#include "syncs.h"
#include "threads.h"

/* ---- DMA_BUF_IOCTL_SYNC */

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
	int edu = edu_open(0);

	/* Linux has these trace events since 6.12 */
	if (access(SYNCS_ENABLE, F_OK))
		SKIP(return, "this kernel does not trace the DMA API");

	/* One page, because a trace entry has no room for a large sg_table */
	ASSERT_EQ(0, export_refs(self->gntdev, 0, 1, self->peer->domid,
				 self->peer->refs, &syncer.fd));
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

/* ---- /proc/kcore: all memory of the kernel as a core file */

/* core_offset - where the core file has the memory at an address, or 0 */
static uint64_t core_offset(int core, uint64_t address)
{
	Elf64_Ehdr head;
	Elf64_Phdr part;
	unsigned int i;

	if (pread(core, &head, sizeof(head), 0) != sizeof(head))
		return 0;
	for (i = 0; i < head.e_phnum; i++) {
		if (pread(core, &part, sizeof(part), head.e_phoff + i * sizeof(part)) !=
		    sizeof(part))
			return 0;
		if (part.p_type == PT_LOAD && address >= part.p_vaddr &&
		    address - part.p_vaddr < part.p_memsz)
			return part.p_offset + address - part.p_vaddr;
	}
	return 0;
}

/*
 * read_core - read the kernel mapping of a buffer; 0 or the number of the failed step
 *
 * Linux on x86 PV has no page for a frame of the guest, and reads zeroes.
 */
static int read_core(uint64_t address, size_t size, int fd)
{
	int core = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	uint32_t *map = map_all(size, fd), *copy = calloc(1, size);
	uint64_t offset;
	size_t at;

	if (core < 0 || map == MAP_FAILED || !copy)
		return 1;
	offset = core_offset(core, address);
	if (!offset)
		return 2;
	memset(copy, 0xff, size);
	if (pread(core, copy, size, offset) != size)
		return 3;
	for (at = 0; at < size / 4; at++)
		if (copy[at] != (domain_is("PV") ? 0 : map[at]))
			return 4;
	return 0;
}

TEST_F_TIMEOUT(export, a_dump_of_the_kernels_memory_ends, LIMIT)
{
	struct vmap_look op = { .fd = self->fd };
	int i, status = -1, look = look_open();
	pid_t child;

	ASSERT_LE(0, look);
	peer_ask(self->peer, "draw", 45);
	ASSERT_EQ(0, call(look, VMAP_LOOK, &op));
	close(look);
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		/* So that this program ends if the kernel does not return */
		on_processor(1);
		_exit(read_core(op.address, self->size, self->fd));
	}
	for (i = 0; i < 600 && !waitpid(child, &status, WNOHANG); i++)
		usleep(100 * 1000);
	EXPECT_EQ(0, status)
		TH_LOG("status 0x%x", status);
}
