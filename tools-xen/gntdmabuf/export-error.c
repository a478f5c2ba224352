// SPDX-License-Identifier: GPL-2.0-only
/*
 * Error messages of exports.  The kernel has one error number for all pages:
 * this file finds the page that failed and says what the user can do.
 * export_request_run() calls it.
 */

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gntdmabuf.h"

/* References in a page of a page directory, behind the one of the next page */
#define DIRECTORY_REFS	1023

/* References below this are reserved by Xen (GNTTAB_NR_RESERVED_ENTRIES) */
#define RESERVED_REFS	8

/* Xen counts at most this many writable mappings of a page in one domain */
#define MAPPINGS_MAX	127

/*
 * read_directory - read the grant references from a page directory; how many it has,
 * at most those of the request
 */
static uint32_t read_directory(const struct export_request *request,
			       xengnttab_handle *xgt, uint32_t *refs)
{
	uint32_t n, i, next = request->refs[0], *page;

	for (i = 0; i < request->count && next >= RESERVED_REFS; i += n) {
		page = xengnttab_map_grant_ref(xgt, request->domid, next, PROT_READ);
		if (!page)
			errx(1, "reference %u of domain %u, page %u of the directory %u: it was not granted to this domain, or was revoked",
			     next, request->domid, i / DIRECTORY_REFS + 1,
			     request->refs[0]);
		n = request->count - i;
		if (n > DIRECTORY_REFS)
			n = DIRECTORY_REFS;
		next = page[0];
		memcpy(refs + i, page + 1, n * sizeof(*refs));
		xengnttab_unmap(xgt, page, 1);
	}
	return i;
}

/* read_refs - the references of the request, or of its page directory */
static uint32_t *read_refs(const struct export_request *request, xengnttab_handle *xgt)
{
	uint32_t *refs = calloc(request->count, sizeof(*refs));

	if (!refs)
		err(1, "%u references", request->count);
	if (request->flags & XENGNTTAB_DMABUF_DIRECTORY)
		read_directory(request, xgt, refs);
	else
		memcpy(refs, request->refs, request->count * sizeof(*refs));
	return refs;
}

/* compare_refs - order of two references, for qsort() */
static int compare_refs(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* export_page - export one page and release it; an error number or 0 */
static int export_page(const struct export_request *request,
		       xengnttab_handle *xgt, uint32_t ref, uint32_t flags)
{
	uint64_t id;
	int fd;

	if (xengnttab_dmabuf_export(xgt, request->domid, flags, 1, &ref, 0, -1,
				    &fd, &id))
		return errno;
	close(fd);
	return 0;
}

/* bad_reference - print the first reference that cannot be mapped, exit */
static _Noreturn void bad_reference(const struct export_request *request,
				    xengnttab_handle *xgt)
{
	const uint32_t readonly = XENGNTTAB_DMABUF_READONLY;
	uint32_t *refs = read_refs(request, xgt);
	uint32_t flags = request->flags & readonly;
	uint32_t i, bad = 0, first = 0;
	const char *hint;

	for (i = 0; i < request->count; i++) {
		if (export_page(request, xgt, refs[i], flags) != EACCES)
			continue;
		if (!bad++)
			first = i;
	}
	if (!bad)
		errx(1, "domain %u did not grant a page at first, but grants all pages now: try again",
		     request->domid);

	hint = "it was not granted to this domain, or was revoked";
	if (!flags && !export_page(request, xgt, refs[first], readonly))
		hint = "it was granted for reading only: try --read-only";
	errx(1, "reference %u of domain %u, page %u of %u: %s (bad pages: %u)",
	     refs[first], request->domid, first + 1, request->count, hint, bad);
}

/* reserved_reference - end the program if one of the references is reserved */
static void reserved_reference(const struct export_request *request,
			       const uint32_t *refs, uint32_t count)
{
	uint32_t i, used = count;

	/* Behind the last reference a page directory has zeros */
	while (request->flags & XENGNTTAB_DMABUF_DIRECTORY && used && !refs[used - 1])
		used--;
	for (i = 0; i < used; i++)
		if (refs[i] < RESERVED_REFS)
			errx(1, "reference %u is reserved by Xen: it never names a page of a buffer",
			     refs[i]);
	if (used < count)
		errx(1, "the directory %u of domain %u has %u references, not %u: is -n right?",
		     request->refs[0], request->domid, used, count);
}

/* wrong_directory - print why the kernel refused a page directory, exit */
static _Noreturn void wrong_directory(const struct export_request *request,
				      xengnttab_handle *xgt)
{
	uint32_t pages = (request->count + DIRECTORY_REFS - 1) / DIRECTORY_REFS;
	uint32_t *refs = calloc(request->count, sizeof(*refs));

	if (!refs)
		err(1, "%u references", request->count);
	if (request->refs[0] < RESERVED_REFS)
		errx(1, "reference %u is reserved by Xen: it never names a page directory",
		     request->refs[0]);
	reserved_reference(request, refs, read_directory(request, xgt, refs));
	errx(1, "the directory %u of domain %u has fewer or more pages than the %u that %u references take: is -n right?",
	     request->refs[0], request->domid, pages, request->count);
}

/* repeated_reference - end the program if Xen cannot map a page that often */
static void repeated_reference(const struct export_request *request,
			       xengnttab_handle *xgt)
{
	uint32_t *refs = read_refs(request, xgt), i, first = 0;

	qsort(refs, request->count, sizeof(*refs), compare_refs);
	for (i = 0; i < request->count; i++) {
		if (refs[i] != refs[first])
			first = i;
		if (i - first == MAPPINGS_MAX)
			errx(1, "reference %u is named more than %u times: Xen counts no more mappings of a page",
			     refs[i], MAPPINGS_MAX);
	}
}

/**
 * export_error - print why an export failed, and end the program
 * @request: the export
 * @xgt: the open gntdev
 * @info: features and limits of the open gntdev
 * @error: the error number of the export
 */
_Noreturn void export_error(const struct export_request *request,
			    xengnttab_handle *xgt,
			    const struct xengnttab_dmabuf_info *info, int error)
{
	uint32_t contiguous = XENGNTTAB_DMABUF_WC | XENGNTTAB_DMABUF_COHERENT;
	uint32_t directory = XENGNTTAB_DMABUF_DIRECTORY;
	uint32_t count = request->count;

	switch (error) {
	case EACCES:
		bad_reference(request, xgt);
	case ESRCH:
		errx(1, "there is no domain %u: see 'xl list'", request->domid);
	case E2BIG:
		errx(1, "%u pages are more than the limit of %u: write a larger limit to /sys/module/xen_gntdev/parameters/limit",
		     count, info->max_pages);
	case ENOSPC:
		repeated_reference(request, xgt);
		errx(1, "Xen has no handles for %u more mappings: raise gnttab_max_maptrack_frames (Xen), in a driver domain also max_maptrack_frames (xl.cfg)",
		     count);
	case ENOMEM:
		if (request->flags & contiguous)
			errx(1, "no contiguous memory of %u pages is free: boot with a larger cma=, or omit --wc and --coherent",
			     count);
		errx(1, "no memory for %u pages: give this domain more memory with 'xl mem-set'",
		     count);
	case EINVAL:
		if (request->flags & ~info->export_flags)
			errx(1, "this kernel lacks one of the options: see 'gntdmabuf query'");
		if (request->flags & directory)
			wrong_directory(request, xgt);
		reserved_reference(request, request->refs, count);
	}
	errx(1, "export of %u pages of domain %u: %s", count, request->domid,
	     strerror(error));
}
