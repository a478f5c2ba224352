/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For balloon-dma.c in a module for a kernel whose balloon driver does not count
 * the pages of DMA areas.
 */

#ifndef _XEN_GNTDEV_DMABUF_COMPAT_BALLOON_ACCOUNT_H
#define _XEN_GNTDEV_DMABUF_COMPAT_BALLOON_ACCOUNT_H

static inline void balloon_account(long pages)
{
}

#endif /* _XEN_GNTDEV_DMABUF_COMPAT_BALLOON_ACCOUNT_H */
