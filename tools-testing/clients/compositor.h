/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Wayland compositor of Debian, with a screen that only screenshots show: the one that
 * the environment variable COMPOSITOR names, "weston" (default) or "cage".
 */

#ifndef CLIENTS_COMPOSITOR_H
#define CLIENTS_COMPOSITOR_H

#include <stdbool.h>

#include "peer.h"
#include "program.h"

bool compositor_begin(struct program *program, const char *renderer, const struct peer *peer);
void compositor_end(struct program *program, int signal);
int compositor_revoked(void);
long compositor_wrong_pixels(const struct peer *peer, unsigned int n);

#endif /* CLIENTS_COMPOSITOR_H */
