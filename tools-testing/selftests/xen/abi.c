// SPDX-License-Identifier: GPL-2.0-only
/*
 * Malformed requests and their error numbers.  Each test checks one promise.
 * Runs in domain 0, with granter in a guest: see fixture.h.
 */

#include <stddef.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fixture.h"

/*
 * The three export requests, each as an array of words.  The members are the
 * indexes of the words that a test changes; -1 if the structure has no such word.
 */
struct request {
	unsigned long number;
	size_t size;
	int flags, count, data_ofs, domid, refs;
};

#define WORD(type, field)	(offsetof(type, field) / 4)

static const struct request requests[] = {
	{
		.number = IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS,
		.size = sizeof(struct ioctl_gntdev_dmabuf_exp_from_refs),
		.flags = WORD(struct ioctl_gntdev_dmabuf_exp_from_refs, flags),
		.count = WORD(struct ioctl_gntdev_dmabuf_exp_from_refs, count),
		.data_ofs = -1,
		.domid = WORD(struct ioctl_gntdev_dmabuf_exp_from_refs, domid),
		.refs = WORD(struct ioctl_gntdev_dmabuf_exp_from_refs, refs),
	}, {
		.number = IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS_V2,
		.size = sizeof(struct ioctl_gntdev_dmabuf_exp_from_refs_v2),
		.flags = WORD(struct ioctl_gntdev_dmabuf_exp_from_refs_v2, flags),
		.count = WORD(struct ioctl_gntdev_dmabuf_exp_from_refs_v2, count),
		.data_ofs = WORD(struct ioctl_gntdev_dmabuf_exp_from_refs_v2,
				 data_ofs),
		.domid = WORD(struct ioctl_gntdev_dmabuf_exp_from_refs_v2, domid),
		.refs = WORD(struct ioctl_gntdev_dmabuf_exp_from_refs_v2, refs),
	}, {
		.number = IOCTL_GNTDEV_DMABUF_EXPORT,
		.size = sizeof(struct gntdev_dmabuf_export),
		.flags = WORD(struct gntdev_dmabuf_export, flags),
		.count = WORD(struct gntdev_dmabuf_export, count),
		.data_ofs = WORD(struct gntdev_dmabuf_export, data_ofs),
		.domid = WORD(struct gntdev_dmabuf_export, domid),
		.refs = WORD(struct gntdev_dmabuf_export, refs),
	},
	{ 0 }
};

/* The newest of the three */
#define NEWEST	(&requests[2])

/* fill - make a valid request for one page */
static void fill(const struct request *request, uint32_t *words,
		 struct peer *peer)
{
	uint64_t refs = (uintptr_t)peer->refs;

	memset(words, 0, request->size);
	words[request->count] = 1;
	words[request->domid] = peer->domid;
	if (request->number == IOCTL_GNTDEV_DMABUF_EXPORT)
		memcpy(&words[request->refs], &refs, sizeof(refs));
	else
		words[request->refs] = peer->refs[0];
}

/* with - make a valid request, change a word, issue it, close its buffer */
static int with(int gntdev, const struct request *request, struct peer *peer,
		int word, uint32_t value)
{
	uint32_t words[16], fd;
	int ret;

	fill(request, words, peer);
	words[word] = value;
	ret = call(gntdev, request->number, words);
	if (ret)
		return ret;

	switch (request->number) {
	case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS:
		fd = ((struct ioctl_gntdev_dmabuf_exp_from_refs *)words)->fd;
		break;
	case IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS_V2:
		fd = ((struct ioctl_gntdev_dmabuf_exp_from_refs_v2 *)words)->fd;
		break;
	default:
		fd = ((struct gntdev_dmabuf_export *)words)->fd;
	}
	close(fd);
	return 0;
}

TEST_F_TIMEOUT(export, a_well_formed_request_works, LIMIT)
{
	const struct request *r;

	for (r = requests; r->number; r++)
		EXPECT_EQ(0, with(self->gntdev, r, self->peer, r->flags, 0));
}

