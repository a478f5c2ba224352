/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks whether memory can be accessed: a SIGBUS or SIGSEGV is caught.
 */

#ifndef SELFTESTS_XEN_TOUCH_H
#define SELFTESTS_XEN_TOUCH_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static __thread sigjmp_buf touch_fault;
/* The signal that the last access of this thread raised */
static __thread volatile sig_atomic_t touch_signal;

static void touch_handler(int signal)
{
	touch_signal = signal;
	siglongjmp(touch_fault, 1);
}

/* touch - read a byte; false if that raises a signal */
static bool touch(const volatile uint8_t *byte)
{
	struct sigaction action = { .sa_handler = touch_handler };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	if (sigsetjmp(touch_fault, 1))
		return false;
	(void)*byte;
	return true;
}

/* touch_all - read a byte of each page; the number of pages that raise a signal */
static inline size_t touch_all(const void *map, size_t size)
{
	size_t at, bad = 0;

	for (at = 0; at < size; at += 4096)
		bad += !touch((const uint8_t *)map + at);
	return bad;
}

#endif /* SELFTESTS_XEN_TOUCH_H */
