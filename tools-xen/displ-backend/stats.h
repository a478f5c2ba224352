/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of each display device.
 */

#ifndef DISPL_BACKEND_STATS_H
#define DISPL_BACKEND_STATS_H

#include <stdint.h>

#include "buffer.h"
#include "log.h"

/**
 * struct stats - counters of a display device since the guest connected
 * @limit: limit of the lines that the guest can cause, with its name
 * @buffers: buffers of the device, with the counters of frames
 * @mode: mode of transfer of the last buffer, or NULL
 * @requests: requests that have a response
 * @refused: those of them with an error
 * @next: next device
 *
 * The user of the structure sets @limit and @buffers, and resets the counters.
 */
struct stats {
	struct log_limit limit;
	const struct buffer_table *buffers;
	const struct xfer_ops *mode;
	uint64_t requests;
	uint64_t refused;
	struct stats *next;
};

void stats_add(struct stats *stats);
void stats_remove(struct stats *stats);
void stats_log(void);

#endif /* DISPL_BACKEND_STATS_H */
