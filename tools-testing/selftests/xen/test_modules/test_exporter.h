/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The requests of the test module test_exporter on /dev/test_exporter.
 *
 * An open file creates one buffer.  Mapping the file maps the memory of the
 * buffer's segments as long as the dma-buf exists: the whole pages of the first
 * segment, then those of the next one.
 */

#ifndef SELFTESTS_XEN_TEST_EXPORTER_H
#define SELFTESTS_XEN_TEST_EXPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define TEST_EXPORTER_MAX_SEGMENTS	1024
#define TEST_EXPORTER_MAX_LENGTH	1048576

/* Memory of a segment: contiguous pages of this domain */
#define TEST_EXPORTER_RAM	0
/* One page of ZONE_DEVICE without memory */
#define TEST_EXPORTER_DEVICE	1
/* One page that another domain granted */
#define TEST_EXPORTER_FOREIGN	2

/**
 * struct test_exporter_segment - a segment of a buffer's scatter table
 * @offset: in, offset of the segment in its first page, in bytes
 * @length: in, bytes, not 0; @offset + @length is at most
 *          TEST_EXPORTER_MAX_LENGTH, or a page if @memory is a single page
 * @memory: in, TEST_EXPORTER_RAM, _DEVICE or _FOREIGN
 * @ref: in, grant reference of the page, for TEST_EXPORTER_FOREIGN
 */
struct test_exporter_segment {
	__u32 offset;
	__u32 length;
	__u32 memory;
	__u32 ref;
};

/**
 * struct test_exporter_create - create a buffer
 * @size: in, size of the dma-buf in bytes, which may differ from the segments
 * @segments: in, address of an array of &struct test_exporter_segment
 * @address: in, 0, or the DMA address of the first segment of a buffer without
 *           memory; the next segments follow it
 * @count: in, number of elements of @segments, 1 to TEST_EXPORTER_MAX_SEGMENTS
 * @domid: in, granting domain of the TEST_EXPORTER_FOREIGN pages
 * @dynamic: in, not 0: the exporter has the operations pin and unpin
 * @attach_error: in, 0 or the error number with which attach fails
 * @pin_error: in, 0 or the error number with which pin fails
 * @map_error: in, 0 or the error number with which map fails
 * @write_error: in, 0 or the error number with which map for writing fails
 * @fd: out, the dma-buf, closed on exec
 *
 * Errors: EBUSY the file has created a buffer; ENODEV there are no pages of
 * that kind of memory; EACCES the granting domain did not grant its page;
 * EINVAL a value is out of range; EFAULT, ENOMEM, EMFILE.
 */
struct test_exporter_create {
	__u64 size;
	__u64 segments;
	__u64 address;
	__u32 count;
	__u32 domid;
	__u32 dynamic;
	__s32 attach_error;
	__s32 pin_error;
	__s32 map_error;
	__s32 write_error;
	__s32 fd;
};

/**
 * struct test_exporter_state - what importers do with the buffer
 * @alive: out, 1 while the dma-buf exists
 * @attached: out, number of attachments
 * @pinned: out, number of pins
 * @mapped: out, number of scatter tables
 * @attaches: out, number of attachments that were ever made
 * @maps: out, number of scatter tables that were ever made
 * @waited: out, 1 if a task has begun to wait for the last fence
 */
struct test_exporter_state {
	__u32 alive;
	__u32 attached;
	__u32 pinned;
	__u32 mapped;
	__u32 attaches;
	__u32 maps;
	__u32 waited;
};

/*
 * Usage of a fence, with the values of enum dma_resv_usage: the exporter moves
 * the memory, a device writes it or a device reads it.
 */
#define TEST_EXPORTER_KERNEL	0
#define TEST_EXPORTER_WRITE	1
#define TEST_EXPORTER_READ	2

#define TEST_EXPORTER_CREATE	_IOWR('o', 0, struct test_exporter_create)
#define TEST_EXPORTER_STATE	_IOR('o', 1, struct test_exporter_state)
/*
 * Add a fence of a usage to the dma-buf, and signal it.  The release of the
 * dma-buf signals it, too.  Errors: ENXIO there is no dma-buf; EBUSY the last
 * fence is not signaled yet; ENOENT there is no fence to signal; EINVAL, ENOMEM
 */
#define TEST_EXPORTER_ADD_FENCE		_IO('o', 2)
#define TEST_EXPORTER_SIGNAL_FENCE	_IO('o', 3)

#endif /* SELFTESTS_XEN_TEST_EXPORTER_H */
