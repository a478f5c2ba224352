/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands to the program mapper in a peer domain, which maps pages that this
 * domain grants to it.
 *
 * mapper answers these requests (see serve.h) below MAPPER_FOLDER:
 *   map DIRECTORY COUNT        map the pages of a page directory of this domain;
 *   map-ro DIRECTORY COUNT     map-ro maps them read-only; 0 or the error number
 *   fill DIRECTORY SEED        write a pattern (pattern.h) into the mapped pages
 *   check DIRECTORY SEED       number of words that differ from the pattern
 *   unmap DIRECTORY            unmap all pages
 *   unmap-chunk DIRECTORY N    unmap part N: MAPPING_CHUNK pages, fewer in the last
 *   try DIRECTORY COUNT        number of pages that can be mapped one by one
 *   die                        exit without unmapping
 * The reference of a directory identifies the mapping that was made of it.
 */

#ifndef SELFTESTS_XEN_MAPPING_H
#define SELFTESTS_XEN_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "granted.h"
#include "serve.h"

#define MAPPER_FOLDER	"data/map"
/* Pages that mapper maps with one call, and therefore unmaps with one call */
#define MAPPING_CHUNK	64

/**
 * struct mapping - pages that are granted to a mapper
 * @mapper: the mapper
 * @count: number of references
 * @granted: the granted pages of the page directory
 * @directory: reference of the first directory page
 */
struct mapping {
	struct ask *mapper;
	unsigned int count;
	struct granted granted;
	uint32_t directory;
};

void mapping_begin(struct mapping *mapping, struct ask *mapper,
		   const uint32_t *refs, unsigned int count);
void mapping_end(struct mapping *mapping);
int mapping_map(struct mapping *mapping, bool readonly);
void mapping_fill(struct mapping *mapping, uint32_t seed);
unsigned int mapping_wrong(struct mapping *mapping, uint32_t seed);
void mapping_unmap(struct mapping *mapping);
void mapping_unmap_chunk(struct mapping *mapping, unsigned int chunk);
unsigned int mapping_try(struct mapping *mapping);

#endif /* SELFTESTS_XEN_MAPPING_H */
