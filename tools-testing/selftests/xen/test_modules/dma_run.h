/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dma_run.c and programs say to each other through /dev/dma_run: runs of
 * the balloon driver, see <xen/balloon-dma.h>, without anything mapped on them.
 *
 * An open file holds one run, or none, and frees it when it is closed.  The
 * module cannot be unloaded while a run waits for memory.
 */

#ifndef SELFTESTS_XEN_DMA_RUN_H
#define SELFTESTS_XEN_DMA_RUN_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* For &struct dma_run_alloc.attrs: what the kernel calls DMA_ATTR_WRITE_COMBINE */
#define DMA_RUN_WRITE_COMBINE	4

/**
 * struct dma_run_alloc - xen_balloon_run_alloc()
 * @attrs: in, passed on; as is @count
 * @pfns: in, address of @count elements: filled in with the pages' numbers
 * @count: in
 * @mask_bits: in, how many bits the device's addresses have, 1 to 64
 * @last: out, the last of the device's addresses
 *
 * Errors: those of the function, EBUSY if the file has a run.
 */
struct dma_run_alloc {
	__u64 attrs;
	__u64 pfns;
	__u32 count;
	__u32 mask_bits;
	__u64 last;
};

/* For &struct dma_run_fault.hypercall and .pages */
#define DMA_RUN_DECREASE	0
#define DMA_RUN_INCREASE	1
#define DMA_RUN_NO_FAULT	0xffffffff

/**
 * struct dma_run_fault - from now on Xen takes or gives less than it is asked to
 * @hypercall: in, %DMA_RUN_DECREASE (it takes) or %DMA_RUN_INCREASE (it gives)
 * @pages: in, how many it still takes or gives, for all files together; or
 *         %DMA_RUN_NO_FAULT for no end
 */
struct dma_run_fault {
	__u32 hypercall;
	__u32 pages;
};

#define DMA_RUN_ALLOC	_IOWR('r', 0, struct dma_run_alloc)

/* xen_balloon_run_free(); EINVAL if the file has no run */
#define DMA_RUN_FREE	_IO('r', 1)

#define DMA_RUN_FAULT	_IOW('r', 2, struct dma_run_fault)

#endif /* SELFTESTS_XEN_DMA_RUN_H */
