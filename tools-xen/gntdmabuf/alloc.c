// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocate the buffer to import from a display driver or a dma-heap, or take an
 * inherited descriptor.  The command import calls this.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <drm.h>
#include <drm_mode.h>
#include <linux/dma-heap.h>

#include "gntdmabuf.h"

#define HEAPS	"/dev/dma_heap"
#define CARDS	"/dev/dri"

/* open_driver - open the first card of a driver; -1 if it has none */
static int open_driver(const char *name)
{
	unsigned int i;

	for (i = 0; i < 64; i++) {
		char path[32], driver[64] = "";
		struct drm_version version = {
			.name = driver,
			.name_len = sizeof(driver) - 1,
		};
		int fd;

		snprintf(path, sizeof(path), CARDS "/card%u", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!ioctl(fd, DRM_IOCTL_VERSION, &version) &&
		    !strcmp(driver, name))
			return fd;
		close(fd);
	}
	return -1;
}

static int open_card(const char *card)
{
	int fd;

	if (*card == '/') {
		fd = open(card, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			err(1, "card %s", card);
		return fd;
	}
	fd = open_driver(card);
	if (fd < 0)
		errx(1, "this user can open no card of a driver '%s': try 'modprobe %s', or a path in "
		     CARDS, card, card);
	return fd;
}

/* alloc_dumb - allocate a dumb buffer; text is CARD:WIDTHxHEIGHT */
static int alloc_dumb(char *text)
{
	struct drm_mode_create_dumb create = { .bpp = 32 };
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	/* The path of a card may contain colons */
	char *size = strrchr(text, ':');
	const char *rest = NULL;
	int card;

	if (size) {
		*size++ = 0;
		rest = parse_dimensions(size, &create.width, &create.height);
	}
	if (!rest || *rest)
		errx(1, "the form of a dumb buffer is dumb:CARD:WIDTHxHEIGHT, as in dumb:vkms:1920x1080");
	card = open_card(text);
	if (ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &create))
		err(1, "card %s: no dumb buffer of %ux%u", text, create.width,
		    create.height);
	prime.handle = create.handle;
	if (ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime))
		err(1, "card %s: no dma-buf of its dumb buffer", text);
	return prime.fd;
}

/* alloc_heap - allocate a buffer of a dma-heap; text is NAME:SIZE */
static int alloc_heap(char *text)
{
	struct dma_heap_allocation_data alloc = {
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	char *size = strrchr(text, ':');
	char path[256];
	int heap;

	if (!size)
		errx(1, "the form of a heap buffer is heap:NAME:SIZE, as in heap:system:8M");
	*size++ = 0;
	alloc.len = parse_size(size, "SIZE");
	snprintf(path, sizeof(path), HEAPS "/%s", text);
	heap = open(path, O_RDWR | O_CLOEXEC);
	if (heap < 0)
		errx(1, "heap %s: %s: 'ls " HEAPS "' lists the heaps", text,
		     strerror(errno));
	if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &alloc))
		err(1, "heap %s: no buffer of %s bytes", text, size);
	return alloc.fd;
}

static int inherited_fd(const char *text)
{
	int fd = parse_number(text, INT32_MAX,
			      "a BUFFER without dumb: or heap:");

	if (fcntl(fd, F_GETFD) < 0)
		errx(1, "descriptor %d is not open: let the program that has the buffer start gntdmabuf",
		     fd);
	return fd;
}

/**
 * alloc_buffer - get the buffer that an argument describes
 * @from: the argument BUFFER of import
 *
 * Return: the descriptor of the dma-buf; ends the program on an error.
 */
int alloc_buffer(const char *from)
{
	char *text = strdup(from);
	int fd;

	if (!text)
		err(1, "%s", from);
	if (!strncmp(text, "dumb:", 5))
		fd = alloc_dumb(text + 5);
	else if (!strncmp(text, "heap:", 5))
		fd = alloc_heap(text + 5);
	else
		fd = inherited_fd(text);
	free(text);
	return fd;
}
