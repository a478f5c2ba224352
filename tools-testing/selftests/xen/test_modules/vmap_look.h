/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vmap_look.c and programs say to each other through /dev/vmap_look.
 */

#ifndef SELFTESTS_XEN_VMAP_LOOK_H
#define SELFTESTS_XEN_VMAP_LOOK_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct vmap_look - look at a dma-buf as drivers do that use the CPU
 * @fd: in, the dma-buf
 * @count: in, number of words
 * @stride: in, from one word to the next, in bytes
 * @padding: not looked at
 * @words: in, address of as many words: filled in
 *
 * The kernel maps the whole buffer, twice as two drivers would, reads the
 * words and unmaps it.
 */
struct vmap_look {
	__s32 fd;
	__u32 count;
	__u32 stride;
	__u32 padding;
	__u64 words;
};

#define VMAP_LOOK	_IOW('v', 0, struct vmap_look)

#endif /* SELFTESTS_XEN_VMAP_LOOK_H */
