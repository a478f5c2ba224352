/* SPDX-License-Identifier: ((GPL-2.0-only WITH Linux-syscall-note) OR MIT) */
/*
 * Grant references to dma-bufs and back, through /dev/xen/gntdev.
 *
 * <xen/gntdev.h> brings this file along.  It can be included without it, too:
 * <xen/gntdev.h> itself wants grant_ref_t and domid_t to be there before it.
 */

#ifndef _UAPI_XEN_GNTDEV_DMABUF_H
#define _UAPI_XEN_GNTDEV_DMABUF_H

#include <linux/types.h>

/*
 * Flags of every request that exports: the buffer has to be one run of
 * addresses, for devices that cannot scatter and gather.  Its pages are mapped
 * in the place of memory of the DMA API, and as that would be.  The two exclude
 * each other.  On x86 PV bus addresses are the granted machine frames whatever
 * the backend asks for: both are accepted there and change nothing, as
 * %GNTDEV_DMABUF_FEATURE_CONTIGUOUS tells.
 */
#define GNTDEV_DMA_FLAG_WC		(1 << 0)	/* as dma_alloc_wc() */
#define GNTDEV_DMA_FLAG_COHERENT	(1 << 1)	/* as dma_alloc_coherent() */

/**
 * struct ioctl_gntdev_dmabuf_exp_from_refs - grant references to a dma-buf
 * @flags: in, GNTDEV_DMA_FLAG_*
 * @count: in, number of elements of @refs, one for each 4 KiB page
 * @fd: out, the dma-buf, open for reading and writing, closed on exec
 * @domid: in, the domain that granted @refs
 * @refs: in, the buffer's pages in their order
 *
 * %IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS maps all references or none.
 *
 * The references 0 to 7 (GNTTAB_NR_RESERVED_ENTRIES) belong to Xen and its
 * tools: 0 is a domain's console page, 1 its xenstore page.  No domain grants a
 * buffer by them, so one of them in @refs says that the list is shorter than
 * @count, and the page behind it is not the buffer's.  Programs that serve a
 * console map its page through gntdev itself.
 *
 * Errors: EINVAL @count is 0, or @flags has an unknown bit or both bits, or one
 * of @refs is below 8;
 * E2BIG @count is over gntdev's limit; EFAULT; ESRCH no such domain; EACCES
 * the domain did not grant one of @refs to this domain, or took it back, or
 * other buffers map one of the pages as often as Xen can count (127 times);
 * ENOSPC Xen has no handle left to track another mapping, or @refs names one
 * page more often than Xen can count; ENOMEM, with @flags also where there is
 * memory but no run of it; EMFILE.
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
 * struct ioctl_gntdev_dmabuf_exp_wait_released - wait for an exported buffer
 * @fd: in, the number that %IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS on the same
 *      open gntdev file gave; it may be closed by now and usually is
 * @wait_to_ms: in, how long to wait in milliseconds, 0 only asks
 *
 * %IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED returns 0 as soon as nothing uses
 * the buffer any more and Xen has confirmed that each of its grants is
 * unmapped.  Where a number served several exports the latest is meant.  A task
 * that waits can be frozen and so does not keep its domain from suspending.
 *
 * Errors: EFAULT; ENOENT no buffer by that number is alive, because it was
 * released before the call or never was; ETIMEDOUT it still is in use.
 */
struct ioctl_gntdev_dmabuf_exp_wait_released {
	__u32 fd;
	__u32 wait_to_ms;
};

#define IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED \
	_IOC(_IOC_NONE, 'G', 10, \
	     sizeof(struct ioctl_gntdev_dmabuf_exp_wait_released))

