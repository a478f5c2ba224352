/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What edu_dma.c and programs say to each other through /dev/eduN.
 *
 * An open file holds at most one attachment.  While it does, reading and
 * writing the file at an offset of the buffer's scatter table lets the device
 * copy: a call ends early at the end of a segment and of the device's memory.
 */

#ifndef SELFTESTS_XEN_EDU_DMA_H
#define SELFTESTS_XEN_EDU_DMA_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Directions, to be combined */
#define EDU_DMA_TO_DEVICE	0x1
#define EDU_DMA_FROM_DEVICE	0x2

/**
 * struct edu_dma_attach - attach the device to a dma-buf and map it
 * @fd: in, the dma-buf
 * @direction: in, EDU_DMA_TO_DEVICE, EDU_DMA_FROM_DEVICE or both
 * @mask_bits: in, address bits that the device is said to have, 0: all
 * @segments: out, of the scatter table as the device sees it
 * @length: out, of the scatter table in bytes
 * @first: out, the DMA address it begins at
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

#endif /* SELFTESTS_XEN_EDU_DMA_H */
