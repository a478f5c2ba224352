// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grant the pages of an offered buffer, and copy its metadata.  offerer.c calls this.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metadata.h"
#include "offered.h"

/**
 * offered_set_metadata - copy the metadata
 * @offer: the offer; its pages and the offset of its data are set
 * @metadata: of the caller
 *
 * Return: 0; or -1 and errno: EINVAL @metadata does not fit the buffer, ENOMEM.
 */
int offered_set_metadata(struct xendmabuf_offer *offer,
			 const struct xendmabuf_metadata *metadata)
{
	struct message_offer *fixed = &offer->fixed;
	void *bytes = NULL;

	if (!metadata_fits(metadata, fixed->pages, fixed->data_ofs)) {
		errno = EINVAL;
		return -1;
	}
	if (metadata->size) {
		bytes = malloc(metadata->size);
		if (!bytes)
			return -1;
		memcpy(bytes, metadata->bytes, metadata->size);
	}
	free(offer->bytes);
	offer->bytes = bytes;
	offer->size = metadata->size;
	fixed->width = metadata->width;
	fixed->height = metadata->height;
	fixed->stride = metadata->stride;
	fixed->format = metadata->format;
	fixed->modifier = metadata->modifier;
	return 0;
}

/* import - grant the pages; their references, to be freed; NULL and errno */
static uint32_t *import(struct xendmabuf_offer *offer, int fd)
{
	struct xendmabuf_offerer *offerer = offer->offerer;
	uint32_t flags = offer->fixed.flags ? XENGNTTAB_DMABUF_READONLY : 0;
	off_t size = lseek(fd, 0, SEEK_END);
	uint64_t pages = (size + XEN_PAGE - 1) / XEN_PAGE, last = pages + 1;

	errno = size <= 0 ? EINVAL : E2BIG;
	if (size <= 0 || pages > offerer->max_pages)
		return NULL;
	/* Data that begins inside a page can end in one page more */
	for (; pages <= last; pages++) {
		uint32_t *refs = calloc(pages, sizeof(*refs));

		if (!refs)
			return NULL;
		offer->fixed.pages = pages;
		if (!xengnttab_dmabuf_import(offerer->gnttab, offerer->channel.domid,
					     flags, fd, pages, refs, offer->unmapped,
					     &offer->fixed.data_ofs, &offer->id))
			return refs;
		free(refs);
		if (errno != EINVAL)
			return NULL;
	}
	return NULL;
}

/**
 * offered_grant - grant the pages of a buffer and their directory
 * @offer: the offer; its flags are set
 * @fd: the dma-buf
 * @metadata: of the caller
 *
 * Return: 0; or -1 and errno, see xendmabuf_offer_new().
 */
int offered_grant(struct xendmabuf_offer *offer, int fd,
		  const struct xendmabuf_metadata *metadata)
{
	struct xendmabuf_offerer *offerer = offer->offerer;
	uint32_t *refs = import(offer, fd);
	int error = -1;

	if (!refs)
		return -1;
	if (!offered_set_metadata(offer, metadata))
		error = directory_init(&offer->directory, offerer->gntshr,
				       offerer->channel.domid, refs,
				       offer->fixed.pages);
	free(refs);
	if (!error) {
		offer->fixed.directory = offer->directory.ref;
		return 0;
	}
	error = errno;
	xengnttab_dmabuf_release(offerer->gnttab, offer->id);
	errno = error;
	return -1;
}

/**
 * offered_free - free an offer
 * @offer: the offer; the caller has released its import, or closes gntdev
 */
void offered_free(struct xendmabuf_offer *offer)
{
	if (offer->directory.map)
		directory_exit(&offer->directory, offer->offerer->gntshr);
	if (offer->released >= 0)
		close(offer->released);
	if (offer->unmapped >= 0)
		close(offer->unmapped);
	free(offer->bytes);
	free(offer);
}