/**
 * struct ioctl_gntdev_dmabuf_imp_to_refs - a dma-buf to grant references
 * @fd: in, the dma-buf
 * @count: in, number of elements of @refs: as many as the buffer has pages
 * @domid: in, the domain that may map them, for reading and writing
 * @reserved: ignored
 * @refs: out, the buffer's pages in their order
 *
 * %IOCTL_GNTDEV_DMABUF_IMP_TO_REFS grants all pages or none.  From then on
 * their exporter keeps them where they are, until they are released and the
 * other domain has unmapped the last one.  It may be any exporter on this
 * machine, as long as the memory is ordinary memory of this domain.
 *
 * The request first waits for what devices have begun to do with the buffer, as
 * their drivers' fences say.  Only a fatal signal ends that wait.  Devices and the
 * other domain do not wait for each other after that.
 *
 * Whole pages are granted: what shares the buffer's first and last page with
 * it is granted, too.
 *
 * The other domain's accesses are cached.  Where a device does not look into
 * caches, %DMA_BUF_IOCTL_SYNC around them helps only if the exporter does cache
 * maintenance there: dma-heaps and udmabuf do, dumb buffers of display drivers do
 * not.  With other exporters take the memory from a dma-heap, or let the other
 * domain map it uncached or clean its caches.
 *
 * A dma-buf that is imported several times is attached and mapped once.
 *
 * Errors: EINVAL @fd is not a dma-buf, or @count is not its number of pages or
 * 0, or its data begins inside the first page; E2BIG @count is over gntdev's
 * limit; EFAULT; EBADF @fd is not open; ESRCH @domid cannot be a domain (one
 * that is not there yet can); EOPNOTSUPP some of its memory cannot be granted,
 * because it is a device's, or another domain's, or does not consist of whole
 * pages; ENOSPC no grant reference is left; ENOMEM; and what the exporter
 * answers to a device that asks for the buffer.
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
 * struct ioctl_gntdev_dmabuf_imp_release - take an imported buffer back
 * @fd: in, the number that the dma-buf had when it was imported through the
 *      same open gntdev file; it may be closed by now
 * @reserved: ignored
 *
 * %IOCTL_GNTDEV_DMABUF_IMP_RELEASE does not wait.  What the other domain has
 * not mapped it cannot map any more; what it has mapped it keeps until it
 * unmaps it, and so long the exporter keeps the buffer.  Where a number was
 * imported several times the latest is meant, and then the one before.
 * Closing the gntdev file releases all.
 *
 * Errors: EFAULT; ENOENT nothing by that number is imported.
 */
struct ioctl_gntdev_dmabuf_imp_release {
	__u32 fd;
	__u32 reserved;
};

#define IOCTL_GNTDEV_DMABUF_IMP_RELEASE \
	_IOC(_IOC_NONE, 'G', 12, \
	     sizeof(struct ioctl_gntdev_dmabuf_imp_release))

/**
 * struct ioctl_gntdev_dmabuf_exp_from_refs_v2 - the same, with a data offset
 * @flags: in, GNTDEV_DMA_FLAG_*
 * @count: in, number of elements of @refs, one for each 4 KiB page
 * @data_ofs: in, where the data begins in the first page, below 4096
 * @fd: out, the dma-buf, open for reading and writing, closed on exec
 * @domid: in, the domain that granted @refs
 * @refs: in, the buffer's pages in their order
 *
 * What devices and the kernel see of the buffer begins at @data_ofs and ends
 * with the last page.  A user mapping begins with the page that holds the
 * first byte, and the size that the descriptor tells is that of all pages.
 *
 * Errors: as %IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS; EINVAL also where @data_ofs
 * is beyond the first page.
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
 * struct ioctl_gntdev_dmabuf_imp_to_refs_v2 - the same, with a data offset
 * @fd: in, the dma-buf
 * @count: in, number of elements of @refs: as many as the buffer has pages,
 *         counted from the one that holds its first byte
 * @domid: in, the domain that may map them, for reading and writing
 * @reserved: ignored
 * @data_ofs: out, where the data begins in the first page
 * @refs: out, the buffer's pages in their order
 *
 * Errors: as %IOCTL_GNTDEV_DMABUF_IMP_TO_REFS, which refuses a buffer that
 * begins inside its first page.
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
 * Requests from here on may grow.  A program says with the request's number
 * how long its structure is.  What it does not have counts as 0, and what the
 * kernel does not know must be 0: otherwise the request fails with E2BIG.
 * Unknown flags and reserved fields that are not 0 fail with EINVAL, as does a
 * structure shorter than it is here.
 */

/* Exports with GNTDEV_DMA_FLAG_* are contiguous in this domain's addresses. */
#define GNTDEV_DMABUF_FEATURE_CONTIGUOUS	(1 << 0)

/**
 * struct gntdev_dmabuf_query - what this kernel can do in this domain
 * @features: out, GNTDEV_DMABUF_FEATURE_*
 * @export_flags: out, the flags that %IOCTL_GNTDEV_DMABUF_EXPORT accepts
 * @import_flags: out, the flags that %IOCTL_GNTDEV_DMABUF_IMPORT accepts
 * @max_pages: out, pages a buffer can have; gntdev's module parameter "limit"
 * @reserved: out, 0
 *
 * %IOCTL_GNTDEV_DMABUF_QUERY fails with ENOTTY where the kernel has none of
 * these requests.
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

/* The pages are mapped read-only, and whoever wants to write is refused. */
#define GNTDEV_DMABUF_EXPORT_READONLY	(1 << 2)
/* &gntdev_dmabuf_export.refs holds one reference: that of a page directory. */
#define GNTDEV_DMABUF_EXPORT_DIRECTORY	(1 << 3)
/* &gntdev_dmabuf_export.eventfd is to be signalled. */
#define GNTDEV_DMABUF_EXPORT_EVENTFD	(1 << 4)

