// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a card of KMS, by libdrm: dma-bufs that the card imports, dumb buffers, and
 * framebuffers.  xfer-ops.c and the modes of transfer call the operations.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <xf86drm.h>

#include "card.h"
#include "memory.h"

static int kms_import(struct card *card, int fd, uint64_t size, uint32_t *handle)
{
	return drmPrimeFDToHandle(card->fd, fd, handle) ? -errno : 0;
}

static void kms_close(struct card *card, uint32_t handle)
{
	drmCloseBufferHandle(card->fd, handle);
}

static int kms_create_dumb(struct card *card, uint32_t width, uint32_t height,
			   uint32_t bpp, struct dumb_buffer *dumb)
{
	return drmModeCreateDumbBuffer(card->fd, width, height, bpp, 0, &dumb->handle,
				       &dumb->pitch, &dumb->size);
}

static void kms_destroy_dumb(struct card *card, uint32_t handle)
{
	drmModeDestroyDumbBuffer(card->fd, handle);
}

static int kms_map_dumb(struct card *card, const struct dumb_buffer *dumb, void **map)
{
	uint64_t offset;
	int ret;

	ret = drmModeMapDumbBuffer(card->fd, dumb->handle, &offset);
	if (ret)
		return ret;
	*map = mmap(NULL, dumb->size, PROT_READ | PROT_WRITE, MAP_SHARED, card->fd,
		    offset);
	return *map == MAP_FAILED ? -errno : 0;
}

static int kms_export_dumb(struct card *card, uint32_t handle, int *fd)
{
	return drmPrimeHandleToFD(card->fd, handle, DRM_CLOEXEC | DRM_RDWR, fd) ?
		-errno : 0;
}

static int kms_add_fb(struct card *card, const struct image *image, uint32_t *id)
{
	uint32_t handles[4] = { image->handle };
	uint32_t pitches[4] = { image->pitch };
	uint32_t offsets[4] = { image->offset };

	return drmModeAddFB2(card->fd, image->width, image->height, image->format,
			     handles, pitches, offsets, id, 0);
}

/* Linux 6.8 has it, libdrm later */
#ifndef DRM_IOCTL_MODE_CLOSEFB
struct drm_mode_closefb {
	uint32_t fb_id;
	uint32_t pad;
};

#define DRM_IOCTL_MODE_CLOSEFB	DRM_IOWR(0xD0, struct drm_mode_closefb)
#endif

/*
 * Older kernels turn the screen off, and wait for that.  So does this function if the
 * backend cannot change the screen: another program might never do it, and the guest's
 * pages would stay mapped.
 */
static void kms_remove_fb(struct card *card, uint32_t id)
{
	struct drm_mode_closefb close = { .fb_id = id };

	if (card->away || drmIoctl(card->fd, DRM_IOCTL_MODE_CLOSEFB, &close))
		drmModeRmFB(card->fd, id);
}

const struct memory_ops memory_kms = {
	.revocable = true,
	.import = kms_import,
	.close = kms_close,
	.create_dumb = kms_create_dumb,
	.destroy_dumb = kms_destroy_dumb,
	.map_dumb = kms_map_dumb,
	.export_dumb = kms_export_dumb,
	.add_fb = kms_add_fb,
	.remove_fb = kms_remove_fb,
};
