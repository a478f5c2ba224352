/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all test programs have in common.  They read from the environment:
 *   PEER    number of the guest that the program in domain 0 needs
 *   PEER2   that of a second guest, if there is one
 *   PAGES   how many pages the largest buffer has
 *   ROUNDS  how often is often
 */

#ifndef SELFTESTS_XEN_HARNESS_H
#define SELFTESTS_XEN_HARNESS_H

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../kselftest_harness.h"
#include "calls.h"
#include "conserve.h"
#include "files.h"

/* Emulation on a loaded machine is slow: this only ends what hangs, seconds */
#define LIMIT	600

static inline uint32_t *map_all(size_t size, int fd)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static inline unsigned int peer_domid(void)
{
	const char *n = getenv("PEER");

	if (!n)
		ksft_exit_skip("PEER is not set\n");
	return atoi(n);
}

/* peer2_domid - another guest, or 0 */
static inline unsigned int peer2_domid(void)
{
	const char *n = getenv("PEER2");

	return n ? atoi(n) : 0;
}

static inline unsigned int most_pages(void)
{
	const char *n = getenv("PAGES");

	return n ? atoi(n) : 8192;
}

/* rounds - so many, or as many as the environment says: see make soak */
static inline unsigned int rounds(unsigned int usual)
{
	const char *n = getenv("ROUNDS");

	return n && *n ? atoi(n) : usual;
}

/* module_users - how many hold the module: open gntdev files, and buffers */
static inline int module_users(void)
{
	return file_number("/sys/module/xen_gntdev/refcnt", "");
}

/* page_limit - gntdev's module parameter */
static inline uint32_t page_limit(void)
{
	return file_number("/sys/module/xen_gntdev/parameters/limit", "");
}

/*
 * one_processor - stay on one
 *
 * What buffers and mappings make grow stays grown: Xen keeps the memory of
 * grant tables and handles for good, that of handles for each vCPU, and that of
 * the page tables of a guest.  So all of a program runs on one vCPU, and what
 * any test needs is there before the first looks at what there is.
 */
static inline void one_processor(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		ksft_exit_fail_msg("cannot stay on one processor\n");
}

#endif /* SELFTESTS_XEN_HARNESS_H */
