// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of grants by IOCTL_GNTDEV_MAP_GRANT_REF: the byte that is cleared when
 * they end, pages that the kernel uses longer than the mapping, and mmap() that fails.
 * Each test checks one promise; on Linux 6.12 three of them stop domain 0.  Runs in
 * domain 0, with granter in a guest: see fixture.h.
 */

#include <fcntl.h>
#include <sys/uio.h>

#include "fixture.h"
#include "grant-map.h"
#include "signalled.h"

/* The byte that is cleared: in the second page */
#define BYTE	(PEER_PAGE + 5)

/* clear_byte_later - let gntdev clear BYTE of a mapping when it ends */
static int clear_byte_later(int gntdev, uint64_t index)
{
	struct ioctl_gntdev_unmap_notify op = {
		.index = index + BYTE,
		.action = UNMAP_NOTIFY_CLEAR_BYTE,
	};

	return call(gntdev, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &op);
}

/*
 * pin - pin the first word of a page, as the data of a pipe
 *
 * Return: whether the pipe took it.
 */
static bool pin(int pipe, const uint32_t *page)
{
	struct iovec part = { (void *)page, sizeof(*page) };

	return vmsplice(pipe, &part, 1, 0) == sizeof(*page);
}

/* pinned_word - the next word of a pipe */
static uint32_t pinned_word(int pipe)
{
	uint32_t word = 0;

	return read(pipe, &word, sizeof(word)) == sizeof(word) ? word : 0;
}

TEST_F_TIMEOUT(export, the_byte_is_cleared_when_the_mapping_ends, LIMIT)
{
	uint8_t *frame = (uint8_t *)map_all(self->size, self->fd), *map;
	uint64_t index;

	peer_ask(self->peer, "draw", 1);
	ASSERT_NE(MAP_FAILED, frame);
	ASSERT_EQ(0, map_request(self->gntdev, self->peer, self->peer->domid, &index));
	ASSERT_EQ(0, clear_byte_later(self->gntdev, index));
	map = (uint8_t *)map_index(self->gntdev, index);
	ASSERT_NE(MAP_FAILED, map);
	map[BYTE] = 0x5a;
	ASSERT_EQ(0, munmap(map, 2 * PEER_PAGE));
	EXPECT_EQ(0, unmap_request(self->gntdev, index));
	EXPECT_EQ(0, frame[BYTE]);
	EXPECT_EQ(0, munmap(frame, self->size));
}

TEST_F_TIMEOUT(export, a_read_only_mapping_cannot_clear_a_byte, LIMIT)
{
	uint64_t index, sum = peer_ask(self->peer, "draw", 2);
	void *map;

	/* First the byte, then the mapping */
	ASSERT_EQ(0, map_request(self->gntdev, self->peer, self->peer->domid, &index));
	ASSERT_EQ(0, clear_byte_later(self->gntdev, index));
	map = mmap(NULL, 2 * PEER_PAGE, PROT_READ, MAP_SHARED, self->gntdev, index);
	EXPECT_EQ(MAP_FAILED, map);
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, unmap_request(self->gntdev, index));

	/* First the mapping, then the byte */
	ASSERT_EQ(0, map_request(self->gntdev, self->peer, self->peer->domid, &index));
	map = mmap(NULL, 2 * PEER_PAGE, PROT_READ, MAP_SHARED, self->gntdev, index);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(EINVAL, clear_byte_later(self->gntdev, index));
	EXPECT_EQ(0, munmap(map, 2 * PEER_PAGE));
	EXPECT_EQ(0, unmap_request(self->gntdev, index));
	EXPECT_EQ(sum, peer_ask(self->peer, "sum", 0));
}

TEST_F_TIMEOUT(export, a_mapping_that_failed_clears_no_byte, LIMIT)
{
	uint64_t index, sum = peer_ask(self->peer, "draw", 3);
	uint32_t *refs = self->peer->refs, ref = refs[1];
	void *map;

	/* Xen maps the first page, and refuses the one with the byte */
	refs[1] = NO_REF;
	ASSERT_EQ(0, map_request(self->gntdev, self->peer, self->peer->domid, &index));
	refs[1] = ref;
	ASSERT_EQ(0, clear_byte_later(self->gntdev, index));
	map = map_index(self->gntdev, index);
	EXPECT_EQ(MAP_FAILED, map);
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, unmap_request(self->gntdev, index));
	EXPECT_EQ(sum, peer_ask(self->peer, "sum", 0));
}

/* On arm64 a write to it would not end */
TEST_F_TIMEOUT(export, a_read_only_mapping_of_grants_cannot_become_writable, LIMIT)
{
	uint64_t index;
	void *map;

	ASSERT_EQ(0, map_request(self->gntdev, self->peer, self->peer->domid, &index));
	map = mmap(NULL, 2 * PEER_PAGE, PROT_READ, MAP_SHARED, self->gntdev, index);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, mprotect(map, PEER_PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, mprotect(map, 2 * PEER_PAGE, PROT_READ));
	EXPECT_EQ(0, munmap(map, 2 * PEER_PAGE));
	EXPECT_EQ(0, unmap_request(self->gntdev, index));
}

