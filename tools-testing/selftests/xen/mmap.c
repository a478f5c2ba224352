// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits of user mappings and kernel mappings of exported buffers.  Each test
 * checks one promise.  Runs in domain 0, with granter in a guest: see fixture.h.
 *
 * On x86 PV each page of a user mapping takes a maptrack handle of Xen.  In
 * other domains user mappings take nothing from Xen.
 */

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Enough to use up Xen's handles, but below its limit of mappings of a page */
#define BUFFERS	100
#define SPARE	(most_pages() / 8)

#include "fixture.h"
#include "look.h"
#include "signalled.h"
#include "touch.h"

#define PARAMETERS	"/sys/module/xen_gntdev/parameters/"
#define UNPRIVILEGED	65534

/* Exports of a test that uses up Xen's handles: large ones, then smaller ones */
#define EXPORTS_MAX	256

struct exports {
	struct peer_buffer spare;
	unsigned int n;
	int fds[EXPORTS_MAX];
};

/* use_all_handles - export pages of the guest until Xen has no handle left */
static bool use_all_handles(struct exports *exports, int gntdev, struct peer *peer)
{
	unsigned int count;
	int ret = 0;

	exports->n = 0;
	if (!peer_alloc(peer, SPARE, false, &exports->spare))
		return false;
	for (count = exports->spare.count; count; count /= 2)
		do {
			ret = export_refs(gntdev, 0, count, peer->domid,
					  exports->spare.refs,
					  &exports->fds[exports->n]);
			exports->n += !ret;
		} while (!ret && exports->n < EXPORTS_MAX);
	return ret == ENOSPC;
}

static void use_up_end(struct exports *exports, struct peer *peer)
{
	while (exports->n)
		close(exports->fds[--exports->n]);
	peer_free(peer, &exports->spare);
	free(exports->spare.refs);
}

/* set_parameter - set a module parameter; its former value, or -1 */
static long set_parameter(const char *path, long value)
{
	long before = file_number(path, "");
	char text[24];

	snprintf(text, sizeof(text), "%ld", value);
	return file_write(path, text) ? -1 : before;
}

/* Xen allows 127 mappings of a page: an export that needs more fails at once */
TEST_F_TIMEOUT(export, a_page_named_often_is_served_or_refused_at_the_request, LIMIT)
{
	unsigned int i, times[] = { 100, 125, 200 };
	uint32_t refs[200];
	void *map;
	int fd, ret;

	for (i = 0; i < ARRAY_SIZE(refs); i++)
		refs[i] = self->peer->refs[0];
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		fd = -1;
		ret = export_refs(self->gntdev, 0, times[i], self->peer->domid,
				  refs, &fd);
		EXPECT_EQ(times[i] > 127 ? ENOSPC : 0, ret)
			TH_LOG("%u times", times[i]);
		if (ret)
			continue;
		EXPECT_EQ(0, map_in_kernel(fd));
		map = mmap(NULL, times[i] * PEER_PAGE, PROT_READ, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED) {
			EXPECT_TRUE(domain_is("PV"));
			EXPECT_EQ(ENOSPC, errno);
		} else {
			EXPECT_EQ(0, touch_all(map, times[i] * PEER_PAGE));
			EXPECT_EQ(0, munmap(map, times[i] * PEER_PAGE));
		}
		EXPECT_EQ(0, close(fd));
	}
}

TEST_F_TIMEOUT(export, mmap_maps_all_pages_at_once, LIMIT)
{
	int i, flags[] = { MAP_SHARED, MAP_SHARED | MAP_POPULATE };
	struct rusage before, after;
	void *map;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		map = mmap(NULL, self->size, PROT_READ, flags[i], self->fd, 0);
		ASSERT_NE(MAP_FAILED, map);
		getrusage(RUSAGE_SELF, &before);
		EXPECT_EQ(0, touch_all(map, self->size));
		getrusage(RUSAGE_SELF, &after);
		/* Pages of the program itself can fault, but only a few */
		EXPECT_GT(self->peer->count / 8,
			  after.ru_minflt - before.ru_minflt);
		EXPECT_EQ(before.ru_majflt, after.ru_majflt);
		/* madvise(2): EINVAL for mappings of page frames */
		EXPECT_EQ(-1, madvise(map, self->size, MADV_POPULATE_READ));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(0, munmap(map, self->size));
	}
}

TEST_F_TIMEOUT(export, mmap_fails_where_xen_has_no_handle_left, LIMIT)
{
	struct exports exports;
	void *map;

	ASSERT_TRUE(use_all_handles(&exports, self->gntdev, self->peer));
	map = map_all(self->size, self->fd);
	if (domain_is("PV")) {
		EXPECT_EQ(MAP_FAILED, map);
		EXPECT_EQ(ENOSPC, errno);
	} else {
		EXPECT_EQ(0, touch_all(map, self->size));
		EXPECT_EQ(0, munmap(map, self->size));
	}
	/* The kernel mapping exists since the export */
	EXPECT_EQ(0, map_in_kernel(self->fd));
	use_up_end(&exports, self->peer);

	map = map_all(self->size, self->fd);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, touch_all(map, self->size));
	EXPECT_EQ(0, munmap(map, self->size));
}

