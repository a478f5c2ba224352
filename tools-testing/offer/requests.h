/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The number of requests to gntdev and gntalloc.
 */

#ifndef OFFER_REQUESTS_H
#define OFFER_REQUESTS_H

#include <stdint.h>

uint64_t grant_requests(void);

#endif /* OFFER_REQUESTS_H */
