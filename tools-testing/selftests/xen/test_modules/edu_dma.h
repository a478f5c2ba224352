/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The requests of the test module edu_dma on /dev/eduN.
 *
 * An open file has at most one attachment.  Reading and writing the file lets
 * the device read and write the attached buffer at that offset of its scatter
 * table.  A call transfers no more than the rest of a segment, and no more than
 * the device's memory holds.
 */

#ifndef SELFTESTS_XEN_EDU_DMA_H
#define SELFTESTS_XEN_EDU_DMA_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Directions, which can be combined */
#define EDU_DMA_TO_DEVICE	0x1
#define EDU_DMA_FROM_DEVICE	0x2
/* With a direction: attach as a dynamic importer */
#define EDU_DMA_DYNAMIC		0x4
/* With a direction: map the buffer at the first transfer or hold, not now */
#define EDU_DMA_UNMAPPED	0x8

/**
 * struct edu_dma_attach - attach the device to a dma-buf and map it
 * @fd: in, the dma-buf
 * @direction: in, EDU_DMA_TO_DEVICE, EDU_DMA_FROM_DEVICE or both, and the two
 *             flags above
 * @mask_bits: in, number of bits of the DMA mask, 0 for all of the device
 * @segments: out, number of DMA segments of the scatter table
 * @length: out, length of all DMA segments in bytes
 * @first: out, DMA address of the first segment
 *
 * A dynamic importer unmaps the buffer when the exporter says so, and maps it
 * again at the next transfer.
 */
struct edu_dma_attach {
	__s32 fd;
	__u32 direction;
	__u32 mask_bits;
	__u32 segments;
	__u64 length;
	__u64 first;
};

#define EDU_DMA_ATTACH	_IOWR('e', 0, struct edu_dma_attach)
#define EDU_DMA_DETACH	_IO('e', 1)

/*
 * Behave as during a long transfer.  The argument has EDU_DMA_HOLD_* for what is
 * held from now on; 0 ends all.
 */
#define EDU_DMA_HOLD	_IO('e', 2)
/* A dynamic importer does not unmap the buffer */
#define EDU_DMA_HOLD_MAPPING	0x1
/* The dma-buf has a fence that is not signalled */
#define EDU_DMA_HOLD_FENCE	0x2
#define EDU_DMA_HOLD_ALL	(EDU_DMA_HOLD_MAPPING | EDU_DMA_HOLD_FENCE)

/* Unmap the buffer, of which nothing is held; the next transfer or hold maps it again */
#define EDU_DMA_UNMAP	_IO('e', 3)

#endif /* SELFTESTS_XEN_EDU_DMA_H */
