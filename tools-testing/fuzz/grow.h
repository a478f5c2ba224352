/* SPDX-License-Identifier: GPL-2.0-only */

#ifndef FUZZ_GROW_H
#define FUZZ_GROW_H

struct board;

void grow_tables(unsigned int peer, volatile struct board *board);

#endif /* FUZZ_GROW_H */
