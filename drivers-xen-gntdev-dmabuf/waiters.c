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
 */

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/eventfd.h>
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "trace.h"
#include "waiters.h"

/* No file descriptor has this number: they are not negative. */
#define LIFE_NO_FD	((u32)-1)

/**
 * struct gntdev_life - one buffer, as those who wait for its end see it
 * @ref: one for the buffer while it lives, one for each waiter
 * @node: in lives, from beginning to end
 * @about: constant, but for the state
 * @fd: the number that names the buffer in its context, or %LIFE_NO_FD
 * @eventfd: to be signalled at the end, or NULL
 * @ended: done when the buffer has been released
 */
struct gntdev_life {
	struct kref ref;
	struct list_head node;
	struct gntdev_life_about about;
	u32 fd;
	struct eventfd_ctx *eventfd;
	struct completion ended;
};

static LIST_HEAD(lives);
static struct gntdev_life_sums lives_sums;
/* Protects the two above, and what may change of each life. */
static DEFINE_MUTEX(lives_lock);

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
	init_completion(&life->ended);
	life->about = *about;
	life->about.id = gntdev_life_next_id();
	life->about.begun = ktime_get();
	life->about.tgid = task_tgid_nr(current);
	get_task_comm(life->about.comm, current->group_leader);
	life->fd = LIFE_NO_FD;

	mutex_lock(&lives_lock);
	list_add_tail(&life->node, &lives);
	lives_sums.begun++;
	mutex_unlock(&lives_lock);

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

/* life_find_fd - the life that has a name, with lives_lock held, or NULL */
static struct gntdev_life *life_find_fd(u64 context, u32 fd)
{
	struct gntdev_life *life;

	lockdep_assert_held(&lives_lock);

	if (fd == LIFE_NO_FD)
		return NULL;

	list_for_each_entry(life, &lives, node)
		if (life->about.context == context && life->fd == fd)
			return life;

	return NULL;
}

/* life_find_id - the life that has an id, with lives_lock held, or NULL */
static struct gntdev_life *life_find_id(u64 id)
{
	struct gntdev_life *life;

	lockdep_assert_held(&lives_lock);

	list_for_each_entry(life, &lives, node)
		if (life->about.id == id)
			return life;

	return NULL;
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
	struct gntdev_life *former;

	mutex_lock(&lives_lock);
	former = life_find_fd(life->about.context, fd);
	if (former)
		former->fd = LIFE_NO_FD;
	life->fd = fd;
	mutex_unlock(&lives_lock);
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
	mutex_lock(&lives_lock);
	life->about.state = state;
	mutex_unlock(&lives_lock);
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
	mutex_lock(&lives_lock);
	list_del(&life->node);
	lives_sums.ended++;
	mutex_unlock(&lives_lock);

	complete_all(&life->ended);
	if (life->eventfd) {
		eventfd_signal(life->eventfd);
		eventfd_ctx_put(life->eventfd);
	}
	kref_put(&life->ref, life_free);
}

/* life_get - hold on to what was found, with lives_lock held */
static struct gntdev_life *life_get(struct gntdev_life *life)
{
	if (life)
		kref_get(&life->ref);
	return life;
}

static int life_wait_timeout(struct gntdev_life *life, u32 timeout_ms)
{
	unsigned long timeout;
	long left;

	if (!timeout_ms)
		return -ETIMEDOUT;

	/* Not msecs_to_jiffies(), for which the upper half is infinite */
	timeout = nsecs_to_jiffies((u64)timeout_ms * NSEC_PER_MSEC) + 1;
	left = wait_for_completion_killable_timeout(&life->ended, timeout);
	if (left < 0)
		return -EINTR;

	return left ? 0 : -ETIMEDOUT;
}

/* life_wait - wait for the end of what life_get() returned */
static int life_wait(struct gntdev_life *life, u32 timeout_ms)
{
	int ret;

	if (!life)
		return -ENOENT;

	ret = life_wait_timeout(life, timeout_ms);
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
 * Sleeps; only a fatal signal ends it early.
 *
 * Return: 0 if the buffer was released during the call, -ENOENT if none by
 * that name is alive, -ETIMEDOUT, -EINTR.
 */
int gntdev_life_wait_fd(u64 context, u32 fd, u32 timeout_ms)
{
	struct gntdev_life *life;

	mutex_lock(&lives_lock);
	life = life_get(life_find_fd(context, fd));
	mutex_unlock(&lives_lock);

	return life_wait(life, timeout_ms);
}

/**
 * gntdev_life_wait_id - wait until a buffer has been released
 * @id: the buffer's, whoever made it
 * @timeout_ms: how long to wait in milliseconds, 0 only asks
 *
 * Sleeps; only a fatal signal ends it early.
 *
 * Return: as gntdev_life_wait_fd().
 */
int gntdev_life_wait_id(u64 id, u32 timeout_ms)
{
	struct gntdev_life *life;

	mutex_lock(&lives_lock);
	life = life_get(life_find_id(id));
	mutex_unlock(&lives_lock);

	return life_wait(life, timeout_ms);
}

/**
 * gntdev_life_tell - tell of all buffers that are alive
 * @tell: called for each, the oldest first; must not call this file
 * @data: its first argument
 *
 * Return: what happened up to now.
 */
struct gntdev_life_sums
gntdev_life_tell(void (*tell)(void *data, const struct gntdev_life_about *about),
		 void *data)
{
	struct gntdev_life_sums sums;
	struct gntdev_life *life;

	mutex_lock(&lives_lock);
	list_for_each_entry(life, &lives, node)
		tell(data, &life->about);
	sums = lives_sums;
	mutex_unlock(&lives_lock);

	return sums;
}
