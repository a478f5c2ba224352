/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of domain 0: its size, and counts of domain 0 and of Xen, to check that
 * the right number of pages is ballooned out.
 */

#ifndef SELFTESTS_XEN_BALLOONED_H
#define SELFTESTS_XEN_BALLOONED_H

#include <stdbool.h>

/* Seconds.  The balloon driver tries at least every 32 seconds. */
#define BALLOONED_PATIENCE	90

/**
 * struct ballooned - counts of pages
 * @xen_free: free pages of Xen
 * @pages: pages of this domain in Xen's count
 * @current: pages of this domain in the balloon driver's count
 * @dma: pages of DMA areas; 0 if the kernel does not count them
 */
struct ballooned {
	unsigned long xen_free;
	unsigned long pages;
	unsigned long current;
	unsigned long dma;
};

bool ballooned_counted(void);
bool ballooned_reserved(void);
void ballooned_read(struct ballooned *now);
const char *ballooned_is(const struct ballooned *before, unsigned int count);
unsigned long ballooned_size(void);
bool ballooned_resize(unsigned long kb);

/* Expect that @count more pages are ballooned out than before */
#define EXPECT_BALLOONED(before, count) do {					\
	const char *_ballooned = ballooned_is(before, count);			\
									\
	EXPECT_EQ(NULL, _ballooned)						\
		TH_LOG("%s", _ballooned);					\
} while (0)

#endif /* SELFTESTS_XEN_BALLOONED_H */
