// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device.h"
#include "way.h"
#include "xen.h"

/* The best first; "auto" is all of them that the kernel can go */
#define WAYS	3

static const struct way *const all[WAYS] = { &import_way, &export_way, &copy_way };

static const struct way *open_ways[WAYS + 1];
static uint32_t max_pages = 65536;

/**
 * ways_open - decide which ways are open
 * @mode: the name of one, or "auto"
 *
 * Ends the program if that is none.
 */
void ways_open(const char *mode)
{
	struct xengnttab_dmabuf_info info = { 0 };
	unsigned int i, n = 0;
	bool able;

	able = !xengnttab_dmabuf_query(gnttab, &info);
	if (able)
		max_pages = info.max_pages;
	for (i = 0; i < WAYS; i++) {
		if (strcmp(mode, "auto") && strcmp(mode, all[i]->name))
			continue;
		if (able || all[i] == &copy_way)
			open_ways[n++] = all[i];
		else if (strcmp(mode, "auto"))
			err(1, "%s: this kernel makes no dma-bufs of grants", mode);
	}
	if (!n)
		errx(2, "%s: no such mode", mode);
}

/**
 * ways_max_pages - how much there may be
 *
 * Return: pages that a buffer can have, and all of a guest together.
 */
uint32_t ways_max_pages(void)
{
	return max_pages;
}

/**
 * ways_create - get at a guest's buffer by the best way
 * @buffer: its size and measures are known
 * @ours: the guest wants memory of ours
 * @directory: the grant of the first page of its directory
 *
 * Return: 0 and @buffer has a way; -EOPNOTSUPP if there is none, or the error of
 * the last that was tried.
 */
int ways_create(struct buffer *buffer, bool ours, uint32_t directory)
{
	int ret = -EOPNOTSUPP;
	unsigned int i;

	for (i = 0; open_ways[i]; i++) {
		if (open_ways[i]->ours != ours)
			continue;
		buffer->way = open_ways[i];
		ret = buffer->way->create(buffer, directory);
		if (!ret)
			break;
	}
	return ret;
}

/**
 * way_open - have an eventfd by which the kernel tells that a buffer is released
 * @buffer: whose @released it is; buffer_released() is called then
 *
 * Return: 0 or a negative error number.
 */
int way_open(struct buffer *buffer)
{
	int ret, fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	ret = loop_add(&buffer->released, fd, buffer_released);
	if (ret)
		close(fd);
	return ret;
}

/**
 * way_close - nobody tells any more
 * @buffer: of way_open()
 */
void way_close(struct buffer *buffer)
{
	loop_remove(&buffer->released);
	close(buffer->released.fd);
}

/**
 * way_add_fb - make a framebuffer of the card's
 * @fb: whose @id is filled in
 * @handle: of the card's memory
 * @pitch: from line to line, in bytes
 * @offset: where the picture begins, in bytes
 *
 * Return: 0 or an error of the card's.
 */
int way_add_fb(struct fb *fb, uint32_t handle, uint32_t pitch, uint32_t offset)
{
	uint32_t handles[4] = { handle }, pitches[4] = { pitch }, offsets[4] = { offset };

	return drmModeAddFB2(fb->buffer->device->card->fd, fb->width, fb->height,
			     fb->format, handles, pitches, offsets, &fb->id, 0);
}

/**
 * way_attach - make a framebuffer where the card sees the guest's pixels
 * @fb: whose @id is filled in
 *
 * Return: 0 or an error of the card's.
 */
int way_attach(struct fb *fb)
{
	return way_add_fb(fb, fb->buffer->handle, fb->pitch, fb->buffer->offset);
}

/**
 * way_detach - let go of a framebuffer
 * @fb: of way_attach()
 */
void way_detach(struct fb *fb)
{
	drmModeRmFB(fb->buffer->device->card->fd, fb->id);
}
