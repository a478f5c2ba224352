/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The requests of the test module dma_area on /dev/dma_area: DMA areas of the
 * balloon driver, see <xen/balloon-dma.h>, over which nothing is mapped.
 *
 * An open file has at most one DMA area.  The close of the file frees it.  The
 * module cannot be unloaded while Xen has not returned the memory of all freed
 * areas.
 */

#ifndef SELFTESTS_XEN_DMA_AREA_H
#define SELFTESTS_XEN_DMA_AREA_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* For &struct dma_area_alloc.attrs: the kernel's DMA_ATTR_WRITE_COMBINE */
#define DMA_AREA_WRITE_COMBINE	4

/**
 * struct dma_area_alloc - xen_balloon_dma_alloc()
 * @attrs: in, argument of the function
 * @pfns: in, address of @count elements; the module fills them with the frame
 *        numbers of the pages
 * @count: in, argument of the function: number of pages
 * @mask_bits: in, number of bits of the device's DMA addresses, 1 to 64
 * @last: out, the last DMA address of the area
 *
 * Errors: those of the function; EBUSY if the file has a DMA area.
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
 * struct dma_area_fault - limit the pages that a kind of hypercall processes
 * @hypercall: in, %DMA_AREA_DECREASE (pages are ballooned out) or
 *             %DMA_AREA_INCREASE (pages are ballooned in)
 * @pages: in, number of pages that the hypercalls process from now on, for all
 *         files together; or %DMA_AREA_NO_FAULT for no limit
 */
struct dma_area_fault {
	__u32 hypercall;
	__u32 pages;
};

#define DMA_AREA_ALLOC	_IOWR('r', 0, struct dma_area_alloc)

/* xen_balloon_dma_free(); EINVAL if the file has no DMA area */
#define DMA_AREA_FREE	_IO('r', 1)

#define DMA_AREA_FAULT	_IOW('r', 2, struct dma_area_fault)

#endif /* SELFTESTS_XEN_DMA_AREA_H */
