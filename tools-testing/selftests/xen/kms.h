/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A screen that shows dma-bufs.
 */

#ifndef SELFTESTS_XEN_KMS_H
#define SELFTESTS_XEN_KMS_H

#include <stdint.h>

/**
 * struct kms - a screen
 * @card: descriptor of the KMS device
 * @connector: connector of the screen
 * @crtc: CRTC that drives it
 * @width: width of the screen in pixels
 * @height: height of the screen in pixels
 * @handle: GEM handle of the buffer that it shows
 * @fb: framebuffer of that buffer
 */
struct kms {
	int card;
	uint32_t connector;
	uint32_t crtc;
	unsigned int width;
	unsigned int height;
	uint32_t handle;
	uint32_t fb;
};

int kms_card(const char *driver);
void kms_open(struct kms *kms, const char *driver);
void kms_show(struct kms *kms, int dmabuf, unsigned int stride);
void kms_update(struct kms *kms);
void kms_close(struct kms *kms);

#endif /* SELFTESTS_XEN_KMS_H */
