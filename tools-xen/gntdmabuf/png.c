// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "gntdmabuf.h"

/**
 * struct channel - a colour in a pixel
 * @shift: of its lowest bit
 * @bits: how many it has
 */
struct channel {
	unsigned int shift;
	unsigned int bits;
};

/**
 * struct pixel_format - where a pixel, little endian, has its colours
 * @name: as <drm/drm_fourcc.h> and the display protocol have it
 * @size: of a pixel in bytes
 * @red: and the others; an alpha channel is not looked at
 * @green: -
 * @blue: -
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
	errx(1, "--png knows XR24, AR24, XB24, AB24, RG24, BG24, RG16 and BG16, not '%s'",
	     name);
}

/**
 * picture_option - WIDTHxHEIGHT:FORMAT FILE on the command line
 * @picture: filled in
 * @text: the first of the two
 * @file: the second, NULL if there is none
 */
void picture_option(struct picture *picture, const char *text, const char *file)
{
	const char *rest = number_pair(text, &picture->width, &picture->height);

	if (!rest || *rest != ':')
		errx(1, "--png wants WIDTHxHEIGHT:FORMAT like 1920x1080:XR24, not '%s'",
		     text);
	picture->format = find_format(rest + 1);
	if (!file)
		errx(1, "--png %s wants a FILE, too", text);
	picture->file = file;
}

/* colour - 8 bits of it; the widest of fewer bits is the widest of 8 */
static uint8_t colour(uint32_t pixel, const struct channel *channel)
{
	uint32_t most = (1 << channel->bits) - 1;

	return ((pixel >> channel->shift & most) * 255 + most / 2) / most;
}

/**
 * picture_write - write a PNG
 * @picture: what, and where
 * @bytes: of the pixels, line after line
 * @size: how many there are
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
		errx(1, "the buffer has %zu bytes, a picture of %ux%u %s has %zu",
		     size, picture->width, picture->height, format->name,
		     count * format->size);
	rgb = malloc(count * 3);
	if (!rgb)
		err(1, "picture of %ux%u", picture->width, picture->height);
	for (i = 0, to = rgb; i < count; i++, bytes += format->size) {
		uint32_t pixel = 0;

		memcpy(&pixel, bytes, format->size);
		*to++ = colour(pixel, &format->red);
		*to++ = colour(pixel, &format->green);
		*to++ = colour(pixel, &format->blue);
	}
	if (!png_image_write_to_file(&image, picture->file, 0, rgb, 0, NULL))
		errx(1, "%s: %s", picture->file, image.message);
	free(rgb);
}
