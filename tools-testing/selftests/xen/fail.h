/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocations that fail: the debug kernel can let one after the other of a
 * system call do so.
 */

#ifndef SELFTESTS_XEN_FAIL_H
#define SELFTESTS_XEN_FAIL_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "files.h"

/* fail_open - what the others need, or -1 where the kernel cannot do that */
static inline int fail_open(void)
{
	file_write("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	file_write("/sys/kernel/debug/failslab/verbose", "0");
	file_write("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	file_write("/sys/kernel/debug/fail_page_alloc/verbose", "0");
	return open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
}

/* fail_begin - let the n-th allocation from here fail */
static inline bool fail_begin(int nth, unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	return pwrite(nth, text, len, 0) == len;
}

/* fail_end - no more of that; whether there were so many */
static inline bool fail_end(int nth)
{
	char text[16] = "";
	bool hit = pread(nth, text, sizeof(text) - 1, 0) > 0 && !atoi(text);

	return pwrite(nth, "0", 1, 0) == 1 && hit;
}

#endif /* SELFTESTS_XEN_FAIL_H */
