// SPDX-License-Identifier: GPL-2.0-only
/*
 * N foreign grants mapped onto N local pages, and unmapped.
 *
 * The hypercalls are batched and their operations live in two pages of scratch
 * memory, whatever the size of the buffer: what remains per page is a pointer
 * and a handle.
 *
 * %GNTMAP_host_map is all that is asked of Xen.  Translated domains are
 * refused %GNTMAP_device_map, and on x86 PV it gains nothing: any mapping sets
 * up the IOMMU and reports the frame, a second kind only holds a second
 * reference to the granter's page.
 */

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <xen/features.h>
#include <xen/gntdev-dmabuf.h>
#include <xen/page.h>

#include "grants.h"
#include "pages.h"
#include "pv-range.h"
#include "contig.h"

/* Operations in one hypercall: they take two pages, for as long as it lasts. */
#define GRANTS_BATCH	256

/**
 * gntdev_grants_errno - what a failed grant operation means to a program
 * @status: GNTST_* of a map operation
 *
 * Xen has no code of its own for a reference that was never granted to us or
 * has been revoked: it is a general error, unless the number is beyond the
 * granter's table.
 *
 * Return: a negative errno, never 0.
 */
int gntdev_grants_errno(s16 status)
{
	switch (status) {
	case GNTST_bad_domain:
		return -ESRCH;
	case GNTST_no_device_space:
	case GNTST_no_space:
		return -ENOSPC;
	default:
		return -EACCES;
	}
}

/* grants_ref - which reference is mapped: behind the last one, the last one */
static u32 grants_ref(struct gntdev_grants *grants, const u32 *refs,
		      unsigned int i)
{
	return refs[min(i, grants->count - 1)];
}

/*
 * grants_refused - why Xen did not map a reference, the first that it refused
 *
 * Xen answers a general error also when a domain has mapped a page as often as
 * Xen can count.  Where the same reference has been mapped for this request
 * already, it is granted, and that is the reason.
 */
static int grants_refused(struct gntdev_grants *grants, const u32 *refs,
			  unsigned int i, s16 status)
{
	int ret = gntdev_grants_errno(status);
	unsigned int j;

	if (ret != -EACCES)
		return ret;

	for (j = 0; j < i; j++)
		if (refs[j] == grants_ref(grants, refs, i))
			return -ENOSPC;

	return ret;
}

/* grants_addr - where Xen maps a grant: host_addr of the operation */
static phys_addr_t grants_addr(struct gntdev_grants *grants, unsigned int i)
{
	if (grants->range)
		return gntdev_pv_range_entry(grants->range, i);

	return (phys_addr_t)(unsigned long)page_address(grants->pages[i]);
}

static int grants_map_batch(struct gntdev_grants *grants, const u32 *refs,
			    unsigned int first, unsigned int n,
			    struct gnttab_map_grant_ref *ops)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		gnttab_set_map_op(&ops[i], grants_addr(grants, first + i),
				  grants->flags,
				  grants_ref(grants, refs, first + i),
				  grants->domid);
		ops[i].handle = 0;
		ops[i].status = GNTST_general_error;
	}

	ret = gnttab_map_refs(ops, NULL, grants->pages + first, n);

	for (i = 0; i < n; i++) {
		if (ops[i].status == GNTST_okay) {
			grants->handles[first + i] = ops[i].handle;
			continue;
		}
		/*
		 * Only where there was no memory for the p2m entry is the
		 * handle taken back, and the page then is marked as if it
		 * were mapped.
		 */
		ClearPageForeign(grants->pages[first + i]);
		if (!ret)
			ret = ops[i].handle == INVALID_GRANT_HANDLE ? -ENOMEM :
			      grants_refused(grants, refs, first + i,
					     ops[i].status);
	}

	return ret;
}

/*
 * grants_unmap_batch - unmap up to the next that is not mapped
 *
 * The handles are not looked at again: they go with @grants, or it stays as it
 * is.  Returns how many were mapped.
 */
static unsigned int grants_unmap_batch(struct gntdev_grants *grants,
				       unsigned int first, unsigned int most,
				       struct gnttab_unmap_grant_ref *ops)
{
	unsigned int i, n;

	for (n = 0; n < most; n++) {
		grant_handle_t handle = grants->handles[first + n];

		if (handle == INVALID_GRANT_HANDLE)
			break;
		gnttab_set_unmap_op(&ops[n], grants_addr(grants, first + n),
				    grants->flags, handle);
		ops[n].status = GNTST_general_error;
	}

	/*
	 * What Xen says of each operation counts, not what is returned: that
	 * is also an error where mapping did not get as far as the p2m entry.
	 */
	if (n)
		gnttab_unmap_refs(ops, NULL, grants->pages + first, n);

	for (i = 0; i < n; i++)
		if (ops[i].status != GNTST_okay)
			grants->stuck = true;

	return n;
}

static void grants_free(struct gntdev_grants *grants)
{
	if (grants->range)
		gntdev_pv_range_put(grants->range);
	kvfree(grants->pages);
	kfree(grants);
}

/*
 * grants_alloc_arrays - the pages with one more, and behind them the handles
 *
 * kmalloc() would round large ones up to a power of two.
 */
static bool grants_alloc_arrays(struct gntdev_grants *grants)
{
	size_t pages = size_mul(grants->count + 1, sizeof(*grants->pages));
	size_t size = size_add(pages, size_mul(grants->mapped,
					       sizeof(*grants->handles)));
	void *arrays;

	arrays = size > PAGE_SIZE ? vmalloc(size) : kmalloc(size, GFP_KERNEL);
	if (!arrays)
		return false;

	grants->pages = arrays;
	grants->handles = arrays + pages;
	return true;
}

