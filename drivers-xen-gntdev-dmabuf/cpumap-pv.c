// SPDX-License-Identifier: GPL-2.0-only
/*
 * User mappings of exported buffers on x86 PV.
 *
 * A page table entry of a PV domain holds a machine address, and Xen lets a
 * domain put another domain's frame there only by mapping the grant onto that
 * very entry (%GNTMAP_contains_pte).  Each user mapping is therefore a mapping
 * of the grants of its own, with a handle for each page.
 *
 * mmap() maps all pages, so that it fails where Xen has no handle left or has
 * counted as many mappings of a page as it can.
 *
 * Before the kernel changes an entry, Xen has to unmap the grant from there,
 * because a grant whose entry was overwritten can never be unmapped.  An MMU
 * notifier does that, for munmap() and mprotect() alike.  The handle stays until
 * the mapping is closed: each mapping is also one for devices
 * (%GNTMAP_device_map), which uses no entry.  The next access, if there is one,
 * maps the page with another handle and gives back the one that stayed.
 *
 * gntdev_cpumap_mmap() calls this file for each mmap(), the kernel's memory
 * management calls it for each change of a mapping.  @lock of a mapping
 * protects its entries and handles.
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
#include "quota.h"

/* Operations in one hypercall; each mapping has memory for them. */
#define PV_BATCH	64

/**
 * struct pv_page - a page of a user mapping
 * @handle: Xen's name for the mapping, %INVALID_GRANT_HANDLE for none
 * @entry: whether the page table entry maps the page; if not, @handle only
 *         keeps the handle
 */
struct pv_page {
	grant_handle_t handle;
	bool entry;
};

/**
 * struct pv_user - a user mapping
 * @notifier: covers the address range that was mapped, whatever is left of it
 * @lock: protects the rest but @vmas, and the entries from the kernel's changes
 * @vmas: number of pieces that the mapping has been split into
 * @grants: whose grants
 * @start: address of the first page
 * @first: which of @grants is mapped there
 * @count: number of pages
 * @tables: machine address of each page table that holds entries of the
 *          mapping.  A table stays for as long as a piece of the mapping has
 *          entries in it.
 * @nr: number of operations that are collected
 * @index: for each of them, the page, counted from @start
 * @map: the operations, where they map
 * @unmap: the operations, where they unmap
 * @pages: each page
 */
struct pv_user {
	struct mmu_interval_notifier notifier;
	struct mutex lock; /* entries and handles */
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

static unsigned long user_addr(struct pv_user *user, unsigned int i)
{
	return user->start + i * PAGE_SIZE;
}

static unsigned int user_index(struct pv_user *user, unsigned long addr)
{
	return (addr - user->start) >> PAGE_SHIFT;
}

/* user_table - which of the mapping's page tables holds the entry of @addr */
static unsigned int user_table(struct pv_user *user, unsigned long addr)
{
	return (addr >> PMD_SHIFT) - (user->start >> PMD_SHIFT);
}

/* user_entry - machine address of the entry of a page */
static phys_addr_t user_entry(struct pv_user *user, unsigned int i)
{
	unsigned long addr = user_addr(user, i);

	return user->tables[user_table(user, addr)] +
	       pte_index(addr) * sizeof(pte_t);
}

static struct page *user_page(struct pv_user *user, unsigned int i)
{
	return user->grants->pages[user->first + i];
}

/* user_bus_addr - machine address of a page, which devices use */
static u64 user_bus_addr(struct pv_user *user, unsigned int i)
{
	return PFN_PHYS(pfn_to_mfn(page_to_pfn(user_page(user, i))));
}

/* user_unmap_call - have Xen carry out the collected operations */
static void user_unmap_call(struct pv_user *user)
{
	unsigned int i;

	if (user->nr && HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref,
						  user->unmap, user->nr))
		user->grants->stuck = true;

	for (i = 0; i < user->nr; i++)
		if (user->unmap[i].status != GNTST_okay)
			user->grants->stuck = true;
}

/*
 * user_unmap - unmap up to PV_BATCH pages
 *
 * @keep: keep the handles and only clear the entries
 */
