// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CPUs see of mapped grants on x86 PV.
 *
 * A page table entry of a PV domain holds a machine address, and Xen lets a
 * domain put another domain's frame there only by mapping the grant onto that
 * very entry (%GNTMAP_contains_pte).  Each mapping, user's or kernel's, is
 * therefore a mapping of the grants of its own, with a handle per page, and
 * has to be undone by Xen before the kernel touches the entry again: a grant
 * whose entry was overwritten can never be unmapped.
 *
 * For user mappings an MMU notifier does that.  The kernel announces each
 * change of a mapping (munmap, mprotect, exit) before it changes the entries;
 * then the grants go from there, and the next access brings them back.
 */

#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <asm/xen/hypercall.h>
#include <xen/page.h>

#include "cpumap.h"
#include "grants.h"

#define PV_BATCH	64

/**
 * struct gntdev_pv_ptes - grants mapped onto the entries of an address range
 * @grants: whose grants
 * @start: address of the first page
 * @first: which of @grants is mapped there
 * @count: number of pages
 * @flags: GNTMAP_* that all the mappings have
 * @nr: number of operations that are collected
 * @index: for each of them, the page, counted from @start
 * @map: the operations, where they map
 * @unmap: the operations, where they unmap
 * @handles: Xen's name for each page's mapping, or %INVALID_GRANT_HANDLE
 */
struct gntdev_pv_ptes {
	struct gntdev_grants *grants;
	unsigned long start;
	unsigned int first;
	unsigned int count;
	u32 flags;
	unsigned int nr;
	unsigned int index[PV_BATCH];
	union {
		struct gnttab_map_grant_ref map[PV_BATCH];
		struct gnttab_unmap_grant_ref unmap[PV_BATCH];
	};
	grant_handle_t handles[] __counted_by(count);
};

static struct gntdev_pv_ptes *ptes_alloc(struct gntdev_grants *grants,
					 unsigned int first, unsigned int count,
					 u32 flags)
{
	struct gntdev_pv_ptes *ptes;

	ptes = kvzalloc(struct_size(ptes, handles, count), GFP_KERNEL);
	if (!ptes)
		return NULL;

	ptes->grants = grants;
	ptes->first = first;
	ptes->count = count;
	ptes->flags = flags;
	memset32(ptes->handles, INVALID_GRANT_HANDLE, count);
	return ptes;
}

static unsigned int ptes_index(struct gntdev_pv_ptes *ptes, unsigned long addr)
{
	return (addr - ptes->start) >> PAGE_SHIFT;
}

/* Collect an operation to map a page onto its entry, if it is not there. */
static void ptes_add_map(struct gntdev_pv_ptes *ptes, pte_t *pte,
			 unsigned long addr, u32 flags)
{
	unsigned int i = ptes_index(ptes, addr);
	struct page *page = ptes->grants->pages[ptes->first + i];

	if (ptes->handles[i] != INVALID_GRANT_HANDLE)
		return;

	gnttab_set_map_op(&ptes->map[ptes->nr],
			  arbitrary_virt_to_machine(pte).maddr,
			  ptes->flags | flags, xen_page_foreign(page)->gref,
			  ptes->grants->domid);
	ptes->index[ptes->nr++] = i;
}

/* Carry out what ptes_add_map() collected: 0 or the last error. */
static int ptes_map(struct gntdev_pv_ptes *ptes)
{
	unsigned int i;
	int ret = 0;

	if (ptes->nr)
		gnttab_batch_map(ptes->map, ptes->nr);

	for (i = 0; i < ptes->nr; i++) {
		if (ptes->map[i].status == GNTST_okay)
			ptes->handles[ptes->index[i]] = ptes->map[i].handle;
		else
			ret = gntdev_grants_errno(ptes->map[i].status);
	}

	ptes->nr = 0;
	return ret;
}

/* Collect an operation to unmap a page from its entry, if it is there. */
static void ptes_add_unmap(struct gntdev_pv_ptes *ptes, pte_t *pte,
			   unsigned long addr)
{
	unsigned int i = ptes_index(ptes, addr);

	if (ptes->handles[i] == INVALID_GRANT_HANDLE)
		return;

	gnttab_set_unmap_op(&ptes->unmap[ptes->nr],
			    arbitrary_virt_to_machine(pte).maddr, ptes->flags,
			    ptes->handles[i]);
	ptes->index[ptes->nr++] = i;
}

