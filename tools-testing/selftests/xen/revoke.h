/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of the programs that test the revocation of exported buffers.
 * Included after fixture.h.
 */

#ifndef SELFTESTS_XEN_REVOKE_H
#define SELFTESTS_XEN_REVOKE_H

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "touch.h"

static inline uint32_t *map_readonly(size_t size, int fd)
{
	return mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
}

/* is_revoked - whether an access to each page raises SIGBUS */
static inline bool is_revoked(const void *map, size_t size)
{
	size_t at;

	for (at = 0; at < size; at += PEER_PAGE)
		if (touch((const uint8_t *)map + at) || touch_signal != SIGBUS)
			return false;
	return true;
}

/* is_usable - whether a buffer is alive and can be mapped, read and synchronised */
static inline bool is_usable(int gntdev, const struct gntdev_dmabuf_export *op)
{
	size_t bad, size = op->count * PEER_PAGE;
	uint32_t *map = map_readonly(size, op->fd);

	if (map == MAP_FAILED)
		return false;
	bad = touch_all(map, size);
	munmap(map, size);
	return !bad && !sync_cpu(op->fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ) &&
	       !sync_cpu(op->fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ) &&
	       wait_id(gntdev, op->id, 0) == ETIMEDOUT;
}

/* mmap_error - the error number of mmap(), 0 if it succeeds */
static inline int mmap_error(int fd)
{
	void *map = map_readonly(PEER_PAGE, fd);

	if (map == MAP_FAILED)
		return errno;
	munmap(map, PEER_PAGE);
	return 0;
}

/* linux_since - whether this kernel is of that release or of a later one */
static inline bool linux_since(unsigned int version, unsigned int patchlevel)
{
	unsigned int own_version, own_patchlevel;
	struct utsname name;

	if (uname(&name) ||
	    sscanf(name.release, "%u.%u", &own_version, &own_patchlevel) != 2)
		return false;
	return own_version > version ||
	       (own_version == version && own_patchlevel >= patchlevel);
}

/*
 * no_kernel_mapping - the error number when the kernel maps a revoked buffer
 *
 * Before Linux 6.2 the kernel maps a page of zeroes instead.
 */
static inline int no_kernel_mapping(void)
{
	return linux_since(6, 2) ? EINVAL : 0;
}

#endif /* SELFTESTS_XEN_REVOKE_H */
