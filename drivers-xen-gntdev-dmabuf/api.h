/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flag that allows other drivers to convert buffers.
 */

#ifndef _XEN_GNTDEV_DMABUF_API_H
#define _XEN_GNTDEV_DMABUF_API_H

#include <linux/types.h>

bool gntdev_api_ready(void);
void gntdev_api_set_ready(bool ready);

#endif /* _XEN_GNTDEV_DMABUF_API_H */