TEST_F_TIMEOUT(export, unknown_flags_are_refused, LIMIT)
{
	const struct request *r;
	uint32_t known, flag;

	for (r = requests; r->number; r++) {
		known = GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT;
		if (r->number == IOCTL_GNTDEV_DMABUF_EXPORT)
			known |= GNTDEV_DMABUF_EXPORT_READONLY |
				 GNTDEV_DMABUF_EXPORT_DIRECTORY |
				 GNTDEV_DMABUF_EXPORT_EVENTFD;
		for (flag = 1; flag; flag <<= 1) {
			if (flag & known)
				continue;
			EXPECT_EQ(EINVAL, with(self->gntdev, r, self->peer,
					       r->flags, flag))
				TH_LOG("request %lx flag %x", r->number, flag);
		}
	}
}

TEST_F_TIMEOUT(export, both_kinds_of_contiguous_memory_are_refused, LIMIT)
{
	const struct request *r;

	for (r = requests; r->number; r++)
		EXPECT_EQ(EINVAL, with(self->gntdev, r, self->peer, r->flags,
				       GNTDEV_DMA_FLAG_WC |
				       GNTDEV_DMA_FLAG_COHERENT));
}

TEST_F_TIMEOUT(export, counts_out_of_range_are_refused, LIMIT)
{
	const struct request *r;

	ASSERT_LT(0, page_limit());
	for (r = requests; r->number; r++) {
		EXPECT_EQ(EINVAL, with(self->gntdev, r, self->peer, r->count, 0));
		EXPECT_EQ(E2BIG, with(self->gntdev, r, self->peer, r->count,
				      UINT32_MAX));
		EXPECT_EQ(E2BIG, with(self->gntdev, r, self->peer, r->count,
				      page_limit() + 1));
	}
}

TEST_F_TIMEOUT(export, domains_that_do_not_exist_are_refused, LIMIT)
{
	/* The last valid number, DOMID_SELF, other reserved numbers, no numbers */
	uint32_t domids[] = {
		0x7fef, 0x7ff0, 0x7ff1, 0x7ff4, 0x7fff, 0xffff,
		0x10000 + self->peer->domid, UINT32_MAX,
	};
	const struct request *r;
	unsigned int i;

	for (r = requests; r->number; r++) {
		for (i = 0; i < ARRAY_SIZE(domids); i++) {
			EXPECT_EQ(ESRCH, with(self->gntdev, r, self->peer,
					      r->domid, domids[i]))
				TH_LOG("request %lx domain %x", r->number,
				       domids[i]);
		}
	}
}

TEST_F_TIMEOUT(export, a_data_offset_beyond_the_first_page_is_refused, LIMIT)
{
	const struct request *r;

	for (r = requests; r->number; r++) {
		if (r->data_ofs < 0)
			continue;
		EXPECT_EQ(0, with(self->gntdev, r, self->peer, r->data_ofs, 4095));
		EXPECT_EQ(EINVAL, with(self->gntdev, r, self->peer, r->data_ofs,
				       4096));
		EXPECT_EQ(EINVAL, with(self->gntdev, r, self->peer, r->data_ofs,
				       UINT32_MAX));
	}
}

/* with_ref - issue a request for one page, with this reference and these flags */
static int with_ref(int gntdev, const struct request *request, struct peer *peer,
		    uint32_t flags, uint32_t ref)
{
	uint64_t refs = (uintptr_t)&ref;
	uint32_t words[16];

	fill(request, words, peer);
	words[request->flags] = flags;
	if (request->number == IOCTL_GNTDEV_DMABUF_EXPORT)
		memcpy(&words[request->refs], &refs, sizeof(refs));
	else
		words[request->refs] = ref;
	return call(gntdev, request->number, words);
}

/* The guest did grant 0, its console page, and 1, its xenstore page */
TEST_F_TIMEOUT(export, references_that_xen_reserves_are_refused, LIMIT)
{
	const struct request *r;
	uint32_t ref;

	for (ref = 0; ref < RESERVED_REFS; ref++) {
		for (r = requests; r->number; r++)
			EXPECT_EQ(EINVAL, with_ref(self->gntdev, r, self->peer, 0,
						   ref))
				TH_LOG("request %lx reference %u", r->number, ref);
		EXPECT_EQ(EINVAL, with_ref(self->gntdev, NEWEST, self->peer,
					   GNTDEV_DMABUF_EXPORT_DIRECTORY, ref))
			TH_LOG("directory %u", ref);
	}
	for (r = requests; r->number; r++)
		EXPECT_EQ(EACCES, with_ref(self->gntdev, r, self->peer, 0, NO_REF));
}

