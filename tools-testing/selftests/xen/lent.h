/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of domain 0 that Xen has for a while.
 */

#ifndef SELFTESTS_XEN_LENT_H
#define SELFTESTS_XEN_LENT_H

#include <stdbool.h>

/* The balloon asks for it again after 32 seconds at the latest */
#define LENT_PATIENCE	90

/**
 * struct lent - who has memory, where that is told
 * @xen_free: pages that Xen has to give
 * @pages: of this domain, as Xen counts
 * @current: of this domain, as it counts itself
 * @dma: that it expects back; 0 where the kernel does not count them
 */
struct lent {
	unsigned long xen_free;
	unsigned long pages;
	unsigned long current;
	unsigned long dma;
};

bool lent_counted(void);
bool lent_kept(void);
void lent_look(struct lent *now);
const char *lent_is(const struct lent *before, unsigned int count);

/* In a test: Xen has so many pages */
#define EXPECT_LENT(before, count) do {					\
	const char *_lent = lent_is(before, count);			\
									\
	EXPECT_EQ(NULL, _lent)						\
		TH_LOG("%s", _lent);					\
} while (0)

#endif /* SELFTESTS_XEN_LENT_H */
