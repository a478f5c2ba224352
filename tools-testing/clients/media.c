// SPDX-License-Identifier: GPL-2.0-only
/*
 * GStreamer of Debian shows exported buffers, hands them to another process, and fills
 * them from a camera.  Each test checks one promise.  The program dmabuf-pipeline runs
 * the pipelines.  Runs in domain 0 with the card cirrus and the module vivid, and with
 * granter in a guest: see fixture.h.
 */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* Pictures of the camera, 4 bytes per pixel, which fill whole pages */
#define CAMERA_WIDTH	640U
#define CAMERA_HEIGHT	360U
#define CAMERA_PAGES	(CAMERA_WIDTH * CAMERA_HEIGHT * 4 / 4096)
/* Buffers that the camera fills, and pictures that a test looks at */
#define CAMERA_BUFFERS	4U
#define CAMERA_PICTURES	8
/* No pixel of the camera: it writes 0 as X */
#define CAMERA_NO_PIXEL	UINT32_MAX

#define SPARE		(CAMERA_BUFFERS * CAMERA_PAGES)
#define BUFFERS		6
/* Processors that the pipelines may run on */
#define PROCESSORS	2

#include "fixture.h"
#include "program.h"

/* Where unixfdsink listens */
#define SOCKET		"/run/clients-video"
/* The framebuffer, read by this domain, and the screen, captured by QEMU: beside the logs */
#define PICTURE		"/lab/out/gstreamer.ppm"
#define GRAB		"grab cirrus > "
#define CAPTURE		GRAB PICTURE " && screendump gstreamer.ppm"
#define FRAMEBUFFER	"/run/clients-framebuffer.ppm"

#define SHARE		"unixfdsink socket-path=" SOCKET " wait-for-connection=true sync=false"
#define CAMERA		"v4l2src device=/dev/video0 io-mode=dmabuf-import ! " CAMERA_CAPS
#define CAMERA_CAPS	"video/x-raw,format=BGRx,width=%u,height=%u ! appsink name=dmabufs"
#define SCREEN		"kmssink driver-name=cirrus force-modesetting=true sync=false"

/* export_inherited - export pages to a descriptor that programs inherit; -1 on errors */
static int export_inherited(int gntdev, const struct peer *peer, unsigned int count,
			    const uint32_t *refs)
{
	int fd = -1;

	if (export_refs(gntdev, 0, count, peer->domid, refs, &fd) ||
	    fcntl(fd, F_SETFD, 0))
		return -1;
	return fd;
}

/* show - let a pipeline show its next buffer */
static bool show(struct program *pipeline)
{
	return write(pipeline->in, "\n", 1) == 1 &&
	       !strcmp(program_line(pipeline), "shown");
}

/* wrong_pixels - pixels of a picture that differ from frame @n; -1 without a picture */
static long wrong_pixels(const char *command, const char *name, const struct peer *peer,
			 unsigned int n)
{
	unsigned int width = 0, height = 0, x, y;
	uint8_t rgb[3];
	long wrong = 0;
	FILE *file;

	if (system(command))
		return -1;
	file = fopen(name, "re");
	if (!file)
		return -1;
	if (fscanf(file, "P6 %u %u 255", &width, &height) != 2 || fgetc(file) != '\n' ||
	    width != peer->width || height != peer->height)
		wrong = -1;
	for (y = 0; y < height && wrong >= 0; y++)
		for (x = 0; x < width; x++)
			wrong += fread(rgb, sizeof(rgb), 1, file) != 1 ||
				 (rgb[0] << 16 | rgb[1] << 8 | rgb[2]) !=
				 frame_pixel(n, x, y, width, height);
	fclose(file);
	return wrong;
}

/*
 * The pipeline gets two buffers of the same pages in turn.  It uses the first until it
 * has the second.  The framebuffer is the memory of the guest.
 */
static void shows(struct __test_metadata *_metadata, FIXTURE_DATA(export) * self,
		  struct program *pipeline)
{
	unsigned int n;

	EXPECT_TRUE(show(pipeline));
	for (n = 1; n < 4; n++) {
		peer_ask(self->peer, "draw", n);
		ASSERT_TRUE(show(pipeline));
		EXPECT_EQ(0, wrong_pixels(CAPTURE, PICTURE, self->peer, n));
	}
	peer_ask(self->peer, "draw", n);
	EXPECT_EQ(0, wrong_pixels(GRAB FRAMEBUFFER, FRAMEBUFFER, self->peer, n));
}

