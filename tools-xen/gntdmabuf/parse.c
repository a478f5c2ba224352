// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parse numbers and sizes of the command line.  A wrong argument ends the
 * program.  The commands call this.
 */

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gntdmabuf.h"

/* parse_digits - strtoull() without signs, blanks and octal numbers; false on failure */
static bool parse_digits(const char *text, uint64_t *value, char **end)
{
	bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');

	errno = 0;
	if (!isdigit((unsigned char)*text))
		return false;
	*value = strtoull(text, end, hexadecimal ? 16 : 10);
	return !errno;
}

/**
 * parse_number - parse a number, decimal or with 0x hexadecimal
 * @text: the argument
 * @max: largest number allowed
 * @what: name of the argument in the error message
 *
 * Return: the number; ends the program on an error.
 */
uint64_t parse_number(const char *text, uint64_t max, const char *what)
{
	uint64_t value;
	char *end;

	if (!parse_digits(text, &value, &end) || *end || value > max)
		errx(1, "%s is a number up to %llu, not '%s'", what,
		     (unsigned long long)max, text);
	return value;
}

/**
 * parse_domid - parse the id of a domain
 * @text: the argument
 *
 * Return: the id; ends the program on an error.
 */
uint32_t parse_domid(const char *text)
{
	/* DOMID_FIRST_RESERVED of <xen/xen.h> is 0x7ff0 */
	return parse_number(text, 0x7fef, "DOMID");
}

/**
 * parse_size - parse a size in bytes
 * @text: the argument; K, M or G at its end stand for powers of 1024
 * @what: name of the argument in the error message
 *
 * Return: the size, at least 1; ends the program on an error.
 */
uint64_t parse_size(const char *text, const char *what)
{
	static const char units[] = "KMG";
	const char *unit;
	unsigned int shift = 0;
	uint64_t value;
	char *end;

	if (parse_digits(text, &value, &end)) {
		unit = *end ? strchr(units, *end) : NULL;
		if (unit) {
			shift = 10 * (unit - units + 1);
			end++;
		}
		if (!*end && value && value <= UINT64_MAX >> shift)
			return value << shift;
	}
	errx(1, "%s is a number of bytes like 65536, 64K or 8M, not '%s'", what,
	     text);
}

/**
 * parse_dimensions - parse WIDTHxHEIGHT
 * @text: the argument
 * @width: filled in, at most 65535
 * @height: filled in, at most 65535
 *
 * Return: the rest of @text, or NULL if @text does not begin with WIDTHxHEIGHT.
 */
const char *parse_dimensions(const char *text, uint32_t *width,
			     uint32_t *height)
{
	uint64_t w, h;
	char *end;

	/* strtoull() would take 0x for the beginning of a hexadecimal number */
	if (*text == '0' || !parse_digits(text, &w, &end) || *end != 'x')
		return NULL;
	if (end[1] == '0' || !parse_digits(end + 1, &h, &end))
		return NULL;
	if (w > UINT16_MAX || h > UINT16_MAX)
		return NULL;
	*width = w;
	*height = h;
	return end;
}
