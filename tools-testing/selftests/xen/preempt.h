/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stops a thread in the middle of a system call: at a large allocation in the kernel.
 *
 * The event kmem:kmalloc of that thread wakes another one of higher priority, which then
 * takes the processor until the test ends it.  A kernel that is not preemptible changes
 * threads at its next cond_resched().  The thread that is stopped has a real-time
 * priority, too, because Linux lets other threads run now and then.
 */

#ifndef SELFTESTS_XEN_PREEMPT_H
#define SELFTESTS_XEN_PREEMPT_H

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "threads.h"

/* An instance has events and a buffer of its own */
#define PREEMPT_INSTANCE	"/sys/kernel/tracing/instances/xen-preempt"
#define PREEMPT_EVENT		PREEMPT_INSTANCE "/events/kmem/kmalloc"

/**
 * struct preempter - a thread that takes the processor
 * @thread: the thread
 * @pipe: trace_pipe of the instance
 * @tid: its number
 * @taken: it has the processor
 * @end: it gives the processor back
 */
struct preempter {
	pthread_t thread;
	int pipe;
	atomic_int tid;
	atomic_bool taken;
	atomic_bool end;
};

/* set_priority - give this thread a real-time priority */
static inline bool set_priority(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	return !pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
}

static inline bool preempt_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == strlen(text);

	close(fd);
	return written;
}

static void *preempter_main(void *data)
{
	struct preempter *preempter = data;
	char event[512];

	on_processor(1);
	if (!set_priority(2))
		return NULL;
	preempter->tid = gettid();
	if (read(preempter->pipe, event, sizeof(event)) <= 0)
		return NULL;
	preempter->taken = true;
	while (!preempter->end)
		;
	return NULL;
}

/*
 * preempter_start - stop thread @tid of processor 1 when it allocates @size bytes or more
 *
 * Returns false if the kernel has no such event.  preempter_end() follows in any case.
 */
static inline bool preempter_start(struct preempter *preempter, int tid, unsigned int size)
{
	char filter[64];

	*preempter = (struct preempter) { .pipe = -1 };
	snprintf(filter, sizeof(filter), "common_pid == %d && bytes_req >= %u", tid, size);
	if (mkdir(PREEMPT_INSTANCE, 0700) ||
	    !preempt_write(PREEMPT_EVENT "/filter", filter) ||
	    !preempt_write(PREEMPT_EVENT "/enable", "1"))
		return false;
	preempter->pipe = open(PREEMPT_INSTANCE "/trace_pipe", O_RDONLY | O_CLOEXEC);
	if (preempter->pipe < 0 ||
	    pthread_create(&preempter->thread, NULL, preempter_main, preempter))
		return false;
	while (!preempter->tid || !thread_sleeps(preempter->tid))
		usleep(1000);
	return true;
}

/* preempter_end - give the processor back */
static inline void preempter_end(struct preempter *preempter)
{
	preempter->end = true;
	if (preempter->thread) {
		/* It sleeps if there was no event */
		if (!preempter->taken)
			pthread_cancel(preempter->thread);
		pthread_join(preempter->thread, NULL);
	}
	close(preempter->pipe);
	rmdir(PREEMPT_INSTANCE);
}

#endif /* SELFTESTS_XEN_PREEMPT_H */
