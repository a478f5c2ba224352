// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands to the program mapper in a peer domain: see mapping.h.
 */

#include <err.h>

#include "mapping.h"

/**
 * mapping_begin - write a page directory that the mapper can read
 * @mapping: filled in
 * @mapper: the mapper, from ask_open()
 * @refs: references of pages of this domain
 * @count: number of references
 *
 * The directory pages have references of their own until mapping_end(), which
 * differ from all of @refs even if the caller gives these up meanwhile.
 */
void mapping_begin(struct mapping *mapping, struct ask *mapper,
		   const uint32_t *refs, unsigned int count)
{
	mapping->mapper = mapper;
	mapping->count = count;
	if (!granted_begin(&mapping->granted, mapper->domid,
			   directory_pages(count), true))
		err(1, "grant a directory of %u references", count);
	mapping->directory = directory_write(&mapping->granted, 0, refs, count);
}

/**
 * mapping_end - give the directory up; pages that are mapped stay mapped
 * @mapping: filled in by mapping_begin()
 */
void mapping_end(struct mapping *mapping)
{
	granted_end(&mapping->granted);
}

/**
 * mapping_map - let the mapper map the pages
 * @mapping: filled in by mapping_begin()
 * @readonly: map them read-only
 *
 * Return: 0, or the error number of the map request in the peer domain.
 */
int mapping_map(struct mapping *mapping, bool readonly)
{
	return ask(mapping->mapper, "%s %u %u", readonly ? "map-ro" : "map",
		   mapping->directory, mapping->count);
}

/* mapping_fill - let the mapper write the pattern of @seed */
void mapping_fill(struct mapping *mapping, uint32_t seed)
{
	ask(mapping->mapper, "fill %u %u", mapping->directory, seed);
}

/* mapping_wrong - number of words that mapper finds to differ from the pattern */
unsigned int mapping_wrong(struct mapping *mapping, uint32_t seed)
{
	return ask(mapping->mapper, "check %u %u", mapping->directory, seed);
}

/* mapping_unmap - let the mapper unmap all pages that it still maps */
void mapping_unmap(struct mapping *mapping)
{
	ask(mapping->mapper, "unmap %u", mapping->directory);
}

/* mapping_unmap_chunk - let it unmap a part: MAPPING_CHUNK pages or the rest */
void mapping_unmap_chunk(struct mapping *mapping, unsigned int chunk)
{
	ask(mapping->mapper, "unmap-chunk %u %u", mapping->directory, chunk);
}

/* mapping_try - number of references that the mapper can map one by one */
unsigned int mapping_try(struct mapping *mapping)
{
	return ask(mapping->mapper, "try %u %u", mapping->directory,
		   mapping->count);
}
