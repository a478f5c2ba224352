// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transfer by import: gntdev imports a dumb buffer of the card and grants its
 * pages to the guest, which draws into it.
 */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "xen.h"
#include "xfer-ops.h"

/*
 * Grant all pages of the dumb buffer to the guest, and write as many references
 * to the page directory as the guest has asked for.
 */
static int grant_buffer(struct xfer_buffer *buffer, uint32_t directory, int fd,
			uint64_t size)
{
	uint32_t offset, count = size / GRANT_SIZE;
	struct domain *domain = buffer->domain;
	uint32_t *refs = calloc(count, sizeof(*refs));
	int ret;

	if (!refs)
		return -ENOMEM;
	ret = xengnttab_dmabuf_import(domain->gnttab, domain->domid,
				      XENGNTTAB_DMABUF_EVENTFD, fd, count, refs,
				      buffer->event.fd, &offset, &buffer->id) ?
		refuse_step(-errno, "grant of the card's buffer") : 0;
	/* The protocol has no field for an offset that the backend chooses */
	if (!ret && offset)
		ret = refuse(-EOPNOTSUPP, "the card's buffer has an offset");
	if (!ret)
		ret = directory_write(domain, directory, buffer->count, refs);
	free(refs);
	return ret;
}

static void release_buffer(struct xfer_buffer *buffer)
{
	/* It fails if there is nothing left to wait for */
	if (!xengnttab_dmabuf_release(buffer->domain->gnttab, buffer->id))
		xfer_start_timer(buffer);
}

/*
 * If the page directory is invalid, the guest may already have mapped some of
 * the pages.  The buffer then stays until the guest has unmapped them: @id is
 * set.
 */
static int import_create(struct xfer_buffer *buffer, uint32_t directory)
{
	struct card *card = buffer->card;
	struct dumb_buffer dumb;
	uint32_t lines;
	int fd, ret;

	if (!buffer->width)
		return refuse(-EINVAL, "the buffer has no width");
	ret = xfer_open_event(buffer);
	if (ret)
		return ret;
	/* The buffer may be larger than the image: the size counts */
	lines = ((uint64_t)buffer->size * 8 + buffer->width * buffer->bpp - 1) /
		(buffer->width * buffer->bpp);
	ret = xfer_create_dumb(buffer, buffer->width, lines, buffer->bpp,
			       &dumb);
	if (ret)
		goto no_memory;
	buffer->handle = dumb.handle;
	buffer->charged = dumb.size;
	ret = -EOPNOTSUPP;
	if (dumb.size / GRANT_SIZE < buffer->count)
		goto too_small;
	ret = card->memory->export_dumb(card, buffer->handle, &fd);
	if (ret)
		goto too_small;
	ret = grant_buffer(buffer, directory, fd, dumb.size);
	close(fd);
	if (!ret)
		return 0;
	if (buffer->id)
		release_buffer(buffer);
too_small:
	card->memory->destroy_dumb(card, buffer->handle);
no_memory:
	if (!buffer->id)
		xfer_close_event(buffer);
	return ret;
}

static bool import_destroy(struct xfer_buffer *buffer)
{
	release_buffer(buffer);
	buffer->card->memory->destroy_dumb(buffer->card, buffer->handle);
	return false;
}

const struct xfer_ops xfer_import = {
	.name = "import",
	.be_alloc = true,
	.create = import_create,
	.destroy = import_destroy,
	.attach = xfer_attach,
	.detach = xfer_detach,
};
