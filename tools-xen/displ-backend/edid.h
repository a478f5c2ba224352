/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a monitor would say of itself.
 */

#ifndef DISPL_BACKEND_EDID_H
#define DISPL_BACKEND_EDID_H

#include <stdint.h>

/* Bytes, of one block */
#define EDID_SIZE	128

/* Pixels, as far as the format goes */
#define EDID_MAX	4095

void edid_write(uint8_t *edid, uint32_t width, uint32_t height);

#endif /* DISPL_BACKEND_EDID_H */
