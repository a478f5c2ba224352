// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for the fences of a dma-buf.
 *
 * dma_resv_wait_timeout() can only be ended by any signal or by none.  A program
 * must not see errors of requests because it uses signals, and it must be possible
 * to kill it.  This file waits until a fatal signal.
 *
 * Callers: source.c and devmap.c.  It has no state and no lock.
 */

#include <linux/completion.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/sched.h>

#include "fence.h"

/* struct fence_waiter - a task that sleeps until a fence is signaled */
struct fence_waiter {
	struct dma_fence_cb cb;
	struct completion done;
};

static void fence_signaled(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	complete(&container_of(cb, struct fence_waiter, cb)->done);
}

/*
 * fence_wait_one - wait for a fence in @state, TASK_*
 *
 * dma_fence_wait() can only be ended by any signal or by none.
 */
static int fence_wait_one(struct dma_fence *fence, unsigned int state)
{
	struct fence_waiter waiter;
	int ret;

	init_completion(&waiter.done);
	if (dma_fence_add_callback(fence, &waiter.cb, fence_signaled))
		return 0;

	ret = wait_for_completion_state(&waiter.done, state);
	if (!ret)
		return 0;

	/* After this no callback runs: it was removed, or it has run */
	dma_fence_remove_callback(fence, &waiter.cb);
	return -EINTR;
}

/**
 * gntdev_fence_wait - wait for the fences of a buffer
 * @resv: reservation object of the dma-buf
 * @usage: the fences to wait for: those of this usage and of stricter ones
 * @state: %TASK_KILLABLE, perhaps with %TASK_FREEZABLE
 *
 * Fences are signaled in finite time, so there is no timeout.
 *
 * Context: process context, sleeps; the caller does not hold the reservation lock,
 * and with %TASK_FREEZABLE no lock, because the task can be frozen.
 * Return: 0, or -EINTR after a fatal signal.  Other signals do not end the
 * wait.
 */
int gntdev_fence_wait(struct dma_resv *resv, enum dma_resv_usage usage,
		      unsigned int state)
{
	struct dma_resv_iter cursor;
	struct dma_fence *fence;
	int ret = 0;

	dma_resv_iter_begin(&cursor, resv, usage);
	dma_resv_for_each_fence_unlocked(&cursor, fence) {
		ret = fence_wait_one(fence, state);
		if (ret)
			break;
	}
	dma_resv_iter_end(&cursor);

	return ret;
}
