// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last operations of each thread: see ring.h.
 */

#include <err.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ring.h"

/* Columns of a line */
#define NAME	9
#define NAME_LEN	16
#define ARGS	26
#define RESULT	55

/**
 * rings_open - map the memory of the rings, and clear it
 * @path: a file, which is created if it does not exist, or NULL for memory that
 *        the program loses at its end
 *
 * Ends the program on an error.
 *
 * Return: the rings.
 */
struct rings *rings_open(const char *path)
{
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) :
			memfd_create("rings", MFD_CLOEXEC);
	struct rings *rings;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", path ? path : "rings");
	/* The file of a device has a size that does not change */
	if (st.st_size < (off_t)sizeof(*rings) && ftruncate(fd, sizeof(*rings)))
		err(1, "%s", path ? path : "rings");
	rings = mmap(NULL, sizeof(*rings), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (rings == MAP_FAILED)
		err(1, "%s", path ? path : "rings");
	close(fd);
	memset(rings, 0, sizeof(*rings));
	return rings;
}

void rings_head(struct rings *rings, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf((char *)&rings->head, sizeof(rings->head), format, arguments);
	va_end(arguments);
}

/**
 * ring_print - print a ring as comments of TAP, the oldest operation first
 * @ring: the ring
 */
void ring_print(const struct ring *ring)
{
	unsigned int i, first = 0;

	for (i = 1; i < RING_LINES; i++)
		if (memcmp(ring->lines[i], ring->lines[first], NAME) < 0)
			first = i;
	for (i = 0; i < RING_LINES; i++) {
		const char *line = ring->lines[(first + i) % RING_LINES];

		if (line[0])
			printf("#   %.*s", RING_LINE, line);
	}
}

/* hex - write the digits of a number; printf() would take most of the time */
static void hex(char *at, uint32_t number, unsigned int digits)
{
	while (digits--) {
		at[digits] = "0123456789abcdef"[number & 15];
		number >>= 4;
	}
}

/**
 * ring_begin - record that an operation begins
 * @writer: the thread's writer
 * @number: number of the operation
 * @name: its name
 */
void ring_begin(struct ring_writer *writer, uint32_t number, const char *name)
{
	writer->line = writer->ring->lines[writer->next++ % RING_LINES];
	memset(writer->line, ' ', RING_LINE);
	writer->line[RESULT - 2] = '=';
	writer->line[RING_LINE - 1] = '\n';
	hex(writer->line, number, 8);
	memcpy(writer->line + NAME, name, strnlen(name, NAME_LEN));
	memcpy(writer->line + RESULT, "....", 4);
}

/* ring_arguments - record the arguments of the operation that runs */
void ring_arguments(struct ring_writer *writer, uint32_t a, uint32_t b, uint32_t c)
{
	hex(writer->line + ARGS, a, 8);
	hex(writer->line + ARGS + 9, b, 8);
	hex(writer->line + ARGS + 18, c, 8);
}

/* ring_end - record the result of the operation that ran; below 0: none */
void ring_end(struct ring_writer *writer, int result)
{
	if (result < 0)
		memcpy(writer->line + RESULT, "none", 4);
	else
		hex(writer->line + RESULT, result, 4);
}
