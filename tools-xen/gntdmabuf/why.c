// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why pages could not be exported: the kernel has one error number for all of
 * them.  This looks for the page, and says what people can do.
 */

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gntdmabuf.h"

/* References in a page of a directory; the first word leads to the next page */
#define DIRECTORY_REFS	1023

/* References below this are Xen's own (GNTTAB_NR_RESERVED_ENTRIES) */
#define RESERVED_REFS	8

/* read_directory - the references that a directory names */
static void read_directory(const struct granted *granted,
			   xengnttab_handle *xgt, uint32_t *refs)
{
	uint32_t n, i, next = granted->refs[0], *page;

	for (i = 0; i < granted->count; i += n) {
		page = next < RESERVED_REFS ? NULL :
		       xengnttab_map_grant_ref(xgt, granted->domid, next, PROT_READ);
		if (!page)
			errx(1, "reference %u of domain %u, page %u of the directory %u: it was not granted to this domain, or taken back",
			     next, granted->domid, i / DIRECTORY_REFS + 1,
			     granted->refs[0]);
		n = granted->count - i;
		if (n > DIRECTORY_REFS)
			n = DIRECTORY_REFS;
		next = page[0];
		memcpy(refs + i, page + 1, n * sizeof(*refs));
		xengnttab_unmap(xgt, page, 1);
	}
}

static int try_one(const struct granted *granted, xengnttab_handle *xgt,
		   uint32_t ref, uint32_t flags)
{
	uint64_t id;
	int fd;

	if (xengnttab_dmabuf_export(xgt, granted->domid, flags, 1, &ref, 0, -1,
				    &fd, &id))
		return errno;
	close(fd);
	return 0;
}

/* bad_reference - find the first that cannot be mapped, and tell */
static _Noreturn void bad_reference(const struct granted *granted,
				    xengnttab_handle *xgt)
{
	const uint32_t readonly = XENGNTTAB_DMABUF_READONLY;
	uint32_t *refs = calloc(granted->count, sizeof(*refs));
	uint32_t flags = granted->flags & readonly;
	uint32_t i, bad = 0, first = 0;
	const char *hint;

	if (!refs)
		err(1, "%u references", granted->count);
	if (granted->flags & XENGNTTAB_DMABUF_DIRECTORY)
		read_directory(granted, xgt, refs);
	else
		memcpy(refs, granted->refs, granted->count * sizeof(*refs));

	for (i = 0; i < granted->count; i++) {
		if (try_one(granted, xgt, refs[i], flags) != EACCES)
			continue;
		if (!bad++)
			first = i;
	}
	if (!bad)
		errx(1, "domain %u refused a page that it grants by now: try again",
		     granted->domid);

	hint = "it was not granted to this domain, or taken back";
	if (!flags && !try_one(granted, xgt, refs[first], readonly))
		hint = "it was granted for reading only: try --read-only";
	errx(1, "reference %u of domain %u, page %u of %u: %s (bad pages: %u)",
	     refs[first], granted->domid, first + 1, granted->count, hint, bad);
}

/* reserved_reference - end the program if one of the references is reserved */
static void reserved_reference(const struct granted *granted,
			       const uint32_t *refs, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (refs[i] >= RESERVED_REFS)
			continue;
		if (granted->flags & XENGNTTAB_DMABUF_DIRECTORY && refs != granted->refs)
			errx(1, "the directory %u of domain %u has %u references, not %u: is -n right?",
			     granted->refs[0], granted->domid, i, count);
		errx(1, "reference %u is reserved by Xen: no domain grants a buffer by it",
		     refs[i]);
	}
}

/* wrong_directory - a directory that the kernel has refused: tell why */
static _Noreturn void wrong_directory(const struct granted *granted,
				      xengnttab_handle *xgt)
{
	uint32_t pages = (granted->count + DIRECTORY_REFS - 1) / DIRECTORY_REFS;
	uint32_t *refs = calloc(granted->count, sizeof(*refs));

	if (!refs)
		err(1, "%u references", granted->count);
	reserved_reference(granted, granted->refs, 1);
	if (pages == 1) {
		read_directory(granted, xgt, refs);
		reserved_reference(granted, refs, granted->count);
	}
	errx(1, "the directory %u of domain %u has fewer or more pages than the %u that %u references take: is -n right?",
	     granted->refs[0], granted->domid, pages, granted->count);
}

/**
 * why_not_exported - end the program with the reason
 * @granted: what was to be exported
 * @xgt: the open gntdev
 * @info: what it can do
 * @error: the error number of the export
 */
_Noreturn void why_not_exported(const struct granted *granted,
				xengnttab_handle *xgt,
				const struct xengnttab_dmabuf_info *info,
				int error)
{
	uint32_t run = XENGNTTAB_DMABUF_WC | XENGNTTAB_DMABUF_COHERENT;
	uint32_t directory = XENGNTTAB_DMABUF_DIRECTORY;
	uint32_t count = granted->count;

	switch (error) {
	case EACCES:
		bad_reference(granted, xgt);
	case ESRCH:
		errx(1, "there is no domain %u: see 'xl list'", granted->domid);
	case E2BIG:
		errx(1, "%u pages are more than the limit of %u: write a larger one to /sys/module/xen_gntdev/parameters/limit",
		     count, info->max_pages);
	case ENOSPC:
		errx(1, "Xen cannot keep track of %u more mappings: give it a larger gnttab_max_maptrack_frames",
		     count);
	case ENOMEM:
		if (granted->flags & run)
			errx(1, "no run of %u pages is free: boot with a larger cma=, or do without --wc and --coherent",
			     count);
		errx(1, "no memory for %u pages: give this domain more with 'xl mem-set'",
		     count);
	case EINVAL:
		if (granted->flags & ~info->export_flags)
			errx(1, "this kernel does not export in this way: see 'gntdmabuf query'");
		if (granted->flags & directory)
			wrong_directory(granted, xgt);
		reserved_reference(granted, granted->refs, count);
	}
	errx(1, "export of %u pages of domain %u: %s", count, granted->domid,
	     strerror(error));
}