TEST_F_TIMEOUT(export, unreadable_and_unwritable_structures_are_a_fault, LIMIT)
{
	const struct request *r;
	uint32_t words[16];
	uint8_t *pages;
	size_t n, needed;

	/* Only the first of the two pages is mapped */
	pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_EQ(0, munmap(pages + 4096, 4096));

	for (r = requests; r->number; r++) {
		fill(r, words, self->peer);
		needed = r->size;
		for (n = 0; n < needed; n += 4) {
			memcpy(pages + 4096 - n, words, n);
			EXPECT_EQ(EFAULT, call(self->gntdev, r->number,
					       pages + 4096 - n))
				TH_LOG("request %lx cut at %zu", r->number, n);
		}
		EXPECT_EQ(EFAULT, call(self->gntdev, r->number, NULL));

		/* The kernel cannot write the descriptor */
		memcpy(pages, words, r->size);
		ASSERT_EQ(0, mprotect(pages, 4096, PROT_READ));
		EXPECT_EQ(EFAULT, call(self->gntdev, r->number, pages));
		ASSERT_EQ(0, mprotect(pages, 4096, PROT_READ | PROT_WRITE));
	}
	EXPECT_EQ(EFAULT, call(self->gntdev, IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED,
			       pages + 4092));
	EXPECT_EQ(EFAULT, call(self->gntdev, IOCTL_GNTDEV_DMABUF_WAIT,
			       pages + 4096 - 12));
	EXPECT_EQ(EFAULT, call(self->gntdev, IOCTL_GNTDEV_DMABUF_QUERY,
			       pages + 4096 - 12));
	EXPECT_EQ(EFAULT, call(self->gntdev, IOCTL_GNTDEV_DMABUF_IMP_RELEASE,
			       pages + 4092));
	EXPECT_EQ(EFAULT, call(self->gntdev, IOCTL_GNTDEV_DMABUF_RELEASE,
			       pages + 4092));
	memset(pages, 0, 4096);
	ASSERT_EQ(0, mprotect(pages, 4096, PROT_READ));
	EXPECT_EQ(EFAULT, call(self->gntdev, IOCTL_GNTDEV_DMABUF_QUERY, pages));
	ASSERT_EQ(0, munmap(pages, 4096));

	/* The newest request's array, and its directory's one reference */
	r = NEWEST;
	EXPECT_EQ(EFAULT, with(self->gntdev, r, self->peer, r->refs + 1, 0x7fff));
	fill(r, words, self->peer);
	words[r->flags] = GNTDEV_DMABUF_EXPORT_DIRECTORY;
	words[r->refs] = 0;
	words[r->refs + 1] = 0;
	EXPECT_EQ(EFAULT, call(self->gntdev, r->number, words));
}

TEST_F_TIMEOUT(export, an_eventfd_has_to_be_one, LIMIT)
{
	struct gntdev_dmabuf_export op = {
		.refs = (uintptr_t)self->peer->refs,
		.count = 1,
		.domid = self->peer->domid,
		.flags = GNTDEV_DMABUF_EXPORT_EVENTFD,
		.eventfd = -1,
	};

	EXPECT_EQ(EBADF, export_buffer(self->gntdev, &op));
	op.eventfd = self->gntdev;
	EXPECT_EQ(EINVAL, export_buffer(self->gntdev, &op));
	op.flags = 0;
	EXPECT_EQ(EINVAL, export_buffer(self->gntdev, &op));
}

