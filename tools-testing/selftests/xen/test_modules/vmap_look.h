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
 * @anew: out, whether the kernel mapped it anew: it may be mapped already
 * @words: in, address of as many words: filled in
 *
 * The kernel maps the whole buffer, twice as two drivers would, reads the
 * words and unmaps it.
 */
struct vmap_look {
	__s32 fd;
	__u32 count;
	__u32 stride;
	__u32 anew;
	__u64 words;
};

#define VMAP_LOOK	_IOWR('v', 0, struct vmap_look)

/*
 * Look at a user mapping of page frames: returns 1 if what is written at this
 * address is combined and not cached, else 0.
 */
#define VMAP_LOOK_COMBINED	_IO('v', 1)

#endif /* SELFTESTS_XEN_VMAP_LOOK_H */
