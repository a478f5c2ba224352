/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant references to dma-bufs and back, for front and back ends in the kernel.
 *
 * What programs ask of /dev/xen/gntdev, see <xen/gntdev-dmabuf.h>, as
 * functions.  They are part of the module xen-gntdev.  Built-in drivers that call
 * them before gntdev is initialised, or where it is not, get -ENODEV.
 */

#ifndef _XEN_DMABUF_H
#define _XEN_DMABUF_H

#include <linux/types.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/xen.h>

struct dma_buf;
struct gntdev_import;

/**
 * struct xen_dmabuf_export - grant references to a dma-buf
 * @refs: in, the buffer's pages in their order, none of them reserved by Xen
 *        (below 8), or one reference with %GNTDEV_DMABUF_EXPORT_DIRECTORY
 * @count: in, number of pages that the buffer has
 * @domid: in, the domain that granted them
 * @flags: in, GNTDEV_DMABUF_EXPORT_* without EVENTFD, GNTDEV_DMA_FLAG_*
 * @data_ofs: in, where the data begins in the first page, in bytes
 * @id: out, for xen_dmabuf_put_and_wait() and xen_dmabuf_wait()
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
 * struct xen_dmabuf_import - a dma-buf to grant references
 * @dmabuf: in, the buffer; the import takes a reference of its own
 * @refs: in, an array that is filled in: the buffer's pages in their order
 * @count: in, number of pages that the buffer has
 * @domid: in, the domain that may map them
 * @flags: in, 0 or %GNTDEV_DMABUF_IMPORT_READONLY
 * @data_ofs: out, where the data begins in the first page, in bytes
 * @id: out, for xen_dmabuf_wait()
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

#endif /* _XEN_DMABUF_H */
