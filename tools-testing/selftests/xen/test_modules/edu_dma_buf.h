/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The attachment of an edu device to a dma-buf: see edu_dma_buf.c.
 */

#ifndef SELFTESTS_XEN_EDU_DMA_BUF_H
#define SELFTESTS_XEN_EDU_DMA_BUF_H

#include <linux/dma-direction.h>
#include <linux/types.h>

struct device;
struct dma_buf_attachment;
struct dma_fence;
struct edu_dma_attach;
struct sg_table;

/* Bits of QEMU's dma_mask=: the device ignores other address bits */
#define EDU_ADDRESS_BITS	40

/**
 * struct edu_buf - an attachment
 * @attachment: the attachment, or NULL
 * @sgt: its scatter table, or NULL while it is not mapped
 * @dir: DMA direction of the scatter table
 * @mask_bits: number of bits of the DMA mask with which it is mapped
 * @held: EDU_DMA_HOLD_*
 * @invalid: the exporter invalidated @sgt while the mapping was held
 * @fence: fence in the dma-buf that is not signalled, or NULL
 *
 * The dma-buf's reservation lock protects @sgt, @held and @invalid.  The caller
 * of the functions holds a lock that protects all others, and that also keeps
 * @sgt in place while the mapping is held.
 */
struct edu_buf {
	struct dma_buf_attachment *attachment;
	struct sg_table *sgt;
	enum dma_data_direction dir;
	unsigned int mask_bits;
	u32 held;
	bool invalid;
	struct dma_fence *fence;
};

int edu_buf_attach(struct edu_buf *buf, struct device *dev,
		   struct edu_dma_attach *op);
void edu_buf_detach(struct edu_buf *buf);
int edu_buf_unmap(struct edu_buf *buf);
int edu_buf_hold(struct edu_buf *buf, u32 held);

#endif /* SELFTESTS_XEN_EDU_DMA_BUF_H */
