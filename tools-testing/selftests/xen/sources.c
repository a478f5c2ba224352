// SPDX-License-Identifier: GPL-2.0-only

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

/* finish - what all of them do in the end; with an error it is undone */
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
 * source_dumb - a buffer of a display driver
 * @source: filled in
 * @driver: the driver's name
 * @width: of a picture in pixels of 32 bits
 * @height: of a picture
 *
 * Return: 0 or the error number, as from all of these.
 */
int source_dumb(struct source *source, const char *driver, unsigned int width,
		unsigned int height)
{
	uint32_t handle, pitch;
	uint64_t size, at;

	*source = (struct source){ .fd = -1, .area = MAP_FAILED };
	source->owner = kms_card(driver);
	if (source->owner < 0)
		return ENOENT;
	if (drmModeCreateDumbBuffer(source->owner, width, height, 32, 0, &handle,
				    &pitch, &size) ||
	    drmModeMapDumbBuffer(source->owner, handle, &at) ||
	    drmPrimeHandleToFD(source->owner, handle, DRM_CLOEXEC | DRM_RDWR,
			       &source->fd))
		return finish(source, errno);
	source->pages = size / PEER_PAGE;
	map_pages(source, source->owner, at);
	return finish(source, 0);
}

/**
 * source_heap - a buffer of a dma-heap
 * @source: filled in
 * @heap: the heap's name
 * @pages: how long
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
		.owner = -1,
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

/* create - a dma-buf of parts of a memfd */
static int create(const struct udmabuf_create_item *items, unsigned int count)
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
 * source_memfd - four parts of a memfd, turned round, with gaps in between
 * @source: filled in
 * @pages: how long, a multiple of 4
 */
int source_memfd(struct source *source, unsigned int pages)
{
	struct udmabuf_create_item items[4];
	size_t part = pages / 4 * PEER_PAGE;
	unsigned int i;

	*source = (struct source){ .fd = -1, .pages = pages };
	source->owner = memfd_create("source", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	/* Where its parts are to be seen one behind the other */
	source->size = pages * PEER_PAGE;
	source->area = mmap(NULL, source->size, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	source->map = source->area;
	if (source->owner < 0 || ftruncate(source->owner, 4 * (part + PEER_PAGE)) ||
	    fcntl(source->owner, F_ADD_SEALS, F_SEAL_SHRINK))
		return finish(source, errno);

	for (i = 0; i < 4; i++) {
		items[i] = (struct udmabuf_create_item) {
			.memfd = source->owner,
			.offset = (3 - i) * (part + PEER_PAGE),
			.size = part,
		};
		if (mmap(source->area + i * part, part,
			 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			 source->owner, items[i].offset) == MAP_FAILED)
			return finish(source, errno);
	}
	source->fd = create(items, 4);
	return finish(source, source->fd < 0 ? errno : 0);
}

/**
 * source_huge - a part of a memfd of huge pages, from the middle of the first
 * @source: filled in
 * @pages: how long
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
	source->owner = memfd_create("source", MFD_CLOEXEC | MFD_ALLOW_SEALING |
					       MFD_HUGETLB);
	if (source->owner < 0 || ftruncate(source->owner, huge * HUGE_PAGE) ||
	    fcntl(source->owner, F_ADD_SEALS, F_SEAL_SHRINK))
		ret = errno;
	/* They are mapped whole */
	source->size = huge * HUGE_PAGE;
	if (!ret)
		source->area = mmap(NULL, source->size, PROT_READ | PROT_WRITE,
				    MAP_SHARED, source->owner, 0);
	if (!ret && source->area == MAP_FAILED)
		ret = errno;
	/* What is mapped stays until nobody has it any more */
	file_write(NR_HUGEPAGES, "0");
	if (ret)
		return finish(source, ret);

	source->map = source->area + item.offset;
	item.memfd = source->owner;
	source->fd = create(&item, 1);
	return finish(source, source->fd < 0 ? errno : 0);
}

/**
 * source_video - a picture of a camera
 * @source: filled in; 225 pages
 * @device: a device of vivid
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
	source->owner = video_open(&video);
	if (source->owner < 0)
		return ENOENT;
	if (ioctl(source->owner, VIDIOC_QUERYBUF, &buffer) ||
	    ioctl(source->owner, VIDIOC_EXPBUF, &op))
		return finish(source, errno);
	source->fd = op.fd;
	source->pages = buffer.length / PEER_PAGE;
	map_pages(source, source->owner, buffer.m.offset);
	return finish(source, 0);
}

/**
 * source_close - let go of the buffer and of what it came from
 * @source: filled in; what is -1 or MAP_FAILED there is gone already
 */
void source_close(struct source *source)
{
	if (source->area != MAP_FAILED)
		munmap(source->area, source->size);
	if (source->fd >= 0)
		close(source->fd);
	if (source->owner >= 0)
		close(source->owner);
	source->area = MAP_FAILED;
	source->fd = -1;
	source->owner = -1;
}

/**
 * source_attached - how many devices are attached to a dma-buf
 * @source: the dma-buf, of which nothing else has to be there any more
 *
 * Return: their number, or -1 if there is no such dma-buf.
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