/* Carry out what ptes_add_unmap() collected. */
static void ptes_unmap(struct gntdev_pv_ptes *ptes)
{
	unsigned int i;

	if (ptes->nr && HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref,
						  ptes->unmap, ptes->nr))
		ptes->grants->stuck = true;

	for (i = 0; i < ptes->nr; i++) {
		if (ptes->unmap[i].status != GNTST_okay)
			ptes->grants->stuck = true;
		ptes->handles[ptes->index[i]] = INVALID_GRANT_HANDLE;
	}

	ptes->nr = 0;
}

/**
 * struct pv_user - a user mapping
 * @notifier: covers the address range that was mapped, whatever is left of it
 * @lock: protects @ptes, and the entries from the kernel's changing them
 * @vmas: number of pieces that the mapping has been split into
 * @ptes: the grants on its entries
 */
struct pv_user {
	struct mmu_interval_notifier notifier;
	struct mutex lock; /* ptes and the entries */
	refcount_t vmas;
	struct gntdev_pv_ptes *ptes;
};

static int user_unmap_pte(pte_t *pte, unsigned long addr, void *data)
{
	struct gntdev_pv_ptes *ptes = data;

	ptes_add_unmap(ptes, pte, addr);
	if (ptes->nr == PV_BATCH)
		ptes_unmap(ptes);
	return 0;
}

static bool user_invalidate(struct mmu_interval_notifier *notifier,
			    const struct mmu_notifier_range *range,
			    unsigned long seq)
{
	struct pv_user *user = container_of(notifier, struct pv_user, notifier);
	struct gntdev_pv_ptes *ptes = user->ptes;
	unsigned long start, end;

	if (mmu_notifier_range_blockable(range))
		mutex_lock(&user->lock);
	else if (!mutex_trylock(&user->lock))
		return false;

	mmu_interval_set_seq(notifier, seq);

	start = max(range->start, ptes->start);
	end = min(range->end, ptes->start + ptes->count * PAGE_SIZE);
	apply_to_existing_page_range(notifier->mm, start, end - start,
				     user_unmap_pte, ptes);
	ptes_unmap(ptes);

	mutex_unlock(&user->lock);
	return true;
}

static const struct mmu_interval_notifier_ops user_notifier_ops = {
	.invalidate = user_invalidate,
};

static int user_map_pte(pte_t *pte, unsigned long addr, void *data)
{
	struct vm_area_struct *vma = data;
	struct pv_user *user = vma->vm_private_data;

	ptes_add_map(user->ptes, pte, addr,
		     vma->vm_flags & VM_WRITE ? 0 : GNTMAP_readonly);
	return 0;
}

static vm_fault_t user_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct pv_user *user = vma->vm_private_data;
	unsigned long addr = vmf->address & PAGE_MASK;
	unsigned long size, seq;
	int ret = 0;

	size = min(vma->vm_end - addr, PV_BATCH * PAGE_SIZE);

	/* Reclaim for a page table may wait for user_invalidate(): not below */
	if (apply_to_page_range(vma->vm_mm, addr, size, NULL, NULL))
		return VM_FAULT_OOM;

	seq = mmu_interval_read_begin(&user->notifier);
	mutex_lock(&user->lock);
	if (!mmu_interval_read_retry(&user->notifier, seq)) {
		apply_to_page_range(vma->vm_mm, addr, size, user_map_pte, vma);
		ret = ptes_map(user->ptes);
		if (user->ptes->handles[ptes_index(user->ptes, addr)] !=
		    INVALID_GRANT_HANDLE)
			ret = 0;
	}
	mutex_unlock(&user->lock);

	/* Where an invalidation came in between, the access faults once more */
	return ret ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static void user_open(struct vm_area_struct *vma)
{
	struct pv_user *user = vma->vm_private_data;

	refcount_inc(&user->vmas);
}

