// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refusals by Xen that need more than a wrong request: an entry in the grant table of the
 * guest whose page the guest cannot grant, no memory for more handles or references, and no
 * handle in the middle of an export.  Each test checks one promise.  Runs in domain 0 with
 * the module vkms, and with granter in a guest: see fixture.h.  Must precede programs that
 * use all handles or references, because Xen never frees their memory.
 */

/* Pages of a buffer: more than one batch of hypercalls */
#define PAGES	300
#define SPARE	PAGES

#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xen/grant_table.h>

#include "fixture.h"
#include "mem-hog.h"
#include "sources.h"

#define SIZE	((size_t)PAGES * PEER_PAGE)

#define ENTRIES	(PEER_PAGE / sizeof(struct grant_entry_v1))

/* ---- A forged entry of the grant table */

/* More frames than the grant table of a guest has */
#define FRAMES	128

/**
 * struct forged - an entry of the guest's grant table that the test writes
 * @memory: handle of libxenforeignmemory
 * @resource: the mapping of the first frames of the table
 * @table: its entries
 * @ref: number of an entry that the guest does not use
 */
struct forged {
	xenforeignmemory_handle *memory;
	xenforeignmemory_resource_handle *resource;
	volatile struct grant_entry_v1 *table;
	uint32_t ref;
};

/* forged_map - map the first frames of the table; false if the last has no unused entry */
static bool forged_map(struct forged *forged, unsigned int domid, unsigned int frames)
{
	unsigned int type = XENMEM_resource_grant_table;
	unsigned int id = XENMEM_resource_grant_table_id_shared;
	void *table = NULL;
	uint32_t ref;

	forged->resource = xenforeignmemory_map_resource(forged->memory, domid, type, id,
							 0, frames, &table,
							 PROT_READ | PROT_WRITE, 0);
	if (!forged->resource)
		return false;
	forged->table = table;
	for (ref = frames * ENTRIES - 1; ref >= (frames - 1) * ENTRIES + RESERVED_REFS; ref--) {
		forged->ref = ref;
		if (!forged->table[ref].flags)
			return true;
	}
	xenforeignmemory_unmap_resource(forged->memory, forged->resource);
	return false;
}

static bool forged_begin(struct forged *forged, unsigned int domid)
{
	unsigned int frames;

	forged->memory = xenforeignmemory_open(NULL, 0);
	for (frames = 1; forged->memory && frames < FRAMES; frames++)
		if (forged_map(forged, domid, frames))
			return true;
	return false;
}

/* forged_frame - the page that an entry of the guest grants, among those mapped */
static uint32_t forged_frame(const struct forged *forged, const struct peer *peer)
{
	unsigned int i;

	for (i = 0; i < peer->count; i++)
		if (peer->refs[i] < forged->ref)
			return forged->table[peer->refs[i]].frame;
	return 0;
}

/* forge - write the entry; the flags last, as a guest does */
static void forge(struct forged *forged, uint16_t flags, domid_t domid, uint32_t frame)
{
	volatile struct grant_entry_v1 *entry = &forged->table[forged->ref];

	entry->flags = 0;
	entry->frame = frame;
	entry->domid = domid;
	__sync_synchronize();
	entry->flags = flags;
}

static void forged_end(struct forged *forged)
{
	forge(forged, 0, 0, 0);
	xenforeignmemory_unmap_resource(forged->memory, forged->resource);
	xenforeignmemory_close(forged->memory);
}

/* A page that no machine of a test has: its address is 16 TiB */
#define NO_FRAME	0xfffffff0

/*
 * frame_of_dom0 - a page of domain 0 that a PV guest can name, else NO_FRAME
 *
 * Other guests name pages by their own guest-physical addresses.
 */
static uint32_t frame_of_dom0(unsigned int peer)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	uint32_t frame = NO_FRAME;
	xc_domaininfo_t dom0, guest;

	if (domain_is("PV") && xc_domain_getinfolist(xc, 0, 1, &dom0) == 1 &&
	    xc_domain_getinfolist(xc, peer, 1, &guest) == 1 && guest.domain == peer &&
	    !(guest.flags & XEN_DOMINF_hvm_guest))
		frame = dom0.shared_info_frame;
	xc_interface_close(xc);
	return frame;
}