TEST_F_TIMEOUT(export, a_refused_mapping_can_be_asked_for_again, LIMIT)
{
	uint32_t *map;
	uint64_t index;

	ASSERT_EQ(0, map_request(self->gntdev, self->peer, self->peer->domid, &index));
	ASSERT_EQ(0, clear_byte_later(self->gntdev, index));
	map = mmap(NULL, 2 * PEER_PAGE, PROT_READ, MAP_SHARED, self->gntdev, index);
	EXPECT_EQ(MAP_FAILED, map);
	EXPECT_EQ(EINVAL, errno);
	map = map_index(self->gntdev, index);
	ASSERT_NE(MAP_FAILED, map);
	/* One mapping at a time */
	EXPECT_EQ(MAP_FAILED, map_index(self->gntdev, index));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, munmap(map, 2 * PEER_PAGE));
	EXPECT_EQ(0, unmap_request(self->gntdev, index));
}

TEST_F_TIMEOUT(export, signals_do_not_fail_a_mapping_of_grants, LIMIT)
{
	uint8_t *pages = signalled_begin();
	uint64_t index;
	unsigned int us;

	ASSERT_NE(MAP_FAILED, pages);
	for (us = 50; us < 5000; us += us / 2) {
		ASSERT_EQ(0, map_request(self->gntdev, self->peer, self->peer->domid,
					 &index));
		EXPECT_EQ(0, signalled_map(self->gntdev, 2 * PEER_PAGE, index, us));
		EXPECT_EQ(0, unmap_request(self->gntdev, index));
	}
	EXPECT_EQ(0, signalled_end(pages));
}

/**
 * struct pinned - a mapping, and a pipe that pins its pages
 * @map: the two pages
 * @index: of the mapping request
 * @word: the first word of each page
 * @pipes: the two ends of the pipe
 */
struct pinned {
	uint32_t *map;
	uint64_t index;
	uint32_t word[2];
	int pipes[2];
};

/* pinned_begin - map two pages of a new frame; none is pinned yet */
static bool pinned_begin(struct pinned *pinned, int gntdev, struct peer *peer,
			 unsigned int frame)
{
	peer_ask(peer, "draw", frame);
	if (pipe(pinned->pipes) ||
	    map_request(gntdev, peer, peer->domid, &pinned->index))
		return false;
	pinned->map = map_index(gntdev, pinned->index);
	if (pinned->map == MAP_FAILED)
		return false;
	pinned->word[0] = pinned->map[0];
	pinned->word[1] = pinned->map[1024];
	return true;
}

static void pinned_end(struct pinned *pinned)
{
	close(pinned->pipes[0]);
	close(pinned->pipes[1]);
}

/* The teardown of the test checks that the pages went back to the guest and to Xen */
TEST_F_TIMEOUT(export, pages_that_the_kernel_uses_outlive_the_mapping, LIMIT)
{
	struct pinned pinned;

	ASSERT_TRUE(pinned_begin(&pinned, self->gntdev, self->peer, 4));
	ASSERT_TRUE(pin(pinned.pipes[1], pinned.map));
	ASSERT_TRUE(pin(pinned.pipes[1], pinned.map + 1024));

	ASSERT_EQ(0, munmap(pinned.map, 2 * PEER_PAGE));
	EXPECT_EQ(0, unmap_request(self->gntdev, pinned.index));
	EXPECT_EQ(pinned.word[0], pinned_word(pinned.pipes[0]));
	EXPECT_EQ(pinned.word[1], pinned_word(pinned.pipes[0]));
	pinned_end(&pinned);
}

TEST_F_TIMEOUT(export, a_part_that_the_kernel_uses_can_be_unmapped_first, LIMIT)
{
	struct pinned pinned;

	ASSERT_TRUE(pinned_begin(&pinned, self->gntdev, self->peer, 5));
	ASSERT_TRUE(pin(pinned.pipes[1], pinned.map));

	ASSERT_EQ(0, munmap(pinned.map, PEER_PAGE));
	EXPECT_EQ(pinned.word[1], pinned.map[1024]);
	ASSERT_TRUE(pin(pinned.pipes[1], pinned.map + 1024));
	ASSERT_EQ(0, munmap(pinned.map + 1024, PEER_PAGE));
	EXPECT_EQ(0, unmap_request(self->gntdev, pinned.index));
	EXPECT_EQ(pinned.word[0], pinned_word(pinned.pipes[0]));
	EXPECT_EQ(pinned.word[1], pinned_word(pinned.pipes[0]));
	pinned_end(&pinned);
}
