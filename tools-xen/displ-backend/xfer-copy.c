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

#include "log.h"
#include "xen.h"
#include "xfer-ops.h"

static int copy_create(struct xfer_buffer *buffer, uint32_t directory)
{
	uint32_t *refs = calloc(buffer->count, sizeof(*refs));
	struct domain *domain = buffer->domain;
	int ret;

	if (!refs)
		return -ENOMEM;
	/* For the page directory, too, which may be refused at its end */
	budget_pay(domain->budget, BUDGET_PAGE, buffer->count);
	ret = directory_read(domain, directory, buffer->count, refs);
	if (!ret) {
		buffer->map = xengnttab_map_domain_grant_refs(domain->gnttab,
							      buffer->count,
							      domain->domid,
							      refs, PROT_READ);
		if (!buffer->map)
			ret = refuse_step(-errno, "mapping of the guest's pages");
	}
	free(refs);
	return ret;
}

static bool copy_destroy(struct xfer_buffer *buffer)
{
	xengnttab_unmap(buffer->domain->gnttab, buffer->map, buffer->count);
	return true;
}

static void destroy_dumb(struct xfer_fb *fb)
{
	struct card *card = fb->buffer->card;

	card->memory->destroy_dumb(card, fb->dumb.handle);
	budget_uncharge(fb->buffer->domain->budget, fb->dumb.size);
}

static int copy_attach(struct xfer_fb *fb)
{
	struct card *card = fb->buffer->card;
	struct dumb_buffer *dumb = &fb->dumb;
	int ret;

	ret = xfer_create_dumb(fb->buffer, fb->width, fb->height,
			       fb->bytes * 8, dumb);
	if (ret)
		return ret;
	ret = xfer_add_fb(fb, dumb->handle, dumb->pitch, 0);
	if (ret)
		goto no_fb;
	ret = card->memory->map_dumb(card, dumb, &fb->map);
	if (!ret)
		return 0;
	xfer_detach(fb);
no_fb:
	destroy_dumb(fb);
	return ret;
}

static void copy_detach(struct xfer_fb *fb)
{
	munmap(fb->map, fb->dumb.size);
	xfer_detach(fb);
	destroy_dumb(fb);
}

static uint64_t copy_draw(struct xfer_fb *fb, uint32_t x, uint32_t y,
			  uint32_t width, uint32_t height)
{
	const char *from = (const char *)fb->buffer->map + fb->buffer->offset +
			   (size_t)y * fb->pitch + x * fb->bytes;
	char *to = (char *)fb->map + (size_t)y * fb->dumb.pitch + x * fb->bytes;
	uint32_t i, length = width * fb->bytes;

	for (i = 0; i < height; i++, from += fb->pitch, to += fb->dumb.pitch)
		memcpy(to, from, length);
	return (uint64_t)height * length;
}

const struct xfer_ops xfer_copy = {
	.name = "copy",
	.create = copy_create,
	.destroy = copy_destroy,
	.attach = copy_attach,
	.detach = copy_detach,
	.draw = copy_draw,
};
