// SPDX-License-Identifier: GPL-2.0-only
/*
 * Check an offer, and export its pages.  What the offering program sent is not trusted.
 * taker.c calls this.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "metadata.h"
#include "taken.h"

/**
 * taken_close - close a buffer: nothing is exported, and no event of it comes
 * @taker: the handle
 * @taken: the buffer
 */
void taken_close(struct xendmabuf_taker *taker, struct taken *taken)
{
	if (taken->buffer.fd >= 0)
		close(taken->buffer.fd);
	if (taken->unmapped >= 0) {
		channel_unwatch_fd(&taker->channel, taken->unmapped);
		close(taken->unmapped);
	}
	taken->buffer.fd = -1;
	taken->unmapped = -1;
	taken->gone = false;
}

/* set_metadata - copy the metadata that the offer has; 0 or -ENOMEM */
static int set_metadata(struct taken *taken, const struct message *message)
{
	const struct message_offer *offer = &message->offer;
	struct xendmabuf_metadata *metadata = &taken->buffer.metadata;

	free(taken->bytes);
	taken->bytes = NULL;
	metadata->width = offer->width;
	metadata->height = offer->height;
	metadata->stride = offer->stride;
	metadata->format = offer->format;
	metadata->modifier = offer->modifier;
	metadata->size = message->header.size - sizeof(*offer);
	metadata->bytes = NULL;
	if (!metadata->size)
		return 0;
	taken->bytes = malloc(metadata->size);
	if (!taken->bytes)
		return -ENOMEM;
	memcpy(taken->bytes, message->bytes, metadata->size);
	metadata->bytes = taken->bytes;
	return 0;
}

/*
 * export - map the pages; 0 or a negative errno
 *
 * A program that has closed its handle since it sent the offer can have granted other pages by
 * the same references.
 */
static int export(struct xendmabuf_taker *taker, struct taken *taken,
		  const struct message_offer *offer)
{
	uint32_t flags = XENGNTTAB_DMABUF_DIRECTORY;
	int error = 0;

	if (offer->flags)
		flags |= XENGNTTAB_DMABUF_READONLY;
	taken_close(taker, taken);
	taken->unmapped = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (taken->unmapped < 0)
		return -errno;
	if (channel_watch_fd(&taker->channel, taken->unmapped, taken))
		return -errno;
	if (xengnttab_dmabuf_export(taker->gnttab, taker->channel.domid, flags,
				    offer->pages, &offer->directory, offer->data_ofs,
				    taken->unmapped, &taken->buffer.fd,
				    &taken->buffer.id)) {
		error = -errno;
		taken->buffer.fd = -1;
	}
	if (!channel_is_served(&taker->channel))
		error = -EPIPE;
	if (error) {
		taken_close(taker, taken);
		return error;
	}
	taken->buffer.pages = offer->pages;
	taken->buffer.data_ofs = offer->data_ofs;
	taken->buffer.flags = offer->flags;
	return 0;
}

/**
 * taken_accept - check an offer and make the buffer of it
 * @taker: the handle
 * @taken: the buffer that was asked for
 * @message: MESSAGE_OFFER, of which only the size is checked
 *
 * Return: 0; -EPROTO the offer contradicts itself or the first offer of the buffer;
 * -E2BIG; -ENOMEM; -EPIPE the handle that offers it is closed; or the errno of the export.
 */
int taken_accept(struct xendmabuf_taker *taker, struct taken *taken,
		 const struct message *message)
{
	const struct message_offer *offer = &message->offer;
	const struct xendmabuf_buffer *buffer = &taken->buffer;
	int error;

	if (!offer->pages || offer->data_ofs >= XEN_PAGE ||
	    offer->flags & ~XENDMABUF_READONLY)
		return -EPROTO;
	if (offer->pages > taker->max_pages)
		return -E2BIG;
	if (buffer->fd >= 0 &&
	    (offer->pages != buffer->pages || offer->data_ofs != buffer->data_ofs ||
	     offer->flags != buffer->flags))
		return -EPROTO;
	error = set_metadata(taken, message);
	if (error)
		return error;
	if (!metadata_fits(&buffer->metadata, offer->pages, offer->data_ofs))
		return -EPROTO;
	/* What was revoked is exported anew */
	return buffer->fd >= 0 && !taken->gone ? 0 : export(taker, taken, offer);
}
