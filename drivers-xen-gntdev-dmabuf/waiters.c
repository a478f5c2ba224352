// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ids of buffers, and waiting until a buffer is released.
 *
 * A buffer's life is kept apart from the buffer: it begins before anybody can
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
 * lives_lock is the only lock.  It is held for single look-ups and changes,
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
#include "waiters.h"

/**
 * struct life_node - a place in one of the trees
 * @rb: in the tree
 * @context: id of an open gntdev file, first part of the key; 0 in lives_by_id
 * @number: id of the buffer or number of its descriptor, second part of the key
 */
struct life_node {
	struct rb_node rb;
	u64 context;
	u64 number;
};

/**
 * struct gntdev_life - one buffer, as those who wait for its end see it
 * @ref: one for the buffer while it lives, one for each waiter
 * @by_id: in lives_by_id, from beginning to end
 * @by_file: in lives_by_file, from beginning to end
 * @by_fd: in lives_by_fd, while a number names the buffer
 * @about: constant, but for the state
 * @eventfd: to be signalled at the end, or NULL
 * @ended: whether the buffer has been released
 * @waiters: woken then
 */
struct gntdev_life {
	struct kref ref;
	struct life_node by_id;
	struct life_node by_file;
	struct life_node by_fd;
	struct gntdev_life_about about;
	struct eventfd_ctx *eventfd;
	bool ended;
	wait_queue_head_t waiters;
};

static struct rb_root lives_by_id = RB_ROOT;
static struct rb_root lives_by_file = RB_ROOT;
static struct rb_root lives_by_fd = RB_ROOT;
static struct gntdev_life_sums lives_sums;
/* Protects the four above, and what may change of each life. */
static DEFINE_SPINLOCK(lives_lock);

static atomic64_t last_id;

/**
 * gntdev_life_init - before any other function of this file
 *
 * The module may have been loaded before.  Whatever ids it gave then, it did
 * not give one in each nanosecond.
 */
void gntdev_life_init(void)
{
	atomic64_set(&last_id, ktime_get_boottime_ns());
}

/**
 * gntdev_life_next_id - a number that was not given before
 *
 * Buffers and open files take theirs from the same sequence.  64 bits do not
 * run out.
 *
 * Return: the number, never 0.
 */
u64 gntdev_life_next_id(void)
{
	return atomic64_inc_return(&last_id);
}

/* life_cmp - negative, 0 or positive: a node's place relative to a key */
static int life_cmp(const struct life_node *node, u64 context, u64 number)
{
	if (node->context != context)
		return node->context < context ? -1 : 1;
	if (node->number != number)
		return node->number < number ? -1 : 1;
	return 0;
}

/* life_add - put a node into a tree that has none with this key */
static void life_add(struct rb_root *tree, struct life_node *node,
		     u64 context, u64 number)
{
	struct rb_node **link = &tree->rb_node, *parent = NULL;

	lockdep_assert_held(&lives_lock);

	node->context = context;
	node->number = number;
	while (*link) {
		parent = *link;
		if (life_cmp(rb_entry(parent, struct life_node, rb), context,
			     number) < 0)
			link = &parent->rb_right;
		else
			link = &parent->rb_left;
	}
	rb_link_node(&node->rb, parent, link);
	rb_insert_color(&node->rb, tree);
}

/* life_del - take a node out of a tree, if it is there */
static void life_del(struct rb_root *tree, struct life_node *node)
{
	lockdep_assert_held(&lives_lock);

	if (RB_EMPTY_NODE(&node->rb))
		return;
	rb_erase(&node->rb, tree);
	RB_CLEAR_NODE(&node->rb);
}

/* life_from - the first node of a tree that has this key or a larger one */
static struct life_node *life_from(const struct rb_root *tree, u64 context,
				   u64 number)
{
	struct rb_node *rb = tree->rb_node;
	struct life_node *node, *from = NULL;

	lockdep_assert_held(&lives_lock);

	while (rb) {
		node = rb_entry(rb, struct life_node, rb);
		if (life_cmp(node, context, number) < 0) {
			rb = rb->rb_right;
		} else {
			from = node;
			rb = rb->rb_left;
		}
	}

	return from;
}

/* life_find - the node of a tree that has this key, or NULL */
static struct life_node *life_find(const struct rb_root *tree, u64 context,
				   u64 number)
{
	struct life_node *node = life_from(tree, context, number);

	return node && !life_cmp(node, context, number) ? node : NULL;
}

/* life_count - add a buffer's share to the sums, or with -1 take it away */
static void life_count(const struct gntdev_life *life, s64 sign)
{
	s64 pages = sign * life->about.count;

	lockdep_assert_held(&lives_lock);

	if (life->about.import) {
		lives_sums.pages_granted += pages;
	} else {
		lives_sums.exports += sign;
		lives_sums.pages_mapped += pages;
	}
}

static void life_free(struct kref *ref)
{
	kfree(container_of(ref, struct gntdev_life, ref));
}

