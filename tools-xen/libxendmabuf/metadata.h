/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizes that both sides check, in metadata of the caller and of the peer domain.
 */

#ifndef XENDMABUF_METADATA_H
#define XENDMABUF_METADATA_H

#include <stdbool.h>

#include "xendmabuf.h"

/* Size of the page that a grant reference names, on every architecture */
#define XEN_PAGE	4096U

/* metadata_fits - the metadata is possible for a buffer of this size */
static inline bool metadata_fits(const struct xendmabuf_metadata *metadata,
				 uint32_t pages, uint32_t data_ofs)
{
	return metadata->size <= XENDMABUF_BYTES_MAX &&
	       (uint64_t)metadata->stride * metadata->height <=
	       (uint64_t)pages * XEN_PAGE - data_ofs;
}

#endif /* XENDMABUF_METADATA_H */
