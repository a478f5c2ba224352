// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of existing buffers: ids, states, and waiting for the release.
 *
 * The record of a buffer is separate from the buffer.  It is registered before
 * the buffer can be used, and unregistered after Xen has confirmed the unmap of
 * the last grant.  Its memory stays until the last waiter has left.  Exports and
 * imports have the same records.
 *
 * A record has two keys.  An id belongs to one buffer until the domain reboots.
 * A descriptor number, which ioctl 10 waits for, is usually closed by then.  It
 * belongs to the open gntdev file that returned it, and there to the latest export
 * that got it.
 *
 * The records are in three trees (buf-tree.c): by id, by open gntdev file and id,
 * and by descriptor number and open gntdev file.  So the cost of a look-up does
 * not depend on the number of buffers of other files, and a record needs nothing
 * of the gntdev file, which it can outlive.
 *
 * buf_lock protects the trees and the records.  It is held for single look-ups
 * and changes, never while something is printed.  export.c, import.c, the ioctls,
 * api.c, show.c and suspend.c call this file.
 */

#include <linux/atomic.h>
#include <linux/eventfd.h>
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "buf-tree.h"
#include "buf.h"
#include "trace.h"

/**
 * struct gntdev_buf - record of a buffer
 * @ref: one reference of the registration, one of each waiter
 * @by_id: node in bufs_by_id while registered
 * @by_file: node in bufs_by_file while registered
 * @by_fd: node in bufs_by_fd while a descriptor number belongs to the buffer
 * @info: information about the buffer; only the last three fields change
 * @eventfd: signalled when the buffer has been released, or NULL
 * @released: whether the buffer has been released
 * @waiters: wait queue, woken at the release
 */
struct gntdev_buf {
	struct kref ref;
	struct gntdev_buf_node by_id;
	struct gntdev_buf_node by_file;
	struct gntdev_buf_node by_fd;
	struct gntdev_buf_info info;
	struct eventfd_ctx *eventfd;
	bool released;
	wait_queue_head_t waiters;
};

static struct rb_root_cached bufs_by_id = RB_ROOT_CACHED;
static struct rb_root_cached bufs_by_file = RB_ROOT_CACHED;
static struct rb_root_cached bufs_by_fd = RB_ROOT_CACHED;
static struct gntdev_buf_stats buf_stats;
/* Protects the four above, and the state of each record. */
static DEFINE_SPINLOCK(buf_lock);

static atomic64_t last_id;

/**
 * gntdev_buf_init - initialise the ids
 *
 * The ids begin at the boot time in nanoseconds, because the module may have been
 * loaded before: it cannot have given out an id in each nanosecond.
 *
 * Context: module initialisation, before any other function of this file.
 */
void gntdev_buf_init(void)
{
	atomic64_set(&last_id, ktime_get_boottime_ns());
}

/**
 * gntdev_buf_new_id - get a new id for a buffer or an open gntdev file
 *
 * Context: any.
 * Return: the id, never 0 and never reused.
 */
u64 gntdev_buf_new_id(void)
{
	return atomic64_inc_return(&last_id);
}

/* buf_account - add a buffer to the totals, or subtract it if @sign is -1 */
static void buf_account(const struct gntdev_buf *buf, s64 sign)
{
	s64 pages = sign * buf->info.count;

	lockdep_assert_held(&buf_lock);

	if (buf->info.import) {
		buf_stats.pages_granted += pages;
	} else {
		buf_stats.exports += sign;
		buf_stats.pages_mapped += pages;
	}
}

static void buf_free(struct kref *ref)
{
	kfree(container_of(ref, struct gntdev_buf, ref));
}

/**
 * gntdev_buf_register - register a buffer
 * @info: information about the buffer; this function sets @info->id,
 *        @info->registered, @info->tgid and @info->comm in the record
 *
 * Context: process context, may sleep.
 * Return: the record, valid until gntdev_buf_unregister(), or NULL if there is no
 * memory.
 */
