/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mappings that gntdev makes without a dma-buf: two pages of the frame of the
 * guest PEER.
 */

#ifndef SELFTESTS_XEN_GRANT_MAP_H
#define SELFTESTS_XEN_GRANT_MAP_H

#include <stdint.h>
#include <sys/mman.h>

#include "calls.h"
#include "peer.h"

/* <xen/gntdev.h> leaves them to the program */
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#ifndef __user
#define __user
#endif
#include <xen/gntdev.h>

/* map_request - ask for a mapping of two pages, the second of domain @domid2 */
static inline int map_request(int gntdev, const struct peer *peer,
			      unsigned int domid2, uint64_t *index)
{
	uint8_t buffer[sizeof(struct ioctl_gntdev_map_grant_ref) +
		       sizeof(struct ioctl_gntdev_grant_ref)] = { 0 };
	struct ioctl_gntdev_map_grant_ref *op = (void *)buffer;
	struct ioctl_gntdev_grant_ref *refs = op->refs;
	int ret;

	op->count = 2;
	refs[0].domid = peer->domid;
	refs[0].ref = peer->refs[0];
	refs[1].domid = domid2;
	refs[1].ref = peer->refs[1];
	ret = call(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, op);
	*index = op->index;
	return ret;
}

static inline int unmap_request(int gntdev, uint64_t index)
{
	struct ioctl_gntdev_unmap_grant_ref op = { .index = index, .count = 2 };

	return call(gntdev, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op);
}

static inline uint32_t *map_index(int gntdev, uint64_t index)
{
	return mmap(NULL, 2 * PEER_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		    gntdev, index);
}

#endif /* SELFTESTS_XEN_GRANT_MAP_H */
