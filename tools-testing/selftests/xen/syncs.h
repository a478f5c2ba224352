/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts the cache maintenance of the DMA API that a DMA_BUF_IOCTL_SYNC causes.
 */

#ifndef SELFTESTS_XEN_SYNCS_H
#define SELFTESTS_XEN_SYNCS_H

#include <stdio.h>
#include <string.h>

#include "calls.h"
#include "files.h"

#define SYNCS_ENABLE	TRACE_DIR "events/dma/enable"

/*
 * syncs - call DMA_BUF_IOCTL_SYNC and count the DMA API's trace events
 *
 * @event: the beginning of the trace event
 *
 * Return: the number of events, or -1.
 */
static inline int syncs(int fd, uint64_t flags, const char *event)
{
	if (file_write(TRACE_DIR "trace", "") || sync_cpu(fd, flags))
		return -1;
	return file_lines(TRACE_DIR "trace", event);
}

/*
 * sync_skipped - whether the DMA API may skip the sync, without a trace event
 *
 * It may if DMA addresses are not translated and devices are coherent.
 */
static inline bool sync_skipped(void)
{
	return domain_is("PVH");
}

#endif /* SELFTESTS_XEN_SYNCS_H */
