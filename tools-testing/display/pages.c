// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"

/* References that may come back while ours do, of what was mapped for longer */
#define OTHERS	50

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/**
 * granted_back - take pages back
 * @granted: of granted_begin()
 * @domid: the domain that could map them
 *
 * Linux gives references of pages that nobody has mapped to the next who asks,
 * those that came back last before others.  It keeps those of pages that are
 * mapped, and looks each second whether ten of them can come back, too.
 *
 * Return: whether nobody had mapped any.
 */
bool granted_back(struct granted *granted, unsigned int domid)
{
	unsigned int i, count = granted->count;
	uint32_t *refs = calloc(count, sizeof(*refs));
	struct granted again;
	bool back = true;

	if (!refs)
		err(1, NULL);
	memcpy(refs, granted->refs, count * sizeof(*refs));
	granted_end(granted);
	if (!granted_begin(&again, domid, count + OTHERS, false))
		err(1, "grant %u pages again", count);
	qsort(again.refs, count + OTHERS, sizeof(*again.refs), compare);
	for (i = 0; i < count; i++)
		back &= !!bsearch(&refs[i], again.refs, count + OTHERS,
				  sizeof(*again.refs), compare);
	granted_end(&again);
	free(refs);
	return back;
}

/**
 * front_buffer_begin - grant pages for a picture
 * @buffer: filled in
 * @domid: of the backend
 * @size: in bytes
 *
 * Return: false if this domain cannot grant as many.
 */
bool front_buffer_begin(struct front_buffer *buffer, unsigned int domid,
			uint32_t size)
{
	buffer->count = (size + PEER_PAGE - 1) / PEER_PAGE;
	buffer->directory = granted_listed(&buffer->granted, domid, buffer->count,
					   false);
	return buffer->directory;
}

/**
 * front_buffer_end - take them back
 * @buffer: of front_buffer_begin()
 * @domid: of the backend
 *
 * Return: whether nobody had mapped any.
 */
bool front_buffer_end(struct front_buffer *buffer, unsigned int domid)
{
	buffer->count = 0;
	return granted_back(&buffer->granted, domid);
}
