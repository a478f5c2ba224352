// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's pages become a dma-buf, which the card imports and scans out.
 */

#include <errno.h>
#include <unistd.h>

#include <xf86drm.h>

#include "device.h"
#include "way.h"
#include "xen.h"

/* What released says when only this program held the buffer and lets go, ms */
#define AT_ONCE	1000

/*
 * export - as memory of some kind, and have the card import it
 *
 * For reading and writing, because DRM maps what it imports for both, whatever the
 * card does with it.  So pages that the guest granted for reading only cannot go
 * this way: the kernel answers EACCES, and so does the guest's request unless they
 * are copied (mode auto).
 */
static int export(struct buffer *buffer, uint32_t directory, uint32_t flags)
{
	struct device *device = buffer->device;
	int ret, fd;

	flags |= XENGNTTAB_DMABUF_DIRECTORY | XENGNTTAB_DMABUF_EVENTFD;
	if (xengnttab_dmabuf_export(gnttab, device->domid, flags, buffer->count,
				    &directory, 0, buffer->released.fd, &fd,
				    &buffer->id))
		return -errno;
	ret = drmPrimeFDToHandle(device->card->fd, fd, &buffer->handle) ? -errno : 0;
	close(fd);
	if (ret) {
		/* Before the guest hears of it: its pages are its own again */
		xengnttab_dmabuf_wait(gnttab, buffer->id, AT_ONCE);
		buffer->id = 0;
	}
	return ret;
}

/* Cards that cannot gather pages want them in one piece */
static int export_create(struct buffer *buffer, uint32_t directory)
{
	struct xengnttab_dmabuf_info info = { 0 };
	int ret;

	ret = way_open(buffer);
	if (ret)
		return ret;
	ret = export(buffer, directory, 0);
	if (ret && !xengnttab_dmabuf_query(gnttab, &info) &&
	    info.features & XENGNTTAB_DMABUF_FEATURE_CONTIGUOUS)
		ret = export(buffer, directory, XENGNTTAB_DMABUF_WC);
	if (ret)
		way_close(buffer);
	return ret;
}

static bool export_destroy(struct buffer *buffer)
{
	drmCloseBufferHandle(buffer->device->card->fd, buffer->handle);
	return false;
}

const struct way export_way = {
	.name = "export",
	.create = export_create,
	.destroy = export_destroy,
	.attach = way_attach,
	.detach = way_detach,
};
