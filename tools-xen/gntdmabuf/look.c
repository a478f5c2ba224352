// SPDX-License-Identifier: GPL-2.0-only

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "gntdmabuf.h"

/* Bytes in a line of the dump */
#define LINE	16

static void look_sync(const struct look *look, uint64_t when)
{
	struct dma_buf_sync sync = { .flags = when | DMA_BUF_SYNC_READ };

	while (ioctl(look->fd, DMA_BUF_IOCTL_SYNC, &sync))
		if (errno != EINTR && errno != EAGAIN)
			err(1, "the buffer cannot be read");
}

/**
 * look_begin - read a buffer
 * @look: filled in
 * @fd: the dma-buf
 */
void look_begin(struct look *look, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);

	if (size < 0)
		err(1, "the buffer does not tell its size");
	look->fd = fd;
	look->size = size;
	look->bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (look->bytes == MAP_FAILED)
		err(1, "the buffer of %zu bytes cannot be mapped", look->size);
	look_sync(look, DMA_BUF_SYNC_START);
}

/**
 * look_end - have read it
 * @look: filled in by look_begin()
 */
void look_end(struct look *look)
{
	look_sync(look, DMA_BUF_SYNC_END);
	munmap((void *)look->bytes, look->size);
}

static void print_line(const uint8_t *bytes, size_t at, unsigned int n)
{
	unsigned int i;

	printf("%08zx ", at);
	for (i = 0; i < LINE; i++) {
		if (i == LINE / 2)
			putchar(' ');
		if (i < n)
			printf(" %02x", bytes[at + i]);
		else
			printf("   ");
	}
	printf("  |");
	for (i = 0; i < n; i++)
		putchar(isprint(bytes[at + i]) ? bytes[at + i] : '.');
	printf("|\n");
}

/**
 * look_hexdump - print bytes, a star for lines that are as the one before
 * @bytes: the bytes
 * @size: how many
 */
void look_hexdump(const uint8_t *bytes, size_t size)
{
	bool star = false;
	size_t at;

	for (at = 0; at < size; at += LINE) {
		unsigned int n = size - at < LINE ? size - at : LINE;

		if (at && n == LINE && !memcmp(bytes + at, bytes + at - LINE, LINE)) {
			if (!star)
				printf("*\n");
			star = true;
			continue;
		}
		star = false;
		print_line(bytes, at, n);
	}
	printf("%08zx\n", size);
}
