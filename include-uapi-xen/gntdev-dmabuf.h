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
 * Flags of every request that exports: the buffer has to be one run of bus
 * addresses, for devices that cannot scatter and gather.  The two exclude each
 * other.  On x86 PV bus addresses are the granted machine frames whatever the
 * backend asks for: both are accepted there and change nothing, as
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
 * Errors: EINVAL @count is 0, or @flags has an unknown bit or both bits;
 * E2BIG @count is over gntdev's limit; EFAULT; ESRCH no such domain; EACCES
 * the domain did not grant one of @refs to this domain, or took it back;
 * ENOSPC Xen has no room to track another mapping; ENOMEM; EMFILE;
 * EOPNOTSUPP the kernel cannot allocate contiguous memory for @flags.
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
 * unmapped.  Where a number served several exports the latest is meant.
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

/*
 * Requests from here on may grow.  A program says with the request's number
 * how long its structure is.  What it does not have counts as 0, and what the
 * kernel does not know must be 0: otherwise the request fails with E2BIG.
 * Unknown flags and reserved fields that are not 0 fail with EINVAL, as does a
 * structure shorter than it is here.
 */

/* Exports with GNTDEV_DMA_FLAG_* are contiguous. */
#define GNTDEV_DMABUF_FEATURE_CONTIGUOUS	(1 << 0)

/**
 * struct gntdev_dmabuf_query - what this kernel can do in this domain
 * @features: out, GNTDEV_DMABUF_FEATURE_*
 * @export_flags: out, the flags that %IOCTL_GNTDEV_DMABUF_EXPORT accepts
 * @max_pages: out, pages a buffer can have; gntdev's module parameter "limit"
 *
 * %IOCTL_GNTDEV_DMABUF_QUERY fails with ENOTTY where the kernel has none of
 * these requests.
 *
 * Errors: EFAULT, EINVAL, E2BIG.
 */
struct gntdev_dmabuf_query {
	__u64 features;
	__u32 export_flags;
	__u32 max_pages;
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
 * needs and is read once, during the request.
 *
 * Released means that no file, attachment or mapping is left and Xen has
 * confirmed the unmap of each grant: then the other domain can have its pages
 * back at once.
 *
 * Errors: as %IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS_V2; EINVAL also where a
 * directory has more or fewer pages than @count needs, or @eventfd is not an
 * eventfd; EBADF @eventfd is not open.
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

/**
 * struct gntdev_dmabuf_wait - wait until a buffer is released
 * @id: in, of a buffer that any program made
 * @timeout_ms: in, how long to wait in milliseconds, 0 only asks
 * @reserved: in, 0
 *
 * %IOCTL_GNTDEV_DMABUF_WAIT returns 0 as soon as the buffer is released.
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

#endif /* _UAPI_XEN_GNTDEV_DMABUF_H */
