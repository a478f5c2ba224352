// SPDX-License-Identifier: GPL-2.0-only
/*
 * Importers of exported buffers that Linux has: a display driver that shows a
 * buffer, and capture devices that fill it.  Each test checks one promise.  Runs
 * in domain 0 with the modules vkms and vivid (two capture devices, of which the
 * second needs contiguous memory), and with granter in a guest: see fixture.h.
 */

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <xf86drm.h>

#include "fixture.h"
#include "kms.h"
#include "sources.h"
#include "video.h"

/* ---- vkms: a display driver without a screen, but with checksums */

/*
 * shown_crc - checksum of a frame that the screen shows from now on, or 0
 *
 * Skips the checksums of earlier frames by their vblank number.
 */
static uint32_t shown_crc(const struct kms *kms)
{
	drmVBlank now = { .request.type = DRM_VBLANK_RELATIVE };
	uint32_t frame, value, crc = 0;
	struct stat st;
	char path[64], line[64];
	int crcs;

	if (fstat(kms->card, &st))
		return 0;
	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%u/crtc-0/crc/data",
		 minor(st.st_rdev));
	crcs = open(path, O_RDONLY | O_CLOEXEC);
	if (crcs < 0)
		return 0;
	/* Each read() returns a line */
	if (!drmWaitVBlank(kms->card, &now))
		while (read(crcs, line, sizeof(line)) > 0 &&
		       sscanf(line, "%x %x", &frame, &value) == 2) {
			if ((int32_t)(frame - now.reply.sequence) > 0) {
				crc = value;
				break;
			}
		}
	close(crcs);
	return crc;
}

/* dumb_draw - draw the part of the guest's frame that the screen shows */
static void dumb_draw(const struct source *dumb, const struct kms *kms,
		      const struct peer *peer, unsigned int n)
{
	unsigned int x, y;

	for (y = 0; y < kms->height; y++)
		for (x = 0; x < kms->width; x++)
			dumb->map[y * kms->width + x] =
				frame_pixel(n, x, y, peer->width, peer->height);
}

TEST_F_TIMEOUT(export, vkms_shows_each_frame, LIMIT)
{
	/* In these frames the screen shows the moving square */
	uint32_t shown[3], frame[3] = { 2, 3, 4 };
	struct source dumb;
	struct kms kms;
	int i;

	kms_open(&kms, "vkms");
	kms_show(&kms, self->fd, self->peer->width * 4);
	for (i = 0; i < ARRAY_SIZE(shown); i++) {
		peer_ask(self->peer, "draw", frame[i]);
		shown[i] = shown_crc(&kms);
		EXPECT_NE(0, shown[i]);
	}
	kms_close(&kms);

	kms_open(&kms, "vkms");
	ASSERT_EQ(0, source_dumb(&dumb, "vkms", kms.width, kms.height));
	kms_show(&kms, dumb.fd, kms.width * 4);
	for (i = 0; i < ARRAY_SIZE(shown); i++) {
		dumb_draw(&dumb, &kms, self->peer, frame[i]);
		EXPECT_EQ(shown_crc(&kms), shown[i]);
	}
	EXPECT_NE(shown[0], shown[1]);
	source_close(&dumb);
	kms_close(&kms);
}

TEST_F_TIMEOUT(export, a_screen_holds_the_buffer, LIMIT)
{
	int ret, fd = self->fd;
	struct kms kms;

	kms_open(&kms, "vkms");
	kms_show(&kms, fd, self->peer->width * 4);
	ASSERT_EQ(0, close(fd));
	self->fd = -1;
	EXPECT_NE(0, shown_crc(&kms));
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, fd, 0));
	kms_close(&kms);
	/* The card may release the buffer before the wait begins */
	ret = wait_released(self->gntdev, fd, UINT32_MAX);
	EXPECT_TRUE(!ret || ret == ENOENT);
}

/* ---- vivid: capture devices */