static void user_close(struct vm_area_struct *vma)
{
	struct pv_user *user = vma->vm_private_data;

	if (!refcount_dec_and_test(&user->vmas))
		return;

	mmu_interval_notifier_remove(&user->notifier);
	kvfree(user->ptes);
	kfree(user);
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

/**
 * gntdev_pv_mmap - gntdev_cpumap_mmap() on x86 PV
 * @grants: what to map
 * @vma: where to
 *
 * A child does not inherit the mapping: its page table entries could only be
 * copies of ours.  It can map the dma-buf itself.
 *
 * Return: 0, -ENOMEM.
 */
int gntdev_pv_mmap(struct gntdev_grants *grants, struct vm_area_struct *vma)
{
	struct pv_user *user;
	int ret = -ENOMEM;

	user = kzalloc(sizeof(*user), GFP_KERNEL);
	if (!user)
		return -ENOMEM;

	/* guest_avail0 is what Linux knows as the special bit of an entry */
	user->ptes = ptes_alloc(grants, vma->vm_pgoff, vma_pages(vma),
				GNTMAP_host_map | GNTMAP_application_map |
				GNTMAP_contains_pte |
				(1 << _GNTMAP_guest_avail0));
	if (!user->ptes)
		goto err_free;

	user->ptes->start = vma->vm_start;
	mutex_init(&user->lock);
	refcount_set(&user->vmas, 1);

	ret = mmu_interval_notifier_insert_locked(&user->notifier, vma->vm_mm,
						  vma->vm_start,
						  vma->vm_end - vma->vm_start,
						  &user_notifier_ops);
	if (ret)
		goto err_free_ptes;

	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTCOPY | VM_DONTEXPAND |
			  VM_DONTDUMP);
	vma->vm_ops = &user_vm_ops;
	vma->vm_private_data = user;
	return 0;

err_free_ptes:
	kvfree(user->ptes);
err_free:
	kfree(user);
	return ret;
}

static pte_t *kernel_pte(unsigned long addr)
{
	unsigned int level;

	return lookup_address(addr, &level);
}

/**
 * gntdev_pv_vmap - gntdev_cpumap_vmap() on x86 PV
 * @grants: what to map
 * @kmap: filled in, but for the number of pages, which is there
 *
 * vmap() provides addresses and page table entries that map nothing, for Xen
 * to put the grants there.
 *
 * Return: 0, -ENOMEM, or what gntdev_grants_errno() says.
 */
int gntdev_pv_vmap(struct gntdev_grants *grants, struct gntdev_kmap *kmap)
{
	struct gntdev_pv_ptes *ptes;
	unsigned long addr;
	unsigned int i;
	int ret = 0;

	ptes = ptes_alloc(grants, 0, kmap->count,
			  GNTMAP_host_map | GNTMAP_contains_pte);
	if (!ptes)
		return -ENOMEM;

	kmap->ptes = ptes;
	kmap->vaddr = vmap(grants->pages, kmap->count, VM_MAP, PAGE_NONE);
	if (!kmap->vaddr) {
		kvfree(ptes);
		return -ENOMEM;
	}

	ptes->start = (unsigned long)kmap->vaddr;
	for (i = 0; i < kmap->count && !ret; i++) {
		addr = ptes->start + i * PAGE_SIZE;
		ptes_add_map(ptes, kernel_pte(addr), addr, 0);
		if (ptes->nr == PV_BATCH || i == kmap->count - 1)
			ret = ptes_map(ptes);
	}

	if (ret)
		gntdev_pv_vunmap(grants, kmap);
	return ret;
}

/**
 * gntdev_pv_vunmap - gntdev_cpumap_vunmap() on x86 PV
 * @grants: what is mapped
 * @kmap: what gntdev_pv_vmap() filled in
 */
void gntdev_pv_vunmap(struct gntdev_grants *grants, struct gntdev_kmap *kmap)
{
	struct gntdev_pv_ptes *ptes = kmap->ptes;
	unsigned long addr;
	unsigned int i;

	for (i = 0; i < kmap->count; i++) {
		addr = ptes->start + i * PAGE_SIZE;
		ptes_add_unmap(ptes, kernel_pte(addr), addr);
		if (ptes->nr == PV_BATCH)
			ptes_unmap(ptes);
	}
	ptes_unmap(ptes);

	vunmap(kmap->vaddr);
	kvfree(ptes);
	kmap->vaddr = NULL;
	kmap->ptes = NULL;
}
