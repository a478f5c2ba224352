/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the program as a whole has.
 */

#ifndef DISPL_BACKEND_MAIN_H
#define DISPL_BACKEND_MAIN_H

void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* DISPL_BACKEND_MAIN_H */
