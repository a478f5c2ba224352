/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The EDID of a connector.
 */

#ifndef DISPL_BACKEND_EDID_H
#define DISPL_BACKEND_EDID_H

#include <stdint.h>

/* Size of an EDID with one block, in bytes */
#define EDID_SIZE	128

/* Largest width and height that the format can describe, in pixels */
#define EDID_MAX	4095

void edid_write(uint8_t *edid, uint32_t width, uint32_t height);

#endif /* DISPL_BACKEND_EDID_H */
