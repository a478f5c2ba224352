/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interface of the dma-buf conversion for gntdev.c.
 */

#ifndef _XEN_GNTDEV_DMABUF_H
#define _XEN_GNTDEV_DMABUF_H

#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct device;
struct gntdev_quota;
struct seq_file;

/**
 * struct gntdev_dmabuf_context - the conversion's state of an open gntdev file
 * @id: id of the file, never reused: exports can outlive the file, and their
 *      records keep the id
 * @lock: protects the imports and the creation of @quota
 * @imports_by_id: imports of the file that were not released, by id
 * @imports_by_fd: the same, by descriptor number, and of those with the same number
 *                 the latest first
 * @quota: what the file may use; NULL before its first export, import or
 *         restriction; one that fails can create it, too
 */
struct gntdev_dmabuf_context {
	u64 id;
	struct mutex lock; /* see above */
	struct rb_root_cached imports_by_id;
	struct rb_root_cached imports_by_fd;
	struct gntdev_quota *quota;
};

#ifdef CONFIG_XEN_GNTDEV_DMABUF
int gntdev_dmabuf_init(void);
void gntdev_dmabuf_ready(struct device *dev);
void gntdev_dmabuf_exit(void);
void gntdev_dmabuf_open(struct gntdev_dmabuf_context *context);
void gntdev_dmabuf_release(struct gntdev_dmabuf_context *context);
long gntdev_dmabuf_ioctl(struct gntdev_dmabuf_context *context,
			 unsigned int cmd, void __user *arg);
bool gntdev_dmabuf_allows(struct gntdev_dmabuf_context *context, u32 domid);
void gntdev_dmabuf_show_fdinfo(struct gntdev_dmabuf_context *context,
			       struct seq_file *file);
#else
static inline int gntdev_dmabuf_init(void)
{
	return 0;
}

static inline void gntdev_dmabuf_ready(struct device *dev)
{
}

static inline void gntdev_dmabuf_exit(void)
{
}

static inline void gntdev_dmabuf_open(struct gntdev_dmabuf_context *context)
{
}

static inline void gntdev_dmabuf_release(struct gntdev_dmabuf_context *context)
{
}

static inline long gntdev_dmabuf_ioctl(struct gntdev_dmabuf_context *context,
				       unsigned int cmd, void __user *arg)
{
	return -ENOIOCTLCMD;
}

static inline bool gntdev_dmabuf_allows(struct gntdev_dmabuf_context *context,
					u32 domid)
{
	return true;
}

static inline void gntdev_dmabuf_show_fdinfo(struct gntdev_dmabuf_context *context,
					     struct seq_file *file)
{
}
#endif

#endif /* _XEN_GNTDEV_DMABUF_H */