TEST_F_TIMEOUT(export, mprotect_does_not_free_the_handles_of_a_mapping, LIMIT)
{
	size_t n = self->size / 2 / PEER_PAGE * PEER_PAGE;
	struct exports exports;
	uint8_t *map, *none;

	map = (uint8_t *)map_all(self->size, self->fd);
	ASSERT_NE(MAP_FAILED, (void *)map);
	none = mmap(NULL, n, PROT_NONE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)none);
	EXPECT_FALSE(touch(none));
	EXPECT_EQ(0, mprotect(map, n, PROT_READ));
	/* x86 PV refuses mremap(); other domains would move the mapping */
	if (domain_is("PV")) {
		void *other = mmap(NULL, self->size, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		EXPECT_EQ(MAP_FAILED, mremap(none, n, n,
					     MREMAP_MAYMOVE | MREMAP_FIXED, other));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(MAP_FAILED, mremap(map, n, n,
					     MREMAP_MAYMOVE | MREMAP_FIXED, other));
		EXPECT_EQ(EINVAL, errno);
		munmap(other, self->size);
	}
	ASSERT_TRUE(use_all_handles(&exports, self->gntdev, self->peer));

	EXPECT_EQ(0, touch_all(map, self->size));
	EXPECT_EQ(0, mprotect(map, self->size, PROT_READ | PROT_WRITE));
	ASSERT_EQ(0, touch_all(map, self->size));
	map[0] ^= 1;
	map[0] ^= 1;
	EXPECT_EQ(0, mprotect(none, n, PROT_READ));
	EXPECT_EQ(0, touch_all(none, n));
	EXPECT_EQ(0, memcmp(map, none, n));

	use_up_end(&exports, self->peer);
	EXPECT_EQ(0, munmap(none, n));
	EXPECT_EQ(0, munmap(map, self->size));
}

/*
 * mremap() moves whole page tables.  It has done so when x86 PV refuses, and moves them
 * back: Xen maps the grants onto the same entries again.
 */
TEST_F_TIMEOUT(export, mremap_moves_a_large_mapping_or_leaves_it, LIMIT)
{
	size_t table = 512 * PEER_PAGE, n = 2 * table + 3 * PEER_PAGE;
	unsigned int i, pages = n / PEER_PAGE, count = self->peer->count;
	char *room, *at, *map, *frame = (char *)map_all(self->size, self->fd);
	uint32_t *refs = calloc(pages, sizeof(*refs));
	int fd;

	ASSERT_NE(MAP_FAILED, (void *)frame);
	ASSERT_NE(NULL, refs);
	for (i = 0; i < pages; i++)
		refs[i] = self->peer->refs[i % count];
	ASSERT_EQ(0, export_refs(self->gntdev, 0, pages, self->peer->domid, refs, &fd));

	/* Both places begin with a page table */
	room = mmap(NULL, 8 * table, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)room);
	at = room + table - (uintptr_t)room % table;
	map = mmap(at, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	ASSERT_EQ((void *)at, map);
	EXPECT_EQ(0, touch_all(map, n));
	at = mremap(map, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, at + 3 * table);
	if (domain_is("PV")) {
		EXPECT_EQ(MAP_FAILED, (void *)at);
		EXPECT_EQ(EINVAL, errno);
	} else {
		ASSERT_NE(MAP_FAILED, (void *)at);
		map = at;
	}
	EXPECT_EQ(0, touch_all(map, n));
	for (i = 0; i < pages; i++)
		if (memcmp(map + i * PEER_PAGE, frame + i % count * PEER_PAGE, PEER_PAGE))
			break;
	EXPECT_EQ(pages, i);

	EXPECT_EQ(0, munmap(room, 8 * table));
	EXPECT_EQ(0, munmap(frame, self->size));
	EXPECT_EQ(0, close(fd));
	free(refs);
}

TEST_F_TIMEOUT(export, the_number_of_user_mappings_of_a_buffer_is_limited, LIMIT)
{
	long i, n, max = file_number(PARAMETERS "pv_mmap_max", "");
	void *maps[64];

	ASSERT_LT(0, max);
	ASSERT_GT(ARRAY_SIZE(maps), max);
	for (n = 0; n < ARRAY_SIZE(maps); n++) {
		maps[n] = map_all(PEER_PAGE, self->fd);
		if (maps[n] == MAP_FAILED)
			break;
	}
	EXPECT_EQ(domain_is("PV") ? max : ARRAY_SIZE(maps), n);
	if (n < ARRAY_SIZE(maps)) {
		EXPECT_EQ(ENOSPC, errno);
		EXPECT_EQ(0, munmap(maps[0], PEER_PAGE));
		maps[0] = map_all(PEER_PAGE, self->fd);
		ASSERT_NE(MAP_FAILED, maps[0]);
	}
	for (i = 0; i < n; i++)
		EXPECT_EQ(0, munmap(maps[i], PEER_PAGE));
}

