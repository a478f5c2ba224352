/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Capture devices of vivid, a driver that generates its pictures.
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

/* Input numbers of vivid */
#define WEBCAM	0
#define HDMI	3

/**
 * struct video - parameters of a capture device
 * @name: bus name of the device
 * @input: input number
 * @width: width of a picture in pixels
 * @height: height of a picture in pixels
 * @format: pixel format, V4L2_PIX_FMT_*
 * @memory: kind of the buffers, V4L2_MEMORY_*
 * @buffers: number of buffers
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

/* video_open - open and set up a capture device; -1 if there is none */
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

/* video_webcam - open a device that captures 640x360 pixels to dma-bufs, or -1 */
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

/* video_queue_as - queue a dma-buf as buffer @index; 0 or the error number */
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

/* video_next - wait for the next filled buffer; 0 or the error number */
static inline int video_next(int video, struct v4l2_buffer *buffer)
{
	*buffer = (struct v4l2_buffer) {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
	};
	return call(video, VIDIOC_DQBUF, buffer) ?:
	       buffer->flags & V4L2_BUF_FLAG_ERROR ? EIO : 0;
}

/* video_dequeue - wait for the next filled buffer; its bytes, or 0 on errors */
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
