/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the DMA API is asked to make agree when a program says that it looks.
 */

#ifndef SELFTESTS_XEN_SYNCS_H
#define SELFTESTS_XEN_SYNCS_H

#include <stdio.h>
#include <string.h>

#include "calls.h"
#include "files.h"

#define SYNCS_ENABLE	TRACE_DIR "events/dma/enable"

/*
 * syncs - do as DMA_BUF_IOCTL_SYNC does; how often the DMA API was asked to, by
 * the beginning of such a trace event, or -1
 */
static inline int syncs(int fd, uint64_t flags, const char *event)
{
	if (file_write(TRACE_DIR "trace", "") || sync_cpu(fd, flags))
		return -1;
	return file_lines(TRACE_DIR "trace", event);
}

/*
 * sync_skipped - whether the DMA API does not even look at what it is asked to
 * sync: it may, where addresses are not translated and devices are coherent.
 */
static inline bool sync_skipped(void)
{
	return domain_is("PVH");
}

#endif /* SELFTESTS_XEN_SYNCS_H */
