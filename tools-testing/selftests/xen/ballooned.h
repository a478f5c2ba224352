/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of domain 0 that Xen has for a while.
 */

#ifndef SELFTESTS_XEN_BALLOONED_H
#define SELFTESTS_XEN_BALLOONED_H

#include <stdbool.h>

/* The balloon asks for it again after 32 seconds at the latest */
#define BALLOONED_PATIENCE	90

/**
 * struct ballooned - who has memory, where that is told
 * @xen_free: pages that Xen has to give
 * @pages: of this domain, as Xen counts
 * @current: of this domain, as it counts itself
 * @dma: that it expects back; 0 where the kernel does not count them
 */
struct ballooned {
	unsigned long xen_free;
	unsigned long pages;
	unsigned long current;
	unsigned long dma;
};

bool ballooned_counted(void);
bool ballooned_kept(void);
void ballooned_read(struct ballooned *now);
const char *ballooned_is(const struct ballooned *before, unsigned int count);

/* In a test: Xen has so many pages */
#define EXPECT_BALLOONED(before, count) do {					\
	const char *_ballooned = ballooned_is(before, count);			\
									\
	EXPECT_EQ(NULL, _ballooned)						\
		TH_LOG("%s", _ballooned);					\
} while (0)

#endif /* SELFTESTS_XEN_BALLOONED_H */
