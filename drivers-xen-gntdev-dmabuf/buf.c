// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ids of buffers, and waiting until a buffer is released.
 *
 * A buffer's buf is kept apart from the buffer: it begins before anybody can
 * use the buffer, ends when Xen has confirmed the last unmap, and its memory
 * stays for as long as somebody waits for that end.
 *
 * The first users of this interface name a buffer by the number of a file
 * descriptor that is usually closed by the time they ask.  The number belongs
 * to the open gntdev file that gave it, and always to the latest buffer that
 * was given it there.  An id belongs to one buffer for ever.
 *
 * Exported and imported buffers are the same here, but only exported ones are
 * waited for by number.
 *
 * Records of living buffers are in three red-black trees: by id, by open gntdev
 * file and id, and by open gntdev file and number.  So no look-up depends on
 * how many buffers others have, and no buffer needs anything of the open file,
 * which it may outlive.  Adding a record to a tree needs no memory and cannot
 * fail, and keys of 64 bits work on 32-bit kernels, where an index of an xarray
 * is shorter than an id.
 *
 * buf_lock is the only lock.  It is held for single look-ups and changes,
 * never while something is printed.
 */

#include <linux/atomic.h>
#include <linux/eventfd.h>
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/rbtree.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "trace.h"
#include "buf.h"

/**
 * struct buf_node - a place in one of the trees
 * @rb: in the tree
 * @context: id of an open gntdev file, first part of the key; 0 in bufs_by_id
 * @number: id of the buffer or number of its descriptor, second part of the key
 */
struct buf_node {
	struct rb_node rb;
	u64 context;
	u64 number;
};

/**
 * struct gntdev_buf - one buffer, as those who wait for its end see it
 * @ref: one for the buffer while it bufs, one for each waiter
 * @by_id: in bufs_by_id, from beginning to end
 * @by_file: in bufs_by_file, from beginning to end
 * @by_fd: in bufs_by_fd, while a number names the buffer
 * @info: constant, but for the state
 * @eventfd: to be signalled at the end, or NULL
 * @released: whether the buffer has been released
 * @waiters: woken then
 */
struct gntdev_buf {
	struct kref ref;
	struct buf_node by_id;
	struct buf_node by_file;
	struct buf_node by_fd;
	struct gntdev_buf_info info;
	struct eventfd_ctx *eventfd;
	bool released;
	wait_queue_head_t waiters;
};

static struct rb_root bufs_by_id = RB_ROOT;
static struct rb_root bufs_by_file = RB_ROOT;
static struct rb_root bufs_by_fd = RB_ROOT;
static struct gntdev_buf_stats buf_stats;
/* Protects the four above, and what may change of each buf. */
static DEFINE_SPINLOCK(buf_lock);

static atomic64_t last_id;

/**
 * gntdev_buf_init - before any other function of this file
 *
 * The module may have been loaded before.  Whatever ids it gave then, it did
 * not give one in each nanosecond.
 */
void gntdev_buf_init(void)
{
	atomic64_set(&last_id, ktime_get_boottime_ns());
}

/**
 * gntdev_buf_new_id - a number that was not given before
 *
 * Buffers and open files take theirs from the same sequence.  64 bits do not
 * run out.
 *
 * Return: the number, never 0.
 */
u64 gntdev_buf_new_id(void)
{
	return atomic64_inc_return(&last_id);
}

/* buf_cmp - negative, 0 or positive: a node's place relative to a key */
static int buf_cmp(const struct buf_node *node, u64 context, u64 number)
{
	if (node->context != context)
		return node->context < context ? -1 : 1;
	if (node->number != number)
		return node->number < number ? -1 : 1;
	return 0;
}

/* buf_add - put a node into a tree that has none with this key */
static void buf_add(struct rb_root *tree, struct buf_node *node,
		     u64 context, u64 number)
{
	struct rb_node **link = &tree->rb_node, *parent = NULL;

	lockdep_assert_held(&buf_lock);

	node->context = context;
	node->number = number;
	while (*link) {
		parent = *link;
		if (buf_cmp(rb_entry(parent, struct buf_node, rb), context,
			     number) < 0)
			link = &parent->rb_right;
		else
			link = &parent->rb_left;
	}
	rb_link_node(&node->rb, parent, link);
	rb_insert_color(&node->rb, tree);
}

/* buf_del - take a node out of a tree, if it is there */
static void buf_del(struct rb_root *tree, struct buf_node *node)
{
	lockdep_assert_held(&buf_lock);

	if (RB_EMPTY_NODE(&node->rb))
		return;
	rb_erase(&node->rb, tree);
	RB_CLEAR_NODE(&node->rb);
}

/* buf_from - the first node of a tree that has this key or a larger one */
static struct buf_node *buf_from(const struct rb_root *tree, u64 context,
				   u64 number)
{
	struct rb_node *rb = tree->rb_node;
	struct buf_node *node, *from = NULL;

	lockdep_assert_held(&buf_lock);

	while (rb) {
		node = rb_entry(rb, struct buf_node, rb);
		if (buf_cmp(node, context, number) < 0) {
			rb = rb->rb_right;
		} else {
			from = node;
			rb = rb->rb_left;
		}
	}

	return from;
}