TEST_F_TIMEOUT(export, an_entry_that_grants_no_page_of_the_guest_undoes_the_export, LIMIT)
{
	const uint16_t access = GTF_permit_access;
	struct forged forged;
	const struct {
		const char *name;
		uint16_t flags;
		domid_t domid;
		uint32_t frame;
	} entries[] = {
		{ "no such page", access, 0, NO_FRAME },
		{ "a page of domain 0", access, 0, frame_of_dom0(self->peer->domid) },
		{ "granted to another domain", access, self->peer->domid, 0 },
		{ "a transfer", GTF_accept_transfer, 0, 0 },
		{ "no grant", GTF_invalid, 0, 0 },
	};
	unsigned int where[] = { 0, 1, 255, 256, PAGES - 1 }, i, j;
	uint32_t refs[PAGES], good;
	int fd = -1;

	ASSERT_TRUE(forged_begin(&forged, self->peer->domid));
	memcpy(refs, self->peer->refs, sizeof(refs));
	good = forged_frame(&forged, self->peer);
	ASSERT_NE(0, good);
	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		forge(&forged, entries[i].flags, entries[i].domid, entries[i].frame ?: good);
		for (j = 0; j < ARRAY_SIZE(where); j++) {
			refs[where[j]] = forged.ref;
			EXPECT_EQ(EACCES, export_refs(self->gntdev, 0, PAGES,
						      self->peer->domid, refs, &fd))
				TH_LOG("%s, page %u", entries[i].name, where[j]);
			EXPECT_EQ(-1, fd);
			refs[where[j]] = self->peer->refs[where[j]];
		}
	}

	/* With a page of the guest the same request succeeds */
	forge(&forged, access, 0, good);
	refs[PAGES - 1] = forged.ref;
	EXPECT_EQ(0, export_refs(self->gntdev, 0, PAGES, self->peer->domid, refs, &fd));
	EXPECT_EQ(0, close(fd));
	forged_end(&forged);
}

/* ---- No memory for handles */

/* On x86 PV a mapping by a program takes a handle for each page, and no page */
#define MAPS	64

/* More pages than the table of handles can have in a test: 256 handles are in a page */
#define TABLE	512

/* xen_free - free pages of Xen */
static unsigned long xen_free(void)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_physinfo_t info = { 0 };

	xc_physinfo(xc, &info);
	xc_interface_close(xc);
	return info.free_pages;
}

/*
 * allow_table - let the table of handles have grown in this test, and nothing else
 *
 * Waits for the memory of a domain that had all.
 */
static void allow_table(struct conserve *before)
{
	while (xen_free() + TABLE < before->xen_free)
		usleep(10000);
	before->xen_free = xen_free();
}

/* map_until_refused - map buffers until mmap() fails; the number of mappings */
static unsigned int map_until_refused(const int *fds, unsigned int count, void **maps)
{
	unsigned int n;

	for (n = 0; n < MAPS; n++) {
		maps[n] = map_all(SIZE, fds[n % count]);
		if (maps[n] == MAP_FAILED)
			break;
	}
	return n;
}

/*
 * Xen has no page for more handles.  The local pages of the exports come from the cache
 * of the driver: otherwise the driver would balloon pages out, and Xen would have memory.
 */
TEST_F_TIMEOUT(export, handles_that_xen_has_no_memory_for_are_refused, LIMIT)
{
	struct mem_hog mem_hog = { 0 };
	unsigned int i, n, count = 4;
	void *maps[MAPS], *map;
	int fds[6], error, fd = -1;
	const char *lost;

	if (!domain_is("PV"))
		SKIP(return, "only on x86 PV does a mapping take handles");
	close(self->fd);
	self->fd = -1;
	lost = conserve_end(&self->before);
	ASSERT_EQ(NULL, lost)
		TH_LOG("before the test: %s", lost);
	for (i = 0; i <= count; i++)
		ASSERT_EQ(0, export_refs(self->gntdev, 0, PAGES, self->peer->domid,
					 self->peer->refs, &fds[i]));
	close(fds[count]);

	EXPECT_TRUE(mem_hog_start(&mem_hog));
	n = map_until_refused(fds, count, maps);
	error = errno;
	EXPECT_GT(MAPS, n);
	EXPECT_EQ(ENOSPC, error);
	EXPECT_EQ(ENOSPC, export_refs(self->gntdev, 0, PAGES, self->peer->domid,
				      self->peer->refs, &fd));
	EXPECT_EQ(-1, fd);
	mem_hog_stop(&mem_hog);
	allow_table(&self->before);

	EXPECT_EQ(0, export_refs(self->gntdev, 0, PAGES, self->peer->domid,
				 self->peer->refs, &fd));
	map = map_all(SIZE, fds[0]);
	EXPECT_NE(MAP_FAILED, map);
	munmap(map, SIZE);
	close(fd);
	while (n)
		munmap(maps[--n], SIZE);
	for (i = 0; i < count; i++)
		close(fds[i]);
	allow_table(&self->before);
}

/* ---- No memory for references */

/* As many pages as a page of the grant table has references */
#define PORTION	512

/* More portions than the grant table of domain 0 has pages */
#define PORTIONS	128

/* import_portions - grant the pages of a buffer to the guest until that fails, or often */
static unsigned int import_portions(int gntdev, const struct source *source,
				    unsigned int domid, unsigned int most, int *error)
{
	static uint32_t refs[PORTION];
	unsigned int n;

	*error = 0;
	for (n = 0; n < most && !*error; n += !*error) {
		struct gntdev_dmabuf_import op = {
			.refs = (uintptr_t)refs,
			.count = PORTION,
			.domid = domid,
			.fd = source->fd,
		};

		*error = import_buffer(gntdev, &op);
	}
	return n;
}

