// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/gntalloc.h>
#include <xengnttab.h>

#include "granted.h"

/* References in a directory page, after the link to the next page (displif.h) */
#define REFS_PER_PAGE	1023

/**
 * granted_begin - allocate pages and grant them to another domain
 * @granted: filled in
 * @domid: the peer domain
 * @count: number of pages
 * @readonly: grant them read-only
 *
 * Ends the program on any error but a lack of grants.
 *
 * Return: false if this domain cannot grant so many pages.
 */
bool granted_begin(struct granted *granted, unsigned int domid,
		   unsigned int count, bool readonly)
{
	struct ioctl_gntalloc_alloc_gref *op;
	bool done = false;

	op = calloc(1, sizeof(*op) + count * sizeof(uint32_t));
	granted->refs = calloc(count, sizeof(*granted->refs));
	granted->fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	if (!op || !granted->refs || granted->fd < 0)
		err(1, "/dev/xen/gntalloc");
	op->domid = domid;
	op->flags = readonly ? 0 : GNTALLOC_FLAG_WRITABLE;
	op->count = count;
	if (ioctl(granted->fd, IOCTL_GNTALLOC_ALLOC_GREF, op))
		goto out;

	granted->count = count;
	granted->pages = mmap(NULL, count * PEER_PAGE, PROT_READ | PROT_WRITE,
			      MAP_SHARED, granted->fd, op->index);
	if (granted->pages == MAP_FAILED)
		err(1, "map %u pages", count);
	memcpy(granted->refs, (char *)op +
	       offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids),
	       count * sizeof(*granted->refs));
	done = true;
out:
	if (!done) {
		close(granted->fd);
		free(granted->refs);
	}
	free(op);
	return done;
}

/**
 * granted_end - revoke the grants and free the pages
 * @granted: filled in by granted_begin()
 *
 * The kernel frees pages that the peer domain maps when it unmaps them.
 */
void granted_end(struct granted *granted)
{
	munmap(granted->pages, granted->count * PEER_PAGE);
	/* gntalloc revokes the grants of a file when the file is closed */
	close(granted->fd);
	free(granted->refs);
	granted->count = 0;
}

/**
 * directory_pages - number of pages of a page directory
 * @count: number of references in it
 *
 * Return: number of pages.
 */
unsigned int directory_pages(unsigned int count)
{
	return (count + REFS_PER_PAGE - 1) / REFS_PER_PAGE;
}

/**
 * directory_write - write a page directory into granted pages
 * @granted: the pages
 * @first: index in @granted of the first directory page; the others follow
 * @refs: the references to write
 * @count: number of references
 *
 * Return: the reference of the first directory page.
 */
uint32_t directory_write(const struct granted *granted, unsigned int first,
			 const uint32_t *refs, unsigned int count)
{
	uint32_t *page = granted->pages + first * (PEER_PAGE / 4);
	unsigned int i, n, next = first + 1;

	for (i = 0; i < count; i += n, page += PEER_PAGE / 4) {
		n = count - i < REFS_PER_PAGE ? count - i : REFS_PER_PAGE;
		page[0] = i + n < count ? granted->refs[next++] : 0;
		memcpy(page + 1, refs + i, n * sizeof(*refs));
	}
	return granted->refs[first];
}

/**
 * granted_listed - grant pages and a page directory of them
 * @granted: filled in: the pages, followed by the directory pages
 * @domid: the peer domain
 * @count: number of pages, without the directory pages
 * @readonly: grant them read-only
 *
 * Return: the directory's reference, or 0 if this domain cannot grant so many
 * pages.
 */
uint32_t granted_listed(struct granted *granted, unsigned int domid,
			unsigned int count, bool readonly)
{
	if (!granted_begin(granted, domid, count + directory_pages(count), readonly))
		return 0;
	return directory_write(granted, count, granted->refs, count);
}

/**
 * directory_read - read a page directory of another domain
 * @domid: the peer domain
 * @directory: reference of the first directory page
 * @count: number of references in it
 *
 * Return: the references, to be freed.
 */
uint32_t *directory_read(unsigned int domid, uint32_t directory,
			 unsigned int count)
{
	xengnttab_handle *gnttab = xengnttab_open(NULL, 0);
	uint32_t *refs = calloc(count, sizeof(*refs)), *page;
	unsigned int i, n;

	if (!gnttab || !refs)
		err(1, "references of domain %u", domid);

	for (i = 0; i < count; i += n) {
		page = xengnttab_map_grant_ref(gnttab, domid, directory,
					       PROT_READ);
		if (!page)
			err(1, "directory page %u of domain %u", directory, domid);
		n = count - i < REFS_PER_PAGE ? count - i : REFS_PER_PAGE;
		directory = page[0];
		memcpy(refs + i, page + 1, n * sizeof(*refs));
		if (xengnttab_unmap(gnttab, page, 1))
			err(1, "unmap");
	}

	xengnttab_close(gnttab);
	return refs;
}
