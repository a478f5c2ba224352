/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mapper in another domain, as who grants pages to it sees it.
 *
 * It serves, see serve.h, below MAPPER_FOLDER:
 *   map DIRECTORY COUNT        map the pages that a page directory of this domain
 *   map-ro DIRECTORY COUNT     names, for writing or not: 0 or the error number
 *   fill DIRECTORY SEED        write a pattern, see pattern.h, to what is mapped
 *   check DIRECTORY SEED       how many words of it are not of the pattern
 *   unmap DIRECTORY            all of them
 *   unmap-chunk DIRECTORY N    a part: MAPPING_CHUNK pages, or what the last one has
 *   try DIRECTORY COUNT        how many can be mapped, one after the other
 *   die                        with all that is mapped
 * A reference to a directory is the name of what was mapped by it.
 */

#ifndef SELFTESTS_XEN_MAPPING_H
#define SELFTESTS_XEN_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "granted.h"
#include "serve.h"

#define MAPPER_FOLDER	"data/map"
/* What is mapped in one piece can be unmapped in one piece only */
#define MAPPING_CHUNK	64

/**
 * struct mapping - references that a mapper is told
 * @mapper: the mapper
 * @count: number of references
 * @granted: the pages of their directory
 * @directory: the reference of the first of these
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
