// SPDX-License-Identifier: GPL-2.0-only
/* Pages that this domain grants to itself, see own-grants.h */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "own-grants.h"
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

int gntdev;

/* grant_pages - allocate pages that this domain grants to itself; @refs are the references */
volatile uint32_t *grant_pages(unsigned int n, uint32_t *refs)
{
	struct ioctl_gntalloc_alloc_gref *op = calloc(1, sizeof(*op) + 4 * n);
	int file = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	void *data;

	if (!op)
		err(2, "memory");
	op->domid = OWN_DOMAIN;
	op->flags = GNTALLOC_FLAG_WRITABLE;
	op->count = n;
	if (file < 0 || ioctl(file, IOCTL_GNTALLOC_ALLOC_GREF, op))
		err(2, "gntalloc");
	data = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, op->index);
	if (data == MAP_FAILED)
		err(2, "gntalloc: mmap");
	memcpy(refs, op->gref_ids, 4 * n);
	free(op);
	return data;
}

uint32_t grant_page(void)
{
	uint32_t ref;

	grant_pages(1, &ref);
	return ref;
}

/* add_map - give gntdev references of this domain to map; returns the offset for mmap() */
uint64_t add_map(unsigned int n, const uint32_t *refs)
{
	struct ioctl_gntdev_map_grant_ref *op = calloc(1, sizeof(*op) + sizeof(op->refs[0]) * n);
	uint64_t offset;
	unsigned int i;

	if (!op)
		err(2, "memory");
	op->count = n;
	for (i = 0; i < n; i++) {
		op->refs[i].domid = OWN_DOMAIN;
		op->refs[i].ref = refs[i];
	}
	if (ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, op))
		err(2, "MAP_GRANT_REF");
	offset = op->index;
	free(op);
	return offset;
}

/* map_grants - map the references of add_map() */
void *map_grants(unsigned int n, uint64_t offset)
{
	void *map = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, gntdev, offset);

	if (map == MAP_FAILED)
		err(2, "map of the grants");
	return map;
}

/* remove_map - undo add_map() */
int remove_map(unsigned int n, uint64_t offset)
{
	struct ioctl_gntdev_unmap_grant_ref op = { .index = offset, .count = n };

	return ioctl(gntdev, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op) ? errno : 0;
}
