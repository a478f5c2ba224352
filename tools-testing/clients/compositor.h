/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debian's Wayland compositor weston, with a screen that only screenshots show.
 */

#ifndef CLIENTS_COMPOSITOR_H
#define CLIENTS_COMPOSITOR_H

#include <stdbool.h>

#include "peer.h"
#include "program.h"

bool compositor_begin(struct program *weston, const char *renderer, const struct peer *peer);
void compositor_end(struct program *weston, int signal);
long compositor_wrong_pixels(const struct peer *peer, unsigned int n);

#endif /* CLIENTS_COMPOSITOR_H */
