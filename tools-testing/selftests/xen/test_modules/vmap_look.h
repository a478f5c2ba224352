/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The requests of the test module vmap_look on /dev/vmap_look.
 */

#ifndef SELFTESTS_XEN_VMAP_LOOK_H
#define SELFTESTS_XEN_VMAP_LOOK_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct vmap_look - read words of a dma-buf through a kernel mapping
 * @fd: in, the dma-buf
 * @count: in, number of words
 * @stride: in, distance between two words, in bytes
 * @vmapped: out, 1 if the kernel mapping is in the vmalloc area, 0 if it is part
 *           of the linear mapping
 * @words: in, address of @count words, which the module fills in
 * @address: out, address of the kernel mapping; an export keeps it until its release
 *
 * The module maps the whole buffer twice, as two drivers would, reads the words
 * through the second mapping and unmaps the buffer.
 */
struct vmap_look {
	__s32 fd;
	__u32 count;
	__u32 stride;
	__u32 vmapped;
	__u64 words;
	__u64 address;
};

#define VMAP_LOOK	_IOWR('v', 0, struct vmap_look)

/*
 * Read the page protection of a user mapping of page frames.  The argument is
 * an address in the mapping.  Returns 1 if it is write-combined, else 0.
 */
#define VMAP_LOOK_COMBINED	_IO('v', 1)

/*
 * Map the buffer in the kernel until this file is closed.  The argument is the
 * descriptor of the dma-buf.  A file has at most one such mapping.
 */
#define VMAP_LOOK_KEEP	_IO('v', 2)

#endif /* SELFTESTS_XEN_VMAP_LOOK_H */
