/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages on standard error.  What a guest can cause at will has a limit for each
 * display device, so that no guest suppresses lines about another.
 */

#ifndef DISPL_BACKEND_LOG_H
#define DISPL_BACKEND_LOG_H

#include <stdbool.h>
#include <syslog.h>
#include <time.h>

/**
 * struct log_limit - limit of the lines that a guest can cause by a display device
 * @name: name of the guest
 * @lines: lines that count, at most LOG_BURST; one less after each LOG_SECONDS
 * @since: time from which the next line less counts, in seconds
 * @suppressed: lines that were suppressed since the last line
 *
 * The user of the structure sets @name, the other members are 0 at the start.
 */
struct log_limit {
	const char *name;
	unsigned int lines;
	time_t since;
	unsigned int suppressed;
};

void log_init(bool print_verbose);
void log_print(int priority, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_limited(struct log_limit *limit, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void log_suppressed(struct log_limit *limit);
int refuse(int error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int refuse_step(int error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *refusal(int error);

#endif /* DISPL_BACKEND_LOG_H */