static void user_unmap(struct pv_user *user, unsigned int first,
		       unsigned int end, bool keep)
{
	unsigned int i;

	for (i = first; i < end; i++) {
		struct gnttab_unmap_grant_ref *op = &user->unmap[user->nr];
		struct pv_page *page = &user->pages[i];

		if (page->handle == INVALID_GRANT_HANDLE ||
		    (keep && !page->entry))
			continue;

		gnttab_set_unmap_op(op, page->entry ? user_entry(user, i) : 0,
				    GNTMAP_contains_pte, page->handle);
		op->status = GNTST_general_error;
		page->entry = false;
		if (!keep) {
			op->dev_bus_addr = user_bus_addr(user, i);
			page->handle = INVALID_GRANT_HANDLE;
		}
		user->nr++;
	}

	user_unmap_call(user);
	user->nr = 0;
}

/* user_unmap_range - unmap pages, any number of them */
static void user_unmap_range(struct pv_user *user, unsigned int first,
			     unsigned int end, bool keep, bool may_sleep)
{
	unsigned int i;

	for (i = first; i < end; i += PV_BATCH) {
		user_unmap(user, i, min(end, i + PV_BATCH), keep);
		if (may_sleep)
			cond_resched();
	}
}

/* user_release - give back handles that only kept their place */
static void user_release(struct pv_user *user, const grant_handle_t *handles)
{
	unsigned int i, n = user->nr;

	user->nr = 0;
	for (i = 0; i < n; i++) {
		struct gnttab_unmap_grant_ref *op = &user->unmap[user->nr];

		if (handles[i] == INVALID_GRANT_HANDLE)
			continue;
		gnttab_set_unmap_op(op, 0, 0, handles[i]);
		op->dev_bus_addr = user_bus_addr(user, user->index[i]);
		op->status = GNTST_general_error;
		user->nr++;
	}

	user_unmap_call(user);
	user->nr = 0;
}

/*
 * user_map - map up to PV_BATCH pages whose entries are empty
 *
 * @flags: GNTMAP_*; without %GNTMAP_host_map pages get a handle and no entry
 *
 * Returns false if one of them could not be mapped.
 */
static bool user_map(struct pv_user *user, unsigned int first, unsigned int end,
		     u32 flags)
{
	grant_handle_t kept[PV_BATCH];
	bool all = true;
	unsigned int i;

	for (i = first; i < end; i++) {
		struct gnttab_map_grant_ref *op = &user->map[user->nr];

		if (user->pages[i].entry)
			continue;
		gnttab_set_map_op(op, user_entry(user, i), flags,
				  xen_page_foreign(user_page(user, i))->gref,
				  user->grants->domid);
		op->status = GNTST_general_error;
		user->index[user->nr++] = i;
	}

	/* The export keeps the pages mapped: no retry as for one that is paged out */
	if (user->nr && HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref,
						  user->map, user->nr))
		all = false;

	for (i = 0; i < user->nr; i++) {
		struct pv_page *page = &user->pages[user->index[i]];

		kept[i] = INVALID_GRANT_HANDLE;
		if (user->map[i].status != GNTST_okay) {
			all = false;
			continue;
		}
		kept[i] = page->handle;
		page->handle = user->map[i].handle;
		page->entry = flags & GNTMAP_host_map;
	}

	user_release(user, kept);
	return all;
}

/* vma_flags - GNTMAP_* for pages of a mapping with the protection that it has */
static u32 vma_flags(struct vm_area_struct *vma)
{
	u32 flags = vma->vm_flags & VM_WRITE ? 0 : GNTMAP_readonly;

	if (!vma_is_accessible(vma))
		return flags | GNTMAP_device_map;

	/* guest_avail0 is what Linux knows as the special bit of an entry */
	return flags | GNTMAP_host_map | GNTMAP_device_map |
	       GNTMAP_application_map | GNTMAP_contains_pte |
	       (1 << _GNTMAP_guest_avail0);
}

