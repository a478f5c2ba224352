// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU access to exported buffers.  Each test checks one promise.  Runs in
 * domain 0, with granter in a guest: see fixture.h.
 */

#include <sys/stat.h>

#include "fixture.h"
#include "touch.h"

TEST_F_TIMEOUT(export, a_frame_of_the_guest_is_seen, LIMIT)
{
	uint32_t *map = map_all(self->size, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(peer_ask(self->peer, "draw", 1),
		  frame_checksum(map, self->pixels));
	EXPECT_EQ(map[0], frame_pixel(1, 0, 0, self->peer->width,
				      self->peer->height));
	EXPECT_EQ(0, munmap(map, self->size));
}

TEST_F_TIMEOUT(export, the_next_frames_are_seen_in_the_same_mapping, LIMIT)
{
	uint32_t *map = map_all(self->size, self->fd);
	uint64_t sum, last = 0;
	int n;

	ASSERT_NE(MAP_FAILED, map);
	for (n = 2; n < 5; n++) {
		sum = peer_ask(self->peer, "draw", n);
		EXPECT_NE(last, sum);
		last = sum;
		EXPECT_EQ(0, sync_cpu(self->fd, DMA_BUF_SYNC_START |
						DMA_BUF_SYNC_READ));
		EXPECT_EQ(sum, frame_checksum(map, self->pixels));
		EXPECT_EQ(0, sync_cpu(self->fd, DMA_BUF_SYNC_END |
						DMA_BUF_SYNC_READ));
	}
	EXPECT_EQ(0, munmap(map, self->size));
}

TEST_F_TIMEOUT(export, the_guest_sees_what_a_program_writes, LIMIT)
{
	uint32_t *map = map_all(self->size, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	frame_draw(map, 77, self->peer->width, self->peer->height);
	EXPECT_EQ(frame_checksum(map, self->pixels),
		  peer_ask(self->peer, "sum", 0));
	EXPECT_EQ(0, munmap(map, self->size));
}

TEST_F_TIMEOUT(export, lseek_and_fstat_return_the_size, LIMIT)
{
	struct stat st;

	EXPECT_EQ((off_t)self->size, lseek(self->fd, 0, SEEK_END));
	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_EQ((off_t)self->size, st.st_size);
}

TEST_F_TIMEOUT(export, another_process_maps_the_buffer, LIMIT)
{
	uint64_t sum = peer_ask(self->peer, "draw", 5);
	pid_t child = fork();
	int status;

	ASSERT_LE(0, child);
	if (!child) {
		uint32_t *map = map_all(self->size, self->fd);

		close(self->gntdev);
		_exit(map == MAP_FAILED ? 2 :
		      sum != frame_checksum(map, self->pixels));
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F_TIMEOUT(export, a_mapping_survives_fork, LIMIT)
{
	uint64_t sum = peer_ask(self->peer, "draw", 6);
	uint32_t *map = map_all(self->size, self->fd);
	pid_t child;
	int status;

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(sum, frame_checksum(map, self->pixels));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(0);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(sum, frame_checksum(map, self->pixels));
	EXPECT_EQ(0, munmap(map, self->size));
}

TEST_F_TIMEOUT(export, a_part_can_be_mapped, LIMIT)
{
	/* Near the end of the frame, where each line is different */
	size_t first = self->peer->count * 7 / 8, n = 7;
	uint32_t *map;

	peer_ask(self->peer, "draw", 7);
	map = mmap(NULL, n * 4096, PROT_READ, MAP_SHARED, self->fd, first * 4096);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(map[0], frame_pixel(7, first * 1024 % self->peer->width,
				      first * 1024 / self->peer->width,
				      self->peer->width, self->peer->height));
	EXPECT_EQ(0, munmap(map, n * 4096));

	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->size + 4096, PROT_READ,
				   MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd,
				   self->size));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F_TIMEOUT(export, a_mapping_survives_being_cut_and_protected, LIMIT)
{
	uint64_t sum = peer_ask(self->peer, "draw", 8);
	uint32_t *map = map_all(self->size, self->fd);
	size_t page = self->peer->count / 2;
	uint8_t *bytes = (uint8_t *)map;

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(sum, frame_checksum(map, self->pixels));

	/* Taking write access away and giving it back keeps the content */
	EXPECT_EQ(0, mprotect(map, self->size, PROT_READ));
	EXPECT_EQ(sum, frame_checksum(map, self->pixels));
	EXPECT_EQ(0, mprotect(bytes + page * 4096, 4096, PROT_NONE));
	EXPECT_FALSE(touch(bytes + page * 4096));
	EXPECT_TRUE(touch(bytes + (page + 1) * 4096));
	EXPECT_EQ(0, mprotect(map, self->size, PROT_READ | PROT_WRITE));
	map[0] ^= 1;
	map[0] ^= 1;
	EXPECT_EQ(sum, frame_checksum(map, self->pixels));

	/* A hole in the middle */
	EXPECT_EQ(0, munmap(bytes + page * 4096, 4096));
	EXPECT_FALSE(touch(bytes + page * 4096));
	EXPECT_TRUE(touch(bytes + (page - 1) * 4096));
	EXPECT_TRUE(touch(bytes + (page + 1) * 4096));
	EXPECT_EQ(0, munmap(map, self->size));
}

TEST_F_TIMEOUT(export, a_private_mapping_is_refused, LIMIT)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->size, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
}

/* madvise_error - the error number of madvise(), 0 if it succeeds */
static int madvise_error(void *map, size_t size, int advice)
{
	return madvise(map, size, advice) ? errno : 0;
}

TEST_F_TIMEOUT(export, populating_a_mapping_by_madvise_is_refused, LIMIT)
{
	uint32_t *map = map_all(self->size, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(EINVAL, madvise_error(map, self->size, MADV_POPULATE_READ));
	EXPECT_EQ(EINVAL, madvise_error(map, self->size, MADV_POPULATE_WRITE));
	/* Also when all pages are mapped */
	EXPECT_EQ(0, touch_all(map, self->size));
	EXPECT_EQ(EINVAL, madvise_error(map, self->size, MADV_POPULATE_READ));
	EXPECT_EQ(EINVAL, madvise_error(map, self->size, MADV_POPULATE_WRITE));
	EXPECT_EQ(0, munmap(map, self->size));
}
