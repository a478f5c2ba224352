/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The requests of the test module api_calls on /dev/api_calls: each calls a
 * function of <xen/dmabuf.h>.
 *
 * The close of a file releases its imports, except those that were made with
 * until_unload.
 */

#ifndef SELFTESTS_XEN_API_CALLS_H
#define SELFTESTS_XEN_API_CALLS_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The most references that the module copies from or to a program */
#define API_CALLS_MAX_REFS	65536

/**
 * struct api_calls_export - xen_dmabuf_export()
 * @refs: in, address of an array of references
 * @elements: in, number of elements of @refs, at most API_CALLS_MAX_REFS
 * @count: in, argument of the function
 * @domid: in, argument of the function
 * @flags: in, argument of the function
 * @data_ofs: in, argument of the function
 * @fd: out, the dma-buf, closed on exec
 * @id: out, result of the function
 */
struct api_calls_export {
	__u64 refs;
	__u32 elements;
	__u32 count;
	__u32 domid;
	__u32 flags;
	__u32 data_ofs;
	__s32 fd;
	__u64 id;
};

/**
 * struct api_calls_import - xen_dmabuf_import()
 * @refs: in, address of an array that the module fills with the references
 * @elements: in, number of elements of @refs, at most API_CALLS_MAX_REFS
 * @count: in, argument of the function
 * @domid: in, argument of the function
 * @flags: in, argument of the function
 * @fd: in, the dma-buf
 * @until_unload: in, not 0: the unloading of the module releases the import,
 *                instead of the close of the file
 * @data_ofs: out, result of the function
 * @padding: unused
 * @id: out, result of the function
 */
struct api_calls_import {
	__u64 refs;
	__u32 elements;
	__u32 count;
	__u32 domid;
	__u32 flags;
	__s32 fd;
	__u32 until_unload;
	__u32 data_ofs;
	__u32 padding;
	__u64 id;
};

/**
 * struct api_calls_wait - xen_dmabuf_wait()
 * @id: in, argument of the function
 * @timeout_ms: in, argument of the function
 * @padding: unused
 */
struct api_calls_wait {
	__u64 id;
	__u32 timeout_ms;
	__u32 padding;
};

/**
 * struct api_calls_put - xen_dmabuf_put_and_wait()
 * @id: in, argument of the function
 * @timeout_ms: in, argument of the function
 * @fd: in, the dma-buf; the module closes this descriptor before the call
 * @thread: in, not 0: a kernel thread makes the call, instead of the program
 * @padding: unused
 */
struct api_calls_put {
	__u64 id;
	__u32 timeout_ms;
	__s32 fd;
	__u32 thread;
	__u32 padding;
};

#define API_CALLS_EXPORT	_IOWR('a', 0, struct api_calls_export)
#define API_CALLS_IMPORT	_IOWR('a', 1, struct api_calls_import)
#define API_CALLS_WAIT		_IOW('a', 2, struct api_calls_wait)

/* xen_dmabuf_release() of the import that the file made with this id */
#define API_CALLS_RELEASE	_IOW('a', 3, __u64)

#define API_CALLS_PUT		_IOW('a', 4, struct api_calls_put)

/* xen_dmabuf_revoke(); the argument is the descriptor of the dma-buf */
#define API_CALLS_REVOKE	_IO('a', 5)

#endif /* SELFTESTS_XEN_API_CALLS_H */
