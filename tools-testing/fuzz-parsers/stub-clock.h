/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loop of displ-backend with a clock that the file moves which includes this.
 */

#ifndef STUB_CLOCK_H
#define STUB_CLOCK_H

#include <stdint.h>
#include <time.h>

/* In nanoseconds */
static uint64_t now = 1000000000;

static int stub_clock(clockid_t clock, struct timespec *time)
{
	time->tv_sec = now / 1000000000;
	time->tv_nsec = now % 1000000000;
	return 0;
}

#define clock_gettime stub_clock
#include "../../tools-xen/displ-backend/loop.c"

#endif /* STUB_CLOCK_H */
