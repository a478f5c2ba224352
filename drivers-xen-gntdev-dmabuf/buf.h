/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of living buffers, and waiting for their end.
 */

#ifndef _XEN_GNTDEV_DMABUF_BUF_H
#define _XEN_GNTDEV_DMABUF_BUF_H

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/types.h>

struct eventfd_ctx;
struct gntdev_buf;

/**
 * enum gntdev_buf_state - how a living buffer fares
 * @GNTDEV_BUF_LIVE: it can be used
 * @GNTDEV_BUF_RELEASING: it is imported and given up, and the other domain
 *                         still maps some of it
 * @GNTDEV_BUF_STUCK: it is exported and Xen keeps some of its grants mapped,
 *                     for good
 */
enum gntdev_buf_state {
	GNTDEV_BUF_LIVE,
	GNTDEV_BUF_RELEASING,
	GNTDEV_BUF_STUCK,
};

/**
 * struct gntdev_buf_info - what can be told of a buffer
 * @import: whether it is imported
 * @id: never reused
 * @context: id of the open gntdev file that made it
 * @domid: the other domain
 * @count: number of pages
 * @flags: of the request that made it
 * @data_ofs: where its data begins in the first page
 * @registered: when that was
 * @tgid: the process that did it
 * @comm: what that process called itself
 * @state: how it fares
 */
struct gntdev_buf_info {
	bool import;
	u64 id;
	u64 context;
	u32 domid;
	u32 count;
	u32 flags;
	u32 data_ofs;
	ktime_t registered;
	pid_t tgid;
	char comm[TASK_COMM_LEN];
	enum gntdev_buf_state state;
};

/**
 * struct gntdev_buf_stats - totals over all buffers
 * @registered: buffers that came into being since the module was loaded
 * @released: buffers that were released since then
 * @exports: exported buffers that are alive now
 * @pages_mapped: pages of these
 * @pages_granted: pages of imported buffers that are alive now
 */
struct gntdev_buf_stats {
	u64 registered;
	u64 released;
	u64 exports;
	u64 pages_mapped;
	u64 pages_granted;
};

void gntdev_buf_init(void);
u64 gntdev_buf_new_id(void);
struct gntdev_buf *gntdev_buf_register(const struct gntdev_buf_info *info);
u64 gntdev_buf_id(const struct gntdev_buf *buf);
void gntdev_buf_set_fd(struct gntdev_buf *buf, u32 fd);
void gntdev_buf_set_eventfd(struct gntdev_buf *buf, struct eventfd_ctx *eventfd);
void gntdev_buf_set_state(struct gntdev_buf *buf, enum gntdev_buf_state state);
void gntdev_buf_unregister(struct gntdev_buf *buf);
u64 gntdev_buf_timeout_jiffies(u32 timeout_ms, unsigned int hz);
long gntdev_buf_sleep_jiffies(u64 left, long longest);
int gntdev_buf_wait_fd(u64 context, u32 fd, u32 timeout_ms);
int gntdev_buf_wait_id(u64 id, u32 timeout_ms);
bool gntdev_buf_next(u64 after, struct gntdev_buf_info *info);
bool gntdev_buf_next_in_file(u64 context, u64 after, struct gntdev_buf_info *info);
struct gntdev_buf_stats gntdev_buf_get_stats(void);
struct gntdev_buf_stats
gntdev_buf_for_each(void (*show)(void *data, const struct gntdev_buf_info *info),
		 void *data);

#endif /* _XEN_GNTDEV_DMABUF_BUF_H */