static int webcam(void)
{
	return video_webcam("platform:vivid-000");
}

static int contiguous_camera(void)
{
	const struct video video = {
		.name = "platform:vivid-001",
		.input = HDMI,
		.width = 16,
		.height = 16,
		.format = V4L2_PIX_FMT_GREY,
		.memory = V4L2_MEMORY_DMABUF,
		.buffers = 2,
	};

	return video_open(&video);
}

TEST_F_TIMEOUT(export, a_camera_captures_into_the_guests_pages, LIMIT)
{
	uint32_t used, *copy = malloc(self->size);
	uint32_t *map = map_all(self->size, self->fd);
	uint64_t sum, last;
	int i, video;

	ASSERT_NE(NULL, copy);
	ASSERT_NE(MAP_FAILED, map);
	video = webcam();
	ASSERT_LE(0, video);
	last = peer_ask(self->peer, "draw", 43);
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, video_queue(video, self->fd));
		if (!i)
			ASSERT_EQ(0, video_stream(video, true));
		used = video_dequeue(video);
		EXPECT_EQ(640 * 360 * 4, used);
		sum = peer_ask(self->peer, "sum", 0);
		EXPECT_EQ(sum, frame_checksum(map, self->pixels));
		/* Each picture shows its time, and differs from the last one */
		EXPECT_NE(last, sum);
		last = sum;
	}
	/* The camera does not write behind the picture */
	frame_draw(copy, 43, self->peer->width, self->peer->height);
	EXPECT_NE(0, memcmp(copy, map, used));
	EXPECT_EQ(0, memcmp(copy + used / 4, map + used / 4, self->size - used));

	EXPECT_EQ(0, video_stream(video, false));
	EXPECT_EQ(0, close(video));
	EXPECT_EQ(0, munmap(map, self->size));
	free(copy);
}

TEST_F_TIMEOUT(export, a_camera_refuses_a_read_only_buffer, LIMIT)
{
	struct gntdev_dmabuf_export op = {
		.refs = (uintptr_t)self->peer->refs,
		.count = self->peer->count,
		.domid = self->peer->domid,
		.flags = GNTDEV_DMABUF_EXPORT_READONLY,
	};
	int video;

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	video = webcam();
	ASSERT_LE(0, video);
	/* vivid returns EFAULT for all buffers that it cannot map */
	EXPECT_EQ(EFAULT, video_queue(video, op.fd));
	EXPECT_EQ(0, close(video));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(export, a_camera_that_needs_contiguous_memory_accepts_a_page, LIMIT)
{
	int fd, video = contiguous_camera();
	uint64_t sum;

	ASSERT_LE(0, video);
	ASSERT_EQ(0, export_refs(self->gntdev, 0, 1, self->peer->domid,
				 self->peer->refs, &fd));
	sum = peer_ask(self->peer, "draw", 44);
	ASSERT_EQ(0, video_queue(video, fd));
	ASSERT_EQ(0, video_stream(video, true));
	EXPECT_EQ(256, video_dequeue(video));
	EXPECT_NE(sum, peer_ask(self->peer, "sum", 0));
	EXPECT_EQ(0, video_stream(video, false));
	EXPECT_EQ(0, close(video));
	EXPECT_EQ(0, close(fd));
}

TEST_F_TIMEOUT(export, a_camera_that_needs_contiguous_memory_refuses_scattered_pages, LIMIT)
{
	int ret, video = contiguous_camera();

	ASSERT_LE(0, video);
	ret = video_queue(video, self->fd);
	if (!ret) {
		/* The pages happened to be contiguous: reversed they are not */
		ASSERT_EQ(0, close(video));
		ASSERT_EQ(0, export_again(self->gntdev, self->peer, &self->fd));
		video = contiguous_camera();
		ASSERT_LE(0, video);
		ret = video_queue(video, self->fd);
	}
	EXPECT_EQ(EFAULT, ret);
	EXPECT_EQ(0, close(video));
}
