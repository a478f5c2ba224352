/* SPDX-License-Identifier: ((GPL-2.0-only WITH Linux-syscall-note) OR MIT) */
/*
 * Requests of /dev/xen/gntdev that convert between grant references and
 * dma-bufs.
 *
 * An export makes a dma-buf of pages that another domain, the granting domain,
 * granted to this domain.  An import grants the pages of a dma-buf to another
 * domain, the peer domain.
 *
 * <xen/gntdev.h> includes this file.  A program can also include this file
 * alone: <xen/gntdev.h> needs the types grant_ref_t and domid_t, this file does
 * not.
 */

#ifndef _UAPI_XEN_GNTDEV_DMABUF_H
#define _UAPI_XEN_GNTDEV_DMABUF_H

#include <linux/types.h>

/*
 * Flags of every export request.  With one of them the buffer has contiguous
 * addresses, for devices that cannot scatter-gather: its pages are mapped over
 * memory of the DMA API, with the caching of that memory.  The two flags
 * exclude each other.  On x86 PV the bus addresses are always those of the
 * granted machine frames: the kernel accepts both flags there and ignores them,
 * and does not report %GNTDEV_DMABUF_FEATURE_CONTIGUOUS.  Where the DMA API uses a
 * bounce buffer for all devices, for example with swiotlb=force, the kernel does not
 * report it either, and an export with one of the flags fails with ENOMEM.
 */
#define GNTDEV_DMA_FLAG_WC		(1 << 0)	/* as dma_alloc_wc() */
#define GNTDEV_DMA_FLAG_COHERENT	(1 << 1)	/* as dma_alloc_coherent() */

/**
 * struct ioctl_gntdev_dmabuf_exp_from_refs - export grant references
 * @flags: in, GNTDEV_DMA_FLAG_*
 * @count: in, number of elements of @refs, one for each 4 KiB page
 * @fd: out, descriptor of the dma-buf, open for reading and writing, closed on
 *      exec
 * @domid: in, the granting domain
 * @refs: in, references of the buffer's pages in the order of the buffer
 *
 * %IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS maps all references or none.
 *
 * Xen and its tools use the references 0 to 7 (GNTTAB_NR_RESERVED_ENTRIES): 0
 * is a domain's console page, 1 its xenstore page.  No domain grants the pages
 * of a buffer by these references.  If one of them is in @refs, the list is
 * shorter than @count, and the page is not part of the buffer.  A program that
 * serves a console maps the console page with %IOCTL_GNTDEV_MAP_GRANT_REF.
 *
 * Errors: EINVAL if @count is 0, @flags has an unknown bit or both bits, or one
 * of @refs is below 8; E2BIG if @count exceeds gntdev's limit; EFAULT; ESRCH if
 * there is no such domain; EACCES if the domain did not grant one of @refs to
 * this domain, or ended the grant, or if other buffers map one of the pages as
 * often as Xen can count (127 times); ENOSPC if Xen has no handle left to track
 * another mapping, or if @refs names one page more often than Xen can count;
 * ENOMEM if there is no memory, or, with @flags, no contiguous memory; EMFILE
 * if the program has no descriptor left; EACCES or EDQUOT if a restriction of the
 * file forbids it, see &struct gntdev_restrict.
 */
struct ioctl_gntdev_dmabuf_exp_from_refs {
	__u32 flags;
	__u32 count;
	__u32 fd;
	__u32 domid;
	__u32 refs[1];
};

#define IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS \
	_IOC(_IOC_NONE, 'G', 9, \
	     sizeof(struct ioctl_gntdev_dmabuf_exp_from_refs))

/**
 * struct ioctl_gntdev_dmabuf_exp_wait_released - wait for a release
 * @fd: in, the descriptor number that an export through the same open gntdev
 *      file returned; the descriptor is usually closed
 * @wait_to_ms: in, timeout in milliseconds; 0 returns at once
 *
 * %IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED returns 0 as soon as the buffer is no
 * longer used and Xen has confirmed the unmap of each of its grants.  If
 * several exports had the number, the request waits for the latest.  The
 * freezer can freeze a task that waits, so that its domain can suspend.
 *
 * Errors: EFAULT; ENOENT if no existing export has the number, because the export
 * was released before the call or never existed; ETIMEDOUT if the buffer is
 * still used.
 */
struct ioctl_gntdev_dmabuf_exp_wait_released {
	__u32 fd;
	__u32 wait_to_ms;
};

