/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages for --verbose, on standard error.
 */

#ifndef DISPL_BACKEND_LOG_H
#define DISPL_BACKEND_LOG_H

#include <stdbool.h>

void log_set_verbose(bool enable);
void log_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* DISPL_BACKEND_LOG_H */
