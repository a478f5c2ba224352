// SPDX-License-Identifier: GPL-2.0-only
/*
 * Print bytes in hexadecimal, in the format of hexdump -C.  The command export
 * calls this.
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "gntdmabuf.h"

/* Bytes per line */
#define LINE	16

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
 * hexdump - print bytes in hexadecimal, 16 a line
 * @bytes: the bytes
 * @size: number of bytes
 *
 * One star stands for all lines that equal the line before them.
 */
void hexdump(const uint8_t *bytes, size_t size)
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
