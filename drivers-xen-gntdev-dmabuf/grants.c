// SPDX-License-Identifier: GPL-2.0-only
/*
 * Map the grants of another domain over local pages, and unmap them.
 *
 * This file calls Xen to map and unmap, and converts Xen's status to an errno.
 * It leaves the pages to pages.c and contig.c, the kernel addresses on x86 PV
 * to pv-range.c, user mappings to cpumap.c, and dma-bufs to export.c.
 *
 * Hypercalls are batched.  The operations of a batch take two pages of memory
 * for any size of the buffer; a buffer takes a pointer and a handle per page.
 *
 * The mappings have %GNTMAP_host_map only.  Xen refuses %GNTMAP_device_map to
 * translated domains.  On x86 PV it gains nothing: Xen sets up the IOMMU and
 * reports the machine frame for any mapping, and %GNTMAP_device_map only takes
 * a second reference to the granting domain's page.
 *
 * This file has no lock: the caller serializes calls for the same object.
 *
 * Callers: export.c; directory.c for gntdev_grants_errno().
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

/* Operations in one hypercall; they take two pages of memory */
#define GRANTS_BATCH	256

/**
 * gntdev_grants_errno - convert the status of a failed grant operation
 * @status: GNTST_* of the map or copy operation, not %GNTST_okay
 *
 * Xen reports a reference that was not granted to this domain, or that was
 * revoked, as %GNTST_general_error, and one beyond the grant table of the
 * granting domain as %GNTST_bad_gntref.
 *
 * Context: any.
 * Return: -ESRCH if there is no such domain, -ENOSPC if Xen has no handle or no
 * memory left, and -EACCES for any other status.
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

/* grants_ref - reference of mapping @i; the extra mapping has the last one */
static u32 grants_ref(struct gntdev_grants *grants, const u32 *refs,
		      unsigned int i)
{
	return refs[min(i, grants->count - 1)];
}

/*
 * grants_map_errno - errno for the first reference that Xen did not map
 *
 * Xen also returns a general error if its count of mappings of a page is at the
 * maximum.  If this request has mapped the same reference before, the
 * reference is granted, so the count must be the cause.
 */
static int grants_map_errno(struct gntdev_grants *grants, const u32 *refs,
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

/*
 * grants_addr - host_addr of an operation: the address or entry to map at
 *
 * On 32-bit Arm the DMA API can allocate contiguous pages in highmem, where they have
 * no linear address.  The grant table calls __pa(), which gives the physical address
 * back.
 */
static phys_addr_t grants_addr(struct gntdev_grants *grants, unsigned int i)
{
	if (grants->range)
		return gntdev_pv_range_entry(grants->range, i);

	return (unsigned long)pfn_to_kaddr(page_to_pfn(grants->pages[i]));
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
		 * gnttab_map_refs() invalidates the handle only if there was
		 * no memory for the p2m entry.  The page is then marked as
		 * foreign although no grant is mapped over it.
		 */
		ClearPageForeign(grants->pages[first + i]);
		if (!ret)
			ret = ops[i].handle == INVALID_GRANT_HANDLE ? -ENOMEM :
			      grants_map_errno(grants, refs, first + i,
					       ops[i].status);
	}

	return ret;
}

/*
 * grants_unmap_batch - unmap up to @max grants, or up to the first unmapped one
 *
 * The handles stay as they are: nothing reads them again, because @grants is
 * freed, or left as it is if Xen refused.  Returns the number of grants that
 * were mapped.
 */
static unsigned int grants_unmap_batch(struct gntdev_grants *grants,
				       unsigned int first, unsigned int max,
				       struct gnttab_unmap_grant_ref *ops)
{
	unsigned int i, n;

	for (n = 0; n < max; n++) {
		grant_handle_t handle = grants->handles[first + n];

		if (handle == INVALID_GRANT_HANDLE)
			break;
		gnttab_set_unmap_op(&ops[n], grants_addr(grants, first + n),
				    grants->flags, handle);
		ops[n].status = GNTST_general_error;
	}

