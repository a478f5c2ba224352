/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that break the protocol of libxendmabuf, on each side.
 */

#ifndef OFFER_LIES_H
#define OFFER_LIES_H

#include <stdint.h>

uint64_t lie_begin(unsigned int domid, unsigned int kind);
uint64_t lie_connect(unsigned int domid, uint64_t id);
uint64_t lie_send(uint32_t type, uint64_t low, uint32_t size);

#endif /* OFFER_LIES_H */
