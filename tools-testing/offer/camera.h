/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pictures that the program offer-camera offers, and the requests that it answers:
 *
 *   high      returns the first half of all names
 *   low N     returns the second half of the name of buffer N
 */

#ifndef OFFER_CAMERA_H
#define OFFER_CAMERA_H

#include <stddef.h>
#include <stdint.h>

#define CAMERA_FOLDER	"data/camera"

#define CAMERA_BUFFERS	3
#define CAMERA_WIDTH	320U
#define CAMERA_HEIGHT	180U
#define CAMERA_STRIDE	(CAMERA_WIDTH * 4)
#define CAMERA_FORMAT	0x34325258	/* DRM_FORMAT_XRGB8888 */

/*
 * No pixel of a picture, as the camera writes 0 as X.  offer-camera writes it into a buffer
 * before the camera: two pictures in turn can be equal when vivid is late.
 */
#define CAMERA_NO_PIXEL	UINT32_MAX

/**
 * struct picture - the bytes of the metadata
 * @number: number of the picture
 * @sum: picture_sum() of what the camera has written
 */
struct picture {
	uint64_t number;
	uint64_t sum;
};

/* picture_sum - checksum of the pixels; no pixel can change without it */
static inline uint64_t picture_sum(const uint32_t *pixels)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < CAMERA_WIDTH * CAMERA_HEIGHT; i++)
		sum = sum * 31 + pixels[i];
	return sum;
}

#endif /* OFFER_CAMERA_H */
