/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of the module api_calls, for programs that test the functions of
 * <xen/dmabuf.h> for front and back ends in the kernel.
 */

#ifndef SELFTESTS_XEN_API_H
#define SELFTESTS_XEN_API_H

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "calls.h"
#include "test_modules/api_calls.h"
#include "threads.h"

/* Pages of a buffer that a test exports or imports */
#define FEW	20

static inline int api_open(void)
{
	return open("/dev/api_calls", O_RDWR | O_CLOEXEC);
}

static inline int api_wait(int api, uint64_t id, uint32_t ms)
{
	struct api_calls_wait op = { .id = id, .timeout_ms = ms };

	return call(api, API_CALLS_WAIT, &op);
}

static inline int api_release(int api, uint64_t id)
{
	return call(api, API_CALLS_RELEASE, &id);
}

/**
 * struct invalid - an invalid value in a request
 * @error: the error number of the request
 * @at: offset of the word in the request's structure, in bytes
 * @value: value of the word
 */
struct invalid {
	int error;
	size_t at;
	uint32_t value;
};

/* with - result of a request with one word changed */
static inline int with(int api, unsigned long request, const void *good, size_t at,
		       uint32_t value)
{
	uint32_t words[16];

	memcpy(words, good, _IOC_SIZE(request));
	words[at / 4] = value;
	return call(api, request, words);
}

/**
 * struct api_thread - a thread that calls a request which sleeps
 * @thread: the thread
 * @api: the module's file
 * @request: the request
 * @op: its structure
 * @result: result of the request, -1 while the thread runs
 */
struct api_thread {
	pthread_t thread;
	int api;
	unsigned long request;
	union {
		struct api_calls_wait wait;
		struct api_calls_put put;
	} op;
	int result;
};

static inline void *api_thread_main(void *data)
{
	struct api_thread *thread = data;

	thread->result = call(thread->api, thread->request, &thread->op);
	return NULL;
}

/* api_thread_start - start a request; whether its thread sleeps */
static inline bool api_thread_start(struct api_thread *thread)
{
	thread->result = -1;
	if (pthread_create(&thread->thread, NULL, api_thread_main, thread))
		return false;
	while (!others_sleep())
		sched_yield();
	return thread->result == -1;
}

/* start_waiter - start a thread that waits for the release of a buffer */
static inline bool start_waiter(struct api_thread *thread, int api, uint64_t id)
{
	*thread = (struct api_thread) {
		.api = api,
		.request = API_CALLS_WAIT,
		.op.wait = { .id = id, .timeout_ms = UINT32_MAX },
	};
	return api_thread_start(thread);
}

#endif /* SELFTESTS_XEN_API_H */
