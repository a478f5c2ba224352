/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must be the same after a test as it was before.
 */

#ifndef SELFTESTS_XEN_CONSERVE_H
#define SELFTESTS_XEN_CONSERVE_H

/**
 * struct conserve - what there is
 * @peer: the other domain whose memory counts
 * @xen_free: pages that Xen has to give; 0 in a guest
 * @pages: of this domain and of @peer; 0 for @peer in a guest
 * @fds: open file descriptors of this process
 * @buffers: living dma-bufs in this domain
 */
struct conserve {
	unsigned int peer;
	unsigned long xen_free;
	unsigned long pages[2];
	unsigned long fds;
	unsigned long buffers;
};

void conserve_begin(struct conserve *before, unsigned int peer);
const char *conserve_end(const struct conserve *before);

/**
 * struct slabs - how many objects each of the kernel's caches has handed out
 * @count: number of caches
 * @name: of each cache
 * @active: its objects; the kernel counts to the nearest slab
 */
struct slabs {
	unsigned int count;
	char name[400][32];
	unsigned long active[400];
};

void slabs_read(struct slabs *slabs);
const char *slabs_grown(const struct slabs *before, const struct slabs *now,
			unsigned long by);

#endif /* SELFTESTS_XEN_CONSERVE_H */
