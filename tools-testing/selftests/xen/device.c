// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA to and from exported buffers: QEMU's edu devices copy the data.  Each test
 * checks one promise.  Runs in domain 0, with granter in the guest PEER and the
 * module edu_dma, which drives two devices.
 */

#include <pthread.h>
#include <sys/syscall.h>

/* A user mapping takes as many handles as a buffer */
#define BUFFERS	3
#define SPARE	8

#include "edu.h"
#include "fixture.h"

/* A copy takes the device 0.2 s, so it reads SAMPLE pixels at PLACES places */
#define SAMPLE	64
#define PLACES	6

/*
 * place - the first pixel of a sample
 *
 * The samples are spread over the whole frame, so that some of them are where
 * each frame differs from the one before.
 */
static size_t place(const struct peer *peer, unsigned int i)
{
	return i * ((size_t)peer->width * peer->height - SAMPLE) / (PLACES - 1);
}

static bool device_sees_frame(int edu, const struct peer *peer, unsigned int n)
{
	unsigned int i, k, x, y, width = peer->width, height = peer->height;
	uint32_t pixels[SAMPLE];
	size_t at;

	for (i = 0; i < PLACES; i++) {
		at = place(peer, i);
		if (!edu_get(edu, pixels, sizeof(pixels), at * 4))
			return false;
		for (k = 0; k < SAMPLE; k++) {
			x = (at + k) % width;
			y = (at + k) / width;
			if (pixels[k] != frame_pixel(n, x, y, width, height))
				return false;
		}
	}
	return true;
}

/*
 * swiotlb - a counter of the bounce buffers; 0 if the kernel has none
 *
 * In a PV domain with devices the kernel has them, because the addresses of Linux are
 * not those of the machine: -1 if the counter is not there.
 */
static unsigned long swiotlb(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/kernel/debug/swiotlb/%s", name);
	if (access(path, F_OK))
		return domain_is("PV") ? -1UL : 0;
	return file_number(path, "");
}

TEST_F_TIMEOUT(export, a_device_reads_what_the_guest_drew, LIMIT)
{
	struct edu_dma_attach table;
	int edu = edu_open(0);

	ASSERT_LE(0, edu);
	peer_ask(self->peer, "draw", 20);
	ASSERT_EQ(0, edu_attach(edu, self->fd, EDU_DMA_TO_DEVICE, &table));
	EXPECT_EQ(self->size, table.length);
	EXPECT_TRUE(device_sees_frame(edu, self->peer, 20));
	EXPECT_EQ(0, edu_detach(edu));
	EXPECT_EQ(0, close(edu));
}

TEST_F_TIMEOUT(export, a_device_reads_the_pages_in_their_order, LIMIT)
{
	unsigned int i, round;
	struct peer_buffer spare;
	int fd, edu = edu_open(0);
	uint32_t word;

	ASSERT_LE(0, edu);
	ASSERT_TRUE(peer_alloc(self->peer, SPARE, false, &spare));
	/* The second export gets the same local pages in reversed order */
	for (round = 0; round < 2; round++) {
		ASSERT_EQ(0, export_refs(self->gntdev, 0, SPARE,
					 self->peer->domid, spare.refs, &fd));
		ASSERT_EQ(0, edu_attach(edu, fd, EDU_DMA_TO_DEVICE, NULL));
		for (i = 0; i < SPARE; i++) {
			EXPECT_TRUE(edu_get(edu, &word, sizeof(word), i * 4096));
			EXPECT_EQ(peer_spare_word(i), word);
		}
		EXPECT_EQ(0, edu_detach(edu));
		EXPECT_EQ(0, close(fd));
	}
	peer_free(self->peer, &spare);
	EXPECT_EQ(0, close(edu));
}

TEST_F_TIMEOUT(export, the_guest_sees_what_a_device_wrote, LIMIT)
{
	uint32_t pixels[SAMPLE], *copy = malloc(self->size);
	unsigned int i, k;
	int edu = edu_open(0);

	ASSERT_LE(0, edu);
	ASSERT_NE(NULL, copy);
	frame_draw(copy, 21, self->peer->width, self->peer->height);
	EXPECT_EQ(frame_checksum(copy, self->pixels),
		  peer_ask(self->peer, "draw", 21));

	ASSERT_EQ(0, edu_attach(edu, self->fd, EDU_DMA_FROM_DEVICE, NULL));
	for (i = 0; i < PLACES; i++) {
		for (k = 0; k < SAMPLE; k++)
			pixels[k] = 0xed000000 + i * SAMPLE + k;
		memcpy(copy + place(self->peer, i), pixels, sizeof(pixels));
		EXPECT_TRUE(edu_put(edu, pixels, sizeof(pixels),
				    place(self->peer, i) * 4));
	}
	EXPECT_EQ(frame_checksum(copy, self->pixels),
		  peer_ask(self->peer, "sum", 0));
	/* Detaching writes nothing */
	EXPECT_EQ(0, edu_detach(edu));
	EXPECT_EQ(frame_checksum(copy, self->pixels),
		  peer_ask(self->peer, "sum", 0));
	EXPECT_EQ(0, close(edu));
	free(copy);
}

