// SPDX-License-Identifier: GPL-2.0-only
/*
 * edid_write() of displ-backend for each size that it accepts: what a reader of the EDID
 * finds is the size, and the sum is right.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools-xen/displ-backend/edid.h"

static uint32_t size_of(const uint8_t *data)
{
	return (data[0] | data[1] << 8) % EDID_MAX + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t width, height;
	uint8_t *edid, sum = 0;
	unsigned int i;

	if (size < 4)
		return 0;
	width = size_of(data);
	height = size_of(data + 2);
	/* The sanitizer sees a write behind it */
	edid = malloc(EDID_SIZE);
	edid_write(edid, width, height);
	for (i = 0; i < EDID_SIZE; i++)
		sum += edid[i];
	/* Bytes 56, 58, 59 and 61 of the detailed timing that begins at 54 */
	if (sum || (edid[56] | (edid[58] & 0xf0) << 4) != width ||
	    (edid[59] | (edid[61] & 0xf0) << 4) != height)
		abort();
	free(edid);
	return 0;
}
