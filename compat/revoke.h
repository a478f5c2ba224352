/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Revocation of dma-bufs.
 *
 * Before 6.16 the dma-buf core maps a buffer for a dynamic importer when it attaches,
 * and returns the same scatter table until it detaches: an importer that is notified
 * gets the old table again.  Before 7.1 an importer can unmap when it wants.  So no
 * importer is revocable.
 */

#ifndef _XEN_GNTDEV_DMABUF_COMPAT_REVOKE_H
#define _XEN_GNTDEV_DMABUF_COMPAT_REVOKE_H

#include <linux/dma-buf.h>

#define dma_buf_invalidate_mappings	dma_buf_move_notify

static inline bool dma_buf_attach_revocable(struct dma_buf_attachment *attach)
{
	return false;
}

#endif /* _XEN_GNTDEV_DMABUF_COMPAT_REVOKE_H */
