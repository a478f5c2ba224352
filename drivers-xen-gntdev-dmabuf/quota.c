// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quota of maptrack handles for user mappings of exported buffers, on x86 PV.
 *
 * On x86 PV a user mapping takes a maptrack handle for each page.  All backends of
 * the domain share the table of handles, and a process that has a descriptor of
 * a buffer can make mappings without any right.  Therefore all exports of an open
 * gntdev file share a quota.  cpumap-pv.c charges it.  The counters are atomic;
 * this file owns no lock.
 */

#include <linux/atomic.h>
#include <linux/moduleparam.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "quota.h"

/*
 * A quarter of the 262144 handles that a domain has by default
 * (gnttab_max_maptrack_frames=1024, each of 256 handles).
 */
static unsigned int pv_mmap_pages = 65536;
module_param(pv_mmap_pages, uint, 0644);
MODULE_PARM_DESC(pv_mmap_pages,
		 "Largest number of pages of all user mappings of an open file's exports (x86 PV)");

/*
 * Xen allows a domain 127 writable mappings of a page.  This limit leaves room
 * for other exports of the same page.
 */
static unsigned int pv_mmap_max = 16;
module_param(pv_mmap_max, uint, 0644);
MODULE_PARM_DESC(pv_mmap_max, "Largest number of user mappings of a buffer (x86 PV)");

/**
 * struct gntdev_quota - quota of an open gntdev file
 * @users: number of references: one of the file, one of each export
 * @pages: number of pages of all user mappings of these exports
 */
struct gntdev_quota {
	refcount_t users;
	atomic_t pages;
};

/**
 * gntdev_quota_alloc - allocate a quota
 *
 * Context: process context, may sleep.
 * Return: the quota, with one reference, or NULL if there is no memory.
 */
struct gntdev_quota *gntdev_quota_alloc(void)
{
	struct gntdev_quota *quota;

	quota = kzalloc_obj(*quota);
	if (quota)
		refcount_set(&quota->users, 1);
	return quota;
}

/**
 * gntdev_quota_get - take a reference
 * @quota: the quota
 *
 * Context: any.
 * Return: @quota.
 */
struct gntdev_quota *gntdev_quota_get(struct gntdev_quota *quota)
{
	refcount_inc(&quota->users);
	return quota;
}

/**
 * gntdev_quota_put - drop a reference, and free the quota with the last one
 * @quota: the quota, or NULL
 *
 * Context: any.
 */
void gntdev_quota_put(struct gntdev_quota *quota)
{
	if (quota && refcount_dec_and_test(&quota->users))
		kfree(quota);
}

/* quota_add - add @count to @taken, unless the sum exceeds @max */
static bool quota_add(atomic_t *taken, unsigned int count, unsigned int max)
{
	int old = atomic_read(taken);

	do {
		if (old > max || count > max - old)
			return false;
	} while (!atomic_try_cmpxchg(taken, &old, old + count));

	return true;
}

/**
 * gntdev_quota_charge - charge a new user mapping of a buffer
 * @quota: quota of the exporting file
 * @maps: number of user mappings of the buffer
 * @count: number of pages of the new mapping
 *
 * Context: any.
 * Return: true; false if the buffer has pv_mmap_max user mappings, or if the pages
 * of @quota would exceed pv_mmap_pages.
 */
bool gntdev_quota_charge(struct gntdev_quota *quota, atomic_t *maps,
			 unsigned int count)
{
	if (!quota_add(maps, 1, READ_ONCE(pv_mmap_max)))
		return false;

	if (!quota_add(&quota->pages, count, READ_ONCE(pv_mmap_pages))) {
		atomic_dec(maps);
		return false;
	}

	return true;
}

/**
 * gntdev_quota_uncharge - undo gntdev_quota_charge()
 * @quota: quota of the exporting file
 * @maps: number of user mappings of the buffer
 * @count: number of pages of the mapping
 *
 * Context: any.
 */
void gntdev_quota_uncharge(struct gntdev_quota *quota, atomic_t *maps,
			   unsigned int count)
{
	atomic_sub(count, &quota->pages);
	atomic_dec(maps);
}