TEST_F_TIMEOUT(export, a_device_sees_the_next_frame_without_mapping_again, LIMIT)
{
	int i, n = 22, edu = edu_open(0);

	ASSERT_LE(0, edu);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, edu_attach(edu, self->fd, EDU_DMA_TO_DEVICE, NULL));
		peer_ask(self->peer, "draw", ++n);
		EXPECT_TRUE(device_sees_frame(edu, self->peer, n));
		peer_ask(self->peer, "draw", ++n);
		EXPECT_TRUE(device_sees_frame(edu, self->peer, n));
		EXPECT_EQ(0, edu_detach(edu));
		ASSERT_EQ(0, export_again(self->gntdev, self->peer,
					  &self->fd));
	}
	EXPECT_EQ(0, close(edu));
}

TEST_F_TIMEOUT(export, no_bounce_buffer_is_used, LIMIT)
{
	static const char hiwater[] = "/sys/kernel/debug/swiotlb/io_tlb_used_hiwater";
	static const int directions[] = {
		EDU_DMA_TO_DEVICE, EDU_DMA_FROM_DEVICE, EDU_BOTH_WAYS,
	};
	unsigned long used = swiotlb("io_tlb_used");
	int i, edu = edu_open(0);

	ASSERT_LE(0, edu);
	ASSERT_NE(-1UL, used);
	for (i = 0; i < 2 * ARRAY_SIZE(directions); i++) {
		ASSERT_TRUE(!access(hiwater, F_OK) == !file_write(hiwater, "0"));
		ASSERT_EQ(0, edu_attach(edu, self->fd, directions[i / 2], NULL));
		EXPECT_EQ(used, swiotlb("io_tlb_used"));
		EXPECT_EQ(0, edu_detach(edu));
		/* The high-water mark shows short use, too */
		EXPECT_GE(used, swiotlb("io_tlb_used_hiwater"));
		ASSERT_EQ(0, export_again(self->gntdev, self->peer,
					  &self->fd));
	}
	EXPECT_EQ(0, close(edu));
}

TEST_F_TIMEOUT(export, two_devices_are_attached_at_once, LIMIT)
{
	const uint32_t word = 0x0ed00ed1;
	size_t at = self->size / 2;
	int edu[2], i;
	uint32_t seen;

	peer_ask(self->peer, "draw", 25);
	for (i = 0; i < 2; i++) {
		edu[i] = edu_open(i);
		ASSERT_LE(0, edu[i]);
		ASSERT_EQ(0, edu_attach(edu[i], self->fd, EDU_BOTH_WAYS, NULL));
	}
	for (i = 0; i < 2; i++)
		EXPECT_TRUE(device_sees_frame(edu[i], self->peer, 25));

	EXPECT_TRUE(edu_put(edu[0], &word, sizeof(word), at));
	EXPECT_EQ(0, edu_detach(edu[0]));
	EXPECT_TRUE(edu_get(edu[1], &seen, sizeof(seen), at));
	EXPECT_EQ(word, seen);
	EXPECT_EQ(0, edu_detach(edu[1]));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, close(edu[i]));
}

/* Both threads attach a device to the same pages this many times */
#define ATTACHES	1000
#define ATTACH_PAGES	32

/**
 * struct attacher - a thread that attaches a device again and again
 * @edu: the device
 * @fd: the buffer
 * @failed: number of requests that failed; valid when the thread has ended
 */
struct attacher {
	int edu;
	int fd;
	unsigned int failed;
};

static void *attacher_main(void *data)
{
	struct attacher *attacher = data;
	cpu_set_t second;
	unsigned int i;

	/* The first processor runs the other thread, see one_processor() */
	CPU_ZERO(&second);
	CPU_SET(1, &second);
	sched_setaffinity(0, sizeof(second), &second);

	for (i = 0; i < ATTACHES; i++) {
		attacher->failed += edu_attach(attacher->edu, attacher->fd,
					       EDU_DMA_TO_DEVICE, NULL) != 0;
		attacher->failed += edu_detach(attacher->edu) != 0;
	}
	return NULL;
}