#define IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED \
	_IOC(_IOC_NONE, 'G', 10, \
	     sizeof(struct ioctl_gntdev_dmabuf_exp_wait_released))

/**
 * struct ioctl_gntdev_dmabuf_imp_to_refs - import a dma-buf
 * @fd: in, descriptor of the dma-buf
 * @count: in, number of elements of @refs: the number of the buffer's pages
 * @domid: in, the peer domain, which can map the pages for reading and writing
 * @reserved: ignored
 * @refs: out, references of the buffer's pages in the order of the buffer
 *
 * %IOCTL_GNTDEV_DMABUF_IMP_TO_REFS grants all pages or none.  From then on the
 * exporter neither moves nor frees the pages, until the import is released and
 * the peer domain has unmapped the last page.  The exporter can be any exporter
 * on this machine if the memory is ordinary memory of this domain.
 *
 * The request first waits for the accesses that devices have begun, by the
 * fences of the dma-buf.  Only a fatal signal ends that wait early.  After that
 * devices do not wait for accesses of the peer domain, nor the peer domain for
 * those of devices.
 *
 * The request grants whole pages.  If the buffer shares its first or last page
 * with other data, the peer domain can access that data, too.
 *
 * The CPUs of the peer domain access the pages through their caches.  For a
 * device that is not cache coherent, %DMA_BUF_IOCTL_SYNC before and after these
 * accesses helps only if the exporter does cache maintenance there: dma-heaps
 * and udmabuf do, dumb buffers of display drivers do not.  Instead of such an
 * exporter use a dma-heap, or let the peer domain map the pages uncached or
 * clean its caches.
 *
 * If a dma-buf is imported several times, the imports share one attachment and
 * one mapping.
 *
 * Errors: EINVAL if @fd is not a dma-buf, @count is 0 or not the number of its
 * pages, or its data begins inside the first page; E2BIG if @count exceeds
 * gntdev's limit; EFAULT; EBADF if @fd is not open; ESRCH if @domid is not the
 * number of a domain (the domain need not exist yet); EOPNOTSUPP if some of the
 * memory cannot be granted, because it belongs to a device or another domain,
 * or does not consist of whole pages; ENOSPC if no grant reference is left;
 * ENOMEM; EACCES or EDQUOT if a restriction of the file forbids it, see
 * &struct gntdev_restrict; and the errno of the exporter when it attaches or
 * maps the buffer.
 */
struct ioctl_gntdev_dmabuf_imp_to_refs {
	__u32 fd;
	__u32 count;
	__u32 domid;
	__u32 reserved;
	__u32 refs[1];
};

#define IOCTL_GNTDEV_DMABUF_IMP_TO_REFS \
	_IOC(_IOC_NONE, 'G', 11, \
	     sizeof(struct ioctl_gntdev_dmabuf_imp_to_refs))

/**
 * struct ioctl_gntdev_dmabuf_imp_release - release an import
 * @fd: in, the descriptor number of the dma-buf when it was imported through
 *      the same open gntdev file; the descriptor can be closed
 * @reserved: ignored
 *
 * %IOCTL_GNTDEV_DMABUF_IMP_RELEASE does not wait.  The peer domain can no
 * longer map pages that it has not mapped.  The exporter keeps the buffer until
 * the peer domain has unmapped the others.  If a number was imported several
 * times, each request releases the latest import of those that are left.
 * Closing the gntdev file releases all its imports.
 *
 * Errors: EFAULT; ENOENT if no import has the number.
 */
struct ioctl_gntdev_dmabuf_imp_release {
	__u32 fd;
	__u32 reserved;
};

#define IOCTL_GNTDEV_DMABUF_IMP_RELEASE \
	_IOC(_IOC_NONE, 'G', 12, \
	     sizeof(struct ioctl_gntdev_dmabuf_imp_release))

/**
 * struct ioctl_gntdev_dmabuf_exp_from_refs_v2 - export, with a data offset
 * @flags: in, GNTDEV_DMA_FLAG_*
 * @count: in, number of elements of @refs, one for each 4 KiB page
 * @data_ofs: in, offset of the data in the first page, in bytes, below 4096
 * @fd: out, descriptor of the dma-buf, open for reading and writing, closed on
 *      exec
 * @domid: in, the granting domain
 * @refs: in, references of the buffer's pages in the order of the buffer
 *
 * For devices and the kernel the buffer begins at @data_ofs and ends with the
 * last page.  A user mapping begins with the page that holds the first byte,
 * and the size of the dma-buf is the size of all pages.
 *
 * Errors: as %IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS; also EINVAL if @data_ofs is
 * beyond the first page.
 */
