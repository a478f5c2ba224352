// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user mappings of exported buffers may take of Xen's table of grant
 * mappings, on x86 PV.
 *
 * A user mapping there takes a handle for each page from a table that the whole
 * domain shares: its block and network backends need handles, too.  A process
 * needs no more than a descriptor of the buffer to make mappings.  So all
 * buffers that were exported through one open gntdev file share one quota.
 * cpumap-pv.c charges it.
 */

#include <linux/atomic.h>
#include <linux/moduleparam.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "quota.h"

/*
 * A quarter of the 262144 handles that Xen gives a domain by default
 * (gnttab_max_maptrack_frames=1024, of 256 handles each).
 */
static unsigned int pv_mmap_pages = 65536;
module_param(pv_mmap_pages, uint, 0644);
MODULE_PARM_DESC(pv_mmap_pages,
		 "Pages that user mappings may have of all buffers exported through one open file (x86 PV)");

/*
 * Xen counts up to 127 mappings of a page, for all that a domain maps.  This
 * many leave room for other exports of the same page.
 */
static unsigned int pv_mmap_max = 16;
module_param(pv_mmap_max, uint, 0644);
MODULE_PARM_DESC(pv_mmap_max, "User mappings that a buffer may have (x86 PV)");

/**
 * struct gntdev_quota - the quota of an open gntdev file
 * @users: the file, and each buffer that was exported through it
 * @pages: pages that user mappings have of those buffers
 */
struct gntdev_quota {
	refcount_t users;
	atomic_t pages;
};

/**
 * gntdev_quota_alloc - make a quota
 *
 * Context: process context, may sleep.
 * Return: the quota, with one reference, or NULL if there is no memory.
 */
struct gntdev_quota *gntdev_quota_alloc(void)
{
	struct gntdev_quota *quota;

	quota = kzalloc(sizeof(*quota), GFP_KERNEL);
	if (quota)
		refcount_set(&quota->users, 1);
	return quota;
}

/**
 * gntdev_quota_get - take another reference
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
 * gntdev_quota_put - drop a reference
 * @quota: the quota, or NULL
 *
 * Context: any.
 */
void gntdev_quota_put(struct gntdev_quota *quota)
{
	if (quota && refcount_dec_and_test(&quota->users))
		kfree(quota);
}

/* quota_take - add @count to @taken, unless that exceeds @max */
static bool quota_take(atomic_t *taken, unsigned int count, unsigned int max)
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
 * @quota: the quota of the file that exported the buffer
 * @maps: number of user mappings that the buffer has
 * @count: number of pages of the new one
 *
 * Context: any.
 * Return: true, or false if the buffer has as many user mappings as it may
 * have, or @quota has fewer pages left.
 */
bool gntdev_quota_charge(struct gntdev_quota *quota, atomic_t *maps,
			 unsigned int count)
{
	if (!quota_take(maps, 1, READ_ONCE(pv_mmap_max)))
		return false;

	if (!quota_take(&quota->pages, count, READ_ONCE(pv_mmap_pages))) {
		atomic_dec(maps);
		return false;
	}

	return true;
}

/**
 * gntdev_quota_uncharge - undo gntdev_quota_charge()
 * @quota: the quota
 * @maps: number of user mappings that the buffer has
 * @count: number of pages of the one that goes
 *
 * Context: any.
 */
void gntdev_quota_uncharge(struct gntdev_quota *quota, atomic_t *maps,
			   unsigned int count)
{
	atomic_sub(count, &quota->pages);
	atomic_dec(maps);
}
