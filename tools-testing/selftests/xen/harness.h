/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions for all test programs.  Environment variables of the programs:
 *   PEER    domain number of the guest that the tests use
 *   PEER2   domain number of a second guest, if there is one
 *   PAGES   number of pages of the largest buffer
 *   ROUNDS  number of rounds of a test that repeats an operation
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

/* Seconds.  Only a test that hangs takes so long: emulation can be slow. */
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

/* peer2_domid - the second guest, or 0 if there is none */
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

/* rounds - @usual, or the number that make soak sets in the environment */
static inline unsigned int rounds(unsigned int usual)
{
	const char *n = getenv("ROUNDS");

	return n && *n ? atoi(n) : usual;
}

/*
 * slab_rounds - rounds after which a leak is seen in the slabs
 *
 * More than make check sets for the kernels that are slow.
 */
static inline unsigned int slab_rounds(void)
{
	unsigned int n = rounds(400);

	return n < 100 ? 100 : n;
}

/* module_users - module reference count: open gntdev files and live buffers */
static inline int module_users(void)
{
	return file_number("/sys/module/xen_gntdev/refcnt", "");
}

/* page_limit - gntdev's module parameter limit, in pages */
static inline uint32_t page_limit(void)
{
	return file_number("/sys/module/xen_gntdev/parameters/limit", "");
}

/* on_processor - run this thread, and those that it starts, on one processor only */
static inline void on_processor(unsigned int n)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(n, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		ksft_exit_fail_msg("cannot run on processor %u\n", n);
}

/*
 * one_processor - run this program on the first processor only
 *
 * Xen never frees the memory of a domain's grant table, of its maptrack table
 * (there is a table for each vCPU) and of its page tables.  A test would see
 * the first growth of each as a loss of memory.  Therefore each program runs on
 * one vCPU, and lets these tables grow before its first test.
 */
static inline void one_processor(void)
{
	on_processor(0);
}

#endif /* SELFTESTS_XEN_HARNESS_H */
