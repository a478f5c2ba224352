// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transfer by copy: the backend maps the guest's pages and copies each frame
 * into a dumb buffer of the card.  It works with every kernel and every card
 * that has dumb buffers.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "xen.h"
#include "xfer-ops.h"

static int copy_create(struct xfer_buffer *buffer, uint32_t directory)
{
	uint32_t *refs = calloc(buffer->count, sizeof(*refs));
	struct domain *domain = buffer->domain;
	int ret;

	if (!refs)
		return -ENOMEM;
	ret = directory_read(domain, directory, buffer->count, refs);
	if (!ret) {
		buffer->map = xengnttab_map_domain_grant_refs(domain->gnttab,
							      buffer->count,
							      domain->domid,
							      refs, PROT_READ);
		if (!buffer->map)
			ret = -errno;
	}
	free(refs);
	return ret;
}

static bool copy_destroy(struct xfer_buffer *buffer)
{
	xengnttab_unmap(buffer->domain->gnttab, buffer->map, buffer->count);
	return true;
}

static int copy_attach(struct xfer_fb *fb)
{
	int ret, card = fb->buffer->card->fd;
	uint64_t offset;

	ret = drmModeCreateDumbBuffer(card, fb->width, fb->height,
				      fb->bytes * 8, 0, &fb->handle,
				      &fb->map_pitch, &fb->map_size);
	if (ret)
		return ret;
	ret = xfer_add_fb(fb, fb->handle, fb->map_pitch, 0);
	if (ret)
		goto no_fb;
	ret = drmModeMapDumbBuffer(card, fb->handle, &offset);
	if (ret)
		goto no_map;
	fb->map = mmap(NULL, fb->map_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       card, offset);
	if (fb->map != MAP_FAILED)
		return 0;
	ret = -errno;
no_map:
	drmModeRmFB(card, fb->id);
no_fb:
	drmModeDestroyDumbBuffer(card, fb->handle);
	return ret;
}

static void copy_detach(struct xfer_fb *fb)
{
	munmap(fb->map, fb->map_size);
	xfer_detach(fb);
	drmModeDestroyDumbBuffer(fb->buffer->card->fd, fb->handle);
}

static uint64_t copy_draw(struct xfer_fb *fb)
{
	const char *from = (const char *)fb->buffer->map + fb->buffer->offset;
	uint32_t y, length = fb->width * fb->bytes;
	char *to = fb->map;

	for (y = 0; y < fb->height; y++, from += fb->pitch, to += fb->map_pitch)
		memcpy(to, from, length);
	return (uint64_t)fb->height * length;
}

const struct xfer_ops xfer_copy = {
	.name = "copy",
	.create = copy_create,
	.destroy = copy_destroy,
	.attach = copy_attach,
	.detach = copy_detach,
	.draw = copy_draw,
};
