/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pixels of a buffer, in the formats of <drm/drm_fourcc.h>.
 */

#ifndef GNTDMABUF_PIXELS_H
#define GNTDMABUF_PIXELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct pixels - how the bytes of a buffer are pixels
 * @bytes: the data
 * @width: in pixels
 * @height: in pixels
 * @pitch: bytes from the beginning of a line to that of the next one
 * @format: format of the pixels
 */
struct pixels {
	const uint8_t *bytes;
	uint32_t width;
	uint32_t height;
	uint32_t pitch;
	const struct pixel_format *format;
};

/* pixels.c */
const struct pixel_format *pixels_find_format(const char *name);
const struct pixel_format *pixels_find_fourcc(uint32_t fourcc);
bool pixels_has_channels(const struct pixels *pixels);
uint32_t pixels_pitch(const struct pixels *pixels);
size_t pixels_size(const struct pixels *pixels);
void pixels_to_rgb(const struct pixels *pixels, uint8_t *rgb);

#endif /* GNTDMABUF_PIXELS_H */
