// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write the pixels of a buffer to a PNG file.  The commands that write the data of a buffer
 * call this.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <png.h>

#include "gntdmabuf.h"

/**
 * picture_option - parse the arguments of --png
 * @picture: filled in
 * @text: WIDTHxHEIGHT:FORMAT
 * @file: FILE, NULL if it is missing
 */
void picture_option(struct picture *picture, const char *text, const char *file)
{
	struct pixels *pixels = &picture->pixels;
	const char *rest = parse_dimensions(text, &pixels->width, &pixels->height);

	if (!rest || *rest != ':')
		errx(1, "--png takes WIDTHxHEIGHT:FORMAT, as in 1920x1080:XR24, not '%s'",
		     text);
	pixels->format = pixels_find_format(rest + 1);
	if (!pixels->format)
		errx(1, "--png supports XR24, AR24, XB24, AB24, RG24, BG24, RG16, BG16, NV12 and YUYV, not '%s'",
		     rest + 1);
	if (!pixels_has_channels(pixels) && pixels->width % 2)
		errx(1, "a picture of %s has an even width, not %u", rest + 1,
		     pixels->width);
	if (!file)
		errx(1, "--png %s lacks its second argument, FILE", text);
	picture->file = file;
}

/**
 * picture_pitch - set the pitch, after all options are known
 * @picture: the pitch of its pixels is that of --pitch, or 0
 */
void picture_pitch(struct picture *picture)
{
	uint32_t *pitch = &picture->pixels.pitch;

	if (!picture->file && *pitch)
		errx(1, "--pitch goes with --png");
	if (!picture->file)
		return;
	if (*pitch && *pitch < pixels_pitch(&picture->pixels))
		errx(1, "--pitch %u is less than the %u bytes of a line", *pitch,
		     pixels_pitch(&picture->pixels));
	if (!*pitch)
		*pitch = pixels_pitch(&picture->pixels);
}

/**
 * picture_write - write pixels to a PNG file, or end the program
 * @picture: pixels and file; the bytes are filled in
 * @bytes: the data of the buffer
 * @size: number of bytes
 */
void picture_write(struct picture *picture, const uint8_t *bytes, size_t size)
{
	struct pixels *pixels = &picture->pixels;
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = pixels->width,
		.height = pixels->height,
		.format = PNG_FORMAT_RGB,
	};
	uint8_t *rgb;
	char *png;
	size_t length;
	FILE *memory;

	if (pixels_size(pixels) > size)
		errx(1, "the buffer has %zu bytes, a picture of %ux%u needs %zu", size,
		     pixels->width, pixels->height, pixels_size(pixels));
	rgb = malloc((size_t)pixels->width * pixels->height * 3);
	if (!rgb)
		err(1, "picture of %ux%u", pixels->width, pixels->height);
	pixels->bytes = bytes;
	pixels_to_rgb(pixels, rgb);
	memory = open_memstream(&png, &length);
	if (!memory)
		err(1, "%s", picture->file);
	if (!png_image_write_to_stdio(&image, memory, 0, rgb, 0, NULL))
		errx(1, "%s: %s", picture->file, image.message);
	if (fclose(memory))
		err(1, "%s", picture->file);
	free(rgb);
	raw_write(picture->file, (uint8_t *)png, length);
	free(png);
}