struct ioctl_gntdev_dmabuf_exp_from_refs_v2 {
	__u32 flags;
	__u32 count;
	__u32 data_ofs;
	__u32 fd;
	__u32 domid;
	__u32 refs[1];
};

#define IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS_V2 \
	_IOC(_IOC_NONE, 'G', 13, \
	     sizeof(struct ioctl_gntdev_dmabuf_exp_from_refs_v2))

/**
 * struct ioctl_gntdev_dmabuf_imp_to_refs_v2 - import, with a data offset
 * @fd: in, descriptor of the dma-buf
 * @count: in, number of elements of @refs: the number of the buffer's pages,
 *         beginning with the page that holds the first byte
 * @domid: in, the peer domain, which can map the pages for reading and writing
 * @reserved: ignored
 * @data_ofs: out, offset of the data in the first page, in bytes
 * @refs: out, references of the buffer's pages in the order of the buffer
 *
 * Errors: as %IOCTL_GNTDEV_DMABUF_IMP_TO_REFS, but the data of the buffer can
 * begin inside its first page.
 */
struct ioctl_gntdev_dmabuf_imp_to_refs_v2 {
	__u32 fd;
	__u32 count;
	__u32 domid;
	__u32 reserved;
	__u32 data_ofs;
	__u32 refs[1];
};

#define IOCTL_GNTDEV_DMABUF_IMP_TO_REFS_V2 \
	_IOC(_IOC_NONE, 'G', 14, \
	     sizeof(struct ioctl_gntdev_dmabuf_imp_to_refs_v2))

/*
 * Later kernels can add fields to the structures of the requests below.  The
 * number of the request contains the size of the program's structure.  Fields
 * that the program's structure does not have count as 0.  Fields that the
 * kernel does not know must be 0; otherwise the request fails with E2BIG.  The
 * request fails with EINVAL if an unknown flag or a reserved field is not 0, or
 * if the structure is shorter than it is here.
 */

/* Exports with GNTDEV_DMA_FLAG_* have contiguous addresses in this domain. */
#define GNTDEV_DMABUF_FEATURE_CONTIGUOUS	(1 << 0)
/* %IOCTL_GNTDEV_RESTRICT exists. */
#define GNTDEV_DMABUF_FEATURE_RESTRICT		(1 << 1)
/* %IOCTL_GNTDEV_DMABUF_REVOKE exists. */
#define GNTDEV_DMABUF_FEATURE_REVOKE		(1 << 2)

/**
 * struct gntdev_dmabuf_query - features and limits of the kernel
 * @features: out, GNTDEV_DMABUF_FEATURE_*
 * @export_flags: out, the flags that %IOCTL_GNTDEV_DMABUF_EXPORT accepts
 * @import_flags: out, the flags that %IOCTL_GNTDEV_DMABUF_IMPORT accepts
 * @max_pages: out, largest number of pages of a buffer: gntdev's module
 *             parameter "limit"
 * @reserved: out, 0
 *
 * %IOCTL_GNTDEV_DMABUF_QUERY fails with ENOTTY if the kernel has none of these
 * requests.
 *
 * Errors: EFAULT, EINVAL, E2BIG.
 */
struct gntdev_dmabuf_query {
	__u64 features;
	__u32 export_flags;
	__u32 import_flags;
	__u32 max_pages;
	__u32 reserved;
};

#define IOCTL_GNTDEV_DMABUF_QUERY _IOWR('G', 15, struct gntdev_dmabuf_query)

/* Map the pages read-only, and refuse importers and programs that write. */
#define GNTDEV_DMABUF_EXPORT_READONLY	(1 << 2)
/* &gntdev_dmabuf_export.refs has one element: the first page of a directory. */
#define GNTDEV_DMABUF_EXPORT_DIRECTORY	(1 << 3)
/* Signal &gntdev_dmabuf_export.eventfd at the release. */
#define GNTDEV_DMABUF_EXPORT_EVENTFD	(1 << 4)