/*
 * Before Linux 6.2 importers map without the reservation lock.  The kernel checks
 * the list of the mappings if it was built with DEBUG_LIST.  Only one thread syncs,
 * because DMA_BUF_IOCTL_SYNC takes that lock: the other one would wait for it.
 */
TEST_F_TIMEOUT(export, two_threads_map_and_unmap_at_once, LIMIT)
{
	struct attacher attacher = { .edu = edu_open(1) };
	int i, edu = edu_open(0);
	pthread_t thread;

	ASSERT_LE(0, edu);
	ASSERT_LE(0, attacher.edu);
	ASSERT_EQ(0, export_refs(self->gntdev, 0, ATTACH_PAGES,
				 self->peer->domid, self->peer->refs,
				 &attacher.fd));
	ASSERT_EQ(0, pthread_create(&thread, NULL, attacher_main, &attacher));
	for (i = 0; i < ATTACHES; i++) {
		EXPECT_EQ(0, edu_attach(edu, attacher.fd, EDU_DMA_TO_DEVICE, NULL));
		EXPECT_EQ(0, sync_cpu(attacher.fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ));
		EXPECT_EQ(0, sync_cpu(attacher.fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ));
		EXPECT_EQ(0, edu_detach(edu));
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, attacher.failed);
	EXPECT_EQ(0, close(attacher.fd));
	EXPECT_EQ(0, close(attacher.edu));
	EXPECT_EQ(0, close(edu));
}

TEST_F_TIMEOUT(export, a_device_that_cannot_reach_the_pages_is_refused, LIMIT)
{
	unsigned long used = swiotlb("io_tlb_used");
	struct edu_dma_attach all, op;
	int fd, ret, bits, edu = edu_open(0);

	ASSERT_LE(0, edu);
	ASSERT_NE(-1UL, used);
	ASSERT_EQ(0, export_refs(self->gntdev, 0, 1, self->peer->domid,
				 self->peer->refs, &fd));
	ASSERT_EQ(0, edu_attach(edu, fd, EDU_BOTH_WAYS, &all));
	ASSERT_EQ(0, edu_detach(edu));

	for (bits = 12; bits <= 40; bits++) {
		op = (struct edu_dma_attach) {
			.fd = fd,
			.direction = EDU_BOTH_WAYS,
			.mask_bits = bits,
		};
		ret = call(edu, EDU_DMA_ATTACH, &op);
		/* EIO is from the DMA API, EOPNOTSUPP from the exporter */
		if ((all.first + 4095) >> bits)
			EXPECT_TRUE(ret == EIO || ret == EOPNOTSUPP);
		if (!ret) {
			EXPECT_EQ(all.first, op.first);
			EXPECT_EQ(0, edu_detach(edu));
		}
		EXPECT_EQ(used, swiotlb("io_tlb_used"));
	}
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, close(edu));
}

TEST_F_TIMEOUT(export, a_read_only_buffer_refuses_a_device_that_writes, LIMIT)
{
	struct gntdev_dmabuf_export op = {
		.refs = (uintptr_t)self->peer->refs,
		.count = self->peer->count,
		.domid = self->peer->domid,
		.flags = GNTDEV_DMABUF_EXPORT_READONLY,
	};
	int edu = edu_open(0);

	ASSERT_LE(0, edu);
	peer_ask(self->peer, "draw", 26);
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	EXPECT_EQ(EACCES, edu_attach(edu, op.fd, EDU_DMA_FROM_DEVICE, NULL));
	EXPECT_EQ(EACCES, edu_attach(edu, op.fd, EDU_BOTH_WAYS, NULL));
	ASSERT_EQ(0, edu_attach(edu, op.fd, EDU_DMA_TO_DEVICE, NULL));
	EXPECT_TRUE(device_sees_frame(edu, self->peer, 26));
	EXPECT_EQ(0, edu_detach(edu));
	EXPECT_EQ(0, close(op.fd));
	EXPECT_EQ(0, close(edu));
}

