// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pictures of a camera of another guest.  Runs in a guest; the program offer-camera
 * runs in another one, PEER.
 */

#include "camera.h"
#include "offer.h"

/* A program that shows the pictures; ids and mappings are 0 before the first picture */
FIXTURE(camera)
{
	struct ask ask;
	struct xendmabuf_taker *taker;
	uint8_t names[CAMERA_BUFFERS][XENDMABUF_NAME_SIZE];
	uint64_t ids[CAMERA_BUFFERS];
	uint32_t *maps[CAMERA_BUFFERS];
	struct picture last;
};

FIXTURE_SETUP(camera)
{
	unsigned int peer = peer_domid(), i;
	uint64_t high;

	ask_open(&self->ask, CAMERA_FOLDER, peer);
	high = ask(&self->ask, "high");
	for (i = 0; i < CAMERA_BUFFERS; i++)
		name_set(self->names[i], high, ask(&self->ask, "low %u", i));
	self->taker = taker_open_wait(peer, self->names[0]);
	ASSERT_NE(NULL, self->taker);
}

FIXTURE_TEARDOWN(camera)
{
	xendmabuf_taker_close(self->taker);
	ask_close(&self->ask);
}

/* map_first - map a buffer when it is taken for the first time */
static int map_first(FIXTURE_DATA(camera) * self, unsigned int i,
		     const struct xendmabuf_buffer *buffer)
{
	if (self->maps[i])
		return 0;
	self->ids[i] = buffer->id;
	self->maps[i] = mmap(NULL, CAMERA_STRIDE * CAMERA_HEIGHT, PROT_READ, MAP_SHARED,
			     buffer->fd, 0);
	return self->maps[i] == MAP_FAILED;
}

TEST_F_TIMEOUT(camera, pictures_of_another_guest_are_seen, LIMIT)
{
	unsigned int count = rounds(30), i, n;

	for (n = 0; n < count; n++) {
		struct xendmabuf_buffer *buffer;
		struct picture picture;

		i = n % CAMERA_BUFFERS;
		buffer = xendmabuf_take(self->taker, self->names[i], -1);
		ASSERT_NE(NULL, buffer);
		ASSERT_EQ(0, map_first(self, i, buffer));
		ASSERT_EQ(self->ids[i], buffer->id);
		ASSERT_EQ(CAMERA_WIDTH, buffer->metadata.width);
		ASSERT_EQ(CAMERA_HEIGHT, buffer->metadata.height);
		ASSERT_EQ(CAMERA_STRIDE, buffer->metadata.stride);
		ASSERT_EQ(CAMERA_FORMAT, buffer->metadata.format);
		ASSERT_EQ(sizeof(picture), buffer->metadata.size);
		memcpy(&picture, buffer->metadata.bytes, sizeof(picture));
		ASSERT_EQ(picture.sum, picture_sum(self->maps[i]));
		ASSERT_LT(self->last.number, picture.number);
		ASSERT_NE(CAMERA_NO_PIXEL, *self->maps[i]);
		self->last = picture;
		xendmabuf_release(self->taker, buffer);
	}
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
