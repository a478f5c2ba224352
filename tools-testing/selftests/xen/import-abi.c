// SPDX-License-Identifier: GPL-2.0-only
/*
 * The import requests: their structures, invalid values and the error number of
 * each.  Each test checks one promise.  Runs in domain 0 with the module vgem,
 * and with mapper and granter in a guest: see import.h.
 */

#include <stddef.h>
#include <sys/eventfd.h>

#define GROW	export_frame

#include "peer.h"

static void export_frame(int gntdev);

#include "import.h"

/*
 * struct request - an import request, whose structure is an array of words
 * @number: the request number
 * @size: size of the structure in bytes
 *
 * The other members are indices of the words, or -1 if there is no such word.
 */
struct request {
	unsigned long number;
	size_t size;
	int fd, count, domid, reserved, data_ofs, refs;
};

#define WORD(type, field)	(offsetof(type, field) / 4)

static const struct request requests[] = {
	{
		.number = IOCTL_GNTDEV_DMABUF_IMP_TO_REFS,
		.size = sizeof(struct ioctl_gntdev_dmabuf_imp_to_refs),
		.fd = WORD(struct ioctl_gntdev_dmabuf_imp_to_refs, fd),
		.count = WORD(struct ioctl_gntdev_dmabuf_imp_to_refs, count),
		.domid = WORD(struct ioctl_gntdev_dmabuf_imp_to_refs, domid),
		.reserved = WORD(struct ioctl_gntdev_dmabuf_imp_to_refs, reserved),
		.data_ofs = -1,
		.refs = WORD(struct ioctl_gntdev_dmabuf_imp_to_refs, refs),
	}, {
		.number = IOCTL_GNTDEV_DMABUF_IMP_TO_REFS_V2,
		.size = sizeof(struct ioctl_gntdev_dmabuf_imp_to_refs_v2),
		.fd = WORD(struct ioctl_gntdev_dmabuf_imp_to_refs_v2, fd),
		.count = WORD(struct ioctl_gntdev_dmabuf_imp_to_refs_v2, count),
		.domid = WORD(struct ioctl_gntdev_dmabuf_imp_to_refs_v2, domid),
		.reserved = WORD(struct ioctl_gntdev_dmabuf_imp_to_refs_v2,
				 reserved),
		.data_ofs = WORD(struct ioctl_gntdev_dmabuf_imp_to_refs_v2,
				 data_ofs),
		.refs = WORD(struct ioctl_gntdev_dmabuf_imp_to_refs_v2, refs),
	}, {
		.number = IOCTL_GNTDEV_DMABUF_IMPORT,
		.size = sizeof(struct gntdev_dmabuf_import),
		.fd = WORD(struct gntdev_dmabuf_import, fd),
		.count = WORD(struct gntdev_dmabuf_import, count),
		.domid = WORD(struct gntdev_dmabuf_import, domid),
		.reserved = -1,
		.data_ofs = WORD(struct gntdev_dmabuf_import, data_ofs),
		.refs = WORD(struct gntdev_dmabuf_import, refs),
	},
	{ 0 }
};

/* Words of the longest structure, with the references of the older requests */
#define WORDS	(PAGES + 16)

/* A reference that the request has not written */
#define UNSET_REF	0xffffffff

/* fill - fill in a valid request; returns the size of its structure */
static size_t fill(const struct request *request, uint32_t *words,
		   struct _test_data_import *self)
{
	uint64_t refs = (uintptr_t)self->refs;

	memset(self->refs, UNSET_REF & 0xff, sizeof(self->refs));
	memset(words, 0, WORDS * 4);
	words[request->fd] = self->source.fd;
	words[request->count] = PAGES;
	words[request->domid] = peer_domid();
	if (request->number == IOCTL_GNTDEV_DMABUF_IMPORT) {
		memcpy(&words[request->refs], &refs, sizeof(refs));
		return request->size;
	}
	memset(&words[request->refs], UNSET_REF & 0xff, PAGES * 4);
	return request->size + (PAGES - 1) * 4;
}

/* untouched - whether no reference was written and no buffer is imported */
static bool untouched(struct _test_data_import *self, const struct request *request,
		      const uint32_t *words)
{
	const uint32_t *refs = &words[request->refs];
	unsigned int i;

	if (request->number == IOCTL_GNTDEV_DMABUF_IMPORT)
		refs = self->refs;
	for (i = 0; i < PAGES; i++)
		if (refs[i] != UNSET_REF)
			return false;
	return !source_attached(&self->source) && !listed(self->gntdev);
}

