// SPDX-License-Identifier: GPL-2.0-only
/*
 * A camera that captures a stream into pages of a guest, with zero copies.  Each
 * test checks one promise.  Runs in domain 0 or in a driver domain with the
 * module vivid (two capture devices, of which the second needs contiguous
 * memory), and with granter in a guest: see fixture.h.
 */

#include "video.h"

/* Small, because emulated guests compute checksums slowly; 2 bytes per pixel */
#define WIDTH		320
#define HEIGHT		180
#define PICTURE		(WIDTH * HEIGHT * 2U)
#define PICTURE_PAGES	((PICTURE + 4095) / 4096)
/* Buffers in the queue: enough for a camera that never waits for one */
#define QUEUED		4

#define SPARE		(QUEUED * PICTURE_PAGES)
/* A part of CMA: fixture.h lets Xen map its pages as single pages */
#define BUFFERS		16
#define BUFFERS_FLAGS	GNTDEV_DMA_FLAG_WC

#include "fixture.h"

/**
 * struct stream - a camera with the buffers that it fills
 * @video: the camera
 * @spare: the guest's pages, PICTURE_PAGES for each buffer
 * @fds: the buffers
 * @ids: ids of the buffers
 * @maps: mappings of the buffers
 */
struct stream {
	int video;
	struct peer_buffer spare;
	int fds[QUEUED];
	uint64_t ids[QUEUED];
	uint32_t *maps[QUEUED];
};

static int camera(const char *name)
{
	const struct video video = {
		.name = name,
		.input = WEBCAM,
		.width = WIDTH,
		.height = HEIGHT,
		.format = V4L2_PIX_FMT_YUYV,
		.memory = V4L2_MEMORY_DMABUF,
		.buffers = QUEUED,
	};

	return video_open(&video);
}

/* set_frame_rate - set 50 pictures per second */
static int set_frame_rate(int video)
{
	struct v4l2_streamparm parm = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.parm.capture.timeperframe = { 1, 50 },
	};

	return call(video, VIDIOC_S_PARM, &parm);
}

/* local_sum - checksum of buffer @n, read by this domain; 0 on errors */
static uint64_t local_sum(const struct stream *stream, unsigned int n)
{
	uint64_t sum;

	if (sync_cpu(stream->fds[n], DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ))
		return 0;
	sum = frame_checksum(stream->maps[n], PICTURE_PAGES * PEER_PAGE / 4);
	return sync_cpu(stream->fds[n], DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ) ?
	       0 : sum;
}

static void stream_open(struct __test_metadata *_metadata, struct stream *stream,
			int gntdev, struct peer *peer, const char *name,
			uint32_t flags)
{
	struct gntdev_dmabuf_export op;
	unsigned int n;

	stream->video = camera(name);
	ASSERT_LE(0, stream->video);
	ASSERT_EQ(0, set_frame_rate(stream->video));
	ASSERT_TRUE(peer_alloc(peer, SPARE, false, &stream->spare));
	for (n = 0; n < QUEUED; n++) {
		op = (struct gntdev_dmabuf_export) {
			.refs = (uintptr_t)(stream->spare.refs +
					    n * PICTURE_PAGES),
			.count = PICTURE_PAGES,
			.domid = peer->domid,
			.flags = flags,
		};
		ASSERT_EQ(0, export_buffer(gntdev, &op));
		stream->fds[n] = op.fd;
		stream->ids[n] = op.id;
		stream->maps[n] = map_all(PICTURE_PAGES * PEER_PAGE, op.fd);
		ASSERT_NE(MAP_FAILED, stream->maps[n]);
		ASSERT_EQ(0, video_queue_as(stream->video, n, op.fd));
	}
	ASSERT_EQ(0, video_stream(stream->video, true));
}

/* stream_watch - check each captured picture, and queue its buffer again */
static void stream_watch(struct __test_metadata *_metadata,
			 struct stream *stream, struct peer *peer,
			 unsigned int pictures)
{
	uint64_t sum, last = 0, was[QUEUED] = { 0 };
	unsigned int i, twice = 0;
	struct v4l2_buffer buffer;
	uint32_t sequence = 0;

	for (i = 0; i < pictures; i++) {
		ASSERT_EQ(0, video_next(stream->video, &buffer));
		/* The camera fills the buffers in the order of the queue */
		ASSERT_EQ(i % QUEUED, buffer.index);
		EXPECT_EQ(PICTURE, buffer.bytesused);
		sum = local_sum(stream, buffer.index);
		EXPECT_EQ(peer_sum(peer, buffer.index * PICTURE_PAGES,
				   PICTURE_PAGES), sum)
			TH_LOG("picture %u", buffer.sequence);
		EXPECT_NE(was[buffer.index], sum);
		was[buffer.index] = sum;

		/*
		 * When vivid is late it skips numbers, or makes two pictures
		 * with the same number and perhaps the same time.
		 */
		if (i && sequence == buffer.sequence) {
			twice++;
		} else {
			EXPECT_LE(sequence, buffer.sequence);
			EXPECT_NE(last, sum);
		}
		sequence = buffer.sequence;
		last = sum;
		ASSERT_EQ(0, video_queue_as(stream->video, buffer.index,
					    stream->fds[buffer.index]));
	}
	EXPECT_GT(pictures / 2, twice);
}

static void stream_close(struct __test_metadata *_metadata,
			 struct stream *stream, int gntdev, struct peer *peer)
{
	unsigned int n;
	int ret;

	EXPECT_EQ(0, video_stream(stream->video, false));
	for (n = 0; n < QUEUED; n++) {
		EXPECT_EQ(0, munmap(stream->maps[n], PICTURE_PAGES * PEER_PAGE));
		EXPECT_EQ(0, close(stream->fds[n]));
	}
	/* The camera holds the buffers until it is closed */
	for (n = 0; n < QUEUED; n++)
		EXPECT_EQ(ETIMEDOUT, wait_id(gntdev, stream->ids[n], 0));
	EXPECT_EQ(0, close(stream->video));
	for (n = 0; n < QUEUED; n++) {
		ret = wait_id(gntdev, stream->ids[n], UINT32_MAX);
		EXPECT_TRUE(!ret || ret == ENOENT);
	}
	peer_free(peer, &stream->spare);
	free(stream->spare.refs);
}

TEST_F_TIMEOUT(export, a_camera_captures_into_the_guests_pages, LIMIT)
{
	struct stream stream;

	stream_open(_metadata, &stream, self->gntdev, self->peer,
		    "platform:vivid-000", 0);
	stream_watch(_metadata, &stream, self->peer, rounds(300));
	stream_close(_metadata, &stream, self->gntdev, self->peer);
}

TEST_F_TIMEOUT(export, a_camera_captures_into_contiguous_buffers, LIMIT)
{
	struct stream stream;

	if (domain_is("PV"))
		SKIP(return, "buffers are not contiguous");
	stream_open(_metadata, &stream, self->gntdev, self->peer,
		    "platform:vivid-001", GNTDEV_DMA_FLAG_WC);
	stream_watch(_metadata, &stream, self->peer, rounds(100));
	stream_close(_metadata, &stream, self->gntdev, self->peer);
}
