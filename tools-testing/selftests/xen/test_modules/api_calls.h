/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What api_calls.c and programs say to each other through /dev/api_calls: the
 * functions of <xen/dmabuf.h>, called as front and back ends in the kernel do.
 *
 * What an open file imported it gives up when it is closed, unless the module
 * was told to keep it.
 */

#ifndef SELFTESTS_XEN_API_CALLS_H
#define SELFTESTS_XEN_API_CALLS_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* References that the module copies from or to a program */
#define API_CALLS_MAX_REFS	65536

/**
 * struct api_calls_export - xen_dmabuf_export()
 * @refs: in, address of an array of references
 * @elements: in, of that array, at most API_CALLS_MAX_REFS
 * @count: in, passed on; as are @domid, @flags, @data_ofs
 * @domid: in
 * @flags: in
 * @data_ofs: in
 * @fd: out, the dma-buf, closed on exec
 * @id: out, what the function told
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
 * @refs: in, address of an array that is filled in
 * @elements: in, of that array, at most API_CALLS_MAX_REFS
 * @count: in, passed on; as are @domid, @flags
 * @domid: in
 * @flags: in
 * @fd: in, the dma-buf
 * @keep: in, not 0: the module gives it up when it is unloaded, not the file
 *        when it is closed
 * @data_ofs: out, what the function told; as is @id
 * @id: out
 */
struct api_calls_import {
	__u64 refs;
	__u32 elements;
	__u32 count;
	__u32 domid;
	__u32 flags;
	__s32 fd;
	__u32 keep;
	__u32 data_ofs;
	__u32 padding;
	__u64 id;
};

/**
 * struct api_calls_wait - xen_dmabuf_wait()
 * @id: in, passed on; as is @timeout_ms
 * @timeout_ms: in
 * @padding: not looked at
 */
struct api_calls_wait {
	__u64 id;
	__u32 timeout_ms;
	__u32 padding;
};

/**
 * struct api_calls_put - xen_dmabuf_put_and_wait()
 * @id: in, passed on; as is @timeout_ms
 * @timeout_ms: in
 * @fd: in, the dma-buf; the module closes it before it calls
 * @thread: in, not 0: the module calls in a kernel thread, not in the system call
 * @padding: not looked at
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

/* xen_dmabuf_release() of what the file imported and told to be the id */
#define API_CALLS_RELEASE	_IOW('a', 3, __u64)

#define API_CALLS_PUT		_IOW('a', 4, struct api_calls_put)

#endif /* SELFTESTS_XEN_API_CALLS_H */
