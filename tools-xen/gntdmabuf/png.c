// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write the pixels of a buffer to a PNG file.  The command export calls this.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "gntdmabuf.h"

/**
 * struct channel - a colour channel of a pixel
 * @shift: position of the lowest bit
 * @bits: number of bits
 */
struct channel {
	unsigned int shift;
	unsigned int bits;
};

/**
 * struct pixel_format - layout of a pixel, little endian; alpha is ignored
 * @name: the fourcc of <drm/drm_fourcc.h> and of the display protocol
 * @size: bytes per pixel
 * @red: the red channel
 * @green: the green channel
 * @blue: the blue channel
 */
struct pixel_format {
	char name[5];
	unsigned int size;
	struct channel red;
	struct channel green;
	struct channel blue;
};

static const struct pixel_format formats[] = {
	{ "XR24", 4, { 16, 8 }, { 8, 8 }, { 0, 8 } },
	{ "AR24", 4, { 16, 8 }, { 8, 8 }, { 0, 8 } },
	{ "XB24", 4, { 0, 8 }, { 8, 8 }, { 16, 8 } },
	{ "AB24", 4, { 0, 8 }, { 8, 8 }, { 16, 8 } },
	{ "RG24", 3, { 16, 8 }, { 8, 8 }, { 0, 8 } },
	{ "BG24", 3, { 0, 8 }, { 8, 8 }, { 16, 8 } },
	{ "RG16", 2, { 11, 5 }, { 5, 6 }, { 0, 5 } },
	{ "BG16", 2, { 0, 5 }, { 5, 6 }, { 11, 5 } },
};

#define FORMAT_COUNT	(sizeof(formats) / sizeof(*formats))

static const struct pixel_format *find_format(const char *name)
{
	size_t i;

	for (i = 0; i < FORMAT_COUNT; i++)
		if (!strcmp(name, formats[i].name))
			return &formats[i];
	errx(1, "--png supports XR24, AR24, XB24, AB24, RG24, BG24, RG16 and BG16, not '%s'",
	     name);
}

/**
 * picture_option - parse the arguments of --png
 * @picture: filled in
 * @text: WIDTHxHEIGHT:FORMAT
 * @file: FILE, NULL if it is missing
 */
void picture_option(struct picture *picture, const char *text, const char *file)
{
	const char *rest = parse_dimensions(text, &picture->width,
					    &picture->height);

	if (!rest || *rest != ':')
		errx(1, "--png takes WIDTHxHEIGHT:FORMAT, as in 1920x1080:XR24, not '%s'",
		     text);
	picture->format = find_format(rest + 1);
	if (!file)
		errx(1, "--png %s lacks its second argument, FILE", text);
	picture->file = file;
}

/* scale_channel - a channel scaled to 8 bits; its maximum becomes 255 */
static uint8_t scale_channel(uint32_t pixel, const struct channel *channel)
{
	uint32_t max = (1 << channel->bits) - 1;

	return ((pixel >> channel->shift & max) * 255 + max / 2) / max;
}

/**
 * picture_write - write pixels to a PNG file, or end the program
 * @picture: size, format and file
 * @bytes: the pixels, lines without padding
 * @size: number of bytes, at least those of the picture
 */
void picture_write(const struct picture *picture, const uint8_t *bytes,
		   size_t size)
{
	const struct pixel_format *format = picture->format;
	size_t i, count = (size_t)picture->width * picture->height;
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = picture->width,
		.height = picture->height,
		.format = PNG_FORMAT_RGB,
	};
	uint8_t *rgb, *to;

	if (count * format->size > size)
		errx(1, "the buffer has %zu bytes, a picture of %ux%u %s needs %zu",
		     size, picture->width, picture->height, format->name,
		     count * format->size);
	rgb = malloc(count * 3);
	if (!rgb)
		err(1, "picture of %ux%u", picture->width, picture->height);
	for (i = 0, to = rgb; i < count; i++, bytes += format->size) {
		uint32_t pixel = 0;

		memcpy(&pixel, bytes, format->size);
		*to++ = scale_channel(pixel, &format->red);
		*to++ = scale_channel(pixel, &format->green);
		*to++ = scale_channel(pixel, &format->blue);
	}
	if (!png_image_write_to_file(&image, picture->file, 0, rgb, 0, NULL))
		errx(1, "%s: %s", picture->file, image.message);
	free(rgb);
}
