/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of existing buffers: ids, states, and waiting for the release.
 */

#ifndef _XEN_GNTDEV_DMABUF_BUF_H
#define _XEN_GNTDEV_DMABUF_BUF_H

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/types.h>

struct eventfd_ctx;
struct gntdev_buf;

/**
 * enum gntdev_buf_state - state of an existing buffer
 * @GNTDEV_BUF_LIVE: the buffer is in use
 * @GNTDEV_BUF_RELEASING: import: released, but the peer domain still maps pages
 * @GNTDEV_BUF_STUCK: export: Xen refused to unmap some grants; permanent
 */
enum gntdev_buf_state {
	GNTDEV_BUF_LIVE,
	GNTDEV_BUF_RELEASING,
	GNTDEV_BUF_STUCK,
};

/**
 * struct gntdev_buf_info - information about a buffer
 * @import: true for an import, false for an export
 * @id: id of the buffer, never reused
 * @file_id: id of the open gntdev file that made the buffer, 0 for a driver
 * @domid: the granting domain (export) or the peer domain (import)
 * @count: number of pages
 * @flags: flags of the request
 * @data_ofs: offset of the data in the first page, in bytes
 * @registered: time of gntdev_buf_register()
 * @tgid: the process that made the buffer
 * @comm: command name of that process
 * @state: state of the buffer
 * @left: with %GNTDEV_BUF_RELEASING, number of pages that the peer domain maps
 * @releasing: with %GNTDEV_BUF_RELEASING, time of the release
 */
struct gntdev_buf_info {
	bool import;
	u64 id;
	u64 file_id;
	u32 domid;
	u32 count;
	u32 flags;
	u32 data_ofs;
	ktime_t registered;
	pid_t tgid;
	char comm[TASK_COMM_LEN];
	enum gntdev_buf_state state;
	u32 left;
	ktime_t releasing;
};

/**
 * struct gntdev_buf_stats - totals over all buffers
 * @registered: number of buffers registered since the module was loaded
 * @released: number of these that were released
 * @exports: number of existing exports
 * @pages_mapped: number of pages of the existing exports
 * @pages_granted: number of pages of the existing imports
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
void gntdev_buf_set_releasing(struct gntdev_buf *buf, u32 left);
void gntdev_buf_set_stuck(struct gntdev_buf *buf);
void gntdev_buf_unregister(struct gntdev_buf *buf);
u64 gntdev_buf_timeout_jiffies(u32 timeout_ms, unsigned int hz);
long gntdev_buf_sleep_jiffies(u64 left, long longest);
int gntdev_buf_wait_fd(u64 file_id, u32 fd, u32 timeout_ms);
int gntdev_buf_wait_id(u64 id, u32 timeout_ms);
bool gntdev_buf_next(u64 after, struct gntdev_buf_info *info);
bool gntdev_buf_next_in_file(u64 file_id, u64 after, struct gntdev_buf_info *info);
struct gntdev_buf_stats gntdev_buf_get_stats(void);

#endif /* _XEN_GNTDEV_DMABUF_BUF_H */
