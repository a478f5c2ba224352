/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The display devices of all guests.
 */

#ifndef DISPL_BACKEND_DEVICE_H
#define DISPL_BACKEND_DEVICE_H

struct screen;

void devices_screen_changed(struct screen *screen);
void devices_open(void);
void devices_close(void);
void devices_changed(const char *path, const char *token);

#endif /* DISPL_BACKEND_DEVICE_H */