struct gntdev_buf *gntdev_buf_register(const struct gntdev_buf_info *info)
{
	struct gntdev_buf *buf;

	buf = kzalloc_obj(*buf);
	if (!buf)
		return NULL;

	kref_init(&buf->ref);
	init_waitqueue_head(&buf->waiters);
	buf->info = *info;
	buf->info.id = gntdev_buf_new_id();
	buf->info.registered = ktime_get();
	buf->info.tgid = task_tgid_nr(current);
	get_task_comm(buf->info.comm, current->group_leader);
	RB_CLEAR_NODE(&buf->by_fd.rb);

	spin_lock(&buf_lock);
	gntdev_buf_tree_add(&bufs_by_id, &buf->by_id, buf->info.id, 0);
	gntdev_buf_tree_add(&bufs_by_file, &buf->by_file, buf->info.file_id,
			    buf->info.id);
	buf_stats.registered++;
	buf_account(buf, 1);
	spin_unlock(&buf_lock);

	return buf;
}

/**
 * gntdev_buf_id - id of a buffer
 * @buf: its record
 *
 * Context: any.
 * Return: the id, never 0.
 */
u64 gntdev_buf_id(const struct gntdev_buf *buf)
{
	return buf->info.id;
}

/**
 * gntdev_buf_set_fd - let a descriptor number find a buffer
 * @buf: record of the buffer
 * @fd: the descriptor number; if it belonged to another buffer of the same open
 *      gntdev file, it does not any more
 *
 * Context: process context; after the last step that can fail, and before the
 * descriptor is installed: from then on a program can close it.
 */
void gntdev_buf_set_fd(struct gntdev_buf *buf, u32 fd)
{
	u64 file_id = buf->info.file_id;
	struct gntdev_buf_node *former;

	spin_lock(&buf_lock);
	former = gntdev_buf_tree_find(&bufs_by_fd, fd, file_id);
	if (former)
		gntdev_buf_tree_del(&bufs_by_fd, former);
	gntdev_buf_tree_del(&bufs_by_fd, &buf->by_fd);
	gntdev_buf_tree_add(&bufs_by_fd, &buf->by_fd, fd, file_id);
	spin_unlock(&buf_lock);
}

/**
 * gntdev_buf_set_eventfd - set the eventfd that is signalled at the release
 * @buf: record of the buffer, which cannot be unregistered during the call
 * @eventfd: the eventfd, whose reference passes to the record, or NULL
 *
 * Context: any.
 */
void gntdev_buf_set_eventfd(struct gntdev_buf *buf, struct eventfd_ctx *eventfd)
{
	buf->eventfd = eventfd;
}

/**
 * gntdev_buf_set_releasing - record that the peer domain still maps a released import
 * @buf: record of the buffer
 * @left: number of pages that it maps
 *
 * Context: process context.
 */
void gntdev_buf_set_releasing(struct gntdev_buf *buf, u32 left)
{
	spin_lock(&buf_lock);
	if (buf->info.state != GNTDEV_BUF_RELEASING)
		buf->info.releasing = ktime_get();
	buf->info.state = GNTDEV_BUF_RELEASING;
	buf->info.left = left;
	spin_unlock(&buf_lock);
}

/**
 * gntdev_buf_set_stuck - record that an export can never be released
 * @buf: record of the buffer
 *
 * Context: process context.
 */
void gntdev_buf_set_stuck(struct gntdev_buf *buf)
{
	spin_lock(&buf_lock);
	buf->info.state = GNTDEV_BUF_STUCK;
	spin_unlock(&buf_lock);
}

/**
 * gntdev_buf_unregister - unregister a released buffer and wake all waiters
 * @buf: record of the buffer; the caller must not use it afterwards
 *
 * Context: process context; after Xen has confirmed the unmap of every grant, and
 * for an import after the exporter got its buffer back.
 */
