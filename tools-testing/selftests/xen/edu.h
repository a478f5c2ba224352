/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's edu devices as importers of dma-bufs: functions for the requests of
 * test_modules/edu_dma.c.
 */

#ifndef SELFTESTS_XEN_EDU_H
#define SELFTESTS_XEN_EDU_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "calls.h"
#include "test_modules/edu_dma.h"

#define EDU_BOTH_WAYS	(EDU_DMA_TO_DEVICE | EDU_DMA_FROM_DEVICE)

static inline int edu_open(unsigned int number)
{
	char path[16];

	snprintf(path, sizeof(path), "/dev/edu%u", number);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* edu_attach - 0 or the error number; @op, if not NULL, describes the sg_table */
static inline int edu_attach(int edu, int fd, uint32_t direction,
			     struct edu_dma_attach *op)
{
	struct edu_dma_attach own;

	if (!op)
		op = &own;
	*op = (struct edu_dma_attach){ .fd = fd, .direction = direction };
	return call(edu, EDU_DMA_ATTACH, op);
}

static inline int edu_detach(int edu)
{
	return call(edu, EDU_DMA_DETACH, NULL);
}

/* edu_unmap - unmap the buffer, which stays attached; a transfer maps it again */
static inline int edu_unmap(int edu)
{
	return call(edu, EDU_DMA_UNMAP, NULL);
}

/* edu_hold - hold the mapping or have a fence: EDU_DMA_HOLD_*, 0 ends that */
static inline int edu_hold(int edu, unsigned long what)
{
	return ioctl(edu, EDU_DMA_HOLD, what) ? errno : 0;
}

/* edu_get - let the device read the buffer; false if it reads less than @size */
static inline bool edu_get(int edu, void *data, size_t size, off_t at)
{
	ssize_t n;

	for (; size; size -= n, data = (char *)data + n, at += n) {
		n = pread(edu, data, size, at);
		if (n <= 0)
			return false;
	}
	return true;
}

/* edu_put - let the device write the buffer; false if it writes less than @size */
static inline bool edu_put(int edu, const void *data, size_t size, off_t at)
{
	ssize_t n;

	for (; size; size -= n, data = (const char *)data + n, at += n) {
		n = pwrite(edu, data, size, at);
		if (n <= 0)
			return false;
	}
	return true;
}

#endif /* SELFTESTS_XEN_EDU_H */
