/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The picture that a guest draws and others look for: XRGB8888, different for
 * every frame number, the same for everybody who computes it.
 */

#ifndef SELFTESTS_XEN_FRAME_H
#define SELFTESTS_XEN_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_BOX	120	/* edge of the moving square, in pixels */

/* Where the square of a frame begins; frames are larger than it */
static inline unsigned int frame_left(unsigned int n, unsigned int width)
{
	return n * 40 % (width - FRAME_BOX);
}

static inline unsigned int frame_top(unsigned int n, unsigned int height)
{
	return n * 24 % (height - FRAME_BOX);
}

static inline bool frame_in_box(unsigned int n, unsigned int x, unsigned int y,
				unsigned int width, unsigned int height)
{
	return x - frame_left(n, width) < FRAME_BOX &&
	       y - frame_top(n, height) < FRAME_BOX;
}

/* frame_behind - one pixel as it would be if the square were not there */
static inline uint32_t frame_behind(unsigned int n, unsigned int x, unsigned int y,
				    unsigned int width, unsigned int height)
{
	static const uint32_t bars[8] = {
		0xffffff, 0xffff00, 0x00ffff, 0x00ff00,
		0xff00ff, 0xff0000, 0x0000ff, 0x202020,
	};

	if (y < height * 3 / 4)
		return bars[x * 8 / width];
	return (x * 255 / width) << 16 | ((y * 255 / height) << 8) |
	       ((x + y + n) & 0xff);
}

/**
 * frame_pixel - one pixel
 * @n: frame number
 * @x: column
 * @y: row
 * @width: of the frame in pixels
 * @height: of the frame in pixels
 *
 * Return: XRGB8888, X is 0.
 */
static inline uint32_t frame_pixel(unsigned int n, unsigned int x, unsigned int y,
				   unsigned int width, unsigned int height)
{
	if (frame_in_box(n, x, y, width, height))
		return ((x ^ y) & 16) ? 0x000000 : 0xff8000 + n % 128;
	return frame_behind(n, x, y, width, height);
}

static inline void frame_draw(uint32_t *pixels, unsigned int n,
			      unsigned int width, unsigned int height)
{
	unsigned int x, y;

	for (y = 0; y < height; y++)
		for (x = 0; x < width; x++)
			*pixels++ = frame_pixel(n, x, y, width, height);
}

/* 64-bit FNV-1a, a pixel at a time */
static inline uint64_t frame_checksum(const uint32_t *pixels, size_t count)
{
	uint64_t sum = 0xcbf29ce484222325ULL;

	while (count--)
		sum = (sum ^ *pixels++) * 0x100000001b3ULL;
	return sum;
}

#endif /* SELFTESTS_XEN_FRAME_H */
