/* SPDX-License-Identifier: ((GPL-2.0-only WITH Linux-syscall-note) OR MIT) */
/*
 * Grant references to dma-bufs and back, through /dev/xen/gntdev.
 *
 * Programs include <xen/gntdev.h>, which brings this file along.
 */

#ifndef _UAPI_XEN_GNTDEV_DMABUF_H
#define _UAPI_XEN_GNTDEV_DMABUF_H

#include <linux/types.h>

/*
 * Bits of &ioctl_gntdev_dmabuf_exp_from_refs.flags: the buffer has to be one
 * run of bus addresses, for devices that cannot scatter and gather.  The two
 * exclude each other.  On x86 PV bus addresses are the granted machine frames
 * whatever the backend asks for: both are accepted there and change nothing.
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

#endif /* _UAPI_XEN_GNTDEV_DMABUF_H */