TEST_F_TIMEOUT(export, structures_may_grow_but_not_shrink, LIMIT)
{
	const unsigned long numbers[] = {
		IOCTL_GNTDEV_DMABUF_QUERY, IOCTL_GNTDEV_DMABUF_EXPORT,
		IOCTL_GNTDEV_DMABUF_IMPORT, IOCTL_GNTDEV_DMABUF_WAIT,
		IOCTL_GNTDEV_DMABUF_RELEASE,
	};
	struct gntdev_dmabuf_export *op;
	unsigned int i, n, size;
	uint8_t bytes[256];

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		memset(bytes, 0, sizeof(bytes));
		size = _IOC_SIZE(numbers[i]);
		for (n = 0; n < size; n += 4)
			EXPECT_EQ(EINVAL, sized(self->gntdev, numbers[i], n, bytes));
		bytes[size + 8] = 1;
		EXPECT_EQ(E2BIG, sized(self->gntdev, numbers[i], size + 16, bytes));
	}

	memset(bytes, 0, sizeof(bytes));
	EXPECT_EQ(0, sized(self->gntdev, IOCTL_GNTDEV_DMABUF_QUERY, 200, bytes));
	memset(bytes, 0, sizeof(bytes));
	EXPECT_EQ(ENOENT, sized(self->gntdev, IOCTL_GNTDEV_DMABUF_WAIT, 200, bytes));
	EXPECT_EQ(ENOENT, sized(self->gntdev, IOCTL_GNTDEV_DMABUF_RELEASE, 200, bytes));

	memset(bytes, 0, sizeof(bytes));
	op = (void *)bytes;
	op->refs = (uintptr_t)self->peer->refs;
	op->count = 1;
	op->domid = self->peer->domid;
	EXPECT_EQ(0, sized(self->gntdev, IOCTL_GNTDEV_DMABUF_EXPORT, 200, op));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op->id, 0));
	EXPECT_EQ(0, close(op->fd));
}

TEST_F_TIMEOUT(export, reserved_fields_have_to_be_zero, LIMIT)
{
	struct gntdev_dmabuf_wait op = { .id = 1, .reserved = 1 };

	EXPECT_EQ(EINVAL, call(self->gntdev, IOCTL_GNTDEV_DMABUF_WAIT, &op));
}

TEST_F_TIMEOUT(export, query_returns_the_features_and_limits, LIMIT)
{
	struct gntdev_dmabuf_query op = { 0 };

	ASSERT_EQ(0, call(self->gntdev, IOCTL_GNTDEV_DMABUF_QUERY, &op));
	EXPECT_EQ((domain_is("PV") ? 0 : GNTDEV_DMABUF_FEATURE_CONTIGUOUS) |
		  GNTDEV_DMABUF_FEATURE_RESTRICT | GNTDEV_DMABUF_FEATURE_REVOKE,
		  op.features);
	EXPECT_EQ(GNTDEV_DMA_FLAG_WC | GNTDEV_DMA_FLAG_COHERENT |
		  GNTDEV_DMABUF_EXPORT_READONLY |
		  GNTDEV_DMABUF_EXPORT_DIRECTORY |
		  GNTDEV_DMABUF_EXPORT_EVENTFD, op.export_flags);
	EXPECT_EQ(GNTDEV_DMABUF_IMPORT_READONLY | GNTDEV_DMABUF_IMPORT_EVENTFD,
		  op.import_flags);
	EXPECT_EQ(page_limit(), op.max_pages);
	EXPECT_EQ(0, op.reserved);
}

TEST_F_TIMEOUT(export, unknown_requests_are_refused_with_enotty, LIMIT)
{
	uint8_t bytes[256] = { 0 };

	EXPECT_EQ(ENOTTY, call(self->gntdev, _IOC(_IOC_NONE, 'G', 11, 24), bytes));
	EXPECT_EQ(ENOTTY, call(self->gntdev, _IOC(_IOC_NONE, 'G', 20, 8), bytes));
	EXPECT_EQ(ENOTTY, call(self->gntdev, _IOC(_IOC_NONE, 'G', 99, 8), bytes));
	EXPECT_EQ(ENOTTY, call(self->gntdev, _IOC(_IOC_NONE, 'G', 16, 40), bytes));
	EXPECT_EQ(ENOTTY, call(self->gntdev, _IOC(_IOC_READ | _IOC_WRITE, 'H', 16, 40),
			       bytes));
	EXPECT_EQ(ENOTTY, call(self->gntdev, _IOC(_IOC_NONE, 'G', 9, 40), bytes));
}

TEST_F_TIMEOUT(export, no_descriptor_left_leaves_nothing_behind, LIMIT)
{
	const struct request *r;
	struct rlimit old, none;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	none = old;
	none.rlim_cur = 0;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	for (r = requests; r->number; r++)
		EXPECT_EQ(EMFILE, with(self->gntdev, r, self->peer, r->flags, 0));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
}
