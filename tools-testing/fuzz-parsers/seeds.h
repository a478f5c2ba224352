/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first inputs of the harnesses.
 */

#ifndef FUZZ_PARSERS_SEEDS_H
#define FUZZ_PARSERS_SEEDS_H

#include <stdio.h>

/* The input that is written, between seed_begin() and seed_end() */
extern FILE *seed_file;

/* seeds.c */
void seed_begin(const char *folder, const char *harness, const char *name);
void seed_end(void);

/* seeds-guest.c */
void seed_guests(const char *folder);

#endif /* FUZZ_PARSERS_SEEDS_H */
