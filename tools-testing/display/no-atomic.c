// SPDX-License-Identifier: GPL-2.0-only
/*
 * no-atomic.so: a library for LD_PRELOAD, with which all cards of a program refuse
 * atomic mode setting, as old ones do.  display-functions loads it.
 */

#include <errno.h>

#include <xf86drm.h>

/* In the place of libdrm's function */
int drmSetClientCap(int fd, uint64_t capability, uint64_t value)
{
	return -EOPNOTSUPP;
}