/* buf_find - the node of a tree that has this key, or NULL */
static struct buf_node *buf_find(const struct rb_root *tree, u64 context,
				   u64 number)
{
	struct buf_node *node = buf_from(tree, context, number);

	return node && !buf_cmp(node, context, number) ? node : NULL;
}

/* buf_count - add a buffer's share to the stats, or with -1 take it away */
static void buf_count(const struct gntdev_buf *buf, s64 sign)
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
 * gntdev_buf_register - begin the buf of a buffer
 * @info: what is known of it; what is not said there is filled in here: its
 *         id, when it began and by whom
 *
 * Return: the buf, until gntdev_buf_unregister(), or NULL if there is no memory.
 */
struct gntdev_buf *gntdev_buf_register(const struct gntdev_buf_info *info)
{
	struct gntdev_buf *buf;

	buf = kzalloc(sizeof(*buf), GFP_KERNEL);
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
	buf_add(&bufs_by_id, &buf->by_id, 0, buf->info.id);
	buf_add(&bufs_by_file, &buf->by_file, buf->info.context,
		 buf->info.id);
	buf_stats.registered++;
	buf_count(buf, 1);
	spin_unlock(&buf_lock);

	return buf;
}

/**
 * gntdev_buf_id - the id of a buffer
 * @buf: its buf
 *
 * Return: the id, never 0.
 */
u64 gntdev_buf_id(const struct gntdev_buf *buf)
{
	return buf->info.id;
}

/**
 * gntdev_buf_set_fd - let a file descriptor name a buffer
 * @buf: the buffer's buf
 * @fd: the number, which until now may have named another buffer of the same
 *      open gntdev file; it no longer does
 *
 * To be called when nothing can fail any more, and before the descriptor is
 * installed and can be closed again.
 */
void gntdev_buf_set_fd(struct gntdev_buf *buf, u32 fd)
{
	u64 context = buf->info.context;
	struct buf_node *former;

	spin_lock(&buf_lock);
	former = buf_find(&bufs_by_fd, context, fd);
	if (former)
		buf_del(&bufs_by_fd, former);
	buf_del(&bufs_by_fd, &buf->by_fd);
	buf_add(&bufs_by_fd, &buf->by_fd, context, fd);
	spin_unlock(&buf_lock);
}

/**
 * gntdev_buf_set_eventfd - let an eventfd learn of the end
 * @buf: the buffer's buf, which cannot end meanwhile
 * @eventfd: to be signalled and put at the end, or NULL
 */
void gntdev_buf_set_eventfd(struct gntdev_buf *buf, struct eventfd_ctx *eventfd)
{
	buf->eventfd = eventfd;
}

/**
 * gntdev_buf_set_state - tell how a buffer fares
 * @buf: its buf
 * @state: what it is from now on
 */
void gntdev_buf_set_state(struct gntdev_buf *buf, enum gntdev_buf_state state)
{
	spin_lock(&buf_lock);
	buf->info.state = state;
	spin_unlock(&buf_lock);
}

/**
 * gntdev_buf_unregister - end the buf of a buffer and tell all who wait for it
 * @buf: what gntdev_buf_register() returned; the caller's reference goes
 *
 * To be called when Xen has confirmed that every grant is unmapped, and for an
 * imported buffer when its exporter has it back.
 */
void gntdev_buf_unregister(struct gntdev_buf *buf)
{
	spin_lock(&buf_lock);
	buf_del(&bufs_by_id, &buf->by_id);
	buf_del(&bufs_by_file, &buf->by_file);
	buf_del(&bufs_by_fd, &buf->by_fd);
	buf_stats.released++;
	buf_count(buf, -1);
	spin_unlock(&buf_lock);

	WRITE_ONCE(buf->released, true);
	wake_up_all(&buf->waiters);
	if (buf->eventfd) {
		eventfd_signal(buf->eventfd);
		eventfd_ctx_put(buf->eventfd);
	}
	kref_put(&buf->ref, buf_free);
}

/**
 * gntdev_buf_timeout_jiffies - jiffies that are sure to be as long as a timeout
 * @timeout_ms: milliseconds, any value but 0
 * @hz: jiffies in a second
 *
 * msecs_to_jiffies() takes the upper half of the values for infinite.  One
 * jiffy more, because the first one has started already.
 *
 * Context: any.
 * Return: the number of jiffies, which need not fit into a long.
 */
u64 gntdev_buf_timeout_jiffies(u32 timeout_ms, unsigned int hz)
{
	return DIV_ROUND_UP_ULL((u64)timeout_ms * hz, MSEC_PER_SEC) + 1;
}

