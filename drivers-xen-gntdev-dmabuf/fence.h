/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for the fences of a dma-buf.
 */

#ifndef _XEN_GNTDEV_DMABUF_FENCE_H
#define _XEN_GNTDEV_DMABUF_FENCE_H

#include <linux/dma-resv.h>

int gntdev_fence_wait(struct dma_resv *resv, enum dma_resv_usage usage,
		      unsigned int state);

#endif /* _XEN_GNTDEV_DMABUF_FENCE_H */