TEST_F_TIMEOUT(export, the_table_begins_at_the_data_offset, LIMIT)
{
	struct gntdev_dmabuf_export op = {
		.refs = (uintptr_t)self->peer->refs,
		.count = self->peer->count,
		.domid = self->peer->domid,
	};
	/* Offsets of the data in the first page, in bytes */
	static const unsigned int offsets[] = { 1000, 4095 };
	uint8_t *map = (uint8_t *)map_all(self->size, self->fd), seen[64];
	unsigned int i, ofs, edge;
	struct edu_dma_attach table;
	int fd, edu = edu_open(0);

	ASSERT_LE(0, edu);
	ASSERT_NE(MAP_FAILED, map);
	for (i = 0; i < self->size; i++)
		map[i] = i % 251;

	for (i = 0; i < 2 * ARRAY_SIZE(offsets); i++) {
		ofs = offsets[i / 2];
		op.data_ofs = ofs;
		if (i % 2) {
			ASSERT_EQ(0, export_buffer(self->gntdev, &op));
			fd = op.fd;
		} else {
			ASSERT_EQ(0, export_refs_v2(self->gntdev, 0, op.count,
						    ofs, op.domid,
						    self->peer->refs, &fd));
		}
		ASSERT_EQ(0, edu_attach(edu, fd, EDU_DMA_TO_DEVICE, &table));
		EXPECT_EQ(self->size - ofs, table.length);
		EXPECT_EQ(ofs, table.first % 4096);
		EXPECT_TRUE(edu_get(edu, seen, sizeof(seen), 0));
		EXPECT_EQ(0, memcmp(map + ofs, seen, sizeof(seen)));
		/* Across the border of the second and third page */
		edge = 2 * 4096 - sizeof(seen) / 2;
		EXPECT_TRUE(edu_get(edu, seen, sizeof(seen), edge - ofs));
		EXPECT_EQ(0, memcmp(map + edge, seen, sizeof(seen)));
		edge = self->size - sizeof(seen);
		EXPECT_TRUE(edu_get(edu, seen, sizeof(seen), edge - ofs));
		EXPECT_EQ(0, memcmp(map + edge, seen, sizeof(seen)));
		EXPECT_EQ(0, pread(edu, seen, 1, table.length));
		EXPECT_EQ(0, edu_detach(edu));
		EXPECT_EQ(0, close(fd));
	}
	EXPECT_EQ(0, munmap(map, self->size));
	EXPECT_EQ(0, close(edu));
}

TEST_F_TIMEOUT(export, an_attached_device_holds_the_buffer, LIMIT)
{
	int fd = self->fd, edu = edu_open(0);

	ASSERT_LE(0, edu);
	peer_ask(self->peer, "draw", 27);
	ASSERT_EQ(0, edu_attach(edu, fd, EDU_DMA_TO_DEVICE, NULL));
	ASSERT_EQ(0, close(fd));
	self->fd = -1;
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, fd, 0));
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, fd, 20));
	EXPECT_TRUE(device_sees_frame(edu, self->peer, 27));
	EXPECT_EQ(0, edu_detach(edu));
	EXPECT_EQ(ENOENT, wait_released(self->gntdev, fd, 0));
	EXPECT_EQ(0, close(edu));
}

/* blocked_in - number of the system call in which a process sleeps, or -1 */
static long blocked_in(pid_t pid)
{
	char path[32];
	long nr = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	file = fopen(path, "r");
	if (file) {
		if (fscanf(file, "%ld", &nr) != 1)
			nr = -1;
		fclose(file);
	}
	return nr;
}

TEST_F_TIMEOUT(export, a_waiter_wakes_when_the_last_device_is_detached, LIMIT)
{
	int fd = self->fd, edu = edu_open(0);
	pid_t parent = getpid(), child;
	int status;
	long nr;

	ASSERT_LE(0, edu);
	ASSERT_EQ(0, edu_attach(edu, fd, EDU_DMA_TO_DEVICE, NULL));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		close(fd);
		/* Detach while the parent waits for the buffer, not for this child */
		do
			nr = blocked_in(parent);
		while (nr != SYS_ioctl && nr != SYS_wait4);
		_exit(nr == SYS_wait4 || edu_detach(edu));
	}
	ASSERT_EQ(0, close(fd));
	self->fd = -1;
	EXPECT_EQ(0, wait_released(self->gntdev, fd, UINT32_MAX));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, close(edu));
}

TEST_F_TIMEOUT(export, a_killed_importer_releases_the_buffer, LIMIT)
{
	int fd = self->fd, ready[2], edu, status;
	pid_t child;
	char byte;

	ASSERT_EQ(0, pipe(ready));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		edu = edu_open(0);
		if (edu >= 0 && !edu_attach(edu, fd, EDU_BOTH_WAYS, NULL) &&
		    !close(fd) && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	EXPECT_EQ(1, read(ready[0], &byte, 1));
	close(ready[0]);
	ASSERT_EQ(0, close(fd));
	self->fd = -1;
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, fd, 0));
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(ENOENT, wait_released(self->gntdev, fd, 0));
}
