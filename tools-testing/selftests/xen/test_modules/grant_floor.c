// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lower bound of the cost of mapping grants: times the bare hypercalls on
 * prepared pages and operations, and for comparison gnttab_map_refs() and
 * gnttab_unmap_refs().  grant_floor.h describes the requests.
 *
 * On x86 PV the bare hypercalls write the page's kernel PTE, as they do
 * below gnttab_map_refs().  The bare hypercalls do not set the p2m entry, which
 * only users of the pages need.
 */

#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/xen/hypercall.h>
#include <xen/grant_table.h>
#include <xen/xen.h>

#include "grant_floor.h"

/* Operations of a hypercall */
#define FLOOR_BATCH	256U
/* Pages of a file: more than any grant table has entries */
#define FLOOR_MAX	1048576

/**
 * struct floor - an open file
 * @lock: protects all other members
 * @count: number of pages, 0 before the preparation
 * @pages: the pages
 * @map: a map operation for each page
 * @unmap: an unmap operation for each page
 * @mapped: the request that mapped the pages, 0 while they are not mapped
 * @stuck: Xen refused to unmap a page: the pages must not be used again
 */
struct floor {
	struct mutex lock; /* see above */
	unsigned int count;
	struct page **pages;
	struct gnttab_map_grant_ref *map;
	struct gnttab_unmap_grant_ref *unmap;
	unsigned int mapped;
	bool stuck;
};

static phys_addr_t floor_addr(struct floor *floor, unsigned int i)
{
	return (phys_addr_t)(unsigned long)page_address(floor->pages[i]);
}

static unsigned int floor_batch(struct floor *floor, unsigned int done)
{
	return min(floor->count - done, FLOOR_BATCH);
}

static int floor_map(struct floor *floor, unsigned int cmd, u64 *ns)
{
	unsigned int i, n, bad = 0;
	int ret = 0;
	u64 begin;

	for (i = 0; i < floor->count; i++)
		floor->map[i].status = GNTST_general_error;

	begin = ktime_get_ns();
	for (i = 0; i < floor->count; i += n) {
		n = floor_batch(floor, i);
		if (cmd == GRANT_FLOOR_MAP)
			ret |= HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref,
							 floor->map + i, n);
		else
			ret |= gnttab_map_refs(floor->map + i, NULL,
					       floor->pages + i, n);
	}
	*ns = ktime_get_ns() - begin;

	for (i = 0; i < floor->count; i++) {
		struct gnttab_map_grant_ref *op = &floor->map[i];

		bad += op->status != GNTST_okay;
		gnttab_set_unmap_op(&floor->unmap[i], floor_addr(floor, i),
				    op->flags, op->status == GNTST_okay ?
				    op->handle : INVALID_GRANT_HANDLE);
	}

	floor->mapped = cmd;
	return ret || bad ? -EIO : 0;
}

static int floor_unmap(struct floor *floor, unsigned int cmd, u64 *ns)
{
	unsigned int i, n, bad = 0;
	int ret = 0;
	u64 begin;

	begin = ktime_get_ns();
	for (i = 0; i < floor->count; i += n) {
		n = floor_batch(floor, i);
		if (cmd == GRANT_FLOOR_UNMAP)
			ret |= HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref,
							 floor->unmap + i, n);
		else
			ret |= gnttab_unmap_refs(floor->unmap + i, NULL,
						 floor->pages + i, n);
	}
	*ns = ktime_get_ns() - begin;

	for (i = 0; i < floor->count; i++)
		bad += floor->unmap[i].status != GNTST_okay;

	floor->mapped = 0;
	floor->stuck |= ret || bad;
	return floor->stuck ? -EIO : 0;
}

static void floor_free_arrays(struct floor *floor)
{
	kvfree(floor->pages);
	kvfree(floor->map);
	kvfree(floor->unmap);
}

static void floor_free(struct floor *floor, u64 *ns)
{
	u64 begin = ktime_get_ns();

	if (!floor->stuck)
		gnttab_free_pages(floor->count, floor->pages);
	*ns = ktime_get_ns() - begin;

	floor_free_arrays(floor);
	floor->count = 0;
}

