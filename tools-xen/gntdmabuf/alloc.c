// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parse the description of the buffer to grant, and allocate it from a display
 * driver or a dma-heap, or take an inherited descriptor.  The commands import and offer call
 * this.
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

/* parse_dumb - parse CARD:WIDTHxHEIGHT */
static void parse_dumb(struct alloc_request *request)
{
	/* The path of a card may contain colons */
	char *size = strrchr(request->name, ':');
	const char *rest = NULL;

	if (size) {
		*size++ = 0;
		rest = parse_dimensions(size, &request->width, &request->height);
	}
	if (!rest || *rest)
		errx(1, "the form of a dumb buffer is dumb:CARD:WIDTHxHEIGHT, as in dumb:vkms:1920x1080");
	/* A driver can make the lines longer */
	request->size = request->width * 4ULL * request->height;
}

static int alloc_dumb(const struct alloc_request *request)
{
	struct drm_mode_create_dumb create = {
		.width = request->width,
		.height = request->height,
		.bpp = 32,
	};
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	int card = open_card(request->name);

	if (ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &create))
		err(1, "card %s: no dumb buffer of %ux%u", request->name,
		    create.width, create.height);
	prime.handle = create.handle;
	if (ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime))
		err(1, "card %s: no dma-buf of its dumb buffer", request->name);
	return prime.fd;
}

/* parse_heap - parse NAME:SIZE */
static void parse_heap(struct alloc_request *request)
{
	char *size = strrchr(request->name, ':');

	if (!size)
		errx(1, "the form of a heap buffer is heap:NAME:SIZE, as in heap:system:8M");
	*size++ = 0;
	request->size = parse_size(size, "SIZE");
}

static int alloc_heap(const struct alloc_request *request)
{
	struct dma_heap_allocation_data alloc = {
		.len = request->size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	char path[256];
	int heap;

	snprintf(path, sizeof(path), HEAPS "/%s", request->name);
	heap = open(path, O_RDWR | O_CLOEXEC);
	if (heap < 0)
		errx(1, "heap %s: %s: 'ls " HEAPS "' lists the heaps", request->name,
		     strerror(errno));
	if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &alloc))
		err(1, "heap %s: no buffer of %llu bytes", request->name,
		    (unsigned long long)alloc.len);
	return alloc.fd;
}

/* inherited_fd - the descriptor with this number, which must be a dma-buf */
static void inherited_fd(struct alloc_request *request, const char *text)
{
	off_t size;

	request->fd = parse_number(text, INT32_MAX,
				   "a BUFFER without dumb: or heap:");
	if (fcntl(request->fd, F_GETFD) < 0)
		errx(1, "descriptor %d is not open: let the program that has the buffer start gntdmabuf",
		     request->fd);
	size = lseek(request->fd, 0, SEEK_END);
	if (size <= 0)
		errx(1, "descriptor %s is not a dma-buf", text);
	request->size = size;
}

/**
 * alloc_parse - parse the argument that describes a buffer
 * @request: filled in
 * @text: the argument BUFFER
 *
 * Ends the program on an error.  Call this before any other open(), so that a number
 * can only be an inherited descriptor.
 */
void alloc_parse(struct alloc_request *request, const char *text)
{
	request->fd = -1;
	request->name = strdup(text);
	if (!request->name)
		err(1, "%s", text);
	if (!strncmp(text, "dumb:", 5)) {
		request->alloc = alloc_dumb;
		request->name += 5;
		parse_dumb(request);
	} else if (!strncmp(text, "heap:", 5)) {
		request->alloc = alloc_heap;
		request->name += 5;
		parse_heap(request);
	} else {
		inherited_fd(request, text);
	}
}

/* available_memory - memory that this domain can allocate, in bytes */
static uint64_t available_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kib = UINT64_MAX >> 10;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib << 10;
}

/**
 * alloc_pages - number of pages of a buffer
 * @size: its size in bytes
 *
 * Return: the number.
 */
uint64_t alloc_pages(uint64_t size)
{
	return size / XEN_PAGE + !!(size % XEN_PAGE);
}

/**
 * alloc_too_large - end the program because a buffer is over the limit
 * @pages: its number of pages
 * @limit: the largest one that the kernel grants
 */
_Noreturn void alloc_too_large(unsigned long long pages, uint32_t limit)
{
	errx(1, "%llu pages are more than the limit of %u: write a larger limit to /sys/module/xen_gntdev/parameters/limit",
	     pages, limit);
}

/**
 * alloc_run - get the buffer that was described
 * @request: filled in by alloc_parse()
 * @max_pages: the largest number of pages of a buffer
 *
 * A heap allocates whatever it is asked for: the kernel would end other programs to
 * get the memory.  So a buffer larger than the available memory is refused.
 *
 * Return: the descriptor of the dma-buf; ends the program on an error.
 */
int alloc_run(const struct alloc_request *request, uint32_t max_pages)
{
	uint64_t available;

	if (alloc_pages(request->size) > max_pages)
		alloc_too_large(alloc_pages(request->size), max_pages);
	if (!request->alloc)
		return request->fd;
	available = available_memory();
	if (request->size > available)
		errx(1, "%llu MiB are more than the available memory of %llu MiB: give this domain more with 'xl mem-set'",
		     (unsigned long long)request->size >> 20,
		     (unsigned long long)available >> 20);
	return request->alloc(request);
}