/**
 * gntdev_life_begin - begin the life of a buffer
 * @about: what is known of it; what is not said there is filled in here: its
 *         id, when it began and by whom
 *
 * Return: the life, until gntdev_life_end(), or NULL if there is no memory.
 */
struct gntdev_life *gntdev_life_begin(const struct gntdev_life_about *about)
{
	struct gntdev_life *life;

	life = kzalloc(sizeof(*life), GFP_KERNEL);
	if (!life)
		return NULL;

	kref_init(&life->ref);
	init_waitqueue_head(&life->waiters);
	life->about = *about;
	life->about.id = gntdev_life_next_id();
	life->about.begun = ktime_get();
	life->about.tgid = task_tgid_nr(current);
	get_task_comm(life->about.comm, current->group_leader);
	RB_CLEAR_NODE(&life->by_fd.rb);

	spin_lock(&lives_lock);
	life_add(&lives_by_id, &life->by_id, 0, life->about.id);
	life_add(&lives_by_file, &life->by_file, life->about.context,
		 life->about.id);
	lives_sums.begun++;
	life_count(life, 1);
	spin_unlock(&lives_lock);

	return life;
}

/**
 * gntdev_life_id - the id of a buffer
 * @life: its life
 *
 * Return: the id, never 0.
 */
u64 gntdev_life_id(const struct gntdev_life *life)
{
	return life->about.id;
}

/**
 * gntdev_life_name - let a file descriptor name a buffer
 * @life: the buffer's life
 * @fd: the number, which until now may have named another buffer of the same
 *      open gntdev file; it no longer does
 *
 * To be called when nothing can fail any more, and before the descriptor is
 * installed and can be closed again.
 */
void gntdev_life_name(struct gntdev_life *life, u32 fd)
{
	u64 context = life->about.context;
	struct life_node *former;

	spin_lock(&lives_lock);
	former = life_find(&lives_by_fd, context, fd);
	if (former)
		life_del(&lives_by_fd, former);
	life_del(&lives_by_fd, &life->by_fd);
	life_add(&lives_by_fd, &life->by_fd, context, fd);
	spin_unlock(&lives_lock);
}

/**
 * gntdev_life_notify - let an eventfd learn of the end
 * @life: the buffer's life, which cannot end meanwhile
 * @eventfd: to be signalled and put at the end, or NULL
 */
void gntdev_life_notify(struct gntdev_life *life, struct eventfd_ctx *eventfd)
{
	life->eventfd = eventfd;
}

/**
 * gntdev_life_turn - tell how a buffer fares
 * @life: its life
 * @state: what it is from now on
 */
void gntdev_life_turn(struct gntdev_life *life, enum gntdev_life_state state)
{
	spin_lock(&lives_lock);
	life->about.state = state;
	spin_unlock(&lives_lock);
}

/**
 * gntdev_life_end - end the life of a buffer and tell all who wait for it
 * @life: what gntdev_life_begin() returned; the caller's reference goes
 *
 * To be called when Xen has confirmed that every grant is unmapped, and for an
 * imported buffer when its exporter has it back.
 */
void gntdev_life_end(struct gntdev_life *life)
{
	spin_lock(&lives_lock);
	life_del(&lives_by_id, &life->by_id);
	life_del(&lives_by_file, &life->by_file);
	life_del(&lives_by_fd, &life->by_fd);
	lives_sums.ended++;
	life_count(life, -1);
	spin_unlock(&lives_lock);

	WRITE_ONCE(life->ended, true);
	wake_up_all(&life->waiters);
	if (life->eventfd) {
		eventfd_signal(life->eventfd);
		eventfd_ctx_put(life->eventfd);
	}
	kref_put(&life->ref, life_free);
}

/**
 * gntdev_life_jiffies - jiffies that are sure to be as long as a timeout
 * @timeout_ms: milliseconds, any value but 0
 * @hz: jiffies in a second
 *
 * msecs_to_jiffies() takes the upper half of the values for infinite.  One
 * jiffy more, because the first one has begun already.
 *
 * Context: any.
 * Return: the number of jiffies, which need not fit into a long.
 */
u64 gntdev_life_jiffies(u32 timeout_ms, unsigned int hz)
{
	return DIV_ROUND_UP_ULL((u64)timeout_ms * hz, MSEC_PER_SEC) + 1;
}

/**
 * gntdev_life_sleep_jiffies - how long to sleep at once
 * @left: jiffies until the timeout
 * @longest: the most that schedule_timeout() takes for a time, in jiffies
 *
 * On a 32-bit kernel with 500 jiffies in a second or more, the longest timeouts
 * take several sleeps.
 *
 * Context: any.
 * Return: the smaller of the two.
 */
long gntdev_life_sleep_jiffies(u64 left, long longest)
{
	return min_t(u64, left, longest);
}

/*
 * life_sleep - sleep until the buffer is released
 *
 * wait_for_completion_killable_timeout() is the same but for %TASK_FREEZABLE:
 * a task that sleeps there keeps the freezer, and with it every suspend, from
 * succeeding.  A task that was frozen sleeps on for the time that is left.
 */
