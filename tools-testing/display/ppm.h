/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Write PPM pictures that are equal to those of QEMU's screendump in every
 * byte: two pictures can be compared by their checksums.
 */

#ifndef DISPLAY_PPM_H
#define DISPLAY_PPM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/**
 * ppm_write - write a picture
 * @to: file to write to
 * @pixels: the picture, in format XRGB8888
 * @pitch: bytes from line to line
 * @width: width in pixels
 * @height: height in pixels
 *
 * Return: 0, or -1 with errno set.
 */
static inline int ppm_write(FILE *to, const void *pixels, size_t pitch,
			    unsigned int width, unsigned int height)
{
	uint8_t *line = malloc(3UL * width), *at;
	const uint32_t *from;
	unsigned int x, y;

	if (!line)
		return -1;
	fprintf(to, "P6\n%u %u\n255\n", width, height);
	for (y = 0; y < height; y++) {
		from = (const void *)((const char *)pixels + y * pitch);
		at = line;
		for (x = 0; x < width; x++) {
			*at++ = from[x] >> 16;
			*at++ = from[x] >> 8;
			*at++ = from[x];
		}
		fwrite(line, 3, width, to);
	}
	free(line);
	return fflush(to) || ferror(to) ? -1 : 0;
}

#endif /* DISPLAY_PPM_H */
