// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers of all sizes, and exports that fail half-way.  Each test checks one
 * promise.  Runs in domain 0, with granter in a guest: see fixture.h.
 */

/* More buffers than Xen has maptrack handles for */
#define BUFFERS	64
#define SPARE	most_pages()

#include "fixture.h"
#include "ballooned.h"
#include "look.h"

/* export_spare - export spare pages by the newest request */
static int export_spare(int gntdev, struct peer *peer, struct peer_buffer *spare,
			uint32_t flags, unsigned int count, int *fd)
{
	struct gntdev_dmabuf_export op = {
		.refs = (uintptr_t)(flags & GNTDEV_DMABUF_EXPORT_DIRECTORY ?
				    &spare->directory : spare->refs),
		.count = count,
		.domid = peer->domid,
		.flags = flags,
		.fd = -1,
	};
	int ret = export_buffer(gntdev, &op);

	*fd = op.fd;
	return ret;
}

/* wrong_pages - number of pages whose first word is not what the guest wrote */
static unsigned int wrong_pages(int fd, unsigned int count)
{
	uint32_t *map = mmap(NULL, count * PEER_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	unsigned int i, wrong = 0;

	if (map == MAP_FAILED)
		return count;
	for (i = 0; i < count; i++)
		wrong += map[i * (PEER_PAGE / 4)] != peer_spare_word(i);
	munmap(map, count * PEER_PAGE);
	return wrong;
}

/* wrong_in_kernel - the same through a kernel mapping */
static unsigned int wrong_in_kernel(int fd, unsigned int count)
{
	int look = look_open();
	uint32_t *words = calloc(count, sizeof(*words));
	struct vmap_look op = {
		.fd = fd,
		.count = count,
		.stride = PEER_PAGE,
		.words = (uintptr_t)words,
	};
	unsigned int i, wrong = 0;

	if (call(look, VMAP_LOOK, &op))
		wrong = count;
	for (i = 0; !wrong && i < count; i++)
		wrong += words[i] != peer_spare_word(i);
	free(words);
	close(look);
	return wrong;
}

/* Around the size of a batch, around a directory page, and the largest size */
TEST_F_TIMEOUT(export, buffers_of_every_size, LIMIT)
{
	unsigned int i, sizes[] = {
		1, 2, 127, 128, 129, 1022, 1023, 1024, 2047, most_pages()
	};
	struct peer_buffer spare;
	int fd = -1;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (sizes[i] > most_pages())
			continue;
		ASSERT_TRUE(peer_alloc(self->peer, sizes[i], false, &spare))
			TH_LOG("the guest does not grant %u pages", sizes[i]);
		EXPECT_EQ(0, export_refs(self->gntdev, 0, sizes[i],
					 self->peer->domid, spare.refs, &fd));
		EXPECT_EQ(0, wrong_pages(fd, sizes[i]));
		EXPECT_EQ(0, wrong_in_kernel(fd, sizes[i]));
		EXPECT_EQ((off_t)(sizes[i] * PEER_PAGE), lseek(fd, 0, SEEK_END));
		EXPECT_EQ(0, close(fd));
		free(spare.refs);
	}
	peer_free(self->peer, &spare);
}

/*
 * The kernel mapping begins at the data offset and is as long as the size of the
 * dma-buf: drivers take that size for the length of the data.
 */
TEST_F_TIMEOUT(export, the_kernel_sees_a_buffer_from_its_data_offset, LIMIT)
{
	unsigned int ofs = PEER_PAGE - 64, n = 3;
	uint32_t *map, words[3 * PEER_PAGE / 64];
	int fd, look = look_open();
	struct vmap_look op = {
		.count = ARRAY_SIZE(words),
		.stride = 64,
		.words = (uintptr_t)words,
	};
	unsigned int i;

	ASSERT_EQ(0, export_refs_v2(self->gntdev, 0, n, ofs, self->peer->domid,
				    self->peer->refs, &fd));
	op.fd = fd;
	ASSERT_EQ(0, call(look, VMAP_LOOK, &op));
	map = map_all(n * PEER_PAGE, fd);
	ASSERT_NE(MAP_FAILED, map);
	for (i = 0; i * 64 < n * PEER_PAGE - ofs; i++)
		EXPECT_EQ(map[(ofs + i * 64) / 4], words[i]);
	EXPECT_EQ(0, munmap(map, n * PEER_PAGE));
	EXPECT_EQ(0, close(fd));
	close(look);
}