/*
 * with - call a valid request with one word changed; release its import
 *
 * Return: 0 or the error number, negated if the failed request left something.
 */
static int with(struct _test_data_import *self, const struct request *request,
		int word, uint32_t value)
{
	uint32_t words[WORDS];
	int ret;

	fill(request, words, self);
	words[word] = value;
	ret = call(self->gntdev, request->number, words);
	if (!ret)
		return import_release(self->gntdev, words[request->fd]);
	return untouched(self, request, words) ? ret : -ret;
}

TEST_F_TIMEOUT(import, every_request_gives_a_reference_for_each_page, LIMIT)
{
	const struct request *r;
	uint32_t words[WORDS], *refs;
	struct mapping mapping;

	for (r = requests; r->number; r++) {
		fill(r, words, self);
		if (r->data_ofs >= 0)
			words[r->data_ofs] = 99;
		ASSERT_EQ(0, call(self->gntdev, r->number, words));
		if (r->data_ofs >= 0)
			EXPECT_EQ(0, words[r->data_ofs]);
		refs = &words[r->refs];
		if (r->number == IOCTL_GNTDEV_DMABUF_IMPORT)
			refs = self->refs;
		pattern_fill(self->source.map, 0, PAGES, r->number);
		mapping_begin(&mapping, &self->mapper, refs, PAGES);
		ASSERT_EQ(0, mapping_map(&mapping, false));
		EXPECT_EQ(0, mapping_wrong(&mapping, r->number));
		mapping_unmap(&mapping);
		mapping_end(&mapping);
		EXPECT_EQ(0, import_release(self->gntdev, self->source.fd));
	}
}

TEST_F_TIMEOUT(import, another_number_of_pages_is_refused, LIMIT)
{
	const struct request *r;

	for (r = requests; r->number; r++) {
		EXPECT_EQ(EINVAL, with(self, r, r->count, 0));
		EXPECT_EQ(EINVAL, with(self, r, r->count, 1));
		EXPECT_EQ(EINVAL, with(self, r, r->count, PAGES - 1));
		EXPECT_EQ(EINVAL, with(self, r, r->count, PAGES + 1));
		EXPECT_EQ(EINVAL, with(self, r, r->count, page_limit()));
	}
}

TEST_F_TIMEOUT(import, more_pages_than_the_limit_are_refused, LIMIT)
{
	const struct request *r;

	ASSERT_LT(0, page_limit());
	for (r = requests; r->number; r++) {
		EXPECT_EQ(E2BIG, with(self, r, r->count, page_limit() + 1));
		EXPECT_EQ(E2BIG, with(self, r, r->count, UINT32_MAX));
	}
}

TEST_F_TIMEOUT(import, a_descriptor_that_is_no_dma_buf_is_refused, LIMIT)
{
	const struct request *r;

	for (r = requests; r->number; r++) {
		EXPECT_EQ(EBADF, with(self, r, r->fd, -1));
		EXPECT_EQ(EBADF, with(self, r, r->fd, 12345));
		EXPECT_EQ(EINVAL, with(self, r, r->fd, self->gntdev));
		EXPECT_EQ(EINVAL, with(self, r, r->fd, self->source.origin));
	}
}

TEST_F_TIMEOUT(import, domains_that_do_not_exist_are_refused, LIMIT)
{
	/* DOMID_SELF, other domids that Xen reserves, domids beyond 16 bits */
	uint32_t domids[] = {
		0x7ff0, 0x7ff1, 0x7ff4, 0x7fff, 0xffff,
		0x10000 + peer_domid(), UINT32_MAX,
	};
	const struct request *r;
	unsigned int i;

	for (r = requests; r->number; r++) {
		for (i = 0; i < ARRAY_SIZE(domids); i++) {
			EXPECT_EQ(ESRCH, with(self, r, r->domid, domids[i]))
				TH_LOG("request %lx domain %x", r->number,
				       domids[i]);
		}
		/* A domain that does not exist yet is valid */
		EXPECT_EQ(0, with(self, r, r->domid, 0x7fef));
	}
}