/* grants_get_pages - what grants with such flags are mapped on */
static bool grants_get_pages(struct gntdev_grants *grants, u32 flags)
{
	if (!gntdev_contig_wanted(flags))
		return !gntdev_pages_alloc(grants->mapped, grants->pages);

	grants->contig = gntdev_contig_alloc(grants->count, flags, grants->pages);
	return grants->contig;
}

static void grants_put_pages(struct gntdev_grants *grants)
{
	if (grants->contig)
		gntdev_contig_free(grants->contig, grants->count, grants->pages);
	else
		gntdev_pages_free(grants->mapped, grants->pages);
}

/*
 * grants_get_range - on x86 PV, where the kernel is to see the grants
 *
 * The kernel's addresses for a buffer have to follow each other, those of its
 * pages do not, and Xen has to map a grant again for each address.  So the
 * grants are mapped at the former only.
 */
static bool grants_get_range(struct gntdev_grants *grants)
{
	if (xen_feature(XENFEAT_auto_translated_physmap))
		return true;

	grants->flags |= GNTMAP_contains_pte;
	grants->range = gntdev_pv_range_get(grants->mapped);
	return grants->range;
}

static struct gntdev_grants *grants_alloc(domid_t domid, unsigned int count,
					  unsigned int data_ofs, u32 flags)
{
	struct gntdev_grants *grants;

	grants = kzalloc(sizeof(*grants), GFP_KERNEL);
	if (!grants)
		return NULL;

	grants->domid = domid;
	grants->flags = GNTMAP_host_map;
	if (flags & GNTDEV_DMABUF_EXPORT_READONLY)
		grants->flags |= GNTMAP_readonly;
	grants->count = count;
	grants->mapped = count;
	/* Elsewhere the kernel mapping can have the same page twice */
	if (data_ofs && !xen_feature(XENFEAT_auto_translated_physmap))
		grants->mapped++;

	if (!grants_alloc_arrays(grants))
		goto err_free;

	memset32(grants->handles, INVALID_GRANT_HANDLE, grants->mapped);

	if (!grants_get_range(grants) || !grants_get_pages(grants, flags))
		goto err_free;

	if (grants->mapped == count)
		grants->pages[count] = grants->pages[count - 1];
	return grants;

err_free:
	grants_free(grants);
	return NULL;
}

/**
 * gntdev_grants_map - map grants of another domain
 * @domid: the domain that granted @refs
 * @refs: @count references, one for each page
 * @count: number of pages, at least 1
 * @data_ofs: where the data begins in the first page, in bytes
 * @flags: %GNTDEV_DMABUF_EXPORT_READONLY if nobody here may write to them,
 *         GNTDEV_DMA_FLAG_* if the pages are to follow each other; others are
 *         ignored
 *
 * Maps all references or none.
 *
 * Context: process context, may sleep: up to 30 s per page while the granting
 * domain's page is paged out.
 * Return: the mapped grants, to be undone with gntdev_grants_unmap(), or
 * ERR_PTR: -ENOMEM, -EINTR if a fatal signal came, and for the first reference
 * that failed what gntdev_grants_errno() says, but -ENOSPC if @refs has the
 * same reference more often than Xen can count.
 */
struct gntdev_grants *gntdev_grants_map(domid_t domid, const u32 *refs,
					unsigned int count, unsigned int data_ofs,
					u32 flags)
{
	struct gnttab_map_grant_ref *ops;
	struct gntdev_grants *grants;
	unsigned int done, n;
	int ret = -ENOMEM;

	ops = kmalloc_array(GRANTS_BATCH, sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return ERR_PTR(-ENOMEM);

	grants = grants_alloc(domid, count, data_ofs, flags);
	if (!grants)
		goto out_free_ops;

	for (done = 0; done < grants->mapped; done += n) {
		n = min_t(unsigned int, grants->mapped - done, GRANTS_BATCH);
		ret = grants_map_batch(grants, refs, done, n, ops);
		if (!ret && fatal_signal_pending(current))
			ret = -EINTR;
		if (ret) {
			gntdev_grants_unmap(grants);
			break;
		}
		cond_resched();
	}

out_free_ops:
	kfree(ops);
	return ret ? ERR_PTR(ret) : grants;
}

/**
 * gntdev_grants_unmap - unmap grants and free the object
 * @grants: what gntdev_grants_map() returned; nothing may use its pages
 *
 * May sleep.  The pages go back only when Xen has confirmed the unmap of each:
 * a page that is still somebody else's must never be allocated again.
 *
 * Return: 0, or -EIO if Xen refused to unmap one.  That is a bug; then the
 * pages and @grants stay as they are for good.
 */
int gntdev_grants_unmap(struct gntdev_grants *grants)
{
	struct gnttab_unmap_grant_ref *ops;
	unsigned int first, n;

	/* There is no way back from here, and it is no more than two pages */
	ops = kmalloc_array(GRANTS_BATCH, sizeof(*ops),
			    GFP_KERNEL | __GFP_NOFAIL);

	for (first = 0; first < grants->mapped; first += max(n, 1U)) {
		n = min_t(unsigned int, grants->mapped - first, GRANTS_BATCH);
		n = grants_unmap_batch(grants, first, n, ops);
		cond_resched();
	}

	kfree(ops);

	if (WARN_ONCE(grants->stuck, "Xen keeps grants of domain %u mapped\n",
		      grants->domid))
		return -EIO;

	grants_put_pages(grants);
	grants_free(grants);
	return 0;
}
