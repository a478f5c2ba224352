// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages of a user mapping on x86 PV: grants mapped onto page table entries.
 *
 * This file calls Xen to map grants onto the entries of a user mapping and to
 * unmap them, and keeps the handle of each page.  It leaves making and
 * closing the mapping to cpumap-pv.c.
 *
 * A page table entry of a PV domain holds a machine address.  Xen enters the
 * frame of another domain only by mapping the grant onto that entry
 * (%GNTMAP_contains_pte).  So each user mapping maps the grants once more and
 * has a handle for each page.
 *
 * Xen must unmap a grant before the kernel changes the entry: a grant whose entry
 * was overwritten can never be unmapped.  The handle can be retained, because each
 * mapping is also one for devices (%GNTMAP_device_map), which uses no entry.  The
 * next access maps the page with a new handle and frees the retained one.
 *
 * Locks: the caller holds @lock of the user mapping.
 *
 * Caller: cpumap-pv.c.
 */

#include <linux/mm.h>
#include <linux/slab.h>

#include <asm/xen/hypercall.h>
#include <xen/page.h>

#include "grants.h"
#include "pv-table.h"
#include "pv-user.h"

/* user_entry - machine address of the page table entry of a page */
static phys_addr_t user_entry(struct gntdev_pv_user *user, unsigned int i)
{
	return gntdev_pv_pte_maddr(user->tables, user->start,
				   gntdev_pv_user_addr(user, i));
}

static struct page *user_page(struct gntdev_pv_user *user, unsigned int i)
{
	return user->grants->pages[user->first + i];
}

/* user_bus_addr - bus address of a page, which is its machine address */
static u64 user_bus_addr(struct gntdev_pv_user *user, unsigned int i)
{
	return PFN_PHYS(pfn_to_mfn(page_to_pfn(user_page(user, i))));
}

/*
 * user_add_unmap - add an unmap operation to the batch
 *
 * @entry: machine address of the entry to clear, or 0
 * @bus_addr: bus address of the page, so that Xen frees the handle; or 0
 */
static void user_add_unmap(struct gntdev_pv_user *user, grant_handle_t handle,
			   phys_addr_t entry, u64 bus_addr)
{
	struct gnttab_unmap_grant_ref *op = &user->unmap[user->nr++];

	gnttab_set_unmap_op(op, entry, GNTMAP_contains_pte, handle);
	op->dev_bus_addr = bus_addr;
	op->status = GNTST_general_error;
}

/* user_call_unmap - call Xen for the batch of unmap operations */
static void user_call_unmap(struct gntdev_pv_user *user)
{
	unsigned int i;

	if (user->nr && HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref,
						  user->unmap, user->nr))
		user->grants->stuck = true;

	for (i = 0; i < user->nr; i++)
		if (user->unmap[i].status != GNTST_okay)
			user->grants->stuck = true;

	user->nr = 0;
}

/*
 * user_unmap - unmap up to GNTDEV_PV_BATCH pages
 *
 * @retain: clear the entries only and retain the handles
 */
static void user_unmap(struct gntdev_pv_user *user, unsigned int first,
		       unsigned int end, bool retain)
{
	unsigned int i;

	for (i = first; i < end; i++) {
		struct gntdev_pv_page *page = &user->pages[i];

		if (page->handle == INVALID_GRANT_HANDLE ||
		    (retain && !page->entry))
			continue;

		user_add_unmap(user, page->handle,
			       page->entry ? user_entry(user, i) : 0,
			       retain ? 0 : user_bus_addr(user, i));
		page->entry = false;
		if (!retain)
			page->handle = INVALID_GRANT_HANDLE;
	}

	user_call_unmap(user);
}

/**
 * gntdev_pv_user_unmap - unmap pages
 * @user: the user mapping
 * @first: index of the first page
 * @end: index behind the last page
 * @retain: clear the page table entries only and retain the handles
 * @may_sleep: whether the caller can sleep between batches
 *
 * Pages that are not mapped stay as they are.  If Xen refuses, the grants are
 * marked as stuck.
 *
 * Context: process context; the caller holds @user->lock, or no other task can use
 * @user.
 */
