// SPDX-License-Identifier: GPL-2.0-only
/*
 * offer-camera DOMID: runs in the second guest with the module vivid.  A camera captures
 * into buffers, and the domain DOMID takes each picture without a copy: see camera.h.
 *
 * A buffer belongs to the camera, then to the program that takes it, and after its
 * release to the camera again.  So the camera waits for a slow program.
 */

#include <err.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "camera.h"
#include "channel.h"
#include "serve.h"
#include "sources.h"
#include "video.h"

static int video;
static struct xendmabuf_offerer *offerer;
static struct source sources[CAMERA_BUFFERS];
static struct xendmabuf_offer *offers[CAMERA_BUFFERS];
static uint64_t pictures;

/* queue - let the camera fill a buffer */
static int queue(unsigned int i)
{
	*sources[i].map = CAMERA_NO_PIXEL;
	return video_queue_as(video, i, sources[i].fd);
}

/* offer_next - offer the next picture of the camera */
static void offer_next(void)
{
	struct picture picture = { .number = ++pictures };
	struct xendmabuf_metadata metadata = {
		.width = CAMERA_WIDTH,
		.height = CAMERA_HEIGHT,
		.stride = CAMERA_STRIDE,
		.format = CAMERA_FORMAT,
		.bytes = &picture,
		.size = sizeof(picture),
	};
	struct v4l2_buffer buffer;
	struct xendmabuf_offer **offer;

	if (video_next(video, &buffer))
		errx(1, "no picture");
	offer = &offers[buffer.index];
	picture.sum = picture_sum(sources[buffer.index].map);
	if (*offer && !xendmabuf_offer_again(*offer, &metadata))
		return;
	*offer = xendmabuf_offer_new(offerer, sources[buffer.index].fd, XENDMABUF_READONLY,
				     &metadata);
	if (!*offer)
		err(1, "offer");
}

/* open_camera - offer a picture in each buffer */
static void open_camera(void)
{
	const struct video camera = {
		.name = "platform:vivid-000",
		.input = WEBCAM,
		.width = CAMERA_WIDTH,
		.height = CAMERA_HEIGHT,
		.format = V4L2_PIX_FMT_XBGR32,
		.memory = V4L2_MEMORY_DMABUF,
		.buffers = CAMERA_BUFFERS,
	};
	const unsigned int pages = (CAMERA_STRIDE * CAMERA_HEIGHT + 4095) / 4096;
	unsigned int i;

	video = video_open(&camera);
	if (video < 0)
		errx(1, "no camera");
	for (i = 0; i < CAMERA_BUFFERS; i++)
		if (source_heap(&sources[i], "system", pages) || queue(i))
			errx(1, "buffer");
	if (video_stream(video, true))
		errx(1, "the camera does not start");
	for (i = 0; i < CAMERA_BUFFERS; i++)
		offer_next();
}

/* capture - the thread that moves the buffers from one to the other */
static void *capture(void *unused)
{
	struct pollfd fds[2 + CAMERA_BUFFERS] = {
		{ .fd = xendmabuf_offerer_fd(offerer), .events = POLLIN },
		{ .fd = video, .events = POLLIN },
	};
	eventfd_t count;
	unsigned int i;

	for (i = 0; i < CAMERA_BUFFERS; i++)
		fds[2 + i] = (struct pollfd) {
			.fd = xendmabuf_offer_released_fd(offers[i]), .events = POLLIN,
		};
	for (;;) {
		poll(fds, 2 + CAMERA_BUFFERS, -1);
		if (xendmabuf_offerer_process(offerer))
			err(1, "offerer");
		if (fds[1].revents & POLLIN)
			offer_next();
		for (i = 0; i < CAMERA_BUFFERS; i++)
			if (!eventfd_read(fds[2 + i].fd, &count) && queue(i))
				errx(1, "buffer %u", i);
	}
	return NULL;
}

static uint64_t answer(const struct serve_request *request)
{
	const uint8_t *name =
		xendmabuf_offer_name(offers[request->arguments[0] % CAMERA_BUFFERS]);

	/* Both halves are numbers of 8 bytes */
	return channel_name_id(request->verb[0] == 'h' ? name : name + 8);
}

int main(int argc, char **argv)
{
	const unsigned int domid = argc > 1 ? atoi(argv[1]) : 0;
	struct serve serve;
	pthread_t thread;

	offerer = xendmabuf_offerer_open(NULL, domid);
	if (!offerer)
		err(1, "offerer");
	open_camera();
	if (pthread_create(&thread, NULL, capture, NULL))
		errx(1, "thread");
	serve_open(&serve, CAMERA_FOLDER, domid);
	serve_requests(&serve, answer);
}
