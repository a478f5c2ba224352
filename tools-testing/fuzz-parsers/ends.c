// SPDX-License-Identifier: GPL-2.0-only
/*
 * errx(3), which does not end the program: see ends.h.
 */

#include <err.h>
#include <stdarg.h>
#include <stdio.h>

#include "ends.h"

jmp_buf ends_jump;

void errx(int status, const char *format, ...)
{
	char text[4096];
	va_list args;

	/* The sanitizers check the arguments */
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	longjmp(ends_jump, 1);
}