static int floor_prepare(struct floor *floor, struct grant_floor_prepare *op)
{
	unsigned int i;
	u64 begin;
	u32 *refs;
	int ret;

	if (floor->count || !op->count || op->count > FLOOR_MAX)
		return -EINVAL;

	refs = vmemdup_array_user(u64_to_user_ptr(op->refs), op->count,
				  sizeof(*refs));
	if (IS_ERR(refs))
		return PTR_ERR(refs);

	floor->pages = kvmalloc_array(op->count, sizeof(*floor->pages),
				      GFP_KERNEL);
	floor->map = kvcalloc(op->count, sizeof(*floor->map), GFP_KERNEL);
	floor->unmap = kvcalloc(op->count, sizeof(*floor->unmap), GFP_KERNEL);
	ret = -ENOMEM;
	if (!floor->pages || !floor->map || !floor->unmap)
		goto err_free;

	begin = ktime_get_ns();
	ret = gnttab_alloc_pages(op->count, floor->pages);
	op->ns = ktime_get_ns() - begin;
	if (ret)
		goto err_free;

	floor->count = op->count;
	for (i = 0; i < floor->count; i++)
		gnttab_set_map_op(&floor->map[i], floor_addr(floor, i),
				  GNTMAP_host_map, refs[i], op->domid);
	kvfree(refs);
	return 0;

err_free:
	floor_free_arrays(floor);
	kvfree(refs);
	return ret;
}

static int floor_step(struct floor *floor, unsigned int cmd, u64 *ns)
{
	if (!floor->count)
		return -EINVAL;

	switch (cmd) {
	case GRANT_FLOOR_MAP:
	case GRANT_FLOOR_MAP_REFS:
		return floor->mapped ? -EINVAL : floor_map(floor, cmd, ns);
	case GRANT_FLOOR_UNMAP:
		return floor->mapped != GRANT_FLOOR_MAP ? -EINVAL :
			floor_unmap(floor, cmd, ns);
	case GRANT_FLOOR_UNMAP_REFS:
		return floor->mapped != GRANT_FLOOR_MAP_REFS ? -EINVAL :
			floor_unmap(floor, cmd, ns);
	case GRANT_FLOOR_FREE:
		if (floor->mapped)
			return -EINVAL;
		floor_free(floor, ns);
		return 0;
	default:
		return -ENOTTY;
	}
}

static long floor_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct floor *floor = file->private_data;
	void __user *user = (void __user *)arg;
	struct grant_floor_prepare op;
	u64 ns = 0;
	int ret;

	mutex_lock(&floor->lock);
	if (cmd == GRANT_FLOOR_PREPARE) {
		ret = -EFAULT;
		if (!copy_from_user(&op, user, sizeof(op)))
			ret = floor_prepare(floor, &op);
		if (!ret && copy_to_user(user, &op, sizeof(op)))
			ret = -EFAULT;
	} else {
		ret = floor_step(floor, cmd, &ns);
		if (!ret && copy_to_user(user, &ns, sizeof(ns)))
			ret = -EFAULT;
	}
	mutex_unlock(&floor->lock);

	return ret;
}

static int floor_open(struct inode *inode, struct file *file)
{
	struct floor *floor = kzalloc(sizeof(*floor), GFP_KERNEL);

	if (!floor)
		return -ENOMEM;
	mutex_init(&floor->lock);
	file->private_data = floor;
	return 0;
}

static int floor_release(struct inode *inode, struct file *file)
{
	struct floor *floor = file->private_data;
	u64 ns;

	if (floor->mapped == GRANT_FLOOR_MAP)
		floor_unmap(floor, GRANT_FLOOR_UNMAP, &ns);
	else if (floor->mapped)
		floor_unmap(floor, GRANT_FLOOR_UNMAP_REFS, &ns);
	if (floor->count)
		floor_free(floor, &ns);
	kfree(floor);
	return 0;
}

static const struct file_operations floor_fops = {
	.owner = THIS_MODULE,
	.open = floor_open,
	.release = floor_release,
	.unlocked_ioctl = floor_ioctl,
};

static struct miscdevice floor_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "grant_floor",
	.fops = &floor_fops,
};

static int __init floor_init(void)
{
	return xen_domain() ? misc_register(&floor_device) : -ENODEV;
}
module_init(floor_init);

static void __exit floor_exit(void)
{
	misc_deregister(&floor_device);
}
module_exit(floor_exit);

MODULE_DESCRIPTION("Times the hypercalls that map grants");
MODULE_LICENSE("GPL");
