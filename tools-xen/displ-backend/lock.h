/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks between backends of the same domain.
 */

#ifndef DISPL_BACKEND_LOCK_H
#define DISPL_BACKEND_LOCK_H

#include <stdbool.h>
#include <stdint.h>

void lock_backend(bool all);
bool lock_domain(uint32_t domid);
void unlock_domain(uint32_t domid);

#endif /* DISPL_BACKEND_LOCK_H */
