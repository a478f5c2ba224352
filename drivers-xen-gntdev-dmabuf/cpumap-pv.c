// SPDX-License-Identifier: GPL-2.0-only
/*
 * User mappings of exported buffers on x86 PV.
 *
 * This file makes user mappings, and unmaps their grants before the kernel changes
 * an entry.  pv-user.c calls Xen for it.  The kernel's own mapping of the grants
 * is left to grants.c, and the limit on user mappings to quota.c.
 *
 * mmap() maps all pages, so that mmap() fails, and no later access, if Xen has
 * no handle left or its count of mappings of a page is at the maximum.
 *
 * Xen must unmap a grant before the kernel changes the entry, for munmap() and
 * mprotect() alike.  An MMU notifier unmaps it, and retains the handle until the
 * user mapping is closed or the buffer is revoked.
 *
 * Locks: @lock of each user mapping protects its entries and handles.  @lock of
 * the buffer protects the list of user mappings; it is taken first.
 *
 * Callers: cpumap.c for mmap() and revocation; the kernel's memory management for
 * each change of a user mapping.
 */

#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>

#include <xen/page.h>

#include "cpumap.h"
#include "grants.h"
#include "pv-table.h"
#include "pv-user.h"
#include "quota.h"

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
	struct gntdev_pv_user *user;
	bool may_sleep = mmu_notifier_range_blockable(range);
	unsigned long start, end;

	user = container_of(notifier, struct gntdev_pv_user, notifier);
	if (may_sleep)
		mutex_lock(&user->lock);
	else if (!mutex_trylock(&user->lock))
		return false;

	mmu_interval_set_seq(notifier, seq);

	start = max(range->start, user->start);
	end = min(range->end, gntdev_pv_user_addr(user, user->count));
	gntdev_pv_user_unmap(user, gntdev_pv_user_index(user, start),
			     gntdev_pv_user_index(user, end), true, may_sleep);

	mutex_unlock(&user->lock);
	return true;
}

static const struct mmu_interval_notifier_ops user_notifier_ops = {
	.invalidate = user_invalidate,
};

/* Tries to map a page after its retained handle was freed */
#define PV_TRIES	16

/* user_remap - map page @i, and others up to @end, after an invalidation */
static bool user_remap(struct gntdev_pv_user *user, unsigned int i,
		       unsigned int end, u32 flags)
{
	unsigned int tries;

	gntdev_pv_user_map(user, i, end, flags);
	if (user->pages[i].entry)
		return true;

	/*
	 * Xen has no handle left: free the retained one and map with it.
	 * Another task can take the handle first and free one later.
	 */
	gntdev_pv_user_unmap(user, i, i + 1, false, true);
	for (tries = 0; tries < PV_TRIES; tries++) {
		if (gntdev_pv_user_map(user, i, i + 1, flags))
			return true;
		cond_resched();
	}

	return false;
}

static vm_fault_t user_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct gntdev_pv_user *user = vma->vm_private_data;
	unsigned int i = gntdev_pv_user_index(user, vmf->address);
	unsigned int end = gntdev_pv_user_index(user, vma->vm_end);
	bool mapped = true;
	unsigned long seq;

	seq = mmu_interval_read_begin(&user->notifier);
	mutex_lock(&user->lock);
	if (!user->grants)
		mapped = false;
	/* After an invalidation since read_begin the access faults again */
	else if (!mmu_interval_read_retry(&user->notifier, seq))
		mapped = user_remap(user, i, min(end, i + GNTDEV_PV_BATCH),
				    vma_flags(vma));
	mutex_unlock(&user->lock);

	return mapped ? VM_FAULT_NOPAGE : VM_FAULT_SIGBUS;
}

static void user_open(struct vm_area_struct *vma)
{
	struct gntdev_pv_user *user = vma->vm_private_data;

	refcount_inc(&user->vmas);
}

static void user_close(struct vm_area_struct *vma)
{
	struct gntdev_pv_user *user = vma->vm_private_data;
	struct gntdev_cpumap *cpumap = user->cpumap;

	if (!refcount_dec_and_test(&user->vmas))
		return;

	/*
	 * The entries are empty unless mmap() failed after gntdev_pv_mmap().  The
	 * buffer's lock is held so that the grants stay mapped until the handles are
	 * free, @user->lock because the notifier covers the addresses until it is
	 * removed: another task can invalidate memory that was mapped there since.
	 */
	mutex_lock(&cpumap->lock);
	mutex_lock(&user->lock);
	gntdev_pv_user_unmap(user, 0, user->count, false, true);
	mutex_unlock(&user->lock);
	list_del(&user->node);
	mutex_unlock(&cpumap->lock);

	mmu_interval_notifier_remove(&user->notifier);
	gntdev_quota_uncharge_mmap(cpumap->quota, &cpumap->user_maps,
				   user->count);
	gntdev_pv_user_free(user);
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
	struct gntdev_pv_user *user = data;
	unsigned int i = gntdev_pv_table_index(user->start, addr);

	if (!user->tables[i])
		user->tables[i] = gntdev_pv_table_maddr(pte);
	return 0;
}

