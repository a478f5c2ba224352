// SPDX-License-Identifier: GPL-2.0-only
/*
 * grab DRIVER [CRTC-INDEX] > FILE.ppm: read the framebuffer that the primary
 * plane of a KMS card shows.  The program needs root and is not the card's
 * master.  It maps the buffer as a dma-buf, because drivers do not map buffers
 * that they imported.
 *
 * If the data of an imported buffer begin inside its first page, the picture is
 * wrong: only the exporter knows that offset.
 */

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <linux/dma-buf.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "../selftests/xen/kms.h"
#include "ppm.h"

static drmModeCrtc *crtc_by_index(int card, unsigned int index)
{
	drmModeRes *res = drmModeGetResources(card);
	drmModeCrtc *crtc;

	if (!res)
		err(1, "the card cannot set modes");
	if (index >= res->count_crtcs)
		errx(1, "the card has %d CRTCs", res->count_crtcs);
	crtc = drmModeGetCrtc(card, res->crtcs[index]);
	if (!crtc)
		err(1, "CRTC %u", index);
	if (!crtc->mode_valid || !crtc->buffer_id)
		errx(1, "CRTC %u is dark", index);
	drmModeFreeResources(res);
	return crtc;
}

static void sync_cpu(int dmabuf, uint64_t flags)
{
	struct dma_buf_sync op = { .flags = flags };

	if (ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &op))
		err(1, "sync");
}

int main(int argc, char **argv)
{
	unsigned int width, height;
	drmModeCrtc *crtc;
	int card, dmabuf;
	drmModeFB2 *fb;
	size_t size;
	char *map;

	if (argc != 2 && argc != 3)
		errx(2, "usage: grab DRIVER [CRTC-INDEX]");
	card = kms_card(argv[1]);
	if (card < 0)
		errx(1, "no card of driver %s", argv[1]);
	/* A process that opens a card without a master becomes its master */
	drmDropMaster(card);

	crtc = crtc_by_index(card, argc == 3 ? atoi(argv[2]) : 0);
	width = crtc->mode.hdisplay;
	height = crtc->mode.vdisplay;
	fb = drmModeGetFB2(card, crtc->buffer_id);
	if (!fb)
		err(1, "framebuffer %u", crtc->buffer_id);
	if (!fb->handles[0])
		errx(1, "only root may see framebuffer %u", crtc->buffer_id);
	if (fb->pixel_format != DRM_FORMAT_XRGB8888)
		errx(1, "framebuffer %u is not XRGB8888", crtc->buffer_id);
	if (crtc->x + width > fb->width || crtc->y + height > fb->height)
		errx(1, "framebuffer %u has only %ux%u pixels", crtc->buffer_id,
		     fb->width, fb->height);

	/*
	 * With these flags, because they stay those of later exports of the
	 * buffer
	 */
	if (drmPrimeHandleToFD(card, fb->handles[0], DRM_CLOEXEC | DRM_RDWR,
			       &dmabuf))
		err(1, "export of framebuffer %u", crtc->buffer_id);
	size = fb->offsets[0] +
	       (size_t)fb->pitches[0] * (crtc->y + height - 1) +
	       4UL * (crtc->x + width);
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, dmabuf, 0);
	if (map == MAP_FAILED)
		err(1, "map framebuffer %u", crtc->buffer_id);
	/* Hold nothing but the dma-buf while the reader of the output waits */
	drmCloseBufferHandle(card, fb->handles[0]);
	close(card);

	sync_cpu(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	if (ppm_write(stdout, map + fb->offsets[0] +
		      (size_t)fb->pitches[0] * crtc->y + 4UL * crtc->x,
		      fb->pitches[0], width, height))
		err(1, "write");
	sync_cpu(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);

	munmap(map, size);
	close(dmabuf);
	drmModeFreeFB2(fb);
	drmModeFreeCrtc(crtc);
	return 0;
}
