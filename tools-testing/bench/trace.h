/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel did during a measurement, from its event tracing.
 */

#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct trace_event - an event and where it happened
 * @name: name of the event
 * @fields: its fields, as text
 * @interrupt: whether an interrupt caused it
 * @stack: the functions that were being executed, as text
 */
struct trace_event {
	char name[32];
	char fields[512];
	bool interrupt;
	char stack[4096];
};

/**
 * struct trace - a trace that is being read
 * @file: the trace
 * @line: the next line
 * @events: number of entries that the kernel says it has, with stacks
 * @seen: number of those that were read
 */
struct trace {
	FILE *file;
	char line[512];
	unsigned long events;
	unsigned long seen;
};

void trace_start(const char *const *events, bool own);
void trace_stop(struct trace *trace);
bool trace_next(struct trace *trace, struct trace_event *event);
void trace_end(struct trace *trace, const char *const *events);
uint64_t trace_field(const struct trace_event *event, const char *name, int base);
bool trace_of_driver(const struct trace_event *event);

#endif /* BENCH_TRACE_H */
