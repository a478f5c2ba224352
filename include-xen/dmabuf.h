/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel API that converts between grant references and dma-bufs, for frontend
 * and backend drivers.
 *
 * The functions do the same as the requests of /dev/xen/gntdev that
 * <xen/gntdev-dmabuf.h> declares.  They are part of the module xen-gntdev, in
 * drivers/xen/gntdev-dmabuf/api.c.  If a built-in driver calls them while
 * gntdev is not initialised, for example on a machine without Xen, they return
 * -ENODEV.
 */

#ifndef _XEN_DMABUF_H
#define _XEN_DMABUF_H

#include <linux/types.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/xen.h>

struct dma_buf;
struct gntdev_import;

/**
 * struct xen_dmabuf_export - export grant references as a dma-buf
 * @refs: in, references of the buffer's pages in the order of the buffer, none
 *        of them reserved by Xen (below 8); with
 *        %GNTDEV_DMABUF_EXPORT_DIRECTORY one reference, that of the first page
 *        of the page directory
 * @count: in, number of pages of the buffer
 * @domid: in, the granting domain
 * @flags: in, GNTDEV_DMABUF_EXPORT_* without EVENTFD, GNTDEV_DMA_FLAG_*
 * @data_ofs: in, offset of the data in the first page, in bytes
 * @id: out, id of the buffer, for xen_dmabuf_put_and_wait() and
 *      xen_dmabuf_wait()
 */
struct xen_dmabuf_export {
	const grant_ref_t *refs;
	unsigned int count;
	domid_t domid;
	u32 flags;
	unsigned int data_ofs;
	u64 id;
};

/**
 * struct xen_dmabuf_import - import a dma-buf as grant references
 * @dmabuf: in, the dma-buf; the import takes its own reference
 * @refs: in, an array of @count elements, which xen_dmabuf_import() fills with
 *        the references of the buffer's pages in the order of the buffer
 * @count: in, number of pages of the buffer
 * @domid: in, the peer domain, which can map the pages
 * @flags: in, 0 or %GNTDEV_DMABUF_IMPORT_READONLY
 * @data_ofs: out, offset of the data in the first page, in bytes
 * @id: out, id of the import, for xen_dmabuf_wait()
 */
struct xen_dmabuf_import {
	struct dma_buf *dmabuf;
	grant_ref_t *refs;
	unsigned int count;
	domid_t domid;
	u32 flags;
	unsigned int data_ofs;
	u64 id;
};

struct dma_buf *xen_dmabuf_export(struct xen_dmabuf_export *export);
struct gntdev_import *xen_dmabuf_import(struct xen_dmabuf_import *import);
void xen_dmabuf_release(struct gntdev_import *import);
int xen_dmabuf_wait(u64 id, u32 timeout_ms);
int xen_dmabuf_put_and_wait(struct dma_buf *dmabuf, u64 id, u32 timeout_ms);
int xen_dmabuf_revoke(struct dma_buf *dmabuf);

#endif /* _XEN_DMABUF_H */
