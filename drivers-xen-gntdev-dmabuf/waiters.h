/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of living buffers, and waiting for their end.
 */

#ifndef _XEN_GNTDEV_DMABUF_WAITERS_H
#define _XEN_GNTDEV_DMABUF_WAITERS_H

#include <linux/types.h>

struct gntdev_life;

u64 gntdev_life_next_id(void);
struct gntdev_life *gntdev_life_begin(u64 context);
void gntdev_life_name(struct gntdev_life *life, u32 fd);
void gntdev_life_end(struct gntdev_life *life);
int gntdev_life_wait_fd(u64 context, u32 fd, u32 timeout_ms);

#endif /* _XEN_GNTDEV_DMABUF_WAITERS_H */
