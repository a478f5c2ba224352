/* SPDX-License-Identifier: GPL-2.0-only */

#ifndef FUZZ_REPORT_H
#define FUZZ_REPORT_H

struct shared;

unsigned long report_table(const struct shared *shared);
void report_speed(unsigned long ops, unsigned long requests, double seconds);
void report_times(const struct shared *shared);
const char *report_shallow(const struct shared *shared);
const char *report_strange(const struct shared *shared);

#endif /* FUZZ_REPORT_H */
