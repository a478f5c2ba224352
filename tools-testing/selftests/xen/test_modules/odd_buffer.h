/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What odd_buffer.c and programs say to each other through /dev/odd_buffer.
 *
 * An open file makes one buffer.  Mapping the file shows the memory that the
 * buffer's segments lie in: whole pages, those of one segment after those of
 * the other, for as long as the dma-buf lives.
 */

#ifndef SELFTESTS_XEN_ODD_BUFFER_H
#define SELFTESTS_XEN_ODD_BUFFER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define ODD_BUFFER_MAX_SEGMENTS	1024
#define ODD_BUFFER_MAX_LENGTH	1048576

/* What a segment lies in: pages of this domain in a row */
#define ODD_BUFFER_RAM		0
/* one page of ZONE_DEVICE, without memory behind it */
#define ODD_BUFFER_DEVICE	1
/* one page of another domain, which granted it */
#define ODD_BUFFER_FOREIGN	2

/**
 * struct odd_buffer_segment - a segment of a buffer's scatter table
 * @offset: where it begins, counted from the first of its pages, in bytes
 * @length: in bytes, not 0; with @offset at most ODD_BUFFER_MAX_LENGTH, and at
 *          most a page where @memory is one
 * @memory: ODD_BUFFER_RAM and so on
 * @ref: reference of the page, with ODD_BUFFER_FOREIGN
 */
struct odd_buffer_segment {
	__u32 offset;
	__u32 length;
	__u32 memory;
	__u32 ref;
};

/**
 * struct odd_buffer_make - make a buffer
 * @size: in, bytes that the dma-buf says it has
 * @segments: in, address of an array of &struct odd_buffer_segment
 * @address: in, not 0: there is no memory and are no pages, and a device is
 *           told this address for the first segment, and the next ones after it
 * @count: in, number of its elements, at most ODD_BUFFER_MAX_SEGMENTS
 * @domid: in, the domain that granted what is ODD_BUFFER_FOREIGN
 * @dynamic: in, not 0: the exporter is one that has to be told to pin
 * @attach_error: in, 0 or the error number that whoever attaches gets
 * @pin_error: in, the same for who pins
 * @map_error: in, the same for who maps
 * @write_error: in, the same for who maps for writing
 * @fd: out, the dma-buf, closed on exec
 *
 * Errors: EBUSY the file has made one; ENODEV there are no pages of that kind
 * of memory; EACCES the other domain did not grant its page; EINVAL, EFAULT, ENOMEM, EMFILE.
 */
struct odd_buffer_make {
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
 * struct odd_buffer_state - what importers do with the buffer
 * @alive: out, 1 while the dma-buf is there
 * @attached: out, number of attachments
 * @pinned: out, number of pins
 * @mapped: out, number of scatter tables
 * @attaches: out, how often a device was attached
 * @maps: out, how often a scatter table was made
 * @waited: out, 1 if a fence was added and somebody waits for it or has waited
 */
struct odd_buffer_state {
	__u32 alive;
	__u32 attached;
	__u32 pinned;
	__u32 mapped;
	__u32 attaches;
	__u32 maps;
	__u32 waited;
};

/* A fence on the buffer: the exporter moves it, a device writes or reads it */
#define ODD_BUFFER_MOVES	0
#define ODD_BUFFER_WRITES	1
#define ODD_BUFFER_READS	2

#define ODD_BUFFER_MAKE		_IOWR('o', 0, struct odd_buffer_make)
#define ODD_BUFFER_STATE	_IOR('o', 1, struct odd_buffer_state)
/*
 * Add a fence to the dma-buf, ODD_BUFFER_MOVES and so on, and signal it; the end
 * of the dma-buf signals it, too.  Errors: ENXIO there is no dma-buf; EBUSY a
 * fence is not signaled yet; ENOENT there is none to signal; EINVAL, ENOMEM.
 */
#define ODD_BUFFER_FENCE	_IO('o', 2)
#define ODD_BUFFER_SIGNAL	_IO('o', 3)

#endif /* SELFTESTS_XEN_ODD_BUFFER_H */
