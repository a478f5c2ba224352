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
 * was given it there.
 */

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "waiters.h"

/* No file descriptor has this number: they are not negative. */
#define LIFE_NO_FD	((u32)-1)

/**
 * struct gntdev_life - one buffer, as those who wait for its end see it
 * @ref: one for the buffer while it lives, one for each waiter
 * @node: in lives, from beginning to end
 * @id: never reused
 * @context: id of the open gntdev file that made the buffer
 * @fd: the number that names the buffer in @context, or %LIFE_NO_FD
 * @ended: done when the buffer has been released
 */
struct gntdev_life {
	struct kref ref;
	struct list_head node;
	u64 id;
	u64 context;
	u32 fd;
	struct completion ended;
};

static LIST_HEAD(lives);
/* Protects lives and the fd of each of them. */
static DEFINE_MUTEX(lives_lock);

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
	static atomic64_t last = ATOMIC64_INIT(0);

	return atomic64_inc_return(&last);
}

static void life_free(struct kref *ref)
{
	kfree(container_of(ref, struct gntdev_life, ref));
}

/**
 * gntdev_life_begin - begin the life of a buffer
 * @context: id of the open gntdev file that makes it
 *
 * Return: the life, until gntdev_life_end(), or NULL if there is no memory.
 */
struct gntdev_life *gntdev_life_begin(u64 context)
{
	struct gntdev_life *life;

	life = kzalloc(sizeof(*life), GFP_KERNEL);
	if (!life)
		return NULL;

	kref_init(&life->ref);
	init_completion(&life->ended);
	life->id = gntdev_life_next_id();
	life->context = context;
	life->fd = LIFE_NO_FD;

	mutex_lock(&lives_lock);
	list_add(&life->node, &lives);
	mutex_unlock(&lives_lock);

	return life;
}

/* life_find - the life that has a name, with lives_lock held, or NULL */
static struct gntdev_life *life_find(u64 context, u32 fd)
{
	struct gntdev_life *life;

	lockdep_assert_held(&lives_lock);

	if (fd == LIFE_NO_FD)
		return NULL;

	list_for_each_entry(life, &lives, node)
		if (life->context == context && life->fd == fd)
			return life;

	return NULL;
}

/**
 * gntdev_life_name - let a file descriptor name a buffer
 * @life: the buffer's life
 * @fd: the number, which until now may have named another buffer of the same
 *      open gntdev file; it no longer does
 *
 * To be called before the descriptor is installed and can be closed again.
 */
void gntdev_life_name(struct gntdev_life *life, u32 fd)
{
	struct gntdev_life *former;

	mutex_lock(&lives_lock);
	former = life_find(life->context, fd);
	if (former)
		former->fd = LIFE_NO_FD;
	life->fd = fd;
	mutex_unlock(&lives_lock);
}

/**
 * gntdev_life_end - end the life of a buffer and wake all who wait for it
 * @life: what gntdev_life_begin() returned; the caller's reference goes
 *
 * To be called when Xen has confirmed that every grant is unmapped.
 */
void gntdev_life_end(struct gntdev_life *life)
{
	mutex_lock(&lives_lock);
	list_del(&life->node);
	mutex_unlock(&lives_lock);

	complete_all(&life->ended);
	kref_put(&life->ref, life_free);
}

static int life_wait(struct gntdev_life *life, u32 timeout_ms)
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
	int ret;

	mutex_lock(&lives_lock);
	life = life_find(context, fd);
	if (life)
		kref_get(&life->ref);
	mutex_unlock(&lives_lock);

	if (!life)
		return -ENOENT;

	ret = life_wait(life, timeout_ms);
	kref_put(&life->ref, life_free);
	return ret;
}
