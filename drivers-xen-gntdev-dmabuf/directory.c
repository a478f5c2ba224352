// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading of page directories: chains of granted pages that hold references.
 *
 * The format is that of displif.h and sndif.h in Xen's public headers
 * (gref_dir_next_page).  A page begins with the reference of the next page, or 0
 * in the last page.  As many references of the buffer follow as fit.
 *
 * The granting domain can change these pages while the kernel reads them.  So Xen
 * copies each page once into private memory, and the kernel checks and uses only
 * the copy.  A copy takes no handle and no page, and the granting domain
 * can end its grant as soon as the page is copied.  The number of the buffer's
 * pages limits the length of the chain, so a circular chain ends.
 *
 * ioctl-export.c and api.c call this file.  It has no state and no lock.
 */

#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <xen/grant_table.h>
#include <xen/page.h>

#include "directory.h"
#include "grants.h"
#include "request.h"

#define DIRECTORY_WORDS	(XEN_PAGE_SIZE / sizeof(grant_ref_t))

/* The first word of the last page.  Xen reserves the reference 0. */
#define DIRECTORY_END	0

/**
 * gntdev_directory_step - copy the references out of one directory page
 * @page: private copy of the page, %XEN_PAGE_SIZE bytes
 * @refs: destination
 * @left: number of references that are still missing, at least 1
 * @next: set to the reference of the next page, %DIRECTORY_END in the last page
 *
 * Context: any.
 * Return: the number of references copied; or -EINVAL if the chain is shorter or
 * longer than needed, or if a reference, including that of the next page, is
 * reserved.
 */
int gntdev_directory_step(const grant_ref_t *page, u32 *refs, unsigned int left,
			  grant_ref_t *next)
{
	unsigned int n = min_t(unsigned int, left, DIRECTORY_WORDS - 1);
	bool last = n == left;
	int ret;

	*next = page[0];
	if ((*next == DIRECTORY_END) != last)
		return -EINVAL;

	ret = last ? 0 : gntdev_request_check_refs(next, 1);
	if (!ret)
		ret = gntdev_request_check_refs(page + 1, n);
	if (ret)
		return ret;

	memcpy(refs, page + 1, n * sizeof(*refs));
	return n;
}

/* directory_copy - copy a page of another domain to @to, which is a whole page */
static int directory_copy(domid_t domid, grant_ref_t ref, void *to)
{
	struct gnttab_copy op = {
		.source.u.ref = ref,
		.source.domid = domid,
		.dest.u.gmfn = virt_to_gfn(to),
		.dest.domid = DOMID_SELF,
		.len = XEN_PAGE_SIZE,
		.flags = GNTCOPY_source_gref,
	};

	/* Retries for up to 33 s while the page is paged out */
	gnttab_batch_copy(&op, 1);
	return op.status == GNTST_okay ? 0 : gntdev_grants_errno(op.status);
}

static int directory_fill(domid_t domid, grant_ref_t ref, u32 *refs,
			  unsigned int count)
{
	unsigned int done = 0;
	grant_ref_t *copy;
	int ret;

	/* Xen writes a page at the beginning of one frame */
	BUILD_BUG_ON(PAGE_SIZE != XEN_PAGE_SIZE);
	copy = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;

	ret = gntdev_request_check_refs(&ref, 1);
	while (!ret && done < count) {
		ret = directory_copy(domid, ref, copy);
		if (ret)
			break;

		ret = gntdev_directory_step(copy, refs + done, count - done,
					    &ref);
		if (ret < 0)
			break;
		done += ret;
		ret = fatal_signal_pending(current) ? -EINTR : 0;
	}

	kfree(copy);
	return ret;
}

/**
 * gntdev_directory_read - read a page directory
 * @domid: the granting domain
 * @first: reference of the first directory page
 * @count: number of references in the directory, at least 1
 *
 * Context: process context, may sleep: up to 33 s per directory page while the
 * granting domain's page is paged out.
 * Return: the references, to be freed with kvfree(), or ERR_PTR: -EINVAL if the
 * directory is shorter or longer than @count needs or has a reserved reference;
 * -ENOMEM; -EINTR if a fatal signal is pending; or the errno of
 * gntdev_grants_errno() for a page that Xen does not copy.
 */
u32 *gntdev_directory_read(domid_t domid, grant_ref_t first, unsigned int count)
{
	u32 *refs;
	int ret;

	refs = kvmalloc_array(count, sizeof(*refs), GFP_KERNEL);
	if (!refs)
		return ERR_PTR(-ENOMEM);

	ret = directory_fill(domid, first, refs, count);
	if (ret) {
		kvfree(refs);
		return ERR_PTR(ret);
	}

	return refs;
}
