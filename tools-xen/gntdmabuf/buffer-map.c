// SPDX-License-Identifier: GPL-2.0-only
/*
 * Map a dma-buf into this program and read it.  The commands that read buffers
 * call this.
 */

#include <err.h>
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "gntdmabuf.h"

/**
 * buffer_sync - begin or end CPU access to a buffer
 * @fd: the dma-buf
 * @flags: DMA_BUF_SYNC_*
 */
void buffer_sync(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	while (ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync))
		if (errno != EINTR && errno != EAGAIN)
			err(1, "the buffer cannot be accessed");
}

/**
 * buffer_map - map a buffer read-only and begin CPU access
 * @map: filled in
 * @fd: the dma-buf
 */
void buffer_map(struct buffer_map *map, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);

	if (size < 0)
		err(1, "the size of the buffer is unknown");
	map->fd = fd;
	map->size = size;
	map->bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (map->bytes == MAP_FAILED && errno == ENOSPC)
		errx(1, "the buffer cannot be read: Xen cannot map its pages once more, because one of them is named too often or no handle is free");
	if (map->bytes == MAP_FAILED)
		err(1, "the buffer of %zu bytes cannot be mapped", map->size);
	buffer_sync(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
}

/**
 * buffer_unmap - end CPU access and unmap the buffer
 * @map: filled in by buffer_map()
 */
void buffer_unmap(struct buffer_map *map)
{
	buffer_sync(map->fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	munmap((void *)map->bytes, map->size);
}
