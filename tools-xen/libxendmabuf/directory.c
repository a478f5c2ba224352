// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page directory of a buffer, in the form that displif and sndif define: each page
 * holds the reference of the next one, or 0, and then 1023 references of the buffer.
 * The taking domain reads it once, by a copy of Xen.  offerer.c calls this.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "directory.h"
#include "metadata.h"

#define WORDS		(XEN_PAGE / sizeof(uint32_t))
#define ENTRIES		(WORDS - 1)

/**
 * directory_init - write a page directory and grant it
 * @directory: filled in
 * @gntshr: open gntalloc
 * @domid: the domain that can read it
 * @refs: references of the buffer
 * @count: number of @refs, not 0
 *
 * Return: 0; or -1 with the errno of gntalloc or ENOMEM.
 */
int directory_init(struct directory *directory, xengntshr_handle *gntshr,
		   uint32_t domid, const uint32_t *refs, uint32_t count)
{
	uint32_t *own, page;

	directory->count = (count + ENTRIES - 1) / ENTRIES;
	own = calloc(directory->count, sizeof(*own));
	if (!own)
		return -1;
	directory->map = xengntshr_share_pages(gntshr, domid, directory->count,
					       own, 0);
	if (!directory->map) {
		free(own);
		return -1;
	}
	for (page = 0; page < directory->count; page++) {
		uint32_t *words = directory->map + page * WORDS;
		uint32_t left = count - page * ENTRIES;

		words[0] = page + 1 < directory->count ? own[page + 1] : 0;
		memcpy(words + 1, refs + page * ENTRIES,
		       (left < ENTRIES ? left : ENTRIES) * sizeof(*refs));
	}
	directory->ref = own[0];
	free(own);
	return 0;
}

/**
 * directory_exit - end the grants of a page directory
 * @directory: filled in by directory_init()
 * @gntshr: open gntalloc
 */
void directory_exit(struct directory *directory, xengntshr_handle *gntshr)
{
	xengntshr_unshare(gntshr, directory->map, directory->count);
}
