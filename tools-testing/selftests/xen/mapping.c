// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>

#include "mapping.h"

/**
 * mapping_begin - write a directory that the mapper can read
 * @mapping: filled in
 * @mapper: who is to map, found by ask_open()
 * @refs: references to pages of this domain
 * @count: how many
 *
 * The directory has references of its own until mapping_end(): none of those
 * in it, even if they are given up meanwhile.
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
 * mapping_end - give the directory up; what is mapped stays so
 * @mapping: filled in by mapping_begin()
 */
void mapping_end(struct mapping *mapping)
{
	granted_end(&mapping->granted);
}

/**
 * mapping_map - let the mapper map the pages
 * @mapping: filled in by mapping_begin()
 * @readonly: for reading only
 *
 * Return: 0 or the error number that the mapper got.
 */
int mapping_map(struct mapping *mapping, bool readonly)
{
	return ask(mapping->mapper, "%s %u %u", readonly ? "map-ro" : "map",
		   mapping->directory, mapping->count);
}

/* mapping_fill - let the mapper write a pattern */
void mapping_fill(struct mapping *mapping, uint32_t seed)
{
	ask(mapping->mapper, "fill %u %u", mapping->directory, seed);
}

/* mapping_wrong - how many words the mapper finds that are not of the pattern */
unsigned int mapping_wrong(struct mapping *mapping, uint32_t seed)
{
	return ask(mapping->mapper, "check %u %u", mapping->directory, seed);
}

/* mapping_unmap - let the mapper unmap what it still has of the pages */
void mapping_unmap(struct mapping *mapping)
{
	ask(mapping->mapper, "unmap %u", mapping->directory);
}

/* mapping_unmap_chunk - MAPPING_CHUNK pages, or what the last such part has */
void mapping_unmap_chunk(struct mapping *mapping, unsigned int chunk)
{
	ask(mapping->mapper, "unmap-chunk %u %u", mapping->directory, chunk);
}

/* mapping_try - how many of the references the mapper can map, one by one */
unsigned int mapping_try(struct mapping *mapping)
{
	return ask(mapping->mapper, "try %u %u", mapping->directory,
		   mapping->count);
}