/* kernel_mappings - number of kernel mappings that the driver has made */
static int kernel_mappings(void)
{
	return file_lines("/proc/vmallocinfo", "_vmap+0x");
}

/* memory_total - memory of this domain that the page allocator has, in KiB */
static unsigned long memory_total(void)
{
	return file_number("/proc/meminfo", "MemTotal:");
}

/*
 * Drivers that copy map a buffer for each frame.  Only the first time makes a
 * mapping; on x86 PV the export has made it.
 */
TEST_F_TIMEOUT(export, the_kernel_maps_a_buffer_once_until_its_release, LIMIT)
{
	int fd = -1, before = kernel_mappings(), mapped = before + !domain_is("PV");
	struct peer_buffer spare;

	ASSERT_LE(0, before);
	ASSERT_TRUE(peer_alloc(self->peer, 3, false, &spare));
	ASSERT_EQ(0, export_refs(self->gntdev, 0, 3, self->peer->domid, spare.refs,
				 &fd));
	EXPECT_EQ(before, kernel_mappings());
	EXPECT_EQ(0, wrong_in_kernel(fd, 3));
	EXPECT_EQ(mapped, kernel_mappings());
	EXPECT_EQ(0, wrong_in_kernel(fd, 3));
	EXPECT_EQ(mapped, kernel_mappings());
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(before, kernel_mappings());
	free(spare.refs);
	peer_free(self->peer, &spare);
}

/* Drivers map a buffer for the first time when they like, as long as it exists */
TEST_F_TIMEOUT(export, the_kernel_maps_more_pages_than_the_domain_has, LIMIT)
{
	unsigned long kb = ballooned_size(), most = most_pages() * (PEER_PAGE / 1024);
	struct peer_buffer spare;
	int fd = -1;

	ASSERT_TRUE(peer_alloc(self->peer, most_pages(), false, &spare));
	ASSERT_EQ(0, export_refs(self->gntdev, 0, spare.count, self->peer->domid,
				 spare.refs, &fd));
	EXPECT_TRUE(ballooned_resize(kb + most - memory_total() - 4096))
		TH_LOG("%lu of %lu KiB are left", ballooned_size(), kb);
	EXPECT_GT(most, memory_total());
	EXPECT_EQ(0, wrong_in_kernel(fd, spare.count));
	EXPECT_EQ(0, wrong_in_kernel(fd, spare.count));
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(ballooned_resize(kb));
	free(spare.refs);
	peer_free(self->peer, &spare);
	/* Xen's tables have grown, and are never freed */
	conserve_begin(&self->before, self->peer->domid);
	self->before.fds--;
	self->before.buffers--;
}

TEST_F_TIMEOUT(export, one_bad_reference_undoes_all, LIMIT)
{
	unsigned int last = self->peer->count - 1;
	unsigned int where[] = { 0, 1, 127, 128, last / 2, last };
	unsigned int i;
	uint32_t good;
	int fd = -1;

	for (i = 0; i < ARRAY_SIZE(where); i++) {
		good = self->peer->refs[where[i]];
		self->peer->refs[where[i]] = NO_REF;
		EXPECT_EQ(EACCES, export_refs(self->gntdev, 0, self->peer->count,
					      self->peer->domid,
					      self->peer->refs, &fd));
		EXPECT_EQ(-1, fd);
		self->peer->refs[where[i]] = good;
	}
}

TEST_F_TIMEOUT(export, a_revoked_reference_is_refused, LIMIT)
{
	struct peer_buffer spare;
	int fd = -1;

	ASSERT_TRUE(peer_alloc(self->peer, 200, false, &spare));
	peer_free(self->peer, &spare);
	EXPECT_EQ(EACCES, export_refs(self->gntdev, 0, spare.count,
				      self->peer->domid, spare.refs, &fd));
	EXPECT_EQ(EACCES, export_spare(self->gntdev, self->peer, &spare,
				       GNTDEV_DMABUF_EXPORT_DIRECTORY,
				       spare.count, &fd));
	EXPECT_EQ(-1, fd);
	free(spare.refs);
}

