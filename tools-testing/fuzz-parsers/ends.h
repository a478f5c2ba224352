/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Code that ends the program when its input is wrong: the harness goes on instead.
 */

#ifndef FUZZ_PARSERS_ENDS_H
#define FUZZ_PARSERS_ENDS_H

#include <setjmp.h>

extern jmp_buf ends_jump;

/* ends - whether the following statement ends the program; use: if (!ends()) statement; */
#define ends()	setjmp(ends_jump)

#endif /* FUZZ_PARSERS_ENDS_H */
