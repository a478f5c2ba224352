/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dma-bufs of this domain, from every exporter that a kernel for tests has, as
 * sources of imports.
 */

#ifndef SELFTESTS_XEN_SOURCES_H
#define SELFTESTS_XEN_SOURCES_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct source - a dma-buf, and the memory it was made of
 * @fd: the dma-buf
 * @pages: number of its pages
 * @map: mapping of its memory, through @origin if there is one
 * @area: the mapping that contains @map
 * @size: size of @area in bytes
 * @origin: file of the memory: a DRM card, a camera or a memfd; or -1
 * @inode: inode number of the dma-buf in the list of the dma-buf core
 */
struct source {
	int fd;
	unsigned int pages;
	uint32_t *map;
	void *area;
	size_t size;
	int origin;
	unsigned long inode;
};

int source_dumb(struct source *source, const char *driver, unsigned int width,
		unsigned int height);
int source_heap(struct source *source, const char *heap, unsigned int pages);
int source_pages(struct source *source, unsigned int pages);
int source_memfd(struct source *source, unsigned int pages);
int source_huge(struct source *source, unsigned int pages);
int source_video(struct source *source, const char *device);
void source_close(struct source *source);
int source_attached(const struct source *source);

/* Name of the dma-heap of the default CMA area */
#define CMA_HEAP	"reserved"

#endif /* SELFTESTS_XEN_SOURCES_H */
