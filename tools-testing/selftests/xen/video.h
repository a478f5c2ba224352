/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Capture devices: vivid, a camera that draws its pictures itself.
 */

#ifndef SELFTESTS_XEN_VIDEO_H
#define SELFTESTS_XEN_VIDEO_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/videodev2.h>

#include "calls.h"

/* Inputs of vivid */
#define WEBCAM	0
#define HDMI	3

/**
 * struct video - what a capture device is to do
 * @name: of the device, as it says it is plugged in
 * @input: of the device
 * @width: of the picture in pixels
 * @height: of the picture in pixels
 * @format: of the pixels
 * @memory: whose the buffers are, V4L2_MEMORY_*
 * @buffers: how many
 */
struct video {
	const char *name;
	int input;
	unsigned int width;
	unsigned int height;
	uint32_t format;
	uint32_t memory;
	unsigned int buffers;
};

/* video_open - a device that does it, or -1 */
static inline int video_open(const struct video *video)
{
	struct v4l2_requestbuffers buffers = {
		.count = video->buffers,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = video->memory,
	};
	struct v4l2_format fmt = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.fmt.pix.width = video->width,
		.fmt.pix.height = video->height,
		.fmt.pix.pixelformat = video->format,
	};
	struct v4l2_capability cap;
	char path[32];
	int i, fd;

	for (i = 0; i < 16; i++) {
		snprintf(path, sizeof(path), "/dev/video%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!ioctl(fd, VIDIOC_QUERYCAP, &cap) &&
		    !strcmp((char *)cap.bus_info, video->name) &&
		    !ioctl(fd, VIDIOC_S_INPUT, &video->input) &&
		    !ioctl(fd, VIDIOC_S_FMT, &fmt) &&
		    fmt.fmt.pix.width == video->width &&
		    fmt.fmt.pix.height == video->height &&
		    fmt.fmt.pix.pixelformat == video->format &&
		    !ioctl(fd, VIDIOC_REQBUFS, &buffers))
			return fd;
		close(fd);
	}
	return -1;
}

/* video_webcam - one that fills 640x360 pixels of our buffers, or -1 */
static inline int video_webcam(const char *name)
{
	const struct video video = {
		.name = name,
		.input = WEBCAM,
		.width = 640,
		.height = 360,
		.format = V4L2_PIX_FMT_XBGR32,
		.memory = V4L2_MEMORY_DMABUF,
		.buffers = 2,
	};

	return video_open(&video);
}

/* video_queue_as - give it a dma-buf to fill, as one of its; 0 or the error number */
static inline int video_queue_as(int video, unsigned int index, int fd)
{
	struct v4l2_buffer buffer = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
		.m.fd = fd,
	};

	return call(video, VIDIOC_QBUF, &buffer);
}

static inline int video_queue(int video, int fd)
{
	return video_queue_as(video, 0, fd);
}

/* video_next - wait until one is filled; 0 or the error number */
static inline int video_next(int video, struct v4l2_buffer *buffer)
{
	*buffer = (struct v4l2_buffer) {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
	};
	return call(video, VIDIOC_DQBUF, buffer) ?:
	       buffer->flags & V4L2_BUF_FLAG_ERROR ? EIO : 0;
}

/* video_dequeue - wait until one is filled; how many bytes, or 0 */
static inline uint32_t video_dequeue(int video)
{
	struct v4l2_buffer buffer;

	return video_next(video, &buffer) ? 0 : buffer.bytesused;
}

static inline int video_stream(int video, bool on)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	return call(video, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type);
}

#endif /* SELFTESTS_XEN_VIDEO_H */
