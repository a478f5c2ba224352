/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of living buffers, and waiting for their end.
 */

#ifndef _XEN_GNTDEV_DMABUF_WAITERS_H
#define _XEN_GNTDEV_DMABUF_WAITERS_H

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/types.h>

struct eventfd_ctx;
struct gntdev_life;

/**
 * enum gntdev_life_state - how a living buffer fares
 * @GNTDEV_LIFE_LIVE: it can be used
 * @GNTDEV_LIFE_RELEASING: it is imported and given up, and the other domain
 *                         still maps some of it
 * @GNTDEV_LIFE_STUCK: it is exported and Xen keeps some of its grants mapped,
 *                     for good
 */
enum gntdev_life_state {
	GNTDEV_LIFE_LIVE,
	GNTDEV_LIFE_RELEASING,
	GNTDEV_LIFE_STUCK,
};

/**
 * struct gntdev_life_about - what can be told of a buffer
 * @import: whether it is imported
 * @id: never reused
 * @context: id of the open gntdev file that made it
 * @domid: the other domain
 * @count: number of pages
 * @flags: of the request that made it
 * @data_ofs: where its data begins in the first page
 * @begun: when that was
 * @tgid: the process that did it
 * @comm: what that process called itself
 * @state: how it fares
 */
struct gntdev_life_about {
	bool import;
	u64 id;
	u64 context;
	u32 domid;
	u32 count;
	u32 flags;
	u32 data_ofs;
	ktime_t begun;
	pid_t tgid;
	char comm[TASK_COMM_LEN];
	enum gntdev_life_state state;
};

/**
 * struct gntdev_life_sums - totals over all buffers
 * @begun: buffers that came into being since the module was loaded
 * @ended: buffers that were released since then
 * @exports: exported buffers that are alive now
 * @pages_mapped: pages of these
 * @pages_granted: pages of imported buffers that are alive now
 */
struct gntdev_life_sums {
	u64 begun;
	u64 ended;
	u64 exports;
	u64 pages_mapped;
	u64 pages_granted;
};

void gntdev_life_init(void);
u64 gntdev_life_next_id(void);
struct gntdev_life *gntdev_life_begin(const struct gntdev_life_about *about);
u64 gntdev_life_id(const struct gntdev_life *life);
void gntdev_life_name(struct gntdev_life *life, u32 fd);
void gntdev_life_notify(struct gntdev_life *life, struct eventfd_ctx *eventfd);
void gntdev_life_turn(struct gntdev_life *life, enum gntdev_life_state state);
void gntdev_life_end(struct gntdev_life *life);
u64 gntdev_life_jiffies(u32 timeout_ms, unsigned int hz);
long gntdev_life_sleep_jiffies(u64 left, long longest);
int gntdev_life_wait_fd(u64 context, u32 fd, u32 timeout_ms);
int gntdev_life_wait_id(u64 id, u32 timeout_ms);
bool gntdev_life_next(u64 after, struct gntdev_life_about *about);
bool gntdev_life_next_of(u64 context, u64 after, struct gntdev_life_about *about);
struct gntdev_life_sums gntdev_life_get_sums(void);
struct gntdev_life_sums
gntdev_life_tell(void (*tell)(void *data, const struct gntdev_life_about *about),
		 void *data);

#endif /* _XEN_GNTDEV_DMABUF_WAITERS_H */
