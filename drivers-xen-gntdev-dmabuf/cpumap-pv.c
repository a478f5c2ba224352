// SPDX-License-Identifier: GPL-2.0-only
/*
 * User mappings of exported buffers on x86 PV.
 *
 * This file maps grants onto page table entries of user space, and unmaps them
 * before the kernel changes an entry.  It leaves the kernel's own mapping of
 * the grants to grants.c and the limit on user mappings to quota.c.
 *
 * A page table entry of a PV domain holds a machine address.  Xen enters the
 * frame of another domain only by mapping the grant onto that entry
 * (%GNTMAP_contains_pte).  So each user mapping maps the grants once more and
 * has a handle for each page.
 *
 * mmap() maps all pages, so that mmap() fails, and no later access, if Xen has
 * no handle left or its count of mappings of a page is at the maximum.
 *
 * Xen must unmap a grant before the kernel changes the entry, for munmap() and
 * mprotect() alike: a grant whose entry was overwritten can never be unmapped.
 * An MMU notifier unmaps it.  The handle is retained until the user mapping is
 * closed, because each mapping is also one for devices (%GNTMAP_device_map),
 * which uses no entry.  The next access maps the page with a new handle and
 * frees the retained one.
 *
 * Locks: @lock of each user mapping protects its entries and handles.
 *
 * Callers: gntdev_cpumap_mmap() for mmap(); the kernel's memory management for
 * each change of a user mapping.
 */

#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <asm/xen/hypercall.h>
#include <xen/page.h>

#include "cpumap.h"
#include "grants.h"
#include "pv-table.h"
#include "quota.h"

/* Operations in one hypercall; each user mapping has memory for them */
#define PV_BATCH	64

/**
 * struct pv_page - a page of a user mapping
 * @handle: Xen's handle of the mapping, %INVALID_GRANT_HANDLE for none
 * @entry: whether the page table entry maps the page
 */
struct pv_page {
	grant_handle_t handle;
	bool entry;
};

/**
 * struct user_mapping - a user mapping
 * @notifier: MMU notifier for the addresses that mmap() mapped
 * @lock: protects @pages and the batch, and keeps the kernel from the entries
 * @vmas: number of VMAs that the mapping has been split into
 * @grants: the mapped grants
 * @start: address of the first page
 * @first: index in @grants of the first page
 * @count: number of pages
 * @tables: machine address of each page table that has entries of the mapping,
 *          see pv-table.h.  A table exists as long as a VMA of the mapping has
 *          entries in it.
 * @nr: number of operations in @unmap
 * @index: index in @pages of each operation in @map
 * @map: batch of map operations
 * @unmap: batch of unmap operations
 * @pages: state of each page
 */
struct user_mapping {
	struct mmu_interval_notifier notifier;
	struct mutex lock; /* entries, handles, batch */
	refcount_t vmas;
	struct gntdev_grants *grants;
	unsigned long start;
	unsigned int first;
	unsigned int count;
	phys_addr_t *tables;
	unsigned int nr;
	unsigned int index[PV_BATCH];
	union {
		struct gnttab_map_grant_ref map[PV_BATCH];
		struct gnttab_unmap_grant_ref unmap[PV_BATCH];
	};
	struct pv_page pages[] __counted_by(count);
};

static unsigned long user_addr(struct user_mapping *user, unsigned int i)
{
	return user->start + i * PAGE_SIZE;
}

static unsigned int user_index(struct user_mapping *user, unsigned long addr)
{
	return (addr - user->start) >> PAGE_SHIFT;
}

/* user_entry - machine address of the page table entry of a page */
static phys_addr_t user_entry(struct user_mapping *user, unsigned int i)
{
	return gntdev_pv_pte_maddr(user->tables, user->start,
				   user_addr(user, i));
}

static struct page *user_page(struct user_mapping *user, unsigned int i)
{
	return user->grants->pages[user->first + i];
}

/* user_bus_addr - bus address of a page, which is its machine address */
static u64 user_bus_addr(struct user_mapping *user, unsigned int i)
{
	return PFN_PHYS(pfn_to_mfn(page_to_pfn(user_page(user, i))));
}

/*
 * user_add_unmap - add an unmap operation to the batch
 *
 * @entry: machine address of the entry to clear, or 0
 * @bus_addr: bus address of the page, so that Xen frees the handle; or 0
 */
