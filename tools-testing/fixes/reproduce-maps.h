/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults of mmap() and munmap() of gntdev: each function returns whether it has seen one. */

#ifndef REPRODUCE_MAPS_H
#define REPRODUCE_MAPS_H

#include <stdbool.h>

bool walk(void);
bool tree(void);
bool clear(void);
bool splice_pages(void);
bool splice_parts(void);
bool map_signal(void);
bool protect(void);

#endif
