/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dma-bufs of this domain, from every exporter that the lab's kernels have.
 */

#ifndef SELFTESTS_XEN_SOURCES_H
#define SELFTESTS_XEN_SOURCES_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct source - a dma-buf and whose it is
 * @fd: the dma-buf
 * @pages: how long it is
 * @map: where its owner finds it, without the dma-buf where there is a way
 * @area: the mapping that @map is in
 * @size: of that
 * @owner: what the memory came from: a card, a camera or a memfd; or -1
 * @inode: names the dma-buf in the list of the dma-buf core
 */
struct source {
	int fd;
	unsigned int pages;
	uint32_t *map;
	void *area;
	size_t size;
	int owner;
	unsigned long inode;
};

int source_dumb(struct source *source, const char *driver, unsigned int width,
		unsigned int height);
int source_heap(struct source *source, const char *heap, unsigned int pages);
int source_memfd(struct source *source, unsigned int pages);
int source_huge(struct source *source, unsigned int pages);
int source_video(struct source *source, const char *device);
void source_close(struct source *source);
int source_attached(const struct source *source);

/* The heap of the CMA area, where the platform does not say its name */
#define CMA_HEAP	"reserved"

#endif /* SELFTESTS_XEN_SOURCES_H */