/* user_map_all - map all pages of a new user mapping, or none */
static int user_map_all(struct gntdev_pv_user *user, u32 flags)
{
	unsigned int i;
	int ret = 0;

	mutex_lock(&user->lock);
	for (i = 0; i < user->count && !ret; i += GNTDEV_PV_BATCH) {
		if (!gntdev_pv_user_map(user, i, min(user->count, i + GNTDEV_PV_BATCH),
					flags))
			ret = -ENOSPC;
		else if (fatal_signal_pending(current))
			ret = -EINTR;
		cond_resched();
	}

	if (ret)
		gntdev_pv_user_unmap(user, 0, user->count, false, true);
	mutex_unlock(&user->lock);
	return ret;
}

/* user_insert - make the entries and the notifier of @user, map all pages */
static int user_insert(struct gntdev_pv_user *user, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;
	int ret;

	ret = apply_to_page_range(vma->vm_mm, vma->vm_start, size,
				  user_set_table, user);
	if (ret)
		return ret;

	ret = mmu_interval_notifier_insert_locked(&user->notifier, vma->vm_mm,
						  vma->vm_start, size,
						  &user_notifier_ops);
	/*
	 * The first notifier of a process fails if any signal is pending.  The
	 * signal is handled, then mmap() is called again.
	 */
	if (ret == -EINTR)
		return -ERESTARTNOINTR;
	if (ret)
		return ret;

	/* A notifier that is inserted during an invalidation works after it */
	mmu_interval_read_begin(&user->notifier);
	ret = user_map_all(user, vma_flags(vma));
	if (ret)
		mmu_interval_notifier_remove(&user->notifier);
	return ret;
}

/**
 * gntdev_pv_mmap - gntdev_cpumap_mmap() on x86 PV
 * @cpumap: the mappings of the buffer, whose grants are mapped
 * @vma: the user mapping
 *
 * fork() does not copy the mapping (%VM_DONTCOPY), because it would copy page
 * table entries.  A child process can map the dma-buf itself.
 *
 * Context: process context, with the mmap lock held for writing and @cpumap->lock
 * held.
 * Return: 0; -ENOMEM if there is no memory; -EINTR after a fatal signal;
 * -ERESTARTNOINTR if mmap() has to be called again after a signal, which user
 * space does not see; -ENOSPC if the buffer has the maximum number of user mappings, the quota of
 * the exporting file is used up, Xen has no handle left, or Xen's count of
 * mappings of a page is at the maximum.
 */
int gntdev_pv_mmap(struct gntdev_cpumap *cpumap, struct vm_area_struct *vma)
{
	unsigned int count = vma_pages(vma);
	struct gntdev_pv_user *user;
	int ret = -ENOMEM;

	lockdep_assert_held(&cpumap->lock);

	if (!gntdev_quota_charge_mmap(cpumap->quota, &cpumap->user_maps, count))
		return -ENOSPC;

	user = gntdev_pv_user_alloc(cpumap, cpumap->grants, vma);
	if (!user)
		goto err_uncharge;

	ret = user_insert(user, vma);
	if (ret)
		goto err_free;

	list_add(&user->node, &cpumap->users);
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTCOPY | VM_DONTEXPAND |
			  VM_DONTDUMP);
	vma->vm_ops = &user_vm_ops;
	vma->vm_private_data = user;
	return 0;

err_free:
	gntdev_pv_user_free(user);
err_uncharge:
	gntdev_quota_uncharge_mmap(cpumap->quota, &cpumap->user_maps, count);
	return ret;
}

/**
 * gntdev_pv_close - gntdev_cpumap_close() on x86 PV: unmap all user mappings
 * @cpumap: the mappings of the buffer, whose grants are mapped
 *
 * The entries are cleared as for munmap(), and the handles are freed.  Later
 * accesses raise SIGBUS.
 *
 * Context: process context, may sleep, with @cpumap->lock held.
 */
void gntdev_pv_close(struct gntdev_cpumap *cpumap)
{
	struct gntdev_pv_user *user;

	lockdep_assert_held(&cpumap->lock);

	list_for_each_entry(user, &cpumap->users, node) {
		mutex_lock(&user->lock);
		gntdev_pv_user_unmap(user, 0, user->count, false, true);
		user->grants = NULL;
		mutex_unlock(&user->lock);
	}
}
