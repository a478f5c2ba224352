/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module vmap_look as an importer that maps buffers into the kernel: functions
 * for the requests of test_modules/vmap_look.c.
 */

#ifndef SELFTESTS_XEN_LOOK_H
#define SELFTESTS_XEN_LOOK_H

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "calls.h"
#include "test_modules/vmap_look.h"

static inline int look_open(void)
{
	return open("/dev/vmap_look", O_RDWR | O_CLOEXEC);
}

/* map_in_kernel - let the kernel map a buffer: 0 or the error number */
static inline int map_in_kernel(int fd)
{
	int ret, look = look_open();
	uint32_t word;
	struct vmap_look op = {
		.fd = fd,
		.count = 1,
		.stride = 4,
		.words = (uintptr_t)&word,
	};

	ret = call(look, VMAP_LOOK, &op);
	close(look);
	return ret;
}

#endif /* SELFTESTS_XEN_LOOK_H */