static int life_sleep(struct gntdev_life *life, u64 left)
{
	int ret = -ETIMEDOUT;
	DEFINE_WAIT(wait);
	long now;

	for (;;) {
		prepare_to_wait(&life->waiters, &wait,
				TASK_KILLABLE | TASK_FREEZABLE);
		if (READ_ONCE(life->ended)) {
			ret = 0;
			break;
		}
		if (!left)
			break;
		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			break;
		}

		now = gntdev_life_sleep_jiffies(left, MAX_SCHEDULE_TIMEOUT - 1);
		left -= now - schedule_timeout(now);
	}
	finish_wait(&life->waiters, &wait);

	return ret;
}

/* life_get - the life in whose @member a node is, with a reference, or NULL */
#define life_get(node, member) ({					\
	struct life_node *_node = (node);				\
	struct gntdev_life *_life = NULL;				\
									\
	if (_node) {							\
		_life = container_of(_node, struct gntdev_life, member);	\
		kref_get(&_life->ref);					\
	}								\
	_life;								\
})

/* life_wait - wait for the end of what life_get() returned */
static int life_wait(struct gntdev_life *life, u32 timeout_ms)
{
	int ret = -ETIMEDOUT;

	if (!life)
		return -ENOENT;

	if (timeout_ms)
		ret = life_sleep(life, gntdev_life_jiffies(timeout_ms, HZ));
	trace_gntdev_dmabuf_wait(life->about.id, timeout_ms, ret);
	kref_put(&life->ref, life_free);
	return ret;
}

/**
 * gntdev_life_wait_fd - wait until a buffer has been released
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
int gntdev_life_wait_fd(u64 context, u32 fd, u32 timeout_ms)
{
	struct gntdev_life *life;

	spin_lock(&lives_lock);
	life = life_get(life_find(&lives_by_fd, context, fd), by_fd);
	spin_unlock(&lives_lock);

	return life_wait(life, timeout_ms);
}

/**
 * gntdev_life_wait_id - wait until a buffer has been released
 * @id: the buffer's, whoever made it
 * @timeout_ms: how long to wait in milliseconds, 0 only asks
 *
 * As gntdev_life_wait_fd().
 *
 * Context: as gntdev_life_wait_fd().
 * Return: as gntdev_life_wait_fd().
 */
int gntdev_life_wait_id(u64 id, u32 timeout_ms)
{
	struct gntdev_life *life;

	spin_lock(&lives_lock);
	life = life_get(life_find(&lives_by_id, 0, id), by_id);
	spin_unlock(&lives_lock);

	return life_wait(life, timeout_ms);
}

/**
 * gntdev_life_next - find the next living buffer
 * @after: an id, 0 for the first buffer
 * @about: filled in with what is known of the buffer
 *
 * Buffers are found in the order of their ids.
 *
 * Context: process context.
 * Return: false if no living buffer has a larger id.
 */
bool gntdev_life_next(u64 after, struct gntdev_life_about *about)
{
	struct life_node *node;

	spin_lock(&lives_lock);
	node = life_from(&lives_by_id, 0, after + 1);
	if (node)
		*about = container_of(node, struct gntdev_life, by_id)->about;
	spin_unlock(&lives_lock);

	return node;
}

/**
 * gntdev_life_next_of - find the next living buffer of an open gntdev file
 * @context: id of the open gntdev file that made it
 * @after: an id, 0 for the file's first buffer
 * @about: filled in with what is known of the buffer
 *
 * Context: process context.
 * Return: false if no living buffer of the file has a larger id.
 */
bool gntdev_life_next_of(u64 context, u64 after, struct gntdev_life_about *about)
{
	struct life_node *node;

	spin_lock(&lives_lock);
	node = life_from(&lives_by_file, context, after + 1);
	if (node && node->context != context)
		node = NULL;
	if (node)
		*about = container_of(node, struct gntdev_life, by_file)->about;
	spin_unlock(&lives_lock);

	return node;
}

/**
 * gntdev_life_get_sums - totals over all buffers
 *
 * Context: process context.
 * Return: the totals of one moment.
 */
struct gntdev_life_sums gntdev_life_get_sums(void)
{
	struct gntdev_life_sums sums;

	spin_lock(&lives_lock);
	sums = lives_sums;
	spin_unlock(&lives_lock);

	return sums;
}

/**
 * gntdev_life_tell - tell of all buffers that are alive
 * @tell: called for each, the oldest first, with no lock held
 * @data: its first argument
 *
 * Context: process context.
 * Return: the totals after the last call.
 */
struct gntdev_life_sums
gntdev_life_tell(void (*tell)(void *data, const struct gntdev_life_about *about),
		 void *data)
{
	struct gntdev_life_about about = { 0 };

	while (gntdev_life_next(about.id, &about))
		tell(data, &about);

	return gntdev_life_get_sums();
}
