/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last operations of each thread, as text, in memory that outlives the
 * thread: a file, or the memory of a device that the host keeps (see the
 * variable SHARED of tools-testing/lab/run).  A line of a ring is
 *   NUMBER OPERATION ARGUMENT ARGUMENT ARGUMENT = RESULT
 * NUMBER counts the operations of all threads.  All numbers are hexadecimal;
 * RESULT is an error number, "none" if there was nothing to operate on, or
 * "...." while the operation runs.
 */

#ifndef FUZZ_RING_H
#define FUZZ_RING_H

#include <stddef.h>
#include <stdint.h>

#define RING_LINE	64
#define RING_LINES	64
/* Threads that have a ring; others share one of them */
#define RING_THREADS	255

struct ring {
	char lines[RING_LINES][RING_LINE];
};

/**
 * struct rings - the rings of all threads
 * @head: a text that names the run
 * @threads: the ring of each thread
 */
struct rings {
	struct ring head;
	struct ring threads[RING_THREADS];
};

/**
 * struct ring_writer - writes one ring
 * @ring: the ring
 * @line: the line of the operation that runs
 * @next: index of the next line
 */
struct ring_writer {
	struct ring *ring;
	char *line;
	unsigned int next;
};

struct rings *rings_open(const char *path);
void rings_head(struct rings *rings, const char *format, ...);
void ring_print(const struct ring *ring);

void ring_begin(struct ring_writer *writer, uint32_t number, const char *name);
void ring_arguments(struct ring_writer *writer, uint32_t a, uint32_t b, uint32_t c);
void ring_end(struct ring_writer *writer, int result);

#endif /* FUZZ_RING_H */