/**
 * struct gntdev_dmabuf_export - export grant references as a dma-buf
 * @refs: in, address of an array of __u32: references of the buffer's pages in
 *        the order of the buffer; with %GNTDEV_DMABUF_EXPORT_DIRECTORY one
 *        reference, that of the first page of the page directory
 * @count: in, number of 4 KiB pages of the buffer
 * @domid: in, the granting domain
 * @flags: in, GNTDEV_DMABUF_EXPORT_*, GNTDEV_DMA_FLAG_*
 * @data_ofs: in, as in &struct ioctl_gntdev_dmabuf_exp_from_refs_v2
 * @eventfd: in, with %GNTDEV_DMABUF_EXPORT_EVENTFD: the descriptor of an
 *           eventfd to which the kernel adds 1 when the buffer is released;
 *           otherwise 0
 * @fd: out, descriptor of the dma-buf, closed on exec, open for reading and,
 *      without %GNTDEV_DMABUF_EXPORT_READONLY, writing
 * @id: out, id of the buffer, unique in this domain and not used again before it
 *      reboots
 *
 * The display and sound protocols of Xen (displif, sndif) pass page
 * directories.  A directory page holds the reference of the next directory
 * page, or 0 in the last page, and then 1023 references of the buffer.  The
 * directory has as many pages as @count needs.  Xen copies each page once,
 * during the request.
 *
 * The buffer is released when no file, attachment or mapping is left and Xen
 * has confirmed the unmap of each grant.  The granting domain can then reuse
 * its pages at once.
 *
 * Errors: as %IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS_V2; also EINVAL if the
 * directory has more or fewer pages than @count needs, if a reference that the
 * request uses, of the buffer or of a directory page, is below 8, or if
 * @eventfd is not an eventfd, or not 0 without its flag; EBADF if @eventfd is
 * not open.
 */
struct gntdev_dmabuf_export {
	__u64 refs;
	__u32 count;
	__u32 domid;
	__u32 flags;
	__u32 data_ofs;
	__s32 eventfd;
	__s32 fd;
	__u64 id;
};

#define IOCTL_GNTDEV_DMABUF_EXPORT _IOWR('G', 16, struct gntdev_dmabuf_export)

/* Let the peer domain map the pages for reading only. */
#define GNTDEV_DMABUF_IMPORT_READONLY	GNTDEV_DMABUF_EXPORT_READONLY
/* Signal &gntdev_dmabuf_import.eventfd at the release. */
#define GNTDEV_DMABUF_IMPORT_EVENTFD	GNTDEV_DMABUF_EXPORT_EVENTFD

/**
 * struct gntdev_dmabuf_import - import a dma-buf as grant references
 * @refs: in, address of an array of __u32, which the kernel fills with the
 *        references of the buffer's pages in the order of the buffer
 * @count: in, number of elements of that array: the number of the buffer's
 *         pages, beginning with the page that holds the first byte
 * @domid: in, the peer domain, which can map the pages
 * @flags: in, GNTDEV_DMABUF_IMPORT_*
 * @fd: in, descriptor of the dma-buf
 * @eventfd: in, with %GNTDEV_DMABUF_IMPORT_EVENTFD: the descriptor of an
 *           eventfd to which the kernel adds 1 when the buffer is released;
 *           otherwise 0
 * @data_ofs: out, offset of the data in the first page, in bytes
 * @id: out, id of the import, unique in this domain and not used again before it
 *      reboots
 *
 * The buffer is released when the program has released the import, by
 * %IOCTL_GNTDEV_DMABUF_IMP_RELEASE, by %IOCTL_GNTDEV_DMABUF_RELEASE or by
 * closing the gntdev file, when the peer domain has unmapped the last page, and
 * when the exporter has its buffer back.
 *
 * Errors: as %IOCTL_GNTDEV_DMABUF_IMP_TO_REFS_V2; also EINVAL if @flags has an
 * unknown bit, or if @eventfd is not an eventfd, or not 0 without its flag;
 * EBADF also if @eventfd is not open.
 */
struct gntdev_dmabuf_import {
	__u64 refs;
	__u32 count;
	__u32 domid;
	__u32 flags;
	__s32 fd;
	__s32 eventfd;
	__u32 data_ofs;
	__u64 id;
};

#define IOCTL_GNTDEV_DMABUF_IMPORT _IOWR('G', 17, struct gntdev_dmabuf_import)

/**
 * struct gntdev_dmabuf_wait - wait until a buffer is released
 * @id: in, id of an export or import of any program
 * @timeout_ms: in, timeout in milliseconds; 0 returns at once
 * @reserved: in, 0
 *
 * %IOCTL_GNTDEV_DMABUF_WAIT returns 0 as soon as the buffer is released.  The
 * freezer can freeze a task that waits, so that its domain can suspend.
 *
 * Errors: EFAULT, EINVAL, E2BIG; ENOENT if no existing buffer has the id, because
 * the buffer was released before the call or never existed; ETIMEDOUT if the
 * buffer is still used.
 */
