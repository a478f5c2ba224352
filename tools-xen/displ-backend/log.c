// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages for --verbose.  Errors that end the program, and warnings that are
 * always printed, use err(3) and warn(3) directly.  All layers call this file.
 */

#include <err.h>
#include <stdarg.h>

#include "log.h"

static bool verbose;

/**
 * log_set_verbose - enable or disable the output of log_verbose()
 * @enable: whether log_verbose() prints; false at the start
 */
void log_set_verbose(bool enable)
{
	verbose = enable;
}

/**
 * log_verbose - print a line on standard error if --verbose was given
 * @format: as for printf(3), without the newline
 */
void log_verbose(const char *format, ...)
{
	va_list args;

	if (!verbose)
		return;
	va_start(args, format);
	vwarnx(format, args);
	va_end(args);
}
