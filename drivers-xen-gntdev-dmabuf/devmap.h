/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mappings of exported buffers for devices.
 */

#ifndef _XEN_GNTDEV_DMABUF_DEVMAP_H
#define _XEN_GNTDEV_DMABUF_DEVMAP_H

#include <linux/dma-direction.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>

struct dma_buf;
struct dma_buf_attachment;
struct gntdev_grants;
struct sg_table;

/**
 * struct gntdev_devmap - mappings of an exported buffer for devices
 * @mappings: list of the mappings, one for each map_dma_buf
 * @unmapped: wait queue, woken when @mappings becomes empty
 *
 * The dma-buf's reservation lock protects @mappings.
 */
struct gntdev_devmap {
	struct list_head mappings;
	wait_queue_head_t unmapped;
};

void gntdev_devmap_init(struct gntdev_devmap *devmap);
struct sg_table *gntdev_devmap_map(struct gntdev_devmap *devmap,
				   struct gntdev_grants *grants,
				   unsigned int data_ofs,
				   struct dma_buf_attachment *attachment,
				   enum dma_data_direction dir);
void gntdev_devmap_unmap(struct gntdev_devmap *devmap, struct sg_table *sgt);
void gntdev_devmap_begin_cpu_access(struct gntdev_devmap *devmap);
void gntdev_devmap_end_cpu_access(struct gntdev_devmap *devmap);
bool gntdev_devmap_revocable(struct gntdev_devmap *devmap);
int gntdev_devmap_revoke(struct gntdev_devmap *devmap, struct dma_buf *dmabuf);

#endif /* _XEN_GNTDEV_DMABUF_DEVMAP_H */
