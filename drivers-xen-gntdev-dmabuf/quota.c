// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an open gntdev file may use: a domain, pages, and handles.
 *
 * A file can be restricted to one domain and to a number of pages.  The pages of
 * all its exports and imports count, and buffers can outlive the file.  So the
 * quota is an object of its own, with a reference of the file and one of each
 * buffer.
 *
 * On x86 PV a user mapping of an export takes a handle for each page.  All
 * backends of the domain share the table of handles, and a process that has a
 * descriptor of a buffer can make mappings without any right.  Therefore the user
 * mappings of all exports of a file have a limit, too.  cpumap-pv.c charges them.
 *
 * Locks: quotas_lock protects the tree of quotas, and changes of a restriction.
 * The counters are atomic.
 *
 * Callers: the ioctls, export.c, import.c and cpumap-pv.c; show.c lists the files.
 */

#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <xen/interface/xen.h>

#include "buf-tree.h"
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
 * struct gntdev_quota - what an open gntdev file may use, and uses
 * @users: number of references: one of the file, one of each buffer
 * @node: node in quotas, with the id of the file; in no tree for a driver's buffer
 * @domid: the only domain that requests can name, or %DOMID_INVALID
 * @max_pages: largest number of @pages, 0 for any
 * @pages: number of pages of the exports and imports
 * @mmap_pages: number of pages of all user mappings of the exports
 */
struct gntdev_quota {
	refcount_t users;
	struct gntdev_buf_node node;
	u32 domid;
	u32 max_pages;
	atomic_t pages;
	atomic_t mmap_pages;
};

static struct rb_root_cached quotas = RB_ROOT_CACHED;
static DEFINE_SPINLOCK(quotas_lock); /* quotas, and writes of a restriction */

/**
 * gntdev_quota_alloc - allocate a quota
 * @file_id: id of the open gntdev file, 0 for a buffer of a driver
 *
 * Context: process context, may sleep.
 * Return: the quota, with one reference, or NULL if there is no memory.
 */
struct gntdev_quota *gntdev_quota_alloc(u64 file_id)
{
	struct gntdev_quota *quota;

	quota = kzalloc_obj(*quota);
	if (!quota)
		return NULL;

	refcount_set(&quota->users, 1);
	quota->domid = DOMID_INVALID;
	RB_CLEAR_NODE(&quota->node.rb);
	if (file_id) {
		spin_lock(&quotas_lock);
		gntdev_buf_tree_add(&quotas, &quota->node, file_id, 0);
		spin_unlock(&quotas_lock);
	}
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
 * Context: process context.
 */
void gntdev_quota_put(struct gntdev_quota *quota)
{
	if (!quota || !refcount_dec_and_lock(&quota->users, &quotas_lock))
		return;

	gntdev_buf_tree_del(&quotas, &quota->node);
	spin_unlock(&quotas_lock);
	kfree(quota);
}

/**
 * gntdev_quota_restrict - restrict a file to one domain and a number of pages
 * @quota: quota of the file
 * @domid: the domain; the caller has checked that it is the number of a domain
 * @max_pages: largest number of pages of the file's exports and imports, which can
 *             be less than they have; 0 to leave the limit as it is
 *
 * Context: process context.
 * Return: 0, or -EACCES if the file is already restricted to another domain or to
 * fewer pages.
 */
int gntdev_quota_restrict(struct gntdev_quota *quota, u32 domid, u32 max_pages)
{
	int ret = -EACCES;

	spin_lock(&quotas_lock);
	if (gntdev_quota_allows(quota, domid) &&
	    (!quota->max_pages || max_pages <= quota->max_pages)) {
		WRITE_ONCE(quota->domid, domid);
		if (max_pages)
			WRITE_ONCE(quota->max_pages, max_pages);
		ret = 0;
	}
	spin_unlock(&quotas_lock);

	return ret;
}

/**
 * gntdev_quota_allows - whether the requests of a file can name a domain
 * @quota: quota of the file
 * @domid: the domain
 *
 * Context: any.
 * Return: false if the file is restricted to another domain.
 */
bool gntdev_quota_allows(const struct gntdev_quota *quota, u32 domid)
{
	u32 only = READ_ONCE(quota->domid);

	return only == DOMID_INVALID || only == domid;
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
 * gntdev_quota_charge - charge the pages of a new export or import
 * @quota: quota of the file
 * @count: number of pages
 *
 * Context: any.
 * Return: false if the file would have more pages than it may.
 */
bool gntdev_quota_charge(struct gntdev_quota *quota, unsigned int count)
{
	return quota_add(&quota->pages, count,
			 min_not_zero(READ_ONCE(quota->max_pages), (u32)INT_MAX));
}

/**
 * gntdev_quota_uncharge - undo gntdev_quota_charge()
 * @quota: quota of the file
 * @count: number of pages
 *
 * Context: any; before the record is unregistered, because a program that waits
 * for the release then makes the next buffer.
 */
void gntdev_quota_uncharge(struct gntdev_quota *quota, unsigned int count)
{
	atomic_sub(count, &quota->pages);
}

/**
 * gntdev_quota_charge_mmap - charge a new user mapping of an export
 * @quota: quota of the exporting file
 * @maps: number of user mappings of the buffer
 * @count: number of pages of the new mapping
 *
 * Context: any.
 * Return: true; false if the buffer has pv_mmap_max user mappings, or if the pages
 * of @quota would exceed pv_mmap_pages.
 */
bool gntdev_quota_charge_mmap(struct gntdev_quota *quota, atomic_t *maps,
			      unsigned int count)
{
	if (!quota_add(maps, 1, READ_ONCE(pv_mmap_max)))
		return false;

	if (!quota_add(&quota->mmap_pages, count, READ_ONCE(pv_mmap_pages))) {
		atomic_dec(maps);
		return false;
	}

	return true;
}

/**
 * gntdev_quota_uncharge_mmap - undo gntdev_quota_charge_mmap()
 * @quota: quota of the exporting file
 * @maps: number of user mappings of the buffer
 * @count: number of pages of the mapping
 *
 * Context: any.
 */
void gntdev_quota_uncharge_mmap(struct gntdev_quota *quota, atomic_t *maps,
				unsigned int count)
{
	atomic_sub(count, &quota->mmap_pages);
	atomic_dec(maps);
}

/**
 * gntdev_quota_next - find the next gntdev file that has a quota
 * @after: id of a file; 0 finds the first one
 * @info: filled in with the information about the file
 *
 * A file has a quota from its first export, import or restriction on (one that fails
 * can create it, too), and until it is closed and its last buffer is released.
 *
 * Context: process context.
 * Return: false if no such file has a greater id.
 */
bool gntdev_quota_next(u64 after, struct gntdev_quota_info *info)
{
	struct gntdev_buf_node *node;
	struct gntdev_quota *quota;

	spin_lock(&quotas_lock);
	node = gntdev_buf_tree_find_from(&quotas, after + 1, 0);
	if (node) {
		quota = container_of(node, struct gntdev_quota, node);
		*info = (struct gntdev_quota_info) {
			.file_id = node->major,
			.pages = atomic_read(&quota->pages),
			.domid = quota->domid,
			.max_pages = quota->max_pages,
			.users = refcount_read(&quota->users),
		};
	}
	spin_unlock(&quotas_lock);

	return node;
}