TEST_F_TIMEOUT(export, kmssink_shows_each_frame_of_the_guest, LIMIT)
{
	struct peer *peer = self->peer;
	struct program pipeline;
	int fd[2], n;

	for (n = 0; n < 2; n++) {
		fd[n] = export_inherited(self->gntdev, peer, peer->count, peer->refs);
		ASSERT_LE(0, fd[n]);
	}
	program_begin(&pipeline, "dmabuf-pipeline %u %u %d,%d appsrc name=dmabufs ! " SCREEN,
		      peer->width, peer->height, fd[0], fd[1]);
	shows(_metadata, self, &pipeline);
	EXPECT_EQ(0, program_end(&pipeline));
	EXPECT_STREQ("", pipeline.errors);
	close(fd[0]);
	close(fd[1]);
}

/* gst-launch-1.0 of Debian is the other process */
TEST_F_TIMEOUT(export, another_process_shows_each_frame_of_the_guest, LIMIT)
{
	struct program pipeline, screen;
	struct peer *peer = self->peer;
	int fd[2], n;

	unlink(SOCKET);
	for (n = 0; n < 2; n++) {
		fd[n] = export_inherited(self->gntdev, peer, peer->count, peer->refs);
		ASSERT_LE(0, fd[n]);
	}
	program_begin(&pipeline, "dmabuf-pipeline %u %u %d,%d appsrc name=dmabufs ! " SHARE,
		      peer->width, peer->height, fd[0], fd[1]);
	while (program_runs(&pipeline) && access(SOCKET, F_OK))
		usleep(50 * 1000);
	close(fd[0]);
	close(fd[1]);
	program_begin(&screen, "gst-launch-1.0 -q unixfdsrc socket-path=" SOCKET " ! " SCREEN);
	shows(_metadata, self, &pipeline);
	kill(screen.pid, SIGTERM);
	program_end(&screen);
	EXPECT_STREQ("", screen.errors);
	EXPECT_EQ(0, program_end(&pipeline));
	EXPECT_STREQ("", pipeline.errors);
}

/* buffer_of - the number of the buffer with a descriptor; CAMERA_BUFFERS if there is none */
static unsigned int buffer_of(const int *fds, int fd)
{
	unsigned int n = 0;

	while (n < CAMERA_BUFFERS && fds[n] != fd)
		n++;
	return n;
}

/*
 * The camera writes into pages of the guest, and the guest sees the same pictures.  When
 * vivid is late, two pictures in turn can be equal; so before each picture the test changes
 * a pixel of the buffer.
 */
TEST_F_TIMEOUT(export, v4l2src_fills_the_pages_of_the_guest, LIMIT)
{
	const size_t size = CAMERA_PAGES * PEER_PAGE;
	uint32_t *maps[CAMERA_BUFFERS];
	unsigned int i, n, filled = 0;
	int fds[CAMERA_BUFFERS], fd = -1;
	struct peer_buffer spare = { 0 };
	struct program pipeline;
	uint64_t seen;

	ASSERT_TRUE(peer_alloc(self->peer, SPARE, false, &spare));
	for (n = 0; n < CAMERA_BUFFERS; n++) {
		fds[n] = export_inherited(self->gntdev, self->peer, CAMERA_PAGES,
					  spare.refs + n * CAMERA_PAGES);
		ASSERT_LE(0, fds[n]);
		maps[n] = map_all(size, fds[n]);
		ASSERT_NE(MAP_FAILED, maps[n]);
		*maps[n] = CAMERA_NO_PIXEL;
	}
	program_begin(&pipeline, "dmabuf-pipeline %u %u %d,%d,%d,%d " CAMERA,
		      CAMERA_WIDTH, CAMERA_HEIGHT, fds[0], fds[1], fds[2], fds[3],
		      CAMERA_WIDTH, CAMERA_HEIGHT);
	for (i = 0; i < CAMERA_PICTURES; i++) {
		ASSERT_EQ(2, sscanf(program_line(&pipeline), "%d %" SCNx64, &fd, &seen))
			TH_LOG("%s", (program_end(&pipeline), pipeline.errors));
		n = buffer_of(fds, fd);
		ASSERT_GT(CAMERA_BUFFERS, n);
		filled |= 1 << n;
		EXPECT_NE(CAMERA_NO_PIXEL, *maps[n]);
		EXPECT_EQ(peer_sum(self->peer, n * CAMERA_PAGES, CAMERA_PAGES), seen);
		*maps[n] = CAMERA_NO_PIXEL;
		ASSERT_EQ(1, write(pipeline.in, "\n", 1));
	}
	/* In turn */
	EXPECT_NE(0, filled & (filled - 1));
	EXPECT_EQ(0, program_end(&pipeline));
	EXPECT_STREQ("", pipeline.errors);
	for (n = 0; n < CAMERA_BUFFERS; n++) {
		munmap(maps[n], size);
		close(fds[n]);
	}
	peer_free(self->peer, &spare);
	free(spare.refs);
}