TEST_F_TIMEOUT(export, too_many_mappings_are_refused_and_nothing_lost, LIMIT)
{
	int fds[BUFFERS], fd, i, n = 0, ret = 0;
	struct peer_buffer spare;

	/* More pages than one: Xen limits the mappings of the same page, too */
	ASSERT_TRUE(peer_alloc(self->peer, most_pages() / 8, false, &spare));
	while (!ret && n < BUFFERS) {
		ret = export_refs(self->gntdev, 0, spare.count,
				  self->peer->domid, spare.refs, &fd);
		if (!ret)
			fds[n++] = fd;
	}
	EXPECT_EQ(ENOSPC, ret);
	ASSERT_LT(0, n);
	EXPECT_EQ(0, close(fds[--n]));
	EXPECT_EQ(0, export_refs(self->gntdev, 0, spare.count,
				 self->peer->domid, spare.refs, &fds[n]));
	for (i = 0; i <= n; i++)
		EXPECT_EQ(0, close(fds[i]));
	peer_free(self->peer, &spare);
	free(spare.refs);
}

/* Xen allows 127 mappings of a page, by all domains together */
TEST_F_TIMEOUT(export, a_page_that_many_buffers_have_is_refused_to_one_more, LIMIT)
{
	int fds[200], i, n = 0, ret = 0;

	while (!ret && n < ARRAY_SIZE(fds)) {
		ret = export_refs(self->gntdev, 0, 1, self->peer->domid,
				  self->peer->refs, &fds[n]);
		n += !ret;
	}
	EXPECT_EQ(EACCES, ret);
	EXPECT_LT(100, n);
	ASSERT_GT(ARRAY_SIZE(fds), n);
	/* Another page of the same guest is not concerned */
	EXPECT_EQ(0, export_refs(self->gntdev, 0, 1, self->peer->domid,
				 &self->peer->refs[1], &fds[n]));
	EXPECT_EQ(0, close(fds[n]));
	EXPECT_EQ(0, close(fds[--n]));
	EXPECT_EQ(0, export_refs(self->gntdev, 0, 1, self->peer->domid,
				 self->peer->refs, &fds[n]));
	for (i = 0; i <= n; i++)
		EXPECT_EQ(0, close(fds[i]));
}

#define PAGE_LIMIT	"/sys/module/xen_gntdev/parameters/limit"

/* Elsewhere the pages of a buffer need addresses, but no memory of this domain */
TEST_F_TIMEOUT(export, more_pages_than_this_pv_domain_has_are_refused, LIMIT)
{
	/* The balloon driver can change the memory meanwhile */
	unsigned int i, count = memory_total() / 4 + 8192;
	uint32_t limit = page_limit(), *refs = calloc(count, sizeof(*refs));
	char text[16];
	int fd = -1;

	if (!domain_is("PV"))
		SKIP(return, "this domain maps more pages than it has");
	ASSERT_NE(NULL, refs);
	for (i = 0; i < count; i++)
		refs[i] = self->peer->refs[i % self->peer->count];
	snprintf(text, sizeof(text), "%u", count);
	ASSERT_EQ(0, file_write(PAGE_LIMIT, text));
	EXPECT_EQ(ENOMEM, export_refs(self->gntdev, 0, count, self->peer->domid, refs,
				      &fd));
	snprintf(text, sizeof(text), "%u", limit);
	ASSERT_EQ(0, file_write(PAGE_LIMIT, text));
	EXPECT_EQ(-1, fd);
	free(refs);
}

TEST_F_TIMEOUT(export, pages_granted_for_reading_are_exported_read_only, LIMIT)
{
	struct peer_buffer spare;
	int fd = -1;

	ASSERT_TRUE(peer_alloc(self->peer, 300, true, &spare));
	EXPECT_EQ(EACCES, export_spare(self->gntdev, self->peer, &spare, 0,
				       spare.count, &fd));
	EXPECT_EQ(-1, fd);
	EXPECT_EQ(0, export_spare(self->gntdev, self->peer, &spare,
				  GNTDEV_DMABUF_EXPORT_READONLY, spare.count,
				  &fd));
	EXPECT_EQ(0, wrong_pages(fd, spare.count));
	EXPECT_EQ(0, close(fd));
	peer_free(self->peer, &spare);
	free(spare.refs);
}

TEST_F_TIMEOUT(export, a_read_only_buffer_cannot_be_written, LIMIT)
{
	struct peer_buffer frame = { .refs = self->peer->refs };
	size_t size = 16 * PEER_PAGE;
	void *map;
	int fd;

	ASSERT_EQ(0, export_spare(self->gntdev, self->peer, &frame,
				  GNTDEV_DMABUF_EXPORT_READONLY, 16, &fd));
	EXPECT_EQ(MAP_FAILED, map_all(size, fd));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(EACCES, sync_cpu(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE));
	EXPECT_EQ(EACCES, sync_cpu(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW));
	EXPECT_EQ(0, sync_cpu(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ));
	EXPECT_EQ(16, wrong_in_kernel(fd, 16));

	map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, mprotect(map, size, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, munmap(map, size));
	EXPECT_EQ(0, sync_cpu(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ));
	EXPECT_EQ(0, close(fd));
}

