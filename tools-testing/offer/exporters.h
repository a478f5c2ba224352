/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffers of each exporter that the second guest has.
 */

#ifndef OFFER_EXPORTERS_H
#define OFFER_EXPORTERS_H

#include "buffers.h"
#include "sources.h"

int exporter_make(struct source *source, enum exporter exporter, unsigned int pages);

#endif /* OFFER_EXPORTERS_H */
