/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of a harness whose code under test is wrong: see fail.c.
 */

#ifndef FUZZ_PARSERS_FAIL_H
#define FUZZ_PARSERS_FAIL_H

_Noreturn void fail(const char *format, ...);

#endif /* FUZZ_PARSERS_FAIL_H */
