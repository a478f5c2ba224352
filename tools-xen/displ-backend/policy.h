/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which guests the backend serves, and on which screens.
 */

#ifndef DISPL_BACKEND_POLICY_H
#define DISPL_BACKEND_POLICY_H

#include <stdbool.h>

#include "guest.h"
#include "screen.h"

void policy_add_screen(char *text);
void policy_add_domain(const char *text);
void policy_set_exclusive(void);
bool policy_serves_all(void);
bool policy_serves(const struct guest *guest);
void policy_init(void);
void policy_update(void);
int policy_choose(const struct guest *guest, char *const *ids,
		  unsigned int count, struct screen **screens);
void policy_release(struct card *card);

#endif /* DISPL_BACKEND_POLICY_H */
