/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must be the same after a test as it was before.
 */

#ifndef SELFTESTS_XEN_CONSERVE_H
#define SELFTESTS_XEN_CONSERVE_H

/**
 * struct conserve - what there is
 * @peer: the other domain whose memory counts
 * @xen_free: pages that Xen has to give
 * @pages: of this domain and of @peer
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

#endif /* SELFTESTS_XEN_CONSERVE_H */
