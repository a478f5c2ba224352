// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers and sizes in the arguments of gntdmabuf (parse.c).  What is accepted is within
 * its limits, and decimal, or hexadecimal with 0x; text without a digit at its beginning is
 * refused.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools-xen/gntdmabuf/gntdmabuf.h"
#include "ends.h"

#define MAX	60000

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, *text == '0' && (text[1] | ' ') == 'x' ? 16 : 10);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The end of the text is the end of the memory */
	char *text = strndup((const char *)data, size);
	uint32_t width = 0, height = 0;
	const char *rest;
	uint64_t value;

	if (!ends()) {
		value = parse_number(text, MAX, "a number");
		if (value > MAX || !isdigit((unsigned char)*text) ||
		    value != number(text))
			abort();
	}
	if (!ends()) {
		value = parse_size(text, "a size");
		if (!value || !isdigit((unsigned char)*text) ||
		    (isdigit((unsigned char)text[strlen(text) - 1]) &&
		     value != number(text)))
			abort();
	}
	rest = parse_dimensions(text, &width, &height);
	if (rest && (rest <= text || rest > text + strlen(text) || width > UINT16_MAX ||
		     height > UINT16_MAX || !width || !height))
		abort();
	free(text);
	return 0;
}
