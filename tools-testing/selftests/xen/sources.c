// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources of imports: dma-bufs of DRM drivers, dma-heaps, memfds and cameras.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "files.h"
#include "granted.h"
#include "kms.h"
#include "sources.h"
#include "video.h"

#define HUGE_PAGE	(512 * PEER_PAGE)
#define NR_HUGEPAGES	"/proc/sys/vm/nr_hugepages"

/* finish - finish a source, or close it after an error; returns the error */
static int finish(struct source *source, int ret)
{
	struct stat st;

	if (!ret && source->area == MAP_FAILED)
		ret = errno;
	if (!ret && fstat(source->fd, &st))
		ret = errno;
	if (ret)
		source_close(source);
	else
		source->inode = st.st_ino;
	return ret;
}

static void map_pages(struct source *source, int fd, off_t at)
{
	source->size = source->pages * PEER_PAGE;
	source->area = mmap(NULL, source->size, PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, at);
	source->map = source->area;
}

/**
 * source_dumb - allocate a dumb buffer of a display driver
 * @source: filled in
 * @driver: name of the driver
 * @width: width in pixels of 32 bits
 * @height: height in pixels
 *
 * Return: 0 or the error number; ENOENT if there is no such card.
 */
int source_dumb(struct source *source, const char *driver, unsigned int width,
		unsigned int height)
{
	uint32_t handle, pitch;
	uint64_t size, at;

	*source = (struct source){ .fd = -1, .area = MAP_FAILED };
	source->origin = kms_card(driver);
	if (source->origin < 0)
		return ENOENT;
	if (drmModeCreateDumbBuffer(source->origin, width, height, 32, 0, &handle,
				    &pitch, &size) ||
	    drmModeMapDumbBuffer(source->origin, handle, &at) ||
	    drmPrimeHandleToFD(source->origin, handle, DRM_CLOEXEC | DRM_RDWR,
			       &source->fd))
		return finish(source, errno);
	source->pages = size / PEER_PAGE;
	map_pages(source, source->origin, at);
	return finish(source, 0);
}

/**
 * source_heap - allocate a buffer of a dma-heap
 * @source: filled in
 * @heap: name of the heap
 * @pages: number of pages
 *
 * Return: 0 or the error number.
 */