TEST_F_TIMEOUT(export, a_directory_names_a_buffer, LIMIT)
{
	unsigned int i, sizes[] = { 1, 1023, 1024, 2047 };
	struct peer_buffer spare;
	int fd = -1;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (sizes[i] > most_pages())
			continue;
		ASSERT_TRUE(peer_alloc(self->peer, sizes[i], false, &spare));
		EXPECT_EQ(0, export_spare(self->gntdev, self->peer, &spare,
					  GNTDEV_DMABUF_EXPORT_DIRECTORY,
					  sizes[i], &fd));
		EXPECT_EQ(0, wrong_pages(fd, sizes[i]));
		EXPECT_EQ(0, close(fd));
		free(spare.refs);
	}
	peer_free(self->peer, &spare);
}

TEST_F_TIMEOUT(export, a_directory_of_another_length_is_refused, LIMIT)
{
	struct peer_buffer spare;
	int fd = -1;

	/* The directory has two pages */
	ASSERT_TRUE(peer_alloc(self->peer, 1100, false, &spare));
	EXPECT_EQ(EINVAL, export_spare(self->gntdev, self->peer, &spare,
				       GNTDEV_DMABUF_EXPORT_DIRECTORY, 1023, &fd));
	EXPECT_EQ(EINVAL, export_spare(self->gntdev, self->peer, &spare,
				       GNTDEV_DMABUF_EXPORT_DIRECTORY, 2047, &fd));
	EXPECT_EQ(-1, fd);
	peer_free(self->peer, &spare);
	free(spare.refs);
}

/* The guest leaves 0 behind the last reference: the reference of its console */
TEST_F_TIMEOUT(export, a_directory_shorter_than_its_count_is_refused, LIMIT)
{
	unsigned int i, sizes[] = { 1, 20, 1022, 1024, 1100 };
	struct peer_buffer spare;
	int fd = -1;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_TRUE(peer_alloc(self->peer, sizes[i], false, &spare));
		EXPECT_EQ(EINVAL, export_spare(self->gntdev, self->peer, &spare,
					       GNTDEV_DMABUF_EXPORT_DIRECTORY,
					       sizes[i] + 1, &fd))
			TH_LOG("%u references", sizes[i]);
		EXPECT_EQ(EINVAL, export_spare(self->gntdev, self->peer, &spare,
					       GNTDEV_DMABUF_EXPORT_DIRECTORY,
					       (sizes[i] + 1022) / 1023 * 1023,
					       &fd))
			TH_LOG("%u references", sizes[i]);
		EXPECT_EQ(-1, fd);
		free(spare.refs);
	}
	peer_free(self->peer, &spare);
}

TEST_F_TIMEOUT(export, a_directory_cannot_link_to_a_reserved_reference, LIMIT)
{
	struct peer_buffer spare;
	uint32_t ref;
	int fd = -1;

	ASSERT_TRUE(peer_alloc(self->peer, 20, false, &spare));
	for (ref = 0; ref < RESERVED_REFS; ref++) {
		peer_ask(self->peer, "next", ref);
		EXPECT_EQ(EINVAL, export_spare(self->gntdev, self->peer, &spare,
					       GNTDEV_DMABUF_EXPORT_DIRECTORY,
					       1024, &fd))
			TH_LOG("reference %u", ref);
	}
	EXPECT_EQ(-1, fd);
	peer_free(self->peer, &spare);
	free(spare.refs);
}

TEST_F_TIMEOUT(export, a_directory_that_loops_is_refused, LIMIT)
{
	unsigned int i, sizes[] = { 1100, 2046, 2047, 60000 };
	struct peer_buffer spare;
	int fd = -1;

	ASSERT_TRUE(peer_alloc(self->peer, 1100, false, &spare));
	peer_ask(self->peer, "next", spare.directory);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		EXPECT_EQ(EINVAL, export_spare(self->gntdev, self->peer, &spare,
					       GNTDEV_DMABUF_EXPORT_DIRECTORY,
					       sizes[i], &fd));
	}
	EXPECT_EQ(-1, fd);
	peer_free(self->peer, &spare);
	free(spare.refs);
}
