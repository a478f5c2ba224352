// SPDX-License-Identifier: GPL-2.0-only
/*
 * look FD WIDTH HEIGHT [PNG]: a program that knows nothing of Xen.  Maps the
 * dma-buf that it inherited as FD, XRGB8888 line after line, prints the
 * checksum of the pixels, and writes them to a picture.
 */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <png.h>

#include "../selftests/xen/frame.h"

static void sync_cpu(int fd, uint64_t flags)
{
	struct dma_buf_sync op = { .flags = flags };

	if (ioctl(fd, DMA_BUF_IOCTL_SYNC, &op))
		err(1, "sync");
}

static void write_png(const char *path, const uint32_t *pixels,
		      unsigned int width, unsigned int height)
{
	uint8_t *rgb = malloc((size_t)width * height * 3), *to = rgb;
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = width,
		.height = height,
		.format = PNG_FORMAT_RGB,
		.flags = PNG_IMAGE_FLAG_FAST,
	};
	size_t i;

	if (!rgb)
		err(1, "picture");
	for (i = 0; i < (size_t)width * height; i++) {
		*to++ = pixels[i] >> 16;
		*to++ = pixels[i] >> 8;
		*to++ = pixels[i];
	}
	if (!png_image_write_to_file(&image, path, 0, rgb, 0, NULL))
		errx(1, "%s: %s", path, image.message);
	free(rgb);
}

int main(int argc, char **argv)
{
	unsigned int width, height;
	uint32_t *pixels;
	size_t size;
	int fd;

	if (argc < 4)
		errx(2, "usage: look FD WIDTH HEIGHT [PNG]");
	fd = atoi(argv[1]);
	width = atoi(argv[2]);
	height = atoi(argv[3]);
	size = (size_t)width * height * 4;

	if (lseek(fd, 0, SEEK_END) < (off_t)size)
		errx(1, "the buffer is too small");
	pixels = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (pixels == MAP_FAILED)
		err(1, "map");

	sync_cpu(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	printf("%016" PRIx64 "\n", frame_checksum(pixels, size / 4));
	if (argc > 4)
		write_png(argv[4], pixels, width, height);
	sync_cpu(fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	return 0;
}
