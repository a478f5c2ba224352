/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The requests of the test module grant_floor, on /dev/grant_floor.
 *
 * An open file has one set of pages, which a program prepares, maps and unmaps
 * any number of times, and frees.  Each request returns its duration in
 * nanoseconds.  With QEMU's -icount shift=0 a nanosecond is an instruction.
 */

#ifndef SELFTESTS_XEN_GRANT_FLOOR_H
#define SELFTESTS_XEN_GRANT_FLOOR_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct grant_floor_prepare - allocate local pages for granted pages
 * @domid: in, the granting domain
 * @count: in, number of elements of @refs, at least 1
 * @refs: in, address of the references
 * @ns: out, duration of gnttab_alloc_pages()
 */
struct grant_floor_prepare {
	__u32 domid;
	__u32 count;
	__u64 refs;
	__u64 ns;
};

#define GRANT_FLOOR_PREPARE	_IOWR('F', 0, struct grant_floor_prepare)

/* The bare hypercalls; errors: EINVAL wrong order of requests, EIO from Xen */
#define GRANT_FLOOR_MAP		_IOR('F', 1, __u64)
#define GRANT_FLOOR_UNMAP	_IOR('F', 2, __u64)

/* gnttab_map_refs() and gnttab_unmap_refs(); the same errors */
#define GRANT_FLOOR_MAP_REFS	_IOR('F', 3, __u64)
#define GRANT_FLOOR_UNMAP_REFS	_IOR('F', 4, __u64)

/* gnttab_free_pages(); EINVAL while the pages are mapped */
#define GRANT_FLOOR_FREE	_IOR('F', 5, __u64)

#endif /* SELFTESTS_XEN_GRANT_FLOOR_H */
