// SPDX-License-Identifier: GPL-2.0-only
/*
 * draw-frame WIDTH HEIGHT: write the picture of frame.h to standard output.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "frame.h"

int main(int argc, char **argv)
{
	unsigned int width, height;
	uint32_t *pixels;

	if (argc != 3)
		errx(1, "usage: draw-frame WIDTH HEIGHT");
	width = atoi(argv[1]);
	height = atoi(argv[2]);
	pixels = calloc(width, height * sizeof(*pixels));
	if (!pixels)
		err(1, "frame");
	frame_draw(pixels, 0, width, height);
	if (fwrite(pixels, sizeof(*pixels) * width, height, stdout) != height)
		err(1, "standard output");
	return 0;
}
