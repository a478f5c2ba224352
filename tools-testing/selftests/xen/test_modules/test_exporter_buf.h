/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffers of the test module test_exporter, for its file.
 */

#ifndef SELFTESTS_XEN_TEST_EXPORTER_BUF_H
#define SELFTESTS_XEN_TEST_EXPORTER_BUF_H

#include <linux/atomic.h>
#include <linux/dma-buf.h>
#include <linux/kref.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>

#include <xen/grant_table.h>

#include "test_exporter.h"

/**
 * struct exporter_segment - a segment with its memory
 * @desc: the program's description
 * @page: the first of its pages, or NULL
 * @handle: grant handle of a page of another domain
 */
struct exporter_segment {
	struct test_exporter_segment desc;
	struct page *page;
	grant_handle_t handle;
};

/**
 * struct exporter_buf - a buffer
 * @ref: references: one of the file, one of the dma-buf while it exists
 * @lock: protects @alive, @fence, uses of @dmabuf and of the segments' memory
 * @alive: the dma-buf exists
 * @dmabuf: the dma-buf, valid while @alive
 * @fence: a fence that is not signaled yet, or NULL
 * @waited: a task has begun to wait for the last fence
 * @op: the program's request
 * @segments: its segments
 * @attached: number of attachments
 * @pinned: number of pins
 * @mapped: number of scatter tables
 * @attaches: number of attachments that were ever made
 * @maps: number of scatter tables that were ever made
 */
struct exporter_buf {
	struct kref ref;
	struct mutex lock; /* see above */
	bool alive;
	struct dma_buf *dmabuf;
	struct exporter_fence *fence;
	bool waited;
	struct test_exporter_create op;
	struct exporter_segment *segments;
	atomic_t attached;
	atomic_t pinned;
	atomic_t mapped;
	atomic_t attaches;
	atomic_t maps;
};

struct dma_buf *exporter_buf_create(const struct test_exporter_create *op,
				    struct exporter_buf **created);
void exporter_buf_put(struct exporter_buf *buf);
unsigned int exporter_segment_pages(const struct exporter_segment *segment);
int exporter_buf_add_fence(struct exporter_buf *buf, unsigned long usage);
int exporter_buf_signal(struct exporter_buf *buf);

#endif /* SELFTESTS_XEN_TEST_EXPORTER_BUF_H */
