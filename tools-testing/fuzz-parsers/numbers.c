// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers and sizes in the arguments of gntdmabuf (parse.c).  What is accepted is within
 * its limits, and text without a digit at its beginning is refused.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools-xen/gntdmabuf/gntdmabuf.h"
#include "ends.h"

#define MAX	60000

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
		    value != strtoull(text, NULL, 0))
			abort();
	}
	if (!ends()) {
		value = parse_size(text, "a size");
		if (!value || !isdigit((unsigned char)*text) ||
		    (isdigit((unsigned char)text[strlen(text) - 1]) &&
		     value != strtoull(text, NULL, 0)))
			abort();
	}
	rest = parse_dimensions(text, &width, &height);
	if (rest && (rest <= text || rest > text + strlen(text) || width > UINT16_MAX ||
		     height > UINT16_MAX || !width || !height))
		abort();
	free(text);
	return 0;
}