void gntdev_buf_unregister(struct gntdev_buf *buf)
{
	spin_lock(&buf_lock);
	gntdev_buf_tree_del(&bufs_by_id, &buf->by_id);
	gntdev_buf_tree_del(&bufs_by_file, &buf->by_file);
	gntdev_buf_tree_del(&bufs_by_fd, &buf->by_fd);
	buf_stats.released++;
	buf_account(buf, -1);
	spin_unlock(&buf_lock);

	/* Pairs with the load in buf_sleep() */
	smp_store_release(&buf->released, true);
	wake_up_all(&buf->waiters);
	if (buf->eventfd) {
		eventfd_signal(buf->eventfd);
		eventfd_ctx_put(buf->eventfd);
	}
	kref_put(&buf->ref, buf_free);
}

/**
 * gntdev_buf_timeout_jiffies - convert a timeout to jiffies
 * @timeout_ms: milliseconds, not 0
 * @hz: jiffies per second
 *
 * msecs_to_jiffies() takes the upper half of the values for an infinite timeout.
 * The current jiffy has already started, so the result has one jiffy more.
 *
 * Context: any.
 * Return: number of jiffies that last at least @timeout_ms; can exceed a long.
 */
u64 gntdev_buf_timeout_jiffies(u32 timeout_ms, unsigned int hz)
{
	return DIV_ROUND_UP_ULL((u64)timeout_ms * hz, MSEC_PER_SEC) + 1;
}

/**
 * gntdev_buf_sleep_jiffies - length of the next sleep of a wait
 * @left: jiffies until the timeout
 * @longest: longest time that schedule_timeout() accepts, in jiffies
 *
 * On a 32-bit kernel with 500 or more jiffies per second the longest timeouts
 * take several sleeps.
 *
 * Context: any.
 * Return: the smaller of the two.
 */
long gntdev_buf_sleep_jiffies(u64 left, long longest)
{
	return min_t(u64, left, longest);
}

/*
 * buf_sleep - sleep until the buffer is released
 *
 * wait_for_completion_killable_timeout() does the same without %TASK_FREEZABLE:
 * the freezer cannot freeze a task that sleeps there, and every suspend fails.
 * After the thaw the task sleeps for the rest of the time.
 */
static int buf_sleep(struct gntdev_buf *buf, u64 left)
{
	int ret = -ETIMEDOUT;
	DEFINE_WAIT(wait);
	long now;

	for (;;) {
		prepare_to_wait(&buf->waiters, &wait,
				TASK_KILLABLE | TASK_FREEZABLE);
		/*
		 * Pairs with the store in gntdev_buf_unregister(): the caller sees all
		 * that the release did, for example that the pages are uncharged
		 */
		if (smp_load_acquire(&buf->released)) {
			ret = 0;
			break;
		}
		if (!left)
			break;
		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			break;
		}

		now = gntdev_buf_sleep_jiffies(left, MAX_SCHEDULE_TIMEOUT - 1);
		left -= now - schedule_timeout(now);
	}
	finish_wait(&buf->waiters, &wait);

	return ret;
}

/* buf_get - the record that has @node as its @member, with a reference, or NULL */
#define buf_get(node, member) ({					\
	struct gntdev_buf_node *_node = (node);				\
	struct gntdev_buf *_buf = NULL;					\
									\
	if (_node) {							\
		_buf = container_of(_node, struct gntdev_buf, member);	\
		kref_get(&_buf->ref);					\
	}								\
	_buf;								\
})

/* buf_wait - wait for the release, and put the reference of buf_get() */
static int buf_wait(struct gntdev_buf *buf, u32 timeout_ms)
{
	int ret = -ETIMEDOUT;

	if (!buf)
		return -ENOENT;

	if (timeout_ms)
		ret = buf_sleep(buf, gntdev_buf_timeout_jiffies(timeout_ms, HZ));
	trace_gntdev_dmabuf_wait(buf->info.id, timeout_ms, ret);
	kref_put(&buf->ref, buf_free);
	return ret;
}