void gntdev_pv_user_unmap(struct gntdev_pv_user *user, unsigned int first,
			  unsigned int end, bool retain, bool may_sleep)
{
	unsigned int i;

	for (i = first; i < end; i += GNTDEV_PV_BATCH) {
		user_unmap(user, i, min(end, i + GNTDEV_PV_BATCH), retain);
		if (may_sleep)
			cond_resched();
	}
}

/**
 * gntdev_pv_user_map - map up to %GNTDEV_PV_BATCH pages whose entries are empty
 * @user: the user mapping, whose grants are mapped
 * @first: index of the first page
 * @end: index behind the last page
 * @flags: GNTMAP_*; without %GNTMAP_host_map pages get a handle and no entry
 *
 * Pages that had a retained handle get a new one; the retained ones are freed.
 *
 * Context: process context; the caller holds @user->lock.
 * Return: false if a page could not be mapped.
 */
bool gntdev_pv_user_map(struct gntdev_pv_user *user, unsigned int first,
			unsigned int end, u32 flags)
{
	grant_handle_t retained[GNTDEV_PV_BATCH];
	unsigned int i, n = 0;
	bool all = true;

	for (i = first; i < end; i++) {
		if (user->pages[i].entry)
			continue;
		gnttab_set_map_op(&user->map[n], user_entry(user, i), flags,
				  xen_page_foreign(user_page(user, i))->gref,
				  user->grants->domid);
		user->map[n].status = GNTST_general_error;
		user->index[n++] = i;
	}

	/* The export has the pages mapped, so none is paged out: no retry */
	if (n && HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref,
					   user->map, n))
		all = false;

	for (i = 0; i < n; i++) {
		struct gntdev_pv_page *page = &user->pages[user->index[i]];

		retained[i] = INVALID_GRANT_HANDLE;
		if (user->map[i].status != GNTST_okay) {
			all = false;
			continue;
		}
		retained[i] = page->handle;
		page->handle = user->map[i].handle;
		page->entry = flags & GNTMAP_host_map;
	}

	for (i = 0; i < n; i++)
		if (retained[i] != INVALID_GRANT_HANDLE)
			user_add_unmap(user, retained[i], 0,
				       user_bus_addr(user, user->index[i]));

	user_call_unmap(user);
	return all;
}

/**
 * gntdev_pv_user_alloc - allocate a user mapping
 * @cpumap: all mappings of the buffer
 * @grants: the mapped grants
 * @vma: the VMA
 *
 * Context: process context, may sleep.
 * Return: the user mapping, with nothing mapped, or NULL if there is no memory.
 */
struct gntdev_pv_user *gntdev_pv_user_alloc(struct gntdev_cpumap *cpumap,
					    struct gntdev_grants *grants,
					    struct vm_area_struct *vma)
{
	unsigned int i, count = vma_pages(vma), tables;
	struct gntdev_pv_user *user;

	user = kvzalloc(struct_size(user, pages, count), GFP_KERNEL_ACCOUNT);
	if (!user)
		return NULL;

	mutex_init(&user->lock);
	refcount_set(&user->vmas, 1);
	user->cpumap = cpumap;
	user->grants = grants;
	user->start = vma->vm_start;
	user->first = vma->vm_pgoff;
	user->count = count;
	for (i = 0; i < count; i++)
		user->pages[i].handle = INVALID_GRANT_HANDLE;

	tables = gntdev_pv_table_index(user->start, vma->vm_end - 1) + 1;
	user->tables = kvcalloc(tables, sizeof(*user->tables),
				GFP_KERNEL_ACCOUNT);
	if (!user->tables) {
		kvfree(user);
		return NULL;
	}

	return user;
}

/**
 * gntdev_pv_user_free - free a user mapping
 * @user: the user mapping, with nothing mapped
 *
 * Context: process context, may sleep.
 */
void gntdev_pv_user_free(struct gntdev_pv_user *user)
{
	mutex_destroy(&user->lock);
	kvfree(user->tables);
	kvfree(user);
}