static bool user_invalidate(struct mmu_interval_notifier *notifier,
			    const struct mmu_notifier_range *range,
			    unsigned long seq)
{
	struct pv_user *user = container_of(notifier, struct pv_user, notifier);
	bool may_sleep = mmu_notifier_range_blockable(range);
	unsigned long start, end;

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

/* Tries to map a page with the handle that it gave up for that */
#define PV_TRIES	16

/* user_map_again - map pages from @i on that an invalidation took away */
static bool user_map_again(struct pv_user *user, unsigned int i,
			   unsigned int end, u32 flags)
{
	unsigned int tries;

	user_map(user, i, end, flags);
	if (user->pages[i].entry)
		return true;

	/*
	 * None is left beside the one that the page keeps: use that.  Others
	 * may take it in between, and give it back.
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
	struct pv_user *user = vma->vm_private_data;
	unsigned int i = user_index(user, vmf->address);
	unsigned int end = user_index(user, vma->vm_end);
	bool mapped = true;
	unsigned long seq;

	seq = mmu_interval_read_begin(&user->notifier);
	mutex_lock(&user->lock);
	/* Where an invalidation came in between, the access faults once more */
	if (!mmu_interval_read_retry(&user->notifier, seq))
		mapped = user_map_again(user, i, min(end, i + PV_BATCH),
					vma_flags(vma));
	mutex_unlock(&user->lock);

	return mapped ? VM_FAULT_NOPAGE : VM_FAULT_SIGBUS;
}

static void user_open(struct vm_area_struct *vma)
{
	struct pv_user *user = vma->vm_private_data;

	refcount_inc(&user->vmas);
}

static void user_free(struct pv_user *user)
{
	gntdev_quota_uncharge(user->grants->quota, &user->grants->user_maps,
			      user->count);
	mutex_destroy(&user->lock);
	kvfree(user->tables);
	kvfree(user);
}

static void user_close(struct vm_area_struct *vma)
{
	struct pv_user *user = vma->vm_private_data;

	if (!refcount_dec_and_test(&user->vmas))
		return;

	/* The entries are empty, unless mmap() failed after gntdev_pv_mmap() */
	user_unmap_range(user, 0, user->count, false, true);
	mmu_interval_notifier_remove(&user->notifier);
	user_free(user);
}

/* The notifier watches the old addresses: stay there. */
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

static int user_note_table(pte_t *pte, unsigned long addr, void *data)
{
	struct pv_user *user = data;
	phys_addr_t *table = &user->tables[user_table(user, addr)];

	if (!*table)
		*table = arbitrary_virt_to_machine(pte).maddr & PAGE_MASK;
	return 0;
}

static struct pv_user *user_alloc(struct gntdev_grants *grants,
				  struct vm_area_struct *vma)
{
	unsigned int i, count = vma_pages(vma);
	struct pv_user *user;

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

	user->tables = kvcalloc(user_table(user, vma->vm_end - 1) + 1,
				sizeof(*user->tables), GFP_KERNEL_ACCOUNT);
	if (!user->tables) {
		kvfree(user);
		return NULL;
	}

	return user;
}

/* user_map_all - map all pages of a new mapping, or none */
static int user_map_all(struct pv_user *user, u32 flags)
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
 * @grants: what to map
 * @vma: where to
 *
 * A child does not inherit the mapping: its page table entries could only be
 * copies of ours.  It can map the dma-buf itself.
 *
 * Context: process context, with the mmap lock held for writing.
 * Return: 0, -ENOMEM, -EINTR if a fatal signal came, or -ENOSPC: the buffer has
 * as many user mappings as it may have, the quota of its file is used up, or
 * Xen has no handle left or has counted as many mappings of a page as it can.
 */
int gntdev_pv_mmap(struct gntdev_grants *grants, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;
	struct pv_user *user;
	int ret;

	if (!gntdev_quota_charge(grants->quota, &grants->user_maps,
				 vma_pages(vma)))
		return -ENOSPC;

	user = user_alloc(grants, vma);
	if (!user) {
		gntdev_quota_uncharge(grants->quota, &grants->user_maps,
				      vma_pages(vma));
		return -ENOMEM;
	}

	ret = apply_to_page_range(vma->vm_mm, vma->vm_start, size,
				  user_note_table, user);
	if (ret)
		goto err_free;

	ret = mmu_interval_notifier_insert_locked(&user->notifier, vma->vm_mm,
						  vma->vm_start, size,
						  &user_notifier_ops);
	if (ret)
		goto err_free;

	/* While others invalidate this mm, the notifier waits to be heard */
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