TEST_F_TIMEOUT(import, reserved_fields_of_old_requests_are_ignored, LIMIT)
{
	struct ioctl_gntdev_dmabuf_imp_release op = { .fd = self->source.fd };
	const struct request *r;
	uint32_t words[WORDS];

	for (r = requests; r->number; r++) {
		if (r->reserved < 0)
			continue;
		EXPECT_EQ(0, with(self, r, r->reserved, 1));
		EXPECT_EQ(0, with(self, r, r->reserved, UINT32_MAX));
		for (op.reserved = 0; op.reserved < 4; op.reserved++) {
			fill(r, words, self);
			ASSERT_EQ(0, call(self->gntdev, r->number, words));
			EXPECT_EQ(0, call(self->gntdev,
					  IOCTL_GNTDEV_DMABUF_IMP_RELEASE, &op));
		}
	}
}

TEST_F_TIMEOUT(import, unknown_flags_are_refused, LIMIT)
{
	const uint32_t known = GNTDEV_DMABUF_IMPORT_READONLY |
			       GNTDEV_DMABUF_IMPORT_EVENTFD;
	struct gntdev_dmabuf_query query = { 0 };
	struct gntdev_dmabuf_import op;
	uint32_t flag;

	ASSERT_EQ(0, call(self->gntdev, IOCTL_GNTDEV_DMABUF_QUERY, &query));
	EXPECT_EQ(known, query.import_flags);
	for (flag = 1; flag; flag <<= 1) {
		if (flag & known)
			continue;
		op = source_op(&self->source, self->refs);
		op.flags = flag;
		EXPECT_EQ(EINVAL, import_buffer(self->gntdev, &op))
			TH_LOG("flag %x", flag);
	}
	EXPECT_EQ(0, source_attached(&self->source));
}

TEST_F_TIMEOUT(import, an_eventfd_has_to_be_one, LIMIT)
{
	struct gntdev_dmabuf_import op = source_op(&self->source, self->refs);

	op.flags = GNTDEV_DMABUF_IMPORT_EVENTFD;
	op.eventfd = -1;
	EXPECT_EQ(EBADF, import_buffer(self->gntdev, &op));
	op.eventfd = self->gntdev;
	EXPECT_EQ(EINVAL, import_buffer(self->gntdev, &op));
	op.flags = 0;
	EXPECT_EQ(EINVAL, import_buffer(self->gntdev, &op));
	EXPECT_EQ(0, source_attached(&self->source));
}

TEST_F_TIMEOUT(import, an_eventfd_stays_silent_where_the_import_fails, LIMIT)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct gntdev_dmabuf_import op = source_op(&self->source, self->refs);
	uint64_t value;

	ASSERT_LE(0, fd);
	op.flags = GNTDEV_DMABUF_IMPORT_EVENTFD;
	op.eventfd = fd;
	op.refs = 0;
	EXPECT_EQ(EFAULT, import_buffer(self->gntdev, &op));
	op.count++;
	EXPECT_EQ(EINVAL, import_buffer(self->gntdev, &op));
	EXPECT_EQ(-1, read(fd, &value, sizeof(value)));
	EXPECT_EQ(EAGAIN, errno);
	close(fd);
}

/* The end of a structure, or of the array of references, is not mapped */
TEST_F_TIMEOUT(import, unreadable_and_unwritable_structures_are_a_fault, LIMIT)
{
	struct gntdev_dmabuf_import op;
	const struct request *r;
	uint32_t words[WORDS];
	size_t n, size;
	uint8_t *pages;

	pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, munmap(pages + 4096, 4096));

	for (r = requests; r->number; r++) {
		size = fill(r, words, self);
		/* Cut at each word of the structure, and at some references */
		for (n = 0; n < size; n += n < 64 ? 4 : 128) {
			memcpy(pages + 4096 - n, words, n);
			EXPECT_EQ(EFAULT, call(self->gntdev, r->number,
					       pages + 4096 - n))
				TH_LOG("request %lx cut at %zu", r->number, n);
		}
		EXPECT_EQ(EFAULT, call(self->gntdev, r->number, NULL));

		/* The structure cannot be written */
		memcpy(pages, words, size);
		ASSERT_EQ(0, mprotect(pages, 4096, PROT_READ));
		EXPECT_EQ(EFAULT, call(self->gntdev, r->number, pages));
		ASSERT_EQ(0, mprotect(pages, 4096, PROT_READ | PROT_WRITE));
		EXPECT_EQ(0, source_attached(&self->source));
		EXPECT_EQ(0, listed(self->gntdev));
	}

	for (n = 0; n < PAGES; n += 32) {
		op = source_op(&self->source, (uint32_t *)(pages + 4096) - n);
		EXPECT_EQ(EFAULT, import_buffer(self->gntdev, &op));
	}
	EXPECT_EQ(0, source_attached(&self->source));
	EXPECT_EQ(0, listed(self->gntdev));

	EXPECT_EQ(EFAULT, call(self->gntdev, IOCTL_GNTDEV_DMABUF_IMP_RELEASE,
			       pages + 4092));
	EXPECT_EQ(EFAULT, call(self->gntdev, IOCTL_GNTDEV_DMABUF_RELEASE,
			       pages + 4092));
	ASSERT_EQ(0, munmap(pages, 4096));
}

