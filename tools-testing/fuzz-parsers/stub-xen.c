// SPDX-License-Identifier: GPL-2.0-only
/*
 * libxengnttab: the pages that the guest grants, and dma-bufs that the kernel makes of grants
 * or grants to the guest.  The pages of the guest are those of a memfd, so each mapping sees
 * the same bytes.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xengnttab.h>
#include <xentoollog.h>

#include "stub.h"

#define BUFFERS		80
/* Pages: larger mappings of grants fail */
#define MAX_MAP		1024

struct xengntdev_handle {
	int fd;
};

/*
 * @object: number of the dma-buf, 0 for a free entry; @fd: the descriptor that the export
 * has returned; @event: signalled when the buffer is released; @revoked: the card still has
 * the dma-buf, whose pages are gone
 */
struct dmabuf {
	uint32_t object;
	uint64_t id, size;
	int fd, event;
	bool import, contiguous, closed, revoked;
};

static int memory = -1;
static uint8_t *pages;
static struct dmabuf bufs[BUFFERS];
static uint32_t objects;
static uint64_t ids;
static bool held, refused, fixed;
static long mapped, open_handles;

/* ---- For the harness */

void xen_init(void)
{
	memory = memfd_create("guest", MFD_CLOEXEC);
	if (memory < 0 || ftruncate(memory, GUEST_PAGES * PAGE))
		abort();
	pages = mmap(NULL, GUEST_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (pages == MAP_FAILED)
		abort();
}

/** guest_page - memory of the guest */
uint8_t *guest_page(unsigned int index)
{
	return pages + index % GUEST_PAGES * PAGE;
}

static void signal_release(struct dmabuf *buf)
{
	eventfd_write(buf->event, 1);
	close(buf->event);
}

static void release(struct dmabuf *buf)
{
	signal_release(buf);
	buf->object = 0;
}

/** exports_refuse - whether the kernel cannot export */
void exports_refuse(bool refuse)
{
	refused = refuse;
}

/** buffers_hold - whether others hold buffers that the code under test has closed */
void buffers_hold(bool hold)
{
	held = hold;
}

/** buffers_fix - whether the kernel cannot revoke a buffer that the card has */
void buffers_fix(bool fix)
{
	fixed = fix;
}

/** buffers_let_go - the others close these buffers */
void buffers_let_go(void)
{
	struct dmabuf *buf;

	for (buf = bufs; buf < bufs + BUFFERS; buf++)
		if (buf->object && buf->closed)
			release(buf);
}

/*
 * take_back - as the kernel, take the pages of an export away: the card has an empty dma-buf then
 *
 * Returns whether it can.
 */
static bool take_back(struct dmabuf *buf)
{
	if (buf->closed) {
		release(buf);
		return true;
	}
	if (fixed)
		return false;
	signal_release(buf);
	buf->revoked = true;
	return true;
}

/**
 * buffer_revoke - root revokes an export
 * @which: number of the export, of any size
 */
void buffer_revoke(unsigned int which)
{
	struct dmabuf *found[BUFFERS], *buf;
	unsigned int n = 0;

	for (buf = bufs; buf < bufs + BUFFERS; buf++)
		if (buf->object && !buf->import && !buf->revoked)
			found[n++] = buf;
	if (n)
		take_back(found[which % n]);
}

static struct dmabuf *find_object(uint32_t object)
{
	struct dmabuf *buf;

	for (buf = bufs; buf < bufs + BUFFERS; buf++)
		if (object && buf->object == object)
			return buf;
	return NULL;
}

static struct dmabuf *find_id(uint64_t id)
{
	struct dmabuf *buf;

	for (buf = bufs; buf < bufs + BUFFERS; buf++)
		if (buf->object && buf->id == id)
			return buf;
	fail("no buffer has the id %llu", (unsigned long long)id);
}

/** buffer_closed - the card has closed an export */
void buffer_closed(uint32_t object)
{
	struct dmabuf *buf = find_object(object);

	if (!buf)
		fail("the card closes a buffer that is released");
	if (buf->revoked) {
		buf->object = 0;
		return;
	}
	buf->closed = true;
	if (!held)
		release(buf);
}

/** buffer_size - bytes of an export */
uint64_t buffer_size(uint32_t object)
{
	struct dmabuf *buf = find_object(object);

	return buf ? buf->size : 0;
}

/** buffer_of_fd - the export of a descriptor, or 0 */
uint32_t buffer_of_fd(int fd)
{
	struct dmabuf *buf;
	uint32_t last = 0;

	/* The numbers of closed descriptors are used again */
	for (buf = bufs; buf < bufs + BUFFERS; buf++)
		if (buf->object > last && buf->fd == fd)
			last = buf->object;
	return last;
}

/** buffer_is_contiguous - whether an export was asked to be */
bool buffer_is_contiguous(uint32_t object)
{
	struct dmabuf *buf = find_object(object);

	return buf && buf->contiguous;
}

/** xen_check - fail if anything is left */
void xen_check(void)
{
	struct dmabuf *buf;

	for (buf = bufs; buf < bufs + BUFFERS; buf++)
		if (buf->object)
			fail("an %s of %llu bytes is left", buf->import ? "import" : "export",
			     (unsigned long long)buf->size);
	if (mapped || open_handles)
		fail("%ld mapped pages and %ld open files are left", mapped, open_handles);
	events_check();
	objects = 0;
	ids = 0;
	held = false;
}

/* ---- Grants */

xengnttab_handle *xengnttab_open(struct xentoollog_logger *logger, unsigned int flags)
{
	return xengnttab_fdopen(logger, eventfd(0, EFD_CLOEXEC), flags);
}

xengnttab_handle *xengnttab_fdopen(struct xentoollog_logger *logger, int fd,
				   unsigned int flags)
{
	struct xengntdev_handle *xgt = calloc(1, sizeof(*xgt));

	xgt->fd = fd;
	open_handles++;
	return xgt;
}

int xengnttab_close(xengnttab_handle *xgt)
{
	close(xgt->fd);
	free(xgt);
	open_handles--;
	return 0;
}

int xengnttab_fd(xengnttab_handle *xgt)
{
	return xgt->fd;
}

void *xengnttab_map_domain_grant_refs(xengnttab_handle *xgt, uint32_t count, uint32_t domid,
				      uint32_t *refs, int prot)
{
	uint8_t *at;
	uint32_t i;

	if (domid != GUEST)
		fail("grants of domain %u are mapped", domid);
	errno = ENOMEM;
	if (count > MAX_MAP || fault_hit())
		return NULL;
	errno = EINVAL;
	for (i = 0; i < count; i++)
		if (refs[i] < FIRST_REF || refs[i] >= FIRST_REF + GUEST_PAGES)
			return NULL;
	at = mmap(NULL, (size_t)count * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	for (i = 0; i < count; i++)
		if (mmap(at + (size_t)i * PAGE, PAGE, prot, MAP_SHARED | MAP_FIXED, memory,
			 (off_t)(refs[i] - FIRST_REF) * PAGE) == MAP_FAILED)
			abort();
	mapped += count;
	/* A single page is a ring or a page directory, not a buffer */
	if (count > 1)
		rate_pay_pages(count);
	else
		directory_mapped();
	return at;
}

void *xengnttab_map_grant_ref(xengnttab_handle *xgt, uint32_t domid, uint32_t ref, int prot)
{
	return xengnttab_map_domain_grant_refs(xgt, 1, domid, &ref, prot);
}

int xengnttab_unmap(xengnttab_handle *xgt, void *address, uint32_t count)
{
	if (!address || munmap(address, (size_t)count * PAGE))
		fail("%u pages at %p are unmapped", count, address);
	mapped -= count;
	return 0;
}

/* ---- Buffers */

int xengnttab_dmabuf_query(xengnttab_handle *xgt, struct xengnttab_dmabuf_info *info)
{
	*info = (struct xengnttab_dmabuf_info) {
		.features = XENGNTTAB_DMABUF_FEATURE_RESTRICT |
			    XENGNTTAB_DMABUF_FEATURE_REVOKE |
			    XENGNTTAB_DMABUF_FEATURE_CONTIGUOUS,
		.max_pages = 65536,
	};
	return 0;
}

static struct dmabuf *new_buffer(uint64_t size, int event, bool import)
{
	struct dmabuf *buf;

	for (buf = bufs; buf < bufs + BUFFERS && buf->object; buf++)
		;
	if (buf == bufs + BUFFERS)
		fail("more than %u buffers", BUFFERS);
	/* The kernel holds the event, whatever the program closes */
	*buf = (struct dmabuf) {
		.object = ++objects, .id = ++ids, .size = size, .fd = -1,
		.event = dup(event), .import = import,
	};
	return buf;
}

int xengnttab_dmabuf_export(xengnttab_handle *xgt, uint32_t domid, uint32_t flags,
			    uint32_t count, const uint32_t *refs, uint32_t data_ofs,
			    int eventfd_, int *fd, uint64_t *id)
{
	struct dmabuf *buf;

	if (domid != GUEST || !count || !(flags & XENGNTTAB_DMABUF_DIRECTORY))
		fail("an export of %u pages of domain %u", count, domid);
	errno = EOPNOTSUPP;
	if (refused || fault_hit())
		return -1;
	rate_pay_pages(count);
	buf = new_buffer((uint64_t)count * PAGE, eventfd_, false);
	buf->fd = *fd = eventfd(0, EFD_CLOEXEC);
	buf->contiguous = flags & XENGNTTAB_DMABUF_WC;
	*id = buf->id;
	return 0;
}

int xengnttab_dmabuf_import(xengnttab_handle *xgt, uint32_t domid, uint32_t flags, int fd,
			    uint32_t count, uint32_t *refs, int eventfd_, uint32_t *data_ofs,
			    uint64_t *id)
{
	struct dmabuf *buf;
	uint32_t i;

	if (domid != GUEST || !count)
		fail("an import of %u pages for domain %u", count, domid);
	if (fault_hit())
		return -1;
	buf = new_buffer((uint64_t)count * PAGE, eventfd_, true);
	for (i = 0; i < count; i++)
		refs[i] = 1000 + i;
	*data_ofs = 0;
	*id = buf->id;
	return 0;
}

int xengnttab_dmabuf_release(xengnttab_handle *xgt, uint64_t id)
{
	struct dmabuf *buf = find_id(id);

	if (!buf->import || buf->closed)
		fail("the import %llu is released twice", (unsigned long long)id);
	buf->closed = true;
	if (!held)
		release(buf);
	return 0;
}

int xengnttab_dmabuf_revoke(xengnttab_handle *xgt, uint64_t id)
{
	struct dmabuf *buf;

	if (fault_hit())
		return -1;
	for (buf = bufs; buf < bufs + BUFFERS; buf++)
		if (buf->object && buf->id == id && !buf->revoked) {
			errno = EBUSY;
			return take_back(buf) ? 0 : -1;
		}
	/* Released meanwhile; the code under test has not seen the event yet */
	errno = ENOENT;
	return -1;
}

int xengnttab_dmabuf_wait(xengnttab_handle *xgt, uint64_t id, uint32_t timeout_ms)
{
	release(find_id(id));
	return 0;
}

/* ---- Messages */

xentoollog_logger_stdiostream *
xtl_createlogger_stdiostream(FILE *f, xentoollog_level min_level, unsigned int flags)
{
	return NULL;
}
