// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "kms.h"

/**
 * kms_card - open a KMS device
 * @driver: name of its driver
 *
 * Return: a descriptor, or -1 if there is no such device.
 */
int kms_card(const char *driver)
{
	drmVersion *version;
	char path[32];
	int i, fd;

	for (i = 0; i < DRM_MAX_MINOR; i++) {
		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		version = drmGetVersion(fd);
		if (version && !strcmp(version->name, driver)) {
			drmFreeVersion(version);
			return fd;
		}
		drmFreeVersion(version);
		close(fd);
	}
	return -1;
}

static drmModeConnector *first_connector(struct kms *kms, drmModeRes *res)
{
	drmModeConnector *connector;

	connector = drmModeGetConnector(kms->card, res->connectors[0]);
	if (!connector || !connector->count_modes)
		errx(1, "the card has no screen");
	kms->connector = connector->connector_id;
	kms->crtc = res->crtcs[0];
	kms->width = connector->modes[0].hdisplay;
	kms->height = connector->modes[0].vdisplay;
	return connector;
}

/**
 * kms_open - open a screen
 * @kms: filled in
 * @driver: name of the driver; its first connector is used
 */
void kms_open(struct kms *kms, const char *driver)
{
	drmModeRes *res;

	kms->card = kms_card(driver);
	if (kms->card < 0)
		errx(1, "no card of driver %s", driver);
	res = drmModeGetResources(kms->card);
	if (!res || !res->count_connectors || !res->count_crtcs)
		errx(1, "%s cannot set modes", driver);
	drmModeFreeConnector(first_connector(kms, res));
	drmModeFreeResources(res);
}

/**
 * kms_show - import a buffer and scan it out
 * @kms: the screen, in its preferred mode
 * @dmabuf: buffer of XRGB8888 pixels, at least as large as the screen
 * @stride: bytes from line to line
 */
void kms_show(struct kms *kms, int dmabuf, unsigned int stride)
{
	uint32_t handles[4] = { 0 }, pitches[4] = { stride }, offsets[4] = { 0 };
	drmModeRes *res = drmModeGetResources(kms->card);
	drmModeConnector *connector = first_connector(kms, res);

	if (drmPrimeFDToHandle(kms->card, dmabuf, &kms->handle))
		err(1, "import");
	handles[0] = kms->handle;
	if (drmModeAddFB2(kms->card, kms->width, kms->height,
			  DRM_FORMAT_XRGB8888, handles, pitches, offsets,
			  &kms->fb, 0))
		err(1, "framebuffer");
	if (drmModeSetCrtc(kms->card, kms->crtc, kms->fb, 0, 0, &kms->connector,
			   1, &connector->modes[0]))
		err(1, "set mode");
	drmModeFreeConnector(connector);
	drmModeFreeResources(res);
}

/**
 * kms_update - show the current content of the buffer
 * @kms: the screen
 *
 * Drivers that read the buffer for each picture do not need this call.
 */
void kms_update(struct kms *kms)
{
	if (drmModeDirtyFB(kms->card, kms->fb, NULL, 0) && errno != ENOSYS)
		err(1, "update");
}

/**
 * kms_close - turn the screen off and release the buffer
 * @kms: the screen
 */
void kms_close(struct kms *kms)
{
	drmModeSetCrtc(kms->card, kms->crtc, 0, 0, 0, NULL, 0, NULL);
	drmModeRmFB(kms->card, kms->fb);
	drmCloseBufferHandle(kms->card, kms->handle);
	close(kms->card);
}