int source_heap(struct source *source, const char *heap, unsigned int pages)
{
	struct dma_heap_allocation_data op = {
		.len = pages * PEER_PAGE,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	char path[64];
	int fd, ret;

	*source = (struct source){
		.fd = -1,
		.origin = -1,
		.pages = pages,
		.area = MAP_FAILED,
	};
	snprintf(path, sizeof(path), "/dev/dma_heap/%s", heap);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno;
	ret = ioctl(fd, DMA_HEAP_IOCTL_ALLOC, &op) ? errno : 0;
	close(fd);
	if (ret)
		return ret;
	source->fd = op.fd;
	map_pages(source, op.fd, 0);
	return finish(source, 0);
}

/**
 * source_pages - allocate a buffer of any exporter that does not need a device
 * @source: filled in
 * @pages: number of pages
 *
 * Kernels of some distributions have no heap.
 *
 * Return: 0 or the error number.
 */
int source_pages(struct source *source, unsigned int pages)
{
	int ret = source_heap(source, "system", pages);

	/* A line of 1024 pixels is one page. */
	return ret == ENOENT ? source_dumb(source, "vgem", 1024, pages) : ret;
}

/* udmabuf_create - create a dma-buf of parts of a memfd; -1 on errors */
static int udmabuf_create(const struct udmabuf_create_item *items,
			  unsigned int count)
{
	int fd, udmabuf = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	struct {
		struct udmabuf_create_list head;
		struct udmabuf_create_item items[4];
	} op = { .head = { .flags = UDMABUF_FLAGS_CLOEXEC, .count = count } };

	memcpy(op.items, items, count * sizeof(*items));
	fd = ioctl(udmabuf, UDMABUF_CREATE_LIST, &op);
	if (udmabuf >= 0)
		close(udmabuf);
	return fd;
}

/**
 * source_memfd - create a dma-buf of four parts of a memfd in reverse order
 * @source: filled in
 * @pages: number of pages, a multiple of 4
 *
 * A page of the memfd is left out between the parts.
 *
 * Return: 0 or the error number.
 */
int source_memfd(struct source *source, unsigned int pages)
{
	struct udmabuf_create_item items[4];
	size_t part = pages / 4 * PEER_PAGE;
	unsigned int i;

	*source = (struct source){ .fd = -1, .pages = pages };
	source->origin = memfd_create("source", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	/* The mapping shows the parts in the order of the dma-buf */
	source->size = pages * PEER_PAGE;
	source->area = mmap(NULL, source->size, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	source->map = source->area;
	if (source->origin < 0 ||
	    ftruncate(source->origin, 4 * (part + PEER_PAGE)) ||
	    fcntl(source->origin, F_ADD_SEALS, F_SEAL_SHRINK))
		return finish(source, errno);

	for (i = 0; i < 4; i++) {
		items[i] = (struct udmabuf_create_item) {
			.memfd = source->origin,
			.offset = (3 - i) * (part + PEER_PAGE),
			.size = part,
		};
		if (mmap(source->area + i * part, part,
			 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			 source->origin, items[i].offset) == MAP_FAILED)
			return finish(source, errno);
	}
	source->fd = udmabuf_create(items, 4);
	return finish(source, source->fd < 0 ? errno : 0);
}

/**
 * source_huge - create a dma-buf of a part of a memfd of huge pages
 * @source: filled in
 * @pages: number of pages
 *
 * The part begins in the middle of the first huge page.
 *
 * Return: 0 or the error number; EOPNOTSUPP or ENOENT without huge pages.
 */
int source_huge(struct source *source, unsigned int pages)
{
	unsigned int huge = pages / 512 + 2;
	char text[16];
	struct udmabuf_create_item item = {
		.offset = HUGE_PAGE / 2,
		.size = pages * PEER_PAGE,
	};
	int ret;

	*source = (struct source){ .fd = -1, .pages = pages, .area = MAP_FAILED };
	snprintf(text, sizeof(text), "%u", huge);
	ret = file_write(NR_HUGEPAGES, text);
	if (ret)
		return ret;
	source->origin = memfd_create("source", MFD_CLOEXEC | MFD_ALLOW_SEALING |
						MFD_HUGETLB);
	if (source->origin < 0 || ftruncate(source->origin, huge * HUGE_PAGE) ||
	    fcntl(source->origin, F_ADD_SEALS, F_SEAL_SHRINK))
		ret = errno;
	/* mmap() maps whole huge pages */
	source->size = huge * HUGE_PAGE;
	if (!ret)
		source->area = mmap(NULL, source->size, PROT_READ | PROT_WRITE,
				    MAP_SHARED, source->origin, 0);
	if (!ret && source->area == MAP_FAILED)
		ret = errno;
	/* The kernel frees the allocated huge pages after their last use */
	file_write(NR_HUGEPAGES, "0");
	if (ret)
		return finish(source, ret);

	source->map = source->area + item.offset;
	item.memfd = source->origin;
	source->fd = udmabuf_create(&item, 1);
	return finish(source, source->fd < 0 ? errno : 0);
}

/**
 * source_video - allocate a buffer of a camera
 * @source: filled in; the buffer has 225 pages
 * @device: bus name of a device of vivid
 *
 * Return: 0 or the error number; ENOENT if there is no such camera.
 */
int source_video(struct source *source, const char *device)
{
	struct video video = {
		.name = device,
		.input = WEBCAM,
		.width = 640,
		.height = 360,
		.format = V4L2_PIX_FMT_XBGR32,
		.memory = V4L2_MEMORY_MMAP,
		.buffers = 1,
	};
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct v4l2_exportbuffer op = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.flags = O_RDWR | O_CLOEXEC,
	};

	*source = (struct source){ .fd = -1, .area = MAP_FAILED };
	source->origin = video_open(&video);
	if (source->origin < 0)
		return ENOENT;
	if (ioctl(source->origin, VIDIOC_QUERYBUF, &buffer) ||
	    ioctl(source->origin, VIDIOC_EXPBUF, &op))
		return finish(source, errno);
	source->fd = op.fd;
	source->pages = buffer.length / PEER_PAGE;
	map_pages(source, source->origin, buffer.m.offset);
	return finish(source, 0);
}

/**
 * source_close - close the dma-buf, its mapping and its origin
 * @source: the source, which may be closed already or opened in part
 */
void source_close(struct source *source)
{
	if (source->area != MAP_FAILED)
		munmap(source->area, source->size);
	if (source->fd >= 0)
		close(source->fd);
	if (source->origin >= 0)
		close(source->origin);
	source->area = MAP_FAILED;
	source->fd = -1;
	source->origin = -1;
}

/**
 * source_attached - count the attachments of a dma-buf
 * @source: the dma-buf, which may be closed already
 *
 * Return: the number of attachments, or -1 if the dma-buf is released.
 */
int source_attached(const struct source *source)
{
	FILE *file = fopen("/sys/kernel/debug/dma_buf/bufinfo", "r");
	unsigned long inode;
	bool found = false;
	char line[256];
	int n = -1;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*u %*x %*x %*u %*s %lu", &inode) == 1)
			found = inode == source->inode;
		else if (found && sscanf(line, "Total %d devices", &n) == 1)
			break;
	}
	fclose(file);
	return n;
}
