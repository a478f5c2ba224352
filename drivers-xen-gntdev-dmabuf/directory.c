// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page directories: references in a chain of granted pages.
 *
 * The format is that of displif.h and sndif.h among Xen's public headers
 * (gref_dir_next_page): a page holds the reference of the next page, or 0
 * after the last, and then as many references of the buffer as fit.
 *
 * The other domain may change these pages while we read them.  Each is copied
 * once, and what we copied is what we follow.  The number of the buffer's
 * pages says how long the chain is, so that one that runs in a circle ends.
 */

#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <xen/gntdev-dmabuf.h>

#include "cpumap.h"
#include "directory.h"
#include "grants.h"

#define DIRECTORY_WORDS	(PAGE_SIZE / sizeof(grant_ref_t))

/* How the chain ends; the reference itself is reserved to Xen's console. */
#define DIRECTORY_END	0

/**
 * gntdev_directory_step - take the references out of one page
 * @page: the page
 * @refs: where to put them
 * @left: how many the buffer still needs, at least 1
 * @next: set to the reference of the next page where there has to be one
 *
 * Return: the number of references taken, or -EINVAL if the chain ends before
 * it has all or goes on after it has.
 */
int gntdev_directory_step(const grant_ref_t *page, u32 *refs, unsigned int left,
			  grant_ref_t *next)
{
	unsigned int n = min_t(unsigned int, left, DIRECTORY_WORDS - 1);
	bool last = n == left;

	*next = page[0];
	if ((*next == DIRECTORY_END) != last)
		return -EINVAL;

	memcpy(refs, page + 1, n * sizeof(*refs));
	return n;
}

/* directory_copy - copy a page of another domain */
static int directory_copy(domid_t domid, grant_ref_t ref, void *copy)
{
	struct gntdev_grants *grants;

	grants = gntdev_grants_map(domid, &ref, 1, 0,
				   GNTDEV_DMABUF_EXPORT_READONLY);
	if (IS_ERR(grants))
		return PTR_ERR(grants);

	memcpy(copy, gntdev_cpumap_vmap(grants, 0), PAGE_SIZE);
	return gntdev_grants_unmap(grants);
}

static int directory_fill(domid_t domid, grant_ref_t ref, u32 *refs,
			  unsigned int count)
{
	unsigned int done = 0;
	grant_ref_t *copy;
	int ret = 0;

	copy = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;

	while (done < count) {
		ret = directory_copy(domid, ref, copy);
		if (ret)
			break;

		ret = gntdev_directory_step(copy, refs + done, count - done,
					    &ref);
		if (ret < 0)
			break;
		done += ret;
	}

	kfree(copy);
	return min(ret, 0);
}

/**
 * gntdev_directory_read - read the references of a buffer
 * @domid: the domain that granted the directory
 * @first: reference of its first page
 * @count: number of references, at least 1
 *
 * May sleep.
 *
 * Return: the references, to be freed with kvfree(), or ERR_PTR: -EINVAL if the
 * directory is shorter or longer than @count needs, -ENOMEM, or what
 * gntdev_grants_map() returns for one of its pages.
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