struct gntdev_dmabuf_wait {
	__u64 id;
	__u32 timeout_ms;
	__u32 reserved;
};

#define IOCTL_GNTDEV_DMABUF_WAIT _IOWR('G', 18, struct gntdev_dmabuf_wait)

/**
 * struct gntdev_dmabuf_release - release an import by id
 * @id: in, id of an import through the same open gntdev file
 *
 * %IOCTL_GNTDEV_DMABUF_RELEASE does the same as
 * %IOCTL_GNTDEV_DMABUF_IMP_RELEASE.
 *
 * Errors: EFAULT, EINVAL, E2BIG; ENOENT if the file has no such import.
 */
struct gntdev_dmabuf_release {
	__u64 id;
};

#define IOCTL_GNTDEV_DMABUF_RELEASE _IOWR('G', 19, struct gntdev_dmabuf_release)

/**
 * struct gntdev_restrict - restrict an open gntdev file
 * @domid: in, the only domain that later requests can name
 * @max_pages: in, largest number of pages that the exports and imports of the
 *             file have together; 0 leaves the limit of an earlier request, or
 *             none
 *
 * After %IOCTL_GNTDEV_RESTRICT each request through the file that names another
 * domain fails with EACCES: the requests of this header,
 * %IOCTL_GNTDEV_MAP_GRANT_REF, mmap() of grants that were requested before, and
 * both sides of %IOCTL_GNTDEV_GRANT_COPY.  An export or import that would exceed
 * @max_pages fails with EDQUOT.  The limit of one request, see
 * &gntdev_dmabuf_query.max_pages, stays as it is.
 *
 * The restriction belongs to the open file: to each descriptor of it that a
 * program got by dup(), fork() or a message with SCM_RIGHTS.  Nothing removes
 * it.  A second request can name the same domain and fewer pages.  Buffers and
 * mappings that exist already stay, and their pages count.  The pages of a buffer
 * count until it is released; so those of an import do until the peer domain has
 * unmapped the last page.
 *
 * Through a restricted file a program can wait for the release of any buffer, as a
 * wait does not name a domain.
 *
 * Errors: EFAULT, EINVAL, E2BIG; ESRCH if @domid is not the number of a domain
 * (the domain need not exist); EACCES if the file is restricted already, and the
 * request names another domain or more pages; ENOMEM.
 */
struct gntdev_restrict {
	__u32 domid;
	__u32 max_pages;
};

#define IOCTL_GNTDEV_RESTRICT _IOWR('G', 20, struct gntdev_restrict)

/**
 * struct gntdev_dmabuf_revoke - revoke an exported buffer
 * @id: in, id of an export through the same open gntdev file
 *
 * When %IOCTL_GNTDEV_DMABUF_REVOKE has returned 0, all grants of the buffer are
 * unmapped, so that the granting domain has its pages back; the buffer is
 * released, waiters wake, the eventfd is signalled, and no buffer has the id any more.
 *
 * Descriptors, attachments and mappings of the dma-buf stay valid as objects, and
 * can be closed in any order, but they have no memory.  An access through a user
 * mapping raises SIGBUS.  mmap(), attaching the dma-buf, mapping it for a device
 * and %DMA_BUF_IOCTL_SYNC (start) fail with ENODEV.  A kernel mapping (vmap)
 * fails with EINVAL, the errno of dma-bufs that have none.
 *
 * The request fails with EBUSY, and changes nothing, while
 *
 * - the buffer is mapped for a device whose driver cannot be notified: one that did
 *   not attach it as a dynamic importer.  Most display and camera drivers map
 *   each buffer until they no longer use it.  Before Linux 7.1 no importer can be
 *   notified.
 * - a driver uses a kernel mapping of the buffer.
 *
 * Dynamic importers are notified; the request waits for the fences of their
 * accesses and until they have unmapped the buffer.  Only a fatal signal ends
 * that wait early.  After that signal the buffer has its grants, but new uses of it
 * fail as after a revocation; another program that has the file can repeat the
 * request.
 *
 * Errors: EFAULT, EINVAL, E2BIG; ENOENT if the file has no such existing export;
 * EBUSY; EIO if Xen refused to unmap a grant.
 */
struct gntdev_dmabuf_revoke {
	__u64 id;
};

#define IOCTL_GNTDEV_DMABUF_REVOKE _IOWR('G', 21, struct gntdev_dmabuf_revoke)

#endif /* _UAPI_XEN_GNTDEV_DMABUF_H */
