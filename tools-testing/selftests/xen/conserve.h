/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conservation: resources of which a test must leave as much as it found.
 */

#ifndef SELFTESTS_XEN_CONSERVE_H
#define SELFTESTS_XEN_CONSERVE_H

#include <time.h>

/* xc_interface of xenctrl.h, which programs without __XEN_TOOLS__ cannot include */
struct xc_interface_core;

/**
 * struct conserve - resources at one moment
 * @peer: the peer domain whose memory is counted
 * @xen_free: free pages of Xen; 0 in a guest
 * @pages: pages of this domain and of @peer; 0 for @peer in a guest
 * @fds: open file descriptors of this process
 * @buffers: live dma-bufs in this domain
 */
struct conserve {
	unsigned int peer;
	unsigned long xen_free;
	unsigned long pages[2];
	unsigned long fds;
	unsigned long buffers;
};

time_t conserve_patience(void);
void conserve_begin(struct conserve *before, unsigned int peer);
const char *conserve_end(const struct conserve *before);
unsigned long domain_pages(struct xc_interface_core *xc, unsigned int domid);
unsigned long xen_tables(void);

/**
 * struct slabs - allocated objects of the kernel's slab caches
 * @count: number of caches
 * @name: name of each cache
 * @active: allocated objects of each cache; the kernel counts the free objects of a
 *          processor's slab as allocated
 */
struct slabs {
	unsigned int count;
	char name[400][32];
	unsigned long active[400];
};

const char *slabs_unreliable(void);
void slabs_read(struct slabs *slabs);
const char *slabs_grown(const struct slabs *before, unsigned long by);

#endif /* SELFTESTS_XEN_CONSERVE_H */
