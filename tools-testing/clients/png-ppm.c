// SPDX-License-Identifier: GPL-2.0-only
/*
 * png-ppm FILE.png > FILE.ppm: write a picture as display/ppm.h does, to compare it with
 * the pictures of other programs by its checksum.
 */

#include <err.h>
#include <stdlib.h>

#include <png.h>

#include "../display/ppm.h"

int main(int argc, char **argv)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	void *pixels;

	if (argc != 2)
		errx(2, "usage: png-ppm FILE.png");
	if (!png_image_begin_read_from_file(&image, argv[1]))
		errx(1, "%s: %s", argv[1], image.message);
	image.format = PNG_FORMAT_BGRA;
	pixels = malloc(PNG_IMAGE_SIZE(image));
	if (!pixels || !png_image_finish_read(&image, NULL, pixels, 0, NULL))
		errx(1, "%s: %s", argv[1], image.message);
	if (ppm_write(stdout, pixels, image.width * 4, image.width, image.height))
		err(1, "write");
	free(pixels);
	return 0;
}
