// SPDX-License-Identifier: GPL-2.0-only
/*
 * A buffer of the card's is granted to the guest, which draws straight into it.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <xf86drm.h>

#include "device.h"
#include "way.h"
#include "xen.h"

/* grant - all of the card's buffer, of which the guest is told the first part */
static int grant(struct buffer *buffer, uint32_t directory, int fd, uint64_t size)
{
	uint32_t offset, count = size / GRANT_SIZE, domid = buffer->device->domid;
	uint32_t *refs = calloc(count, sizeof(*refs));
	int ret;

	if (!refs)
		return -ENOMEM;
	ret = xengnttab_dmabuf_import(gnttab, domid, XENGNTTAB_DMABUF_EVENTFD, fd,
				      count, refs, buffer->released.fd, &offset,
				      &buffer->id) ? -errno : 0;
	/* The protocol cannot tell the guest where our first byte is */
	if (!ret)
		ret = offset ? -EOPNOTSUPP :
			directory_write(domid, directory, buffer->count, refs);
	free(refs);
	return ret;
}

/*
 * If the directory turns out to be bad, the guest may have mapped some of the
 * pages by then: the buffer lives on until it unmaps them.
 */
static int import_create(struct buffer *buffer, uint32_t directory)
{
	int fd, ret, card = buffer->device->card->fd;
	uint32_t lines, pitch;
	uint64_t size;

	if (!buffer->width)
		return -EINVAL;
	ret = way_open(buffer);
	if (ret)
		return ret;
	/* The buffer may be larger than the picture */
	lines = ((uint64_t)buffer->size * 8 + buffer->width * buffer->bpp - 1) /
		(buffer->width * buffer->bpp);
	ret = drmModeCreateDumbBuffer(card, buffer->width, lines, buffer->bpp, 0,
				      &buffer->handle, &pitch, &size);
	if (ret)
		goto no_memory;
	ret = -EOPNOTSUPP;
	if (size / GRANT_SIZE < buffer->count)
		goto too_small;
	if (drmPrimeHandleToFD(card, buffer->handle, DRM_CLOEXEC | DRM_RDWR, &fd)) {
		ret = -errno;
		goto too_small;
	}
	ret = grant(buffer, directory, fd, size);
	close(fd);
	if (!ret)
		return 0;
	if (buffer->id)
		xengnttab_dmabuf_release(gnttab, buffer->id);
too_small:
	drmModeDestroyDumbBuffer(card, buffer->handle);
no_memory:
	if (!buffer->id)
		way_close(buffer);
	return ret;
}

static bool import_destroy(struct buffer *buffer)
{
	xengnttab_dmabuf_release(gnttab, buffer->id);
	drmModeDestroyDumbBuffer(buffer->device->card->fd, buffer->handle);
	return false;
}

const struct way import_way = {
	.name = "import",
	.ours = true,
	.create = import_create,
	.destroy = import_destroy,
	.attach = way_attach,
	.detach = way_detach,
};