/* map_often - map a buffer @times times without rights; how often that worked */
static int map_often(int fd, size_t size, int times)
{
	int n;

	if (setgid(UNPRIVILEGED) || setuid(UNPRIVILEGED))
		return 255;
	for (n = 0; n < times; n++) {
		void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

		if (map == MAP_FAILED)
			return errno == ENOSPC ? n : 254;
		if (touch_all(map, size))
			return 253;
	}
	return n;
}

TEST_F_TIMEOUT(export, user_mappings_are_limited_by_the_quota_of_their_file, LIMIT)
{
	const char *path = PARAMETERS "pv_mmap_pages";
	int fd, status, other, go[2], gone[2];
	long before;
	void *map;
	pid_t child;
	char c;

	before = set_parameter(path, 5 * self->peer->count / 2);
	ASSERT_LT(0, before);
	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(gone));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		status = map_often(self->fd, self->size, 4);
		close(gone[1]);
		close(go[1]);
		c = read(go[0], &c, 1);
		_exit(status);
	}
	/* The child closes this when it has finished */
	close(gone[1]);
	EXPECT_EQ(0, read(gone[0], &c, 1));

	/* This file's quota is used up, that of another file is not */
	map = map_all(self->size, self->fd);
	EXPECT_EQ(domain_is("PV"), map == MAP_FAILED);
	if (map != MAP_FAILED)
		munmap(map, self->size);
	other = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, export_refs(other, 0, 16, self->peer->domid,
				 self->peer->refs, &fd));
	map = map_all(16 * PEER_PAGE, fd);
	EXPECT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, munmap(map, 16 * PEER_PAGE));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, close(other));

	close(go[1]);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(domain_is("PV") ? 2 : 4, WEXITSTATUS(status));
	map = map_all(self->size, self->fd);
	EXPECT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, munmap(map, self->size));
	EXPECT_LT(0, set_parameter(path, before));
	close(go[0]);
	close(gone[0]);
}

TEST_F_TIMEOUT(export, signals_do_not_fail_a_mapping, LIMIT)
{
	uint8_t *pages = signalled_begin();
	unsigned int us;

	ASSERT_NE(MAP_FAILED, pages);
	for (us = 50; us < 5000; us += us / 2)
		EXPECT_EQ(0, signalled_map(self->fd, self->size, 0, us));
	EXPECT_EQ(0, signalled_end(pages));
}

/**
 * struct other - memory of this process that another thread changes all the time
 * @map: the memory
 * @size: its size in bytes
 * @changed: whether the thread has changed it
 * @stop: the thread ends
 */
struct other {
	void *map;
	size_t size;
	volatile bool changed;
	volatile bool stop;
};

static void *other_main(void *data)
{
	struct other *other = data;

	on_processor(1);
	while (!other->stop) {
		madvise(other->map, other->size, MADV_DONTNEED);
		other->changed = true;
	}
	return NULL;
}

/* Pages of a mapping, and the part of it that is unmapped first */
#define FORMER_PAGES	256
#define FORMER_HALF	(FORMER_PAGES / 2 * PEER_PAGE)

/* On x86 PV the kernel's notification of a change reaches the former mapping, too */
TEST_F_TIMEOUT(export, a_mapping_is_unmapped_while_its_former_addresses_are_used, LIMIT)
{
	struct gntdev_dmabuf_export op = {
		.refs = (uintptr_t)self->peer->refs,
		.count = FORMER_PAGES,
		.domid = self->peer->domid,
	};
	struct other other;
	pthread_t thread;
	unsigned int i;
	uint8_t *map;

	ASSERT_LE(FORMER_PAGES, self->peer->count);
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, export_buffer(self->gntdev, &op));
		map = (uint8_t *)map_all(2 * FORMER_HALF, op.fd);
		ASSERT_NE(MAP_FAILED, (void *)map);
		other = (struct other){ .map = map + FORMER_HALF, .size = FORMER_HALF };
		ASSERT_EQ(other.map, mmap(other.map, FORMER_HALF, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
		ASSERT_EQ(0, pthread_create(&thread, NULL, other_main, &other));
		while (!other.changed)
			sched_yield();
		EXPECT_EQ(0, munmap(map, FORMER_HALF));
		other.stop = true;
		ASSERT_EQ(0, pthread_join(thread, NULL));
		EXPECT_EQ(0, munmap(other.map, FORMER_HALF));
		ASSERT_EQ(0, close(op.fd));
		/* All grants are unmapped */
		EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
	}
}
