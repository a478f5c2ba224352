/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_COMMAND_H
#define GUEST_COMMAND_H

#include <stdarg.h>
#include <stdio.h>

/*
 * Domain 0 runs commands in a guest with the program in-guest, and guest-exec runs them
 * there, one after the other.  The two exchange these nodes of xenstore, below data/ of
 * the guest:
 *   command      in-guest: the number of commands so far
 *   command/N    in-guest: command N, for sh -c
 *   output/N/M   guest-exec: part M of the output of command N
 *   status/N     guest-exec: the exit status of command N, after its last output
 * N and M begin at 1.  in-guest removes the nodes of each command that it has read.
 */

/* xenstored limits a node of a guest to 2 KiB */
#define OUTPUT_PART	1900

/* Size of the paths that node() formats */
#define NODE_PATH	128

/* node - format a path, as snprintf() does, and return it */
__attribute__((format(printf, 2, 3)))
static inline const char *node(char path[NODE_PATH], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path, NODE_PATH, format, arguments);
	va_end(arguments);
	return path;
}

#endif