/**
 * gntdev_buf_wait_fd - wait for the release of a buffer by descriptor number
 * @file_id: id of the open gntdev file that returned the descriptor
 * @fd: the descriptor number
 * @timeout_ms: timeout in milliseconds; 0 returns at once
 *
 * Only a fatal signal ends the wait early.  The freezer can freeze the task; after
 * the thaw it waits for the rest of the time.
 *
 * Context: process context, may sleep.  The caller holds no lock, because the
 * freezer can freeze the task.
 * Return: 0 if the buffer was released during the call; -ENOENT if the number
 * belongs to no existing buffer; -ETIMEDOUT; -EINTR after a fatal signal.
 */
int gntdev_buf_wait_fd(u64 file_id, u32 fd, u32 timeout_ms)
{
	struct gntdev_buf *buf;

	spin_lock(&buf_lock);
	buf = buf_get(gntdev_buf_tree_find(&bufs_by_fd, fd, file_id), by_fd);
	spin_unlock(&buf_lock);

	return buf_wait(buf, timeout_ms);
}

/**
 * gntdev_buf_wait_id - wait for the release of a buffer by id
 * @id: id of the buffer, of any open gntdev file
 * @timeout_ms: timeout in milliseconds; 0 returns at once
 *
 * As gntdev_buf_wait_fd().
 *
 * Context: as gntdev_buf_wait_fd().
 * Return: as gntdev_buf_wait_fd().
 */
int gntdev_buf_wait_id(u64 id, u32 timeout_ms)
{
	struct gntdev_buf *buf;

	spin_lock(&buf_lock);
	buf = buf_get(gntdev_buf_tree_find(&bufs_by_id, id, 0), by_id);
	spin_unlock(&buf_lock);

	return buf_wait(buf, timeout_ms);
}

/**
 * gntdev_buf_next - find the next existing buffer
 * @after: an id; 0 finds the first buffer
 * @info: filled in with the information about the buffer
 *
 * Successive calls find the buffers in the order of their ids.
 *
 * Context: process context.
 * Return: false if no existing buffer has a greater id.
 */
bool gntdev_buf_next(u64 after, struct gntdev_buf_info *info)
{
	struct gntdev_buf_node *node;

	spin_lock(&buf_lock);
	node = gntdev_buf_tree_find_from(&bufs_by_id, after + 1, 0);
	if (node)
		*info = container_of(node, struct gntdev_buf, by_id)->info;
	spin_unlock(&buf_lock);

	return node;
}

/**
 * gntdev_buf_next_in_file - find the next existing buffer of an open gntdev file
 * @file_id: id of the open gntdev file
 * @after: an id; 0 finds the file's first buffer
 * @info: filled in with the information about the buffer
 *
 * Context: process context.
 * Return: false if no existing buffer of the file has a greater id.
 */
bool gntdev_buf_next_in_file(u64 file_id, u64 after, struct gntdev_buf_info *info)
{
	struct gntdev_buf_node *node;

	spin_lock(&buf_lock);
	node = gntdev_buf_tree_find_from(&bufs_by_file, file_id, after + 1);
	if (node && node->major != file_id)
		node = NULL;
	if (node)
		*info = container_of(node, struct gntdev_buf, by_file)->info;
	spin_unlock(&buf_lock);

	return node;
}

/**
 * gntdev_buf_get_stats - get the totals over all buffers
 *
 * Context: process context.
 * Return: the totals, all of the same moment.
 */
struct gntdev_buf_stats gntdev_buf_get_stats(void)
{
	struct gntdev_buf_stats stats;

	spin_lock(&buf_lock);
	stats = buf_stats;
	spin_unlock(&buf_lock);

	return stats;
}
