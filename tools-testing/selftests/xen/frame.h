/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The picture that a guest draws and that other programs compare with: XRGB8888,
 * a function of the frame number and the size.
 */

#ifndef SELFTESTS_XEN_FRAME_H
#define SELFTESTS_XEN_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_BOX	120	/* edge of the moving square, in pixels */

/* Left edge of the moving square; frames are larger than the square */
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

/* frame_behind - a pixel of the background, behind the square */
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
 * frame_pixel - a pixel of a frame
 * @n: frame number
 * @x: column
 * @y: row
 * @width: width of the frame in pixels
 * @height: height of the frame in pixels
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

/* frame_checksum - 64-bit FNV-1a over pixels instead of bytes */
static inline uint64_t frame_checksum(const uint32_t *pixels, size_t count)
{
	uint64_t sum = 0xcbf29ce484222325ULL;

	while (count--)
		sum = (sum ^ *pixels++) * 0x100000001b3ULL;
	return sum;
}

#endif /* SELFTESTS_XEN_FRAME_H */
