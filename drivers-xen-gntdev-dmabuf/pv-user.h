/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages of a user mapping on x86 PV: grants mapped onto page table entries.
 */

#ifndef _XEN_GNTDEV_DMABUF_PV_USER_H
#define _XEN_GNTDEV_DMABUF_PV_USER_H

#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include <xen/grant_table.h>

struct gntdev_cpumap;
struct gntdev_grants;
struct vm_area_struct;

/* Operations in one hypercall; each user mapping has memory for them */
#define GNTDEV_PV_BATCH	64

/**
 * struct gntdev_pv_page - a page of a user mapping
 * @handle: Xen's handle of the mapping, %INVALID_GRANT_HANDLE for none
 * @entry: whether the page table entry maps the page
 */
struct gntdev_pv_page {
	grant_handle_t handle;
	bool entry;
};

/**
 * struct gntdev_pv_user - a user mapping
 * @notifier: MMU notifier for the addresses that mmap() mapped
 * @lock: protects @pages and the batch, and keeps the kernel from the entries
 * @vmas: number of VMAs that the mapping has been split into
 * @cpumap: all mappings of the buffer
 * @grants: the mapped grants; NULL after gntdev_pv_close().  @lock protects it.
 * @node: node in &gntdev_cpumap.users
 * @start: address of the first page
 * @first: index in the grants of the first page
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
struct gntdev_pv_user {
	struct mmu_interval_notifier notifier;
	struct mutex lock; /* entries, handles, batch */
	refcount_t vmas;
	struct gntdev_cpumap *cpumap;
	struct gntdev_grants *grants;
	struct list_head node;
	unsigned long start;
	unsigned int first;
	unsigned int count;
	phys_addr_t *tables;
	unsigned int nr;
	unsigned int index[GNTDEV_PV_BATCH];
	union {
		struct gnttab_map_grant_ref map[GNTDEV_PV_BATCH];
		struct gnttab_unmap_grant_ref unmap[GNTDEV_PV_BATCH];
	};
	struct gntdev_pv_page pages[] __counted_by(count);
};

/**
 * gntdev_pv_user_addr - address of a page of a user mapping
 * @user: the user mapping
 * @i: index of the page
 *
 * Context: any.
 * Return: the user space address.
 */
static inline unsigned long gntdev_pv_user_addr(const struct gntdev_pv_user *user,
						unsigned int i)
{
	return user->start + i * PAGE_SIZE;
}

/**
 * gntdev_pv_user_index - page of a user mapping that has an address
 * @user: the user mapping
 * @addr: a user space address of the mapping
 *
 * Context: any.
 * Return: the index of the page.
 */
static inline unsigned int gntdev_pv_user_index(const struct gntdev_pv_user *user,
						unsigned long addr)
{
	return (addr - user->start) >> PAGE_SHIFT;
}

struct gntdev_pv_user *gntdev_pv_user_alloc(struct gntdev_cpumap *cpumap,
					    struct gntdev_grants *grants,
					    struct vm_area_struct *vma);
void gntdev_pv_user_free(struct gntdev_pv_user *user);
bool gntdev_pv_user_map(struct gntdev_pv_user *user, unsigned int first,
			unsigned int end, u32 flags);
void gntdev_pv_user_unmap(struct gntdev_pv_user *user, unsigned int first,
			  unsigned int end, bool retain, bool may_sleep);

#endif /* _XEN_GNTDEV_DMABUF_PV_USER_H */
