// SPDX-License-Identifier: GPL-2.0-only
/*
 * The EDID of a connector: a monitor with one mode, the resolution of the
 * connector.  request.c calls this file for GET_EDID.
 */

#include <string.h>

#include "edid.h"

/* VESA E-EDID 1.4; the numbers in comments are numbers of its tables */
enum {
	EDID_DETAILED = 54,	/* 3.21: four descriptors of 18 bytes */
	EDID_NAME = 72,
	EDID_RANGES = 90,
	EDID_EXTENSIONS = 126,
	EDID_SUM = 127,
};

/*
 * Blanking of CVT 1.2 with reduced blanking, version 2, in pixels and lines.
 * V_BLANK is a constant here; CVT calculates it from the mode.
 */
#define H_BLANK		80
#define H_FRONT		8
#define H_SYNC		32
#define V_BLANK		20
#define V_FRONT		6
#define V_SYNC		8
#define REFRESH		60

/* 3.22: detailed timing; 12 bits for sizes, 16 for the clock in 10 kHz */
static void write_timing(uint8_t *to, uint32_t width, uint32_t height)
{
	uint64_t clock = (uint64_t)(width + H_BLANK) * (height + V_BLANK) *
			 REFRESH / 10000;

	if (clock > 0xffff)
		clock = 0xffff;
	to[0] = clock;
	to[1] = clock >> 8;
	to[2] = width;
	to[3] = H_BLANK;
	to[4] = width >> 8 << 4;
	to[5] = height;
	to[6] = V_BLANK;
	to[7] = height >> 8 << 4;
	to[8] = H_FRONT;
	to[9] = H_SYNC;
	to[10] = (V_FRONT & 15) << 4 | V_SYNC;
	to[17] = 0x1a;		/* separate syncs, horizontal positive */
}

/* 3.23: display descriptor; zeros in the place of the clock */
static void write_text(uint8_t *to, uint8_t tag, const char *text)
{
	to[3] = tag;
	memset(to + 5, ' ', 13);
	memcpy(to + 5, text, strlen(text));
	to[5 + strlen(text)] = '\n';
}

/**
 * edid_write - write an EDID with one mode
 * @edid: EDID_SIZE bytes; the function writes each byte once and reads none, so
 *	the memory may be shared with a guest
 * @width: width of the mode in pixels, at most EDID_MAX
 * @height: height of the mode in pixels, at most EDID_MAX
 */
void edid_write(uint8_t *edid, uint32_t width, uint32_t height)
{
	static const uint8_t header[] = {
		0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,
		0x62, 0x4e,		/* 3.3: "XEN", 5 bits per letter */
		1, 0, 0, 0, 0, 0,	/* product and serial number */
		1, 30,			/* 3.3: first week of 2020 */
		1, 4,			/* 3.4 */
		0xa5,			/* 3.6: digital, 8 bits, DisplayPort */
		0, 0,			/* 3.8: unknown size */
		120,			/* gamma 2.2 */
		0x06,			/* 3.14: sRGB, preferred timing */
		/* 3.16: chromaticity of sRGB */
		0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54,
		0, 0, 0,		/* 3.18: no established timings */
	};
	uint8_t block[EDID_SIZE] = { 0 }, sum = 0;
	unsigned int i;

	memcpy(block, header, sizeof(header));
	memset(block + sizeof(header), 1, EDID_DETAILED - sizeof(header));
	write_timing(block + EDID_DETAILED, width, height);
	write_text(block + EDID_NAME, 0xfc, "Xen display");
	write_text(block + EDID_RANGES, 0xfe, "displif");
	block[EDID_RANGES + 18 + 3] = 0x10;	/* 3.23: dummy descriptor */
	for (i = 0; i < EDID_SUM; i++)
		sum += block[i];
	block[EDID_SUM] = -sum;
	memcpy(edid, block, sizeof(block));
}
