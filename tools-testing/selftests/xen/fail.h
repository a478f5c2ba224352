/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Failures inside the kernel.  The debug kernel lets the n-th allocation of a system
 * call, or copy from or to user space, fail (fail-nth); a test repeats the call with
 * each n.
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
 * Sometimes a slab cache needs a new page, and one allocation becomes two.  An
 * allocation that a round misses for this reason fails in another round.
 */
#define FAIL_ROUNDS	3

/* No system call of the tests has so many allocations */
#define FAIL_MOST	200

/**
 * struct fail - a system call that a test repeats
 * @nth: the file fail-nth
 * @round: number of complete rounds; in a round each allocation fails once
 * @n: number of the allocation that fails
 * @failed: number of calls that failed
 */
struct fail {
	int nth;
	unsigned int round;
	unsigned int n;
	unsigned int failed;
};

/*
 * fail_caches - count allocations from the caches of a release kernel only
 *
 * The debug kernel allocates its own records of allocations, and more of them
 * when the machine is busy.  If these counted, n would not always mean the same
 * allocation, and some allocations would never fail.
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

/* fail_open - initialise; false if the kernel has no fail-nth */
static inline bool fail_open(struct fail *fail)
{
	fail_caches();
	file_write("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	file_write("/sys/kernel/debug/failslab/verbose", "0");
	file_write("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	file_write("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	file_write("/sys/kernel/debug/fail_page_alloc/verbose", "0");
	file_write("/sys/kernel/debug/fail_usercopy/verbose", "0");
	*fail = (struct fail){
		.nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC),
	};
	return fail->nth >= 0;
}

/* fail_is_error - whether a failure has this error number */
static inline bool fail_is_error(int ret)
{
	return ret == ENOMEM || ret == EFAULT;
}

/* fail_begin - let the next allocation fail; false if all of them have failed */
static inline bool fail_begin(struct fail *fail)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", ++fail->n);

	return fail->round < FAIL_ROUNDS && fail->n < FAIL_MOST &&
	       pwrite(fail->nth, text, len, 0) == len;
}

/* fail_end - let no more allocations fail; @ret is the result of the call */
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
