/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLIENTS_RELEASE_H
#define CLIENTS_RELEASE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "calls.h"

/* Milliseconds.  Only a release that never comes takes so long. */
#define RELEASE_MS	300000

/* wait_release - wait until a buffer is released; false if that does not happen */
static inline bool wait_release(int gntdev, uint64_t id)
{
	int ret = wait_id(gntdev, id, RELEASE_MS);

	return !ret || ret == ENOENT;
}

#endif /* CLIENTS_RELEASE_H */
