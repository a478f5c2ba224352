/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Selection of a transfer mode for each buffer.
 */

#ifndef DISPL_BACKEND_XFER_H
#define DISPL_BACKEND_XFER_H

#include "xfer-ops.h"

bool xfer_is_mode(const char *mode);
void xfer_init(const char *mode);
uint32_t xfer_max_pages(void);
void xfer_uncharge(struct xfer_buffer *buffer);
int xfer_create(struct xfer_buffer *buffer, bool be_alloc, uint32_t directory);

#endif /* DISPL_BACKEND_XFER_H */
