/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dma_area.c and programs say to each other through /dev/dma_area: runs of
 * the balloon driver, see <xen/balloon-dma.h>, without anything mapped on them.
 *
 * An open file holds one run, or none, and frees it when it is closed.  The
 * module cannot be unloaded while a run waits for memory.
 */

#ifndef SELFTESTS_XEN_DMA_AREA_H
#define SELFTESTS_XEN_DMA_AREA_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* For &struct dma_area_alloc.attrs: what the kernel calls DMA_ATTR_WRITE_COMBINE */
#define DMA_AREA_WRITE_COMBINE	4

/**
 * struct dma_area_alloc - xen_balloon_dma_alloc()
 * @attrs: in, passed on; as is @count
 * @pfns: in, address of @count elements: filled in with the pages' numbers
 * @count: in
 * @mask_bits: in, how many bits the device's addresses have, 1 to 64
 * @last: out, the last of the device's addresses
 *
 * Errors: those of the function, EBUSY if the file has a run.
 */
struct dma_area_alloc {
	__u64 attrs;
	__u64 pfns;
	__u32 count;
	__u32 mask_bits;
	__u64 last;
};

/* For &struct dma_area_fault.hypercall and .pages */
#define DMA_AREA_DECREASE	0
#define DMA_AREA_INCREASE	1
#define DMA_AREA_NO_FAULT	0xffffffff

/**
 * struct dma_area_fault - from now on Xen takes or gives less than it is asked to
 * @hypercall: in, %DMA_AREA_DECREASE (it takes) or %DMA_AREA_INCREASE (it gives)
 * @pages: in, how many it still takes or gives, for all files together; or
 *         %DMA_AREA_NO_FAULT for no end
 */
struct dma_area_fault {
	__u32 hypercall;
	__u32 pages;
};

#define DMA_AREA_ALLOC	_IOWR('r', 0, struct dma_area_alloc)

/* xen_balloon_dma_free(); EINVAL if the file has no run */
#define DMA_AREA_FREE	_IO('r', 1)

#define DMA_AREA_FAULT	_IOW('r', 2, struct dma_area_fault)

#endif /* SELFTESTS_XEN_DMA_AREA_H */