/**
 * gntdev_buf_sleep_jiffies - how long to sleep at once
 * @left: jiffies until the timeout
 * @longest: the most that schedule_timeout() takes for a time, in jiffies
 *
 * On a 32-bit kernel with 500 jiffies in a second or more, the longest timeouts
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
 * wait_for_completion_killable_timeout() is the same but for %TASK_FREEZABLE:
 * a task that sleeps there keeps the freezer, and with it every suspend, from
 * succeeding.  A task that was frozen sleeps on for the time that is left.
 */
static int buf_sleep(struct gntdev_buf *buf, u64 left)
{
	int ret = -ETIMEDOUT;
	DEFINE_WAIT(wait);
	long now;

	for (;;) {
		prepare_to_wait(&buf->waiters, &wait,
				TASK_KILLABLE | TASK_FREEZABLE);
		if (READ_ONCE(buf->released)) {
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

/* buf_get - the buf in whose @member a node is, with a reference, or NULL */
#define buf_get(node, member) ({					\
	struct buf_node *_node = (node);				\
	struct gntdev_buf *_buf = NULL;				\
									\
	if (_node) {							\
		_buf = container_of(_node, struct gntdev_buf, member);	\
		kref_get(&_buf->ref);					\
	}								\
	_buf;								\
})

/* buf_wait - wait for the end of what buf_get() returned */
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
 * gntdev_buf_wait_fd - wait until a buffer has been released
 * @context: id of the open gntdev file that made it
 * @fd: the number that names it there
 * @timeout_ms: how long to wait in milliseconds, 0 only asks
 *
 * Only a fatal signal ends the wait early.  The freezer can freeze a task that
 * waits; after the thaw the wait goes on with the time that is left.
 *
 * Context: process context, may sleep; no lock may be held, because the task
 * may be frozen.
 * Return: 0 if the buffer was released during the call, -ENOENT if none by
 * that name is alive, -ETIMEDOUT, -EINTR after a fatal signal.
 */
int gntdev_buf_wait_fd(u64 context, u32 fd, u32 timeout_ms)
{
	struct gntdev_buf *buf;

	spin_lock(&buf_lock);
	buf = buf_get(buf_find(&bufs_by_fd, context, fd), by_fd);
	spin_unlock(&buf_lock);

	return buf_wait(buf, timeout_ms);
}

/**
 * gntdev_buf_wait_id - wait until a buffer has been released
 * @id: the buffer's, whoever made it
 * @timeout_ms: how long to wait in milliseconds, 0 only asks
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
	buf = buf_get(buf_find(&bufs_by_id, 0, id), by_id);
	spin_unlock(&buf_lock);

	return buf_wait(buf, timeout_ms);
}

/**
 * gntdev_buf_next - find the next living buffer
 * @after: an id, 0 for the first buffer
 * @info: filled in with what is known of the buffer
 *
 * Buffers are found in the order of their ids.
 *
 * Context: process context.
 * Return: false if no living buffer has a larger id.
 */
bool gntdev_buf_next(u64 after, struct gntdev_buf_info *info)
{
	struct buf_node *node;

	spin_lock(&buf_lock);
	node = buf_from(&bufs_by_id, 0, after + 1);
	if (node)
		*info = container_of(node, struct gntdev_buf, by_id)->info;
	spin_unlock(&buf_lock);

	return node;
}

/**
 * gntdev_buf_next_in_file - find the next living buffer of an open gntdev file
 * @context: id of the open gntdev file that made it
 * @after: an id, 0 for the file's first buffer
 * @info: filled in with what is known of the buffer
 *
 * Context: process context.
 * Return: false if no living buffer of the file has a larger id.
 */
bool gntdev_buf_next_in_file(u64 context, u64 after, struct gntdev_buf_info *info)
{
	struct buf_node *node;

	spin_lock(&buf_lock);
	node = buf_from(&bufs_by_file, context, after + 1);
	if (node && node->context != context)
		node = NULL;
	if (node)
		*info = container_of(node, struct gntdev_buf, by_file)->info;
	spin_unlock(&buf_lock);

	return node;
}

/**
 * gntdev_buf_get_stats - totals over all buffers
 *
 * Context: process context.
 * Return: the totals of one moment.
 */
struct gntdev_buf_stats gntdev_buf_get_stats(void)
{
	struct gntdev_buf_stats stats;

	spin_lock(&buf_lock);
	stats = buf_stats;
	spin_unlock(&buf_lock);

	return stats;
}

/**
 * gntdev_buf_for_each - tell of all buffers that are alive
 * @show: called for each, the oldest first, with no lock held
 * @data: its first argument
 *
 * Context: process context.
 * Return: the totals after the last call.
 */
struct gntdev_buf_stats
gntdev_buf_for_each(void (*show)(void *data, const struct gntdev_buf_info *info),
		 void *data)
{
	struct gntdev_buf_info info = { 0 };

	while (gntdev_buf_next(info.id, &info))
		show(data, &info);

	return gntdev_buf_get_stats();
}
