/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module api_calls, for programs that test through it the functions that
 * front and back ends in the kernel call.
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

/* What a test exports and imports */
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
 * struct wrong - what makes a request wrong
 * @error: and what it gives
 * @at: a word of its structure, in bytes
 * @value: of that word
 */
struct wrong {
	int error;
	size_t at;
	uint32_t value;
};

/* with - what comes of a request in which one word is another */
static inline int with(int api, unsigned long request, const void *good, size_t at,
		       uint32_t value)
{
	uint32_t words[16];

	memcpy(words, good, _IOC_SIZE(request));
	words[at / 4] = value;
	return call(api, request, words);
}

/**
 * struct api_waiter - a thread in which the module waits
 * @thread: which
 * @api: the module's file
 * @id: of the buffer
 * @result: what came of it, -1 before
 */
struct api_waiter {
	pthread_t thread;
	int api;
	uint64_t id;
	int result;
};

static inline void *waiter_main(void *data)
{
	struct api_waiter *waiter = data;

	waiter->result = api_wait(waiter->api, waiter->id, UINT32_MAX);
	return NULL;
}

/* start_waiter - and return when it sleeps */
static inline bool start_waiter(struct api_waiter *waiter, int api, uint64_t id)
{
	*waiter = (struct api_waiter) { .api = api, .id = id, .result = -1 };
	if (pthread_create(&waiter->thread, NULL, waiter_main, waiter))
		return false;
	while (!others_sleep())
		sched_yield();
	return waiter->result == -1;
}

#endif /* SELFTESTS_XEN_API_H */