static void user_add_unmap(struct user_mapping *user, grant_handle_t handle,
			   phys_addr_t entry, u64 bus_addr)
{
	struct gnttab_unmap_grant_ref *op = &user->unmap[user->nr++];

	gnttab_set_unmap_op(op, entry, GNTMAP_contains_pte, handle);
	op->dev_bus_addr = bus_addr;
	op->status = GNTST_general_error;
}

/* user_call_unmap - call Xen for the batch of unmap operations */
static void user_call_unmap(struct user_mapping *user)
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
 * user_unmap - unmap up to PV_BATCH pages
 *
 * @retain: clear the entries only and retain the handles
 */
static void user_unmap(struct user_mapping *user, unsigned int first,
		       unsigned int end, bool retain)
{
	unsigned int i;

	for (i = first; i < end; i++) {
		struct pv_page *page = &user->pages[i];

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

/* user_unmap_range - unmap any number of pages */
static void user_unmap_range(struct user_mapping *user, unsigned int first,
			     unsigned int end, bool retain, bool may_sleep)
{
	unsigned int i;

	for (i = first; i < end; i += PV_BATCH) {
		user_unmap(user, i, min(end, i + PV_BATCH), retain);
		if (may_sleep)
			cond_resched();
	}
}

/*
 * user_map - map up to PV_BATCH pages whose entries are empty
 *
 * @flags: GNTMAP_*; without %GNTMAP_host_map pages get a handle and no entry
 *
 * Pages that had a retained handle get a new one; the retained ones are freed.
 * Returns false if a page could not be mapped.
 */
static bool user_map(struct user_mapping *user, unsigned int first,
		     unsigned int end, u32 flags)
{
	grant_handle_t retained[PV_BATCH];
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
		struct pv_page *page = &user->pages[user->index[i]];

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

/* vma_flags - GNTMAP_* for the protection of a VMA */
static u32 vma_flags(struct vm_area_struct *vma)
{
	u32 flags = vma->vm_flags & VM_WRITE ? 0 : GNTMAP_readonly;

	if (!vma_is_accessible(vma))
		return flags | GNTMAP_device_map;

	/* guest_avail0 is the special bit of an entry in Linux */
	return flags | GNTMAP_host_map | GNTMAP_device_map |
	       GNTMAP_application_map | GNTMAP_contains_pte |
	       (1 << _GNTMAP_guest_avail0);
}

static bool user_invalidate(struct mmu_interval_notifier *notifier,
			    const struct mmu_notifier_range *range,
			    unsigned long seq)
{
	struct user_mapping *user;
	bool may_sleep = mmu_notifier_range_blockable(range);
	unsigned long start, end;

	user = container_of(notifier, struct user_mapping, notifier);
	if (may_sleep)
		mutex_lock(&user->lock);
	else if (!mutex_trylock(&user->lock))
		return false;

	mmu_interval_set_seq(notifier, seq);

	start = max(range->start, user->start);
	end = min(range->end, user_addr(user, user->count));
	user_unmap_range(user, user_index(user, start), user_index(user, end),
			 true, may_sleep);

	mutex_unlock(&user->lock);
	return true;
}

static const struct mmu_interval_notifier_ops user_notifier_ops = {
	.invalidate = user_invalidate,
};

/* Tries to map a page after its retained handle was freed */
#define PV_TRIES	16

/* user_remap - map page @i, and others up to @end, after an invalidation */
static bool user_remap(struct user_mapping *user, unsigned int i,
		       unsigned int end, u32 flags)
{
	unsigned int tries;

	user_map(user, i, end, flags);
	if (user->pages[i].entry)
		return true;

	/*
	 * Xen has no handle left: free the retained one and map with it.
	 * Another task can take the handle first and free one later.
	 */
	user_unmap(user, i, i + 1, false);
	for (tries = 0; tries < PV_TRIES; tries++) {
		if (user_map(user, i, i + 1, flags))
			return true;
		cond_resched();
	}

	return false;
}

static vm_fault_t user_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct user_mapping *user = vma->vm_private_data;
	unsigned int i = user_index(user, vmf->address);
	unsigned int end = user_index(user, vma->vm_end);
	bool mapped = true;
	unsigned long seq;

	seq = mmu_interval_read_begin(&user->notifier);
	mutex_lock(&user->lock);
	/* After an invalidation since read_begin the access faults again */
	if (!mmu_interval_read_retry(&user->notifier, seq))
		mapped = user_remap(user, i, min(end, i + PV_BATCH),
				    vma_flags(vma));
	mutex_unlock(&user->lock);

	return mapped ? VM_FAULT_NOPAGE : VM_FAULT_SIGBUS;
}

static void user_open(struct vm_area_struct *vma)
{
	struct user_mapping *user = vma->vm_private_data;

	refcount_inc(&user->vmas);
}

static void user_free(struct user_mapping *user)
{
	gntdev_quota_uncharge(user->grants->quota, &user->grants->user_maps,
			      user->count);
	mutex_destroy(&user->lock);
	kvfree(user->tables);
	kvfree(user);
}

static void user_close(struct vm_area_struct *vma)
{
	struct user_mapping *user = vma->vm_private_data;

	if (!refcount_dec_and_test(&user->vmas))
		return;

	/* The entries are empty unless mmap() failed after gntdev_pv_mmap() */
	user_unmap_range(user, 0, user->count, false, true);
	mmu_interval_notifier_remove(&user->notifier);
	user_free(user);
}

/* The notifier covers the old addresses only */
static int user_mremap(struct vm_area_struct *vma)
{
	return -EINVAL;
}

static const struct vm_operations_struct user_vm_ops = {
	.fault = user_fault,
	.open = user_open,
	.close = user_close,
	.mremap = user_mremap,
};

static int user_set_table(pte_t *pte, unsigned long addr, void *data)
{
	struct user_mapping *user = data;
	unsigned int i = gntdev_pv_table_index(user->start, addr);

	if (!user->tables[i])
		user->tables[i] = gntdev_pv_table_maddr(pte);
	return 0;
}

static struct user_mapping *user_alloc(struct gntdev_grants *grants,
				       struct vm_area_struct *vma)
{
	unsigned int i, count = vma_pages(vma), tables;
	struct user_mapping *user;

	user = kvzalloc(struct_size(user, pages, count), GFP_KERNEL_ACCOUNT);
	if (!user)
		return NULL;

	mutex_init(&user->lock);
	refcount_set(&user->vmas, 1);
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

/* user_map_all - map all pages of a new user mapping, or none */
static int user_map_all(struct user_mapping *user, u32 flags)
{
	unsigned int i;
	int ret = 0;

	mutex_lock(&user->lock);
	for (i = 0; i < user->count && !ret; i += PV_BATCH) {
		if (!user_map(user, i, min(user->count, i + PV_BATCH), flags))
			ret = -ENOSPC;
		else if (fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}

	if (ret)
		user_unmap_range(user, 0, user->count, false, true);
	mutex_unlock(&user->lock);
	return ret;
}

/**
 * gntdev_pv_mmap - gntdev_cpumap_mmap() on x86 PV
 * @grants: grants to map; they outlive @vma
 * @vma: the user mapping
 *
 * fork() does not copy the mapping (%VM_DONTCOPY), because it would copy page
 * table entries.  A child process can map the dma-buf itself.
 *
 * Context: process context, with the mmap lock held for writing.
 * Return: 0; -ENOMEM if there is no memory; -EINTR after a fatal signal;
 * -ENOSPC if the buffer has the maximum number of user mappings, the quota of
 * the exporting file is used up, Xen has no handle left, or Xen's count of
 * mappings of a page is at the maximum.
 */
int gntdev_pv_mmap(struct gntdev_grants *grants, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;
	unsigned int count = vma_pages(vma);
	struct user_mapping *user;
	int ret;

	if (!gntdev_quota_charge(grants->quota, &grants->user_maps, count))
		return -ENOSPC;

	user = user_alloc(grants, vma);
	if (!user) {
		gntdev_quota_uncharge(grants->quota, &grants->user_maps, count);
		return -ENOMEM;
	}

	ret = apply_to_page_range(vma->vm_mm, vma->vm_start, size,
				  user_set_table, user);
	if (ret)
		goto err_free;

	ret = mmu_interval_notifier_insert_locked(&user->notifier, vma->vm_mm,
						  vma->vm_start, size,
						  &user_notifier_ops);
	if (ret)
		goto err_free;

	/* A notifier that is inserted during an invalidation works after it */
	mmu_interval_read_begin(&user->notifier);
	ret = user_map_all(user, vma_flags(vma));
	if (ret)
		goto err_remove;

	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTCOPY | VM_DONTEXPAND |
			  VM_DONTDUMP);
	vma->vm_ops = &user_vm_ops;
	vma->vm_private_data = user;
	return 0;

err_remove:
	mmu_interval_notifier_remove(&user->notifier);
err_free:
	user_free(user);
	return ret;
}
