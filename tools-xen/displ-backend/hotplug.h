/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Screens that are connected and disconnected while the program runs.
 */

#ifndef DISPL_BACKEND_HOTPLUG_H
#define DISPL_BACKEND_HOTPLUG_H

#include "screen.h"

void hotplug_init(void (*changed)(struct screen *screen));
void hotplug_exit(void);

#endif /* DISPL_BACKEND_HOTPLUG_H */
