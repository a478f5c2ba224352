/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocations that fail: the debug kernel can let one after the other of a
 * system call do so.
 */

#ifndef SELFTESTS_XEN_FAIL_H
#define SELFTESTS_XEN_FAIL_H

#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"

/*
 * A cache that needs another page, as happens now and then, makes one allocation
 * of two: what is passed over then fails in another round.
 */
#define FAIL_ROUNDS	3

/* So many allocations there are not, or the kernel would need some each time */
#define FAIL_MOST	200

/**
 * struct fail - a system call, over and over
 * @nth: where the kernel is told
 * @round: rounds that are over: in each every allocation fails once
 * @n: which one it is
 * @failed: how often the system call failed
 */
struct fail {
	int nth;
	unsigned int round;
	unsigned int n;
	unsigned int failed;
};

/*
 * fail_caches - count only what comes from caches that all kernels have
 *
 * What the debug kernel notes of each allocation it allocates itself, the more
 * the busier the machine is.  If that counted, the n-th allocation would be
 * another one each time, and some would never fail.
 */
static inline void fail_caches(void)
{
	glob_t files;
	size_t i;

	if (glob("/sys/kernel/slab/*/failslab", 0, NULL, &files))
		return;
	for (i = 0; i < files.gl_pathc; i++)
		file_write(files.gl_pathv[i],
			   strstr(files.gl_pathv[i], "/kmemleak_") ||
			   strstr(files.gl_pathv[i], "/debug_objects_") ?
			   "0" : "1");
	globfree(&files);
	file_write("/sys/kernel/debug/failslab/cache-filter", "Y");
}

/* fail_open - before all others; whether the kernel can do that */
static inline bool fail_open(struct fail *fail)
{
	fail_caches();
	file_write("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	file_write("/sys/kernel/debug/failslab/verbose", "0");
	file_write("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	file_write("/sys/kernel/debug/fail_page_alloc/verbose", "0");
	*fail = (struct fail){
		.nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC),
	};
	return fail->nth >= 0;
}

/* fail_begin - let the next allocation from here fail; false at the end */
static inline bool fail_begin(struct fail *fail)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", ++fail->n);

	return fail->round < FAIL_ROUNDS && fail->n < FAIL_MOST &&
	       pwrite(fail->nth, text, len, 0) == len;
}

/* fail_end - no more of that, and this is what the system call said */
static inline void fail_end(struct fail *fail, int ret)
{
	char text[16] = "";
	bool hit = pread(fail->nth, text, sizeof(text) - 1, 0) > 0 && !atoi(text);

	fail->failed += !!ret;
	if (pwrite(fail->nth, "0", 1, 0) != 1 || !hit) {
		fail->round++;
		fail->n = 0;
	}
}

#endif /* SELFTESTS_XEN_FAIL_H */
