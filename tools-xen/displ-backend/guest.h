/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of guests.  An option names a guest by its domain ID, name or UUID.
 */

#ifndef DISPL_BACKEND_GUEST_H
#define DISPL_BACKEND_GUEST_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct guest - the names of a guest
 * @domid: number of the domain
 * @name: name of the domain, or its number if xenstore does not show the name
 * @uuid: UUID of the domain, or empty
 */
struct guest {
	uint32_t domid;
	char name[80];
	char uuid[40];
};

void guest_read(struct guest *guest, uint32_t domid);
bool guest_matches(const struct guest *guest, const char *text);

#endif /* DISPL_BACKEND_GUEST_H */
