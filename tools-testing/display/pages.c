// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers of the test frontend.  The test programs call this file, and front.c
 * for the pages of rings.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"

/* References of earlier buffers that may be freed at the same time as these */
#define EXTRA_REFS	50

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/**
 * granted_end_unmapped - take pages back, check whether they are mapped
 * @granted: pages of granted_begin()
 * @domid: domain to which they are granted
 *
 * Linux reuses references at once if their pages are not mapped, the last ones
 * first.  References of mapped pages stay in use; Linux checks ten of them each
 * second.  So this function grants other pages, and looks for the same
 * references.
 *
 * Return: false if the domain has mapped at least one of the pages.
 */
bool granted_end_unmapped(struct granted *granted, unsigned int domid)
{
	unsigned int i, count = granted->count;
	uint32_t *refs = calloc(count, sizeof(*refs));
	struct granted again;
	bool back = true;

	if (!refs)
		err(1, NULL);
	memcpy(refs, granted->refs, count * sizeof(*refs));
	granted_end(granted);
	if (!granted_begin(&again, domid, count + EXTRA_REFS, false))
		err(1, "grant %u pages again", count);
	qsort(again.refs, count + EXTRA_REFS, sizeof(*again.refs), compare);
	for (i = 0; i < count; i++)
		back &= !!bsearch(&refs[i], again.refs, count + EXTRA_REFS,
				  sizeof(*again.refs), compare);
	granted_end(&again);
	free(refs);
	return back;
}

/**
 * front_buffer_init - grant pages for a picture
 * @buffer: initialised
 * @domid: domain of the backend
 * @size: size of the picture in bytes
 *
 * Return: false if this domain cannot grant so many pages.
 */
bool front_buffer_init(struct front_buffer *buffer, unsigned int domid,
		       uint32_t size)
{
	buffer->count = (size + PEER_PAGE - 1) / PEER_PAGE;
	buffer->directory = granted_listed(&buffer->granted, domid, buffer->count,
					   false);
	return buffer->directory;
}

/**
 * front_buffer_exit - take the pages of a picture back
 * @buffer: the buffer
 * @domid: domain of the backend
 *
 * Return: false if the backend has mapped at least one of the pages.
 */
bool front_buffer_exit(struct front_buffer *buffer, unsigned int domid)
{
	buffer->count = 0;
	return granted_end_unmapped(&buffer->granted, domid);
}