TEST_F_TIMEOUT(import, structures_may_grow_but_not_shrink, LIMIT)
{
	const unsigned long numbers[] = {
		IOCTL_GNTDEV_DMABUF_IMPORT, IOCTL_GNTDEV_DMABUF_RELEASE,
	};
	struct gntdev_dmabuf_import *op;
	struct gntdev_dmabuf_release *release;
	unsigned int i, n, size;
	uint8_t bytes[256];
	uint64_t id;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		memset(bytes, 0, sizeof(bytes));
		size = _IOC_SIZE(numbers[i]);
		for (n = 0; n < size; n += 4)
			EXPECT_EQ(EINVAL, sized(self->gntdev, numbers[i], n, bytes));
		bytes[size + 8] = 1;
		EXPECT_EQ(E2BIG, sized(self->gntdev, numbers[i], size + 16, bytes));
	}

	memset(bytes, 0, sizeof(bytes));
	op = (void *)bytes;
	*op = source_op(&self->source, self->refs);
	ASSERT_EQ(0, sized(self->gntdev, IOCTL_GNTDEV_DMABUF_IMPORT, 200, op));
	id = op->id;
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, id, 0));
	memset(bytes, 0, sizeof(bytes));
	release = (void *)bytes;
	release->id = id;
	EXPECT_EQ(0, sized(self->gntdev, IOCTL_GNTDEV_DMABUF_RELEASE, 200, release));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, id, 0));
}

TEST_F_TIMEOUT(import, only_imported_buffers_can_be_released, LIMIT)
{
	uint64_t id;

	EXPECT_EQ(ENOENT, import_release(self->gntdev, self->source.fd));
	EXPECT_EQ(ENOENT, import_release(self->gntdev, -1));
	EXPECT_EQ(ENOENT, release_id(self->gntdev, 0));
	ASSERT_EQ(0, import_source(self->gntdev, &self->source, self->refs, &id));
	EXPECT_EQ(ENOENT, import_release(self->gntdev, self->source.fd + 1));
	EXPECT_EQ(ENOENT, release_id(self->gntdev, id + 1));
	EXPECT_EQ(ENOENT, release_id(self->gntdev, UINT64_MAX));
	EXPECT_EQ(1, source_attached(&self->source));
	EXPECT_EQ(0, release_id(self->gntdev, id));
	EXPECT_EQ(ENOENT, import_release(self->gntdev, self->source.fd));
}

/* export_frame - export the guest's frame and release it */
static void export_frame(int gntdev)
{
	struct peer *peer = peer_open(peer_domid());
	int fd;

	if (!export_refs(gntdev, 0, peer->count, peer->domid, peer->refs, &fd))
		close(fd);
	peer_close(peer);
}

TEST_F_TIMEOUT(import, pages_of_a_guest_are_not_granted_to_another, LIMIT)
{
	struct peer *peer = peer_open(peer_domid());
	const struct request *r;
	uint32_t words[WORDS];
	int fd;

	ASSERT_EQ(0, export_refs(self->gntdev, 0, peer->count, peer->domid,
				 peer->refs, &fd));
	for (r = requests; r->number; r++) {
		fill(r, words, self);
		words[r->fd] = fd;
		words[r->count] = peer->count;
		EXPECT_EQ(EOPNOTSUPP, call(self->gntdev, r->number, words));
	}
	EXPECT_EQ(1, listed(self->gntdev));
	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(ENOENT, wait_released(self->gntdev, fd, 0));
	peer_close(peer);
}
