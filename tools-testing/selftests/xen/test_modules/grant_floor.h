/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The requests of the test module grant_floor, on /dev/grant_floor.
 *
 * An open file is one set of pages: prepared, mapped and unmapped any number of
 * times, freed.  Each request says how long its step took in nanoseconds, which
 * are instructions in a deterministic run of the lab.
 */

#ifndef SELFTESTS_XEN_GRANT_FLOOR_H
#define SELFTESTS_XEN_GRANT_FLOOR_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct grant_floor_prepare - pages for grants to be mapped on
 * @domid: in, the domain that granted
 * @count: in, number of elements of @refs, at least 1
 * @refs: in, address of the references
 * @ns: out, what gnttab_alloc_pages() took
 */
struct grant_floor_prepare {
	__u32 domid;
	__u32 count;
	__u64 refs;
	__u64 ns;
};

#define GRANT_FLOOR_PREPARE	_IOWR('F', 0, struct grant_floor_prepare)

/* The bare hypercalls; errors: EINVAL out of order, EIO Xen refused. */
#define GRANT_FLOOR_MAP		_IOR('F', 1, __u64)
#define GRANT_FLOOR_UNMAP	_IOR('F', 2, __u64)

/* gnttab_map_refs() and gnttab_unmap_refs(), as for those */
#define GRANT_FLOOR_MAP_REFS	_IOR('F', 3, __u64)
#define GRANT_FLOOR_UNMAP_REFS	_IOR('F', 4, __u64)

/* gnttab_free_pages(), when nothing is mapped */
#define GRANT_FLOOR_FREE	_IOR('F', 5, __u64)

#endif /* SELFTESTS_XEN_GRANT_FLOOR_H */
