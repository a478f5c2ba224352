/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of existing buffers.
 */

#ifndef GNTDMABUF_BUFFERS_H
#define GNTDMABUF_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>

#define DEBUG_DIR	"/sys/kernel/debug/xen-gntdev-dmabuf/"
#define BUFFERS		DEBUG_DIR "buffers"

/**
 * struct file_state - what an open gntdev file has and may have
 * @restricted: the file is restricted; otherwise @domid and @max_pages are 0
 * @domid: the only domain that requests through the file can name
 * @pages: number of pages of all buffers of the file
 * @max_pages: largest number of them, 0 for no limit
 */
struct file_state {
	bool restricted;
	unsigned int domid;
	unsigned int pages;
	unsigned int max_pages;
};

/**
 * struct buffer - a line of the kernel's list
 * @kind: export or import
 * @id: id of the buffer
 * @domid: the granting domain of an export, the peer domain of an import
 * @pages: number of pages
 * @offset: offset of the data in the first page, in bytes
 * @flags: for each flag its letter, or - if it is not set
 * @state: live, releasing or stuck
 * @contiguous: the bus addresses of the buffer are contiguous
 * @mapped: number of pages that the peer domain still maps after the release
 * @releasing_ms: time since the release in milliseconds, -1 if there was none
 * @age_ms: age in milliseconds, -1 if it is unknown
 * @file: the kernel's number of the gntdev file, 0 if it is unknown
 * @file_state: state of that file
 * @pid: the process that made the buffer
 * @exited: that process has exited
 * @comm: name of that process
 */
struct buffer {
	char kind[8];
	unsigned long long id;
	unsigned int domid;
	unsigned int pages;
	unsigned int offset;
	char flags[16];
	char state[16];
	bool contiguous;
	unsigned int mapped;
	long long releasing_ms;
	long long age_ms;
	unsigned long long file;
	struct file_state file_state;
	int pid;
	bool exited;
	char comm[32];
};

/**
 * struct buffer_list - all existing buffers
 * @buffers: the buffers; to be freed by the caller
 * @count: number of buffers
 */
struct buffer_list {
	struct buffer *buffers;
	size_t count;
};

/* buffers.c */
bool buffers_read(struct buffer_list *into);
const struct buffer *buffer_find(const struct buffer_list *from,
				 unsigned long long id);

#endif /* GNTDMABUF_BUFFERS_H */