	/*
	 * Check the status of each operation and not the return value: that
	 * is an error also if the p2m entry of a page was never set.
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
 * grants_alloc_arrays - allocate @pages with its extra entry, and @handles
 *
 * Both are in one allocation.  Large ones come from vmalloc(), because
 * kmalloc() would round their size up to a power of two.
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

/* grants_alloc_pages - allocate the pages, contiguous if @flags say so */
static bool grants_alloc_pages(struct gntdev_grants *grants, u32 flags)
{
	if (!gntdev_contig_wanted(flags))
		return !gntdev_pages_alloc(grants->mapped, grants->pages);

	grants->contig = gntdev_contig_alloc(grants->count, flags,
					     grants->pages);
	return grants->contig;
}

static void grants_free_pages(struct gntdev_grants *grants)
{
	if (grants->contig)
		gntdev_contig_free(grants->contig, grants->count,
				   grants->pages);
	else
		gntdev_pages_free(grants->mapped, grants->pages);
}

/*
 * grants_get_range - on x86 PV, get kernel addresses for the grants
 *
 * A kernel mapping of the buffer needs contiguous addresses, and the linear
 * addresses of the pages are not contiguous.  Xen must map a grant once more
 * for each further address.  So the grants are mapped at a contiguous range
 * only, and not at the linear addresses.
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

	grants = kzalloc_obj(*grants);
	if (!grants)
		return NULL;

	grants->domid = domid;
	grants->flags = GNTMAP_host_map;
	if (flags & GNTDEV_DMABUF_EXPORT_READONLY)
		grants->flags |= GNTMAP_readonly;
	grants->count = count;
	grants->mapped = count;
	/* Other domains can map the same page twice without Xen */
	if (data_ofs && !xen_feature(XENFEAT_auto_translated_physmap))
		grants->mapped++;

	if (!grants_alloc_arrays(grants))
		goto err_free;

	memset32(grants->handles, INVALID_GRANT_HANDLE, grants->mapped);

	if (!grants_get_range(grants) || !grants_alloc_pages(grants, flags))
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
 * @domid: the granting domain
 * @refs: @count grant references, one for each page
 * @count: number of pages, at least 1
 * @data_ofs: offset of the data in the first page, in bytes
 * @flags: %GNTDEV_DMABUF_EXPORT_READONLY to map the grants read-only,
 *         GNTDEV_DMA_FLAG_* to map them over contiguous pages; other flags are
 *         ignored
 *
 * Maps all references or none.
 *
 * Context: process context, may sleep: up to 33 s per page while the granting
 * domain's page is paged out.  A fatal signal ends the wait after each batch of
 * %GRANTS_BATCH pages.
 * Return: the mapped grants, to be unmapped with gntdev_grants_unmap(), or
 * ERR_PTR: -ENOMEM if there is no memory or no page; -EINTR after a fatal
 * signal; -ENOSPC if @refs has the same reference more often than Xen can
 * count; else gntdev_grants_errno() of the first reference that failed.
 */
struct gntdev_grants *gntdev_grants_map(domid_t domid, const u32 *refs,
					unsigned int count,
					unsigned int data_ofs, u32 flags)
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
 * @grants: grants that gntdev_grants_map() returned; nothing uses their pages
 *
 * The pages are freed only if Xen has confirmed the unmap of each: a page that
 * still has another domain's memory must not be allocated again.
 *
 * Context: process context, may sleep.
 * Return: 0, or -EIO if Xen refused to unmap a grant.  Such a refusal is a bug;
 * the pages and @grants are then never freed.
 */
int gntdev_grants_unmap(struct gntdev_grants *grants)
{
	struct gnttab_unmap_grant_ref *ops;
	unsigned int first, n;

	/* Unmapping must not fail for lack of memory; this takes two pages */
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

	grants_free_pages(grants);
	grants_free(grants);
	return 0;
}
