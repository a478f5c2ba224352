/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Windows of a Wayland compositor instead of screens of a card.
 */

#ifndef DISPL_BACKEND_WAYLAND_H
#define DISPL_BACKEND_WAYLAND_H

#ifdef WAYLAND
void wayland_open(void (*lost)(void));
#else
#include <err.h>

static inline void wayland_open(void (*lost)(void))
{
	errx(2, "--wayland: built without libwayland-client");
}
#endif

#endif /* DISPL_BACKEND_WAYLAND_H */