/**
 * struct gntdev_dmabuf_export - grant references to a dma-buf
 * @refs: in, address of an array of __u32: the buffer's pages in their order,
 *        or one reference with %GNTDEV_DMABUF_EXPORT_DIRECTORY
 * @count: in, number of 4 KiB pages that the buffer has
 * @domid: in, the domain that granted them
 * @flags: in, GNTDEV_DMABUF_EXPORT_*, GNTDEV_DMA_FLAG_*
 * @data_ofs: in, as in &struct ioctl_gntdev_dmabuf_exp_from_refs_v2
 * @eventfd: in, gets a 1 when the buffer is released, with
 *           %GNTDEV_DMABUF_EXPORT_EVENTFD; 0 without
 * @fd: out, the dma-buf, closed on exec, open for reading and, unless
 *      %GNTDEV_DMABUF_EXPORT_READONLY, writing
 * @id: out, names the buffer on this machine and is never reused
 *
 * A page directory is what the display and sound protocols of Xen (displif,
 * sndif) pass: a page that holds the reference of the next such page, or 0,
 * and then 1023 references of the buffer.  It has as many pages as @count
 * needs; Xen copies each once, during the request.
 *
 * Released means that no file, attachment or mapping is left and Xen has
 * confirmed the unmap of each grant: then the other domain can have its pages
 * back at once.
 *
 * Errors: as %IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS_V2; EINVAL also where a
 * directory has more or fewer pages than @count needs, or a reference below 8
 * among those that it needs or as its own, or @eventfd is not an eventfd, or is
 * not 0 without its flag; EBADF @eventfd is not open.
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

/* The other domain can map the pages for reading only. */
#define GNTDEV_DMABUF_IMPORT_READONLY	GNTDEV_DMABUF_EXPORT_READONLY
/* &gntdev_dmabuf_import.eventfd is to be signalled. */
#define GNTDEV_DMABUF_IMPORT_EVENTFD	GNTDEV_DMABUF_EXPORT_EVENTFD

/**
 * struct gntdev_dmabuf_import - a dma-buf to grant references
 * @refs: in, address of an array of __u32 that is filled in: the buffer's
 *        pages in their order
 * @count: in, number of elements of that array: as many as the buffer has
 *         pages, counted from the one that holds its first byte
 * @domid: in, the domain that may map them
 * @flags: in, GNTDEV_DMABUF_IMPORT_*
 * @fd: in, the dma-buf
 * @eventfd: in, gets a 1 when the buffer is released, with
 *           %GNTDEV_DMABUF_IMPORT_EVENTFD; 0 without
 * @data_ofs: out, where the data begins in the first page
 * @id: out, names what was granted on this machine and is never reused
 *
 * Released means that the program gave the buffer up, by
 * %IOCTL_GNTDEV_DMABUF_IMP_RELEASE, %IOCTL_GNTDEV_DMABUF_RELEASE or by closing
 * the gntdev file, that the other domain has unmapped the last page, and that
 * the exporter has its buffer back.
 *
 * Errors: as %IOCTL_GNTDEV_DMABUF_IMP_TO_REFS_V2; EINVAL also where @flags has
 * an unknown bit, or @eventfd is not an eventfd, or is not 0 without its flag;
 * EBADF also where it is not open.
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
 * @id: in, of a buffer that any program made
 * @timeout_ms: in, how long to wait in milliseconds, 0 only asks
 * @reserved: in, 0
 *
 * %IOCTL_GNTDEV_DMABUF_WAIT returns 0 as soon as the buffer is released.  A
 * task that waits can be frozen and so does not keep its domain from suspending.
 *
 * Errors: EFAULT, EINVAL, E2BIG; ENOENT no buffer by that id is alive, because
 * it was released before the call or never was; ETIMEDOUT it still is in use.
 */
struct gntdev_dmabuf_wait {
	__u64 id;
	__u32 timeout_ms;
	__u32 reserved;
};

#define IOCTL_GNTDEV_DMABUF_WAIT _IOWR('G', 18, struct gntdev_dmabuf_wait)

/**
 * struct gntdev_dmabuf_release - take an imported buffer back
 * @id: in, of a buffer that was imported through the same open gntdev file
 *
 * %IOCTL_GNTDEV_DMABUF_RELEASE does what %IOCTL_GNTDEV_DMABUF_IMP_RELEASE does.
 *
 * Errors: EFAULT, EINVAL, E2BIG; ENOENT no such buffer is imported.
 */
struct gntdev_dmabuf_release {
	__u64 id;
};

#define IOCTL_GNTDEV_DMABUF_RELEASE _IOWR('G', 19, struct gntdev_dmabuf_release)

#endif /* _UAPI_XEN_GNTDEV_DMABUF_H */
