/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What gntdev.c knows of the conversion between grants and dma-bufs.
 */

#ifndef _XEN_GNTDEV_DMABUF_H
#define _XEN_GNTDEV_DMABUF_H

#include <linux/errno.h>
#include <linux/types.h>

/**
 * struct gntdev_dmabuf_context - what an open gntdev file means to us
 * @id: never reused, so that buffers may outlive the file and still tell
 *      whose they were
 */
struct gntdev_dmabuf_context {
	u64 id;
};

#ifdef CONFIG_XEN_GNTDEV_DMABUF
void gntdev_dmabuf_open(struct gntdev_dmabuf_context *context);
long gntdev_dmabuf_ioctl(struct gntdev_dmabuf_context *context,
			 unsigned int cmd, void __user *arg);
#else
static inline void gntdev_dmabuf_open(struct gntdev_dmabuf_context *context)
{
}

static inline long gntdev_dmabuf_ioctl(struct gntdev_dmabuf_context *context,
				       unsigned int cmd, void __user *arg)
{
	return -ENOIOCTLCMD;
}
#endif

#endif /* _XEN_GNTDEV_DMABUF_H */
