// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trace events of the kernel, each with the functions that were being executed, and read
 * the trace.  The measurements of scratch memory and of threads call these functions.
 *
 * Between trace_start() and trace_stop() calls of the kernel cost more: no time that is
 * measured then counts.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settle.h"
#include "trace.h"

#define TRACING	"/sys/kernel/tracing/"
/* KiB for each processor; each event takes some 300 bytes with its stack */
#define TRACE_BUFFER	32768

static void enable(const char *const *events, unsigned long on)
{
	char path[128];

	for (; *events; events++) {
		snprintf(path, sizeof(path), TRACING "events/%s/enable", *events);
		write_number(path, on);
	}
}

/**
 * trace_start - begin to trace
 * @events: names of events as GROUP/NAME, then NULL
 * @own: whether to trace only the thread that calls this function
 */
void trace_start(const char *const *events, bool own)
{
	FILE *file;

	write_number(TRACING "tracing_on", 0);
	write_number(TRACING "buffer_size_kb", TRACE_BUFFER);
	write_number(TRACING "options/stacktrace", 1);
	/* With the offset in a function the kernel also prints its module */
	write_number(TRACING "options/sym-offset", 1);
	/* An address is the key of an object */
	write_number(TRACING "options/hash-ptr", 0);
	if (own) {
		write_number(TRACING "set_event_pid", gettid());
	} else {
		file = fopen(TRACING "set_event_pid", "w");
		if (!file || fclose(file))
			err(1, "set_event_pid");
	}
	/* Removes what an earlier measurement left */
	file = fopen(TRACING "trace", "w");
	if (!file || fclose(file))
		err(1, "trace");
	enable(events, 1);
	write_number(TRACING "tracing_on", 1);
}

/* next_line - read a line, or set an empty one at the end */
static bool next_line(struct trace *trace)
{
	if (fgets(trace->line, sizeof(trace->line), trace->file))
		return true;
	trace->line[0] = 0;
	return false;
}

/**
 * trace_stop - end to trace and open the trace
 * @trace: to be read with trace_next()
 */
void trace_stop(struct trace *trace)
{
	unsigned long all = 0;

	write_number(TRACING "tracing_on", 0);
	*trace = (struct trace){ .file = fopen(TRACING "trace", "r") };
	if (!trace->file)
		err(1, "trace");
	while (next_line(trace) && trace->line[0] == '#')
		sscanf(trace->line, "# entries-in-buffer/entries-written: %lu/%lu",
		       &trace->events, &all);
	if (trace->events != all)
		errx(1, "only %lu of %lu events fit into the trace", trace->events, all);
}

static bool is_stack(const struct trace *trace)
{
	return strstr(trace->line, ": <stack trace>");
}

/* read_stack - read the stack that follows an event */
static void read_stack(struct trace *trace, struct trace_event *event)
{
	size_t length = 0, n;

	event->stack[0] = 0;
	if (!is_stack(trace))
		return;
	trace->seen++;
	while (next_line(trace) && !strncmp(trace->line, " => ", 4)) {
		n = strlen(trace->line);
		if (length + n >= sizeof(event->stack))
			errx(1, "a stack is too long");
		memcpy(event->stack + length, trace->line, n + 1);
		length += n;
	}
}

/**
 * trace_next - read the next event
 * @trace: the trace
 * @event: set on return
 *
 * A line of the trace is
 *   TASK-PID [PROCESSOR] FLAGS TIME: NAME: FIELDS
 * The third flag is a letter in an interrupt.
 *
 * Events of two processors can be between an event and its stack.  Such a stack is returned
 * as an event without a name, and the event has none.
 *
 * Return: whether there was one.
 */
bool trace_next(struct trace *trace, struct trace_event *event)
{
	char flags[16];
	const char *at;

	if (!trace->line[0])
		return false;
	event->name[0] = 0;
	event->fields[0] = 0;
	at = strstr(trace->line, "] ");
	if (!at || sscanf(at, "] %15s", flags) != 1 || strlen(flags) < 3)
		errx(1, "no event: %s", trace->line);
	event->interrupt = flags[2] != '.';
	if (!is_stack(trace)) {
		if (sscanf(at, "] %*s %*f: %31[^:]: %511[^\n]", event->name, event->fields) != 2)
			errx(1, "no event: %s", trace->line);
		trace->seen++;
		next_line(trace);
	}
	read_stack(trace, event);
	return true;
}

/**
 * trace_end - close the trace and disable its events, or end the program if events were
 * not read
 * @trace: the trace
 * @events: what trace_start() got
 */
void trace_end(struct trace *trace, const char *const *events)
{
	if (trace->seen != trace->events)
		errx(1, "read %lu of %lu events", trace->seen, trace->events);
	fclose(trace->file);
	enable(events, 0);
}

/**
 * trace_field - a number in an event
 * @event: the event
 * @name: name of the field, with "="
 * @base: of the number
 */
uint64_t trace_field(const struct trace_event *event, const char *name, int base)
{
	const char *at = strstr(event->fields, name);

	if (!at)
		errx(1, "%s has no %s", event->name, name);
	return strtoull(at + strlen(name), NULL, base);
}

/**
 * trace_of_driver - whether a call of the driver caused an event: that of functions of
 * Linux, too, which the driver calls
 * @event: the event
 */
bool trace_of_driver(const struct trace_event *event)
{
	return !event->interrupt && strstr(event->stack, "[xen_gntdev]");
}
