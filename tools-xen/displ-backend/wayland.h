/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Windows of a Wayland compositor instead of screens of cards.
 */

#ifndef DISPL_BACKEND_WAYLAND_H
#define DISPL_BACKEND_WAYLAND_H

#include <stdbool.h>

#ifdef WAYLAND
void wayland_open(void (*lost)(void), bool always_dmabuf);
#else
#include <err.h>

static inline void wayland_open(void (*lost)(void), bool always_dmabuf)
{
	errx(2, "--wayland: built without libwayland-client");
}
#endif

#endif /* DISPL_BACKEND_WAYLAND_H */
