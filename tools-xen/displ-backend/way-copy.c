// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's pages are mapped here, and each frame is copied into memory of the
 * card's: what there is where neither kernel nor card can do better.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "device.h"
#include "way.h"
#include "xen.h"

static int copy_create(struct buffer *buffer, uint32_t directory)
{
	uint32_t *refs = calloc(buffer->count, sizeof(*refs));
	uint32_t domid = buffer->device->domid;
	int ret;

	if (!refs)
		return -ENOMEM;
	ret = directory_read(domid, directory, buffer->count, refs);
	if (!ret) {
		buffer->map = xengnttab_map_domain_grant_refs(gnttab, buffer->count,
							      domid, refs, PROT_READ);
		if (!buffer->map)
			ret = -errno;
	}
	free(refs);
	return ret;
}

static bool copy_destroy(struct buffer *buffer)
{
	xengnttab_unmap(gnttab, buffer->map, buffer->count);
	return true;
}

static int copy_attach(struct fb *fb)
{
	int ret, card = fb->buffer->device->card->fd;
	uint64_t offset;

	ret = drmModeCreateDumbBuffer(card, fb->width, fb->height, fb->bytes * 8, 0,
				      &fb->handle, &fb->map_pitch, &fb->map_size);
	if (ret)
		return ret;
	ret = way_add_fb(fb, fb->handle, fb->map_pitch, 0);
	if (ret)
		goto no_fb;
	ret = drmModeMapDumbBuffer(card, fb->handle, &offset);
	if (ret)
		goto no_map;
	fb->map = mmap(NULL, fb->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, card,
		       offset);
	if (fb->map != MAP_FAILED)
		return 0;
	ret = -errno;
no_map:
	drmModeRmFB(card, fb->id);
no_fb:
	drmModeDestroyDumbBuffer(card, fb->handle);
	return ret;
}

static void copy_detach(struct fb *fb)
{
	munmap(fb->map, fb->map_size);
	way_detach(fb);
	drmModeDestroyDumbBuffer(fb->buffer->device->card->fd, fb->handle);
}

static uint64_t copy_draw(struct fb *fb)
{
	const char *from = (const char *)fb->buffer->map + fb->buffer->offset;
	uint32_t y, length = fb->width * fb->bytes;
	char *to = fb->map;

	for (y = 0; y < fb->height; y++, from += fb->pitch, to += fb->map_pitch)
		memcpy(to, from, length);
	return (uint64_t)fb->height * length;
}

const struct way copy_way = {
	.name = "copy",
	.create = copy_create,
	.destroy = copy_destroy,
	.attach = copy_attach,
	.detach = copy_detach,
	.draw = copy_draw,
};