TEST_F_TIMEOUT(export, references_that_xen_has_no_memory_for_are_refused, LIMIT)
{
	struct mem_hog mem_hog = { 0 };
	struct source source;
	unsigned int n;
	int file, error;

	if (!domain_is("PV"))
		SKIP(return, "elsewhere no test takes the memory of Xen, see mem_hog_start()");
	ASSERT_EQ(0, source_dumb(&source, "vkms", 1024, PORTION));
	ASSERT_EQ(PORTION, source.pages);
	EXPECT_TRUE(mem_hog_start(&mem_hog));
	file = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	n = import_portions(file, &source, self->peer->domid, PORTIONS, &error);
	EXPECT_EQ(ENOSPC, error);
	close(file);
	mem_hog_stop(&mem_hog);
	allow_table(&self->before);

	file = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	EXPECT_EQ(n + 1, import_portions(file, &source, self->peer->domid, n + 1, &error));
	close(file);
	source_close(&source);
	allow_table(&self->before);
}

/* ---- No handle */

/* halfway - export pages that the guest grants, by their references or by the directory */
static int halfway(struct _test_data_export *self, const struct peer_buffer *spare,
		   uint32_t flags, uint32_t data_ofs, int *fd)
{
	bool directory = flags & GNTDEV_DMABUF_EXPORT_DIRECTORY;
	struct gntdev_dmabuf_export op = buffer_op(self->peer, PAGES);
	int ret;

	op.refs = directory ? (uintptr_t)&spare->directory : (uintptr_t)spare->refs;
	op.flags = flags;
	op.data_ofs = data_ofs;
	ret = export_buffer(self->gntdev, &op);
	*fd = op.fd;
	return ret;
}

/**
 * struct handles - exports that have all handles of Xen
 * @ones: exports of one page
 * @nr_ones: number of these
 * @more: larger ones
 * @nr_more: number of these
 */
struct handles {
	int ones[PAGES + 1];
	unsigned int nr_ones;
	int more[200];
	unsigned int nr_more;
};

/* handles_take - export until Xen has no handle left; whether it has none */
static bool handles_take(struct handles *handles, int gntdev, const struct peer *peer)
{
	unsigned int count;

	*handles = (struct handles) { 0 };
	while (handles->nr_ones < ARRAY_SIZE(handles->ones)) {
		if (export_refs(gntdev, 0, 1, peer->domid,
				&peer->refs[handles->nr_ones % peer->count],
				&handles->ones[handles->nr_ones]))
			return false;
		handles->nr_ones++;
	}
	for (count = peer->count; count; count /= 2)
		while (handles->nr_more < ARRAY_SIZE(handles->more) &&
		       !export_refs(gntdev, 0, count, peer->domid, peer->refs,
				    &handles->more[handles->nr_more]))
			handles->nr_more++;
	return handles->nr_more < ARRAY_SIZE(handles->more);
}

/* handles_free - free some that exports of one page have */
static void handles_free(struct handles *handles, unsigned int count)
{
	while (count--)
		close(handles->ones[--handles->nr_ones]);
}

static void handles_free_all(struct handles *handles)
{
	handles_free(handles, handles->nr_ones);
	while (handles->nr_more)
		close(handles->more[--handles->nr_more]);
}

/* The handles of exports of one page are those that the test leaves to Xen */
TEST_F_TIMEOUT(export, an_export_that_lacks_handles_takes_none, LIMIT)
{
	static const struct {
		uint32_t flags, data_ofs;
	} kinds[] = {
		{ 0, 0 }, { GNTDEV_DMABUF_EXPORT_DIRECTORY, 0 },
		{ GNTDEV_DMABUF_EXPORT_READONLY, 64 },
	};
	/* None, around a batch, and one too few */
	static const unsigned int steps[] = { 0, 1, 128, 255, 256, 257, PAGES - 1 };
	unsigned int i, kind, left = 0, need;
	struct handles handles;
	struct peer_buffer spare;
	int fd;

	ASSERT_TRUE(peer_alloc(self->peer, PAGES, false, &spare));
	close(self->fd);
	self->fd = -1;
	/*
	 * Xen never frees the table of handles.  It frees page tables that it has while
	 * grants are mapped in a PVH domain, so this counts when none is.
	 */
	ASSERT_TRUE(handles_take(&handles, self->gntdev, self->peer));
	handles_free_all(&handles);
	allow_table(&self->before);
	ASSERT_TRUE(handles_take(&handles, self->gntdev, self->peer));

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		handles_free(&handles, steps[i] - left);
		left = steps[i];
		for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
			EXPECT_EQ(ENOSPC, halfway(self, &spare, kinds[kind].flags,
						  kinds[kind].data_ofs, &fd))
				TH_LOG("kind %u, %u handles", kind, left);
		}
	}
	/* All handles are free again: as many as an export needs are enough */
	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		need = PAGES + (kinds[kind].data_ofs && domain_is("PV"));
		handles_free(&handles, need - left);
		left = need;
		ASSERT_EQ(0, halfway(self, &spare, kinds[kind].flags, kinds[kind].data_ofs,
				     &fd))
			TH_LOG("kind %u, %u handles", kind, left);
		EXPECT_EQ(0, close(fd));
	}
	handles_free_all(&handles);
	peer_free(self->peer, &spare);
	free(spare.refs);
}
