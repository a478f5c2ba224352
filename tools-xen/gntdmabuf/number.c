// SPDX-License-Identifier: GPL-2.0-only

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gntdmabuf.h"

/* digits - strtoull() of what begins with a digit; false where nothing fits */
static bool digits(const char *text, uint64_t *value, char **end)
{
	errno = 0;
	if (!isdigit((unsigned char)*text))
		return false;
	*value = strtoull(text, end, 0);
	return !errno;
}

/**
 * number - a number on the command line
 * @text: the argument
 * @most: the largest that makes sense
 * @what: what it is, for who reads the complaint
 *
 * Return: the number, decimal, or with 0x hexadecimal.
 */
uint64_t number(const char *text, uint64_t most, const char *what)
{
	uint64_t value;
	char *end;

	if (!digits(text, &value, &end) || *end || value > most)
		errx(1, "%s is a number up to %llu, not '%s'", what,
		     (unsigned long long)most, text);
	return value;
}

/**
 * number_of_bytes - a size on the command line
 * @text: the argument, with K, M or G behind it for powers of 1024
 * @what: what it is
 *
 * Return: the size.
 */
uint64_t number_of_bytes(const char *text, const char *what)
{
	static const char units[] = "KMG";
	const char *unit;
	unsigned int shift = 0;
	uint64_t value;
	char *end;

	if (digits(text, &value, &end)) {
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
 * number_pair - WIDTHxHEIGHT on the command line
 * @text: the argument
 * @width: filled in
 * @height: filled in
 *
 * Return: what follows in @text, or NULL where it does not begin like that.
 */
const char *number_pair(const char *text, uint32_t *width, uint32_t *height)
{
	uint64_t w, h;
	char *end;

	/* The x must not make a 0 hexadecimal */
	if (*text == '0' || !digits(text, &w, &end) || *end != 'x')
		return NULL;
	if (end[1] == '0' || !digits(end + 1, &h, &end))
		return NULL;
	if (w > UINT16_MAX || h > UINT16_MAX)
		return NULL;
	*width = w;
	*height = h;
	return end;
}
