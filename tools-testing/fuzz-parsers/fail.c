// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a harness whose code under test is wrong.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fail.h"

/**
 * fail - end the program because the code under test is wrong
 * @format: as for printf(3)
 */
void fail(const char *format, ...)
{
	char text[200];
	va_list args;
	int n;

	n = snprintf(text, sizeof(text), "\nFAILED: ");
	va_start(args, format);
	n += vsnprintf(text + n, sizeof(text) - n, format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "%s\n", text);
	abort();
}
