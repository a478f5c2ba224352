// SPDX-License-Identifier: GPL-2.0-only
/*
 * Convert pixels of a buffer to RGB.  png.c calls this.
 */

#include <string.h>

#include "pixels.h"

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
 * struct pixel_format - how pixels are stored, little endian; alpha is ignored
 * @name: the fourcc of <drm/drm_fourcc.h> and of the display protocol
 * @size: bytes per pixel; of NV12, per pixel of the first plane
 * @to_rgb: converts a pixel
 * @channels: red, green and blue, of the formats that have them
 */
struct pixel_format {
	char name[5];
	unsigned int size;
	void (*to_rgb)(const struct pixels *pixels, uint32_t x, uint32_t y,
		       uint8_t *rgb);
	struct channel channels[3];
};

/* channels_to_rgb - scale each channel to 8 bits; its maximum becomes 255 */
static void channels_to_rgb(const struct pixels *pixels, uint32_t x, uint32_t y,
			    uint8_t *rgb)
{
	const struct pixel_format *format = pixels->format;
	const struct channel *channel;
	uint32_t pixel = 0, max;

	memcpy(&pixel, pixels->bytes + (size_t)y * pixels->pitch + x * format->size,
	       format->size);
	for (channel = format->channels; channel < format->channels + 3; channel++) {
		max = (1 << channel->bits) - 1;
		*rgb++ = ((pixel >> channel->shift & max) * 255 + max / 2) / max;
	}
}

/* clamp_byte - a number with 8 binary places as a byte */
static uint8_t clamp_byte(int value)
{
	value = (value + 128) >> 8;
	return value < 0 ? 0 : value > 255 ? 255 : value;
}

/* yuv_to_rgb - ITU-R BT.601, limited range: Y is 16 to 235, U and V are 16 to 240 */
static void yuv_to_rgb(int y, int u, int v, uint8_t *rgb)
{
	y = 298 * (y - 16);
	u -= 128;
	v -= 128;
	rgb[0] = clamp_byte(y + 409 * v);
	rgb[1] = clamp_byte(y - 100 * u - 208 * v);
	rgb[2] = clamp_byte(y + 516 * u);
}

/* nv12_to_rgb - a plane of Y, then one of U and V for each two by two pixels */
static void nv12_to_rgb(const struct pixels *pixels, uint32_t x, uint32_t y,
			uint8_t *rgb)
{
	const uint8_t *line = pixels->bytes + (size_t)y * pixels->pitch;
	const uint8_t *uv = pixels->bytes + x / 2 * 2 +
			    ((size_t)pixels->height + y / 2) * pixels->pitch;

	yuv_to_rgb(line[x], uv[0], uv[1], rgb);
}

/* yuyv_to_rgb - two pixels are Y U Y V */
static void yuyv_to_rgb(const struct pixels *pixels, uint32_t x, uint32_t y,
			uint8_t *rgb)
{
	const uint8_t *pair = pixels->bytes + (size_t)y * pixels->pitch + x / 2 * 4;

	yuv_to_rgb(pair[x % 2 * 2], pair[1], pair[3], rgb);
}

static const struct pixel_format formats[] = {
	{ "XR24", 4, channels_to_rgb, { { 16, 8 }, { 8, 8 }, { 0, 8 } } },
	{ "AR24", 4, channels_to_rgb, { { 16, 8 }, { 8, 8 }, { 0, 8 } } },
	{ "XB24", 4, channels_to_rgb, { { 0, 8 }, { 8, 8 }, { 16, 8 } } },
	{ "AB24", 4, channels_to_rgb, { { 0, 8 }, { 8, 8 }, { 16, 8 } } },
	{ "RG24", 3, channels_to_rgb, { { 16, 8 }, { 8, 8 }, { 0, 8 } } },
	{ "BG24", 3, channels_to_rgb, { { 0, 8 }, { 8, 8 }, { 16, 8 } } },
	{ "RG16", 2, channels_to_rgb, { { 11, 5 }, { 5, 6 }, { 0, 5 } } },
	{ "BG16", 2, channels_to_rgb, { { 0, 5 }, { 5, 6 }, { 11, 5 } } },
	{ "NV12", 1, nv12_to_rgb, { { 0 } } },
	{ "YUYV", 2, yuyv_to_rgb, { { 0 } } },
};

/**
 * pixels_find_format - find a format
 * @name: its fourcc
 *
 * Return: the format, or NULL.
 */
const struct pixel_format *pixels_find_format(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(name, formats[i].name))
			return &formats[i];
	return NULL;
}

/**
 * pixels_find_fourcc - find a format
 * @fourcc: its number in <drm/drm_fourcc.h>
 *
 * Return: the format, or NULL.
 */
const struct pixel_format *pixels_find_fourcc(uint32_t fourcc)
{
	char name[5] = { fourcc, fourcc >> 8, fourcc >> 16, fourcc >> 24 };

	return pixels_find_format(name);
}

/**
 * pixels_has_channels - whether each pixel has all its colours
 * @pixels: the format is used
 *
 * Return: false if two pixels share theirs: then the width is even.
 */
bool pixels_has_channels(const struct pixels *pixels)
{
	return pixels->format->to_rgb == channels_to_rgb;
}

/**
 * pixels_pitch - the smallest pitch
 * @pixels: width and format are used
 *
 * Return: the bytes of the pixels of a line.
 */
uint32_t pixels_pitch(const struct pixels *pixels)
{
	return pixels->width * pixels->format->size;
}

/**
 * pixels_size - the size of the data
 * @pixels: all but the bytes are used
 *
 * Return: the size in bytes; padding of the last line does not count.
 */
size_t pixels_size(const struct pixels *pixels)
{
	size_t lines = pixels->height;

	if (pixels->format->to_rgb == nv12_to_rgb)
		lines += (pixels->height + 1) / 2;
	return (lines - 1) * pixels->pitch + pixels_pitch(pixels);
}

/**
 * pixels_to_rgb - convert all pixels
 * @pixels: the pixels
 * @rgb: filled in with three bytes for each pixel, lines without padding
 */
void pixels_to_rgb(const struct pixels *pixels, uint8_t *rgb)
{
	uint32_t x, y;

	for (y = 0; y < pixels->height; y++)
		for (x = 0; x < pixels->width; x++, rgb += 3)
			pixels->format->to_rgb(pixels, x, y, rgb);
}
