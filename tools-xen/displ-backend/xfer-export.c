// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transfer by export: gntdev exports the guest's pages as a dma-buf, which the
 * card imports and scans out.
 */

#include <errno.h>
#include <unistd.h>

#include "log.h"
#include "xen.h"
#include "xfer-ops.h"

/* Time limit for the release of a buffer that only this program holds, in ms */
#define RELEASE_TIMEOUT	1000

/*
 * Export a buffer and let the card import it.  The export is writable, because
 * DRM maps each dma-buf that it imports for reading and writing, whatever the
 * card does with it.  The kernel refuses pages that the guest has granted for
 * reading only with EACCES, which the guest gets, in mode auto, too: a guest does
 * not choose the mode.
 */
static int export_buffer(struct xfer_buffer *buffer, uint32_t directory,
			 uint32_t flags)
{
	struct domain *domain = buffer->domain;
	struct card *card = buffer->card;
	int ret, fd;

	ret = xfer_open_event(buffer);
	if (ret)
		return ret;
	budget_pay(domain->budget, BUDGET_PAGE, buffer->count);
	flags |= XENGNTTAB_DMABUF_DIRECTORY | XENGNTTAB_DMABUF_EVENTFD;
	if (xengnttab_dmabuf_export(domain->gnttab, domain->domid, flags,
				    buffer->count, &directory, 0,
				    buffer->event.fd, &fd, &buffer->id)) {
		ret = refuse_step(-errno, "export of the guest's pages");
		buffer->refused = ret != -EOPNOTSUPP;
		goto close_event;
	}
	ret = refuse_step(card->memory->import(card, fd, buffer->size, &buffer->handle),
			  "import by the card");
	close(fd);
	if (!ret)
		return 0;
	/* Unmap the guest's pages before the guest gets the response */
	xengnttab_dmabuf_wait(domain->gnttab, buffer->id, RELEASE_TIMEOUT);
	buffer->id = 0;
close_event:
	/* The kernel signals the eventfd also for an export that the card refused */
	xfer_close_event(buffer);
	return ret;
}

/* Try contiguous memory for a card that does not support scatter-gather */
static int export_create(struct xfer_buffer *buffer, uint32_t directory)
{
	int ret = export_buffer(buffer, directory, 0);

	if (!buffer->refused && xfer_not_supported(ret) &&
	    xen_dmabuf_info()->features & XENGNTTAB_DMABUF_FEATURE_CONTIGUOUS)
		ret = export_buffer(buffer, directory, XENGNTTAB_DMABUF_WC);
	return ret;
}

static bool export_destroy(struct xfer_buffer *buffer)
{
	buffer->revocable = buffer->card->memory->revocable;
	buffer->card->memory->close(buffer->card, buffer->handle);
	return false;
}

/*
 * Another program holds the dma-buf.  Errors are ignored: until the kernel can
 * revoke a buffer that is mapped for a device (EBUSY), the release is that of
 * export_destroy().
 */
static void export_revoke(struct xfer_buffer *buffer)
{
	if (buffer->revocable)
		xengnttab_dmabuf_revoke(buffer->domain->gnttab, buffer->id);
}

const struct xfer_ops xfer_export = {
	.name = "export",
	.create = export_create,
	.destroy = export_destroy,
	.revoke = export_revoke,
	.attach = xfer_attach,
	.detach = xfer_detach,
};
