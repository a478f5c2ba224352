// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation of exported buffers that devices or the kernel use.  Each test
 * checks one promise.  Runs in domain 0, with granter in the guest PEER and the
 * modules edu_dma, which drives two devices, and vmap_look.
 */

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#define BUFFERS	4
/* Also the tables for contiguous buffers grow before the first test */
#define BUFFERS_FLAGS	GNTDEV_DMA_FLAG_WC

#include "edu.h"
#include "fixture.h"
#include "look.h"
#include "revoke.h"
#include "waiter.h"

#define COUNT	4
#define EDU_DYNAMIC	(EDU_DMA_TO_DEVICE | EDU_DMA_DYNAMIC)

/* importers_are_told - since Linux 7.1 dynamic importers promise to unmap */
static bool importers_are_told(void)
{
	return linux_since(7, 1);
}

/* reads - 0 if the device reads the first word of the frame, or an error number */
static int reads(int edu, uint32_t pixel)
{
	uint32_t word = ~pixel;
	ssize_t n = pread(edu, &word, sizeof(word), 0);

	if (n < 0)
		return errno;
	return n == sizeof(word) && word == pixel ? 0 : EIO;
}

/* first_pixel - let the guest draw a frame; its first pixel */
static uint32_t first_pixel(struct peer *peer, unsigned int frame)
{
	peer_ask(peer, "draw", frame);
	return frame_pixel(frame, 0, 0, peer->width, peer->height);
}

/* ---- What cannot be told */

TEST_F_TIMEOUT(export, a_buffer_mapped_for_a_static_importer_is_busy, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, COUNT);
	int edu = edu_open(0), event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint32_t *map, pixel = first_pixel(self->peer, 30);

	ASSERT_LE(0, edu);
	op.flags = GNTDEV_DMABUF_EXPORT_EVENTFD;
	op.eventfd = event;
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	map = map_readonly(COUNT * PEER_PAGE, op.fd);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, edu_attach(edu, op.fd, EDU_DMA_TO_DEVICE, NULL));
	EXPECT_EQ(EBUSY, revoke_id(self->gntdev, op.id));

	/* Nothing has changed */
	EXPECT_EQ(0, touch_all(map, COUNT * PEER_PAGE));
	EXPECT_EQ(pixel, map[0]);
	EXPECT_EQ(0, reads(edu, pixel));
	EXPECT_TRUE(is_usable(self->gntdev, &op));
	EXPECT_EQ(0, map_in_kernel(op.fd));
	EXPECT_FALSE(is_signalled(event));
	EXPECT_EQ(0, edu_detach(edu));
	ASSERT_EQ(0, edu_attach(edu, op.fd, EDU_DMA_TO_DEVICE, NULL));
	EXPECT_EQ(0, reads(edu, pixel));
	EXPECT_EQ(EBUSY, revoke_id(self->gntdev, op.id));

	EXPECT_EQ(0, edu_detach(edu));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_TRUE(is_revoked(map, COUNT * PEER_PAGE));
	EXPECT_EQ(0, munmap(map, COUNT * PEER_PAGE));
	EXPECT_EQ(0, close(op.fd));
	close(event);
	close(edu);
}

TEST_F_TIMEOUT(export, a_buffer_with_a_kernel_mapping_in_use_is_busy, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, COUNT);
	int looks[2] = { look_open(), look_open() };
	uint32_t *map;

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	map = map_readonly(COUNT * PEER_PAGE, op.fd);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, ioctl(looks[0], VMAP_LOOK_KEEP, op.fd));
	EXPECT_EQ(EBUSY, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(0, touch_all(map, COUNT * PEER_PAGE));
	EXPECT_TRUE(is_usable(self->gntdev, &op));
	/* Each use of the kernel mapping counts */
	ASSERT_EQ(0, ioctl(looks[1], VMAP_LOOK_KEEP, op.fd));
	EXPECT_EQ(0, close(looks[0]));
	EXPECT_EQ(EBUSY, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(0, map_in_kernel(op.fd));
	EXPECT_EQ(0, close(looks[1]));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(0, munmap(map, COUNT * PEER_PAGE));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(export, a_kernel_mapping_that_was_used_before_is_revoked, LIMIT)
{
	static const uint32_t flags[] = { 0, GNTDEV_DMA_FLAG_WC };
	struct gntdev_dmabuf_export op;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		op = buffer_op(self->peer, COUNT);
		op.flags = flags[i / 2];
		op.data_ofs = i % 2 * 64;
		ASSERT_EQ(0, export_buffer(self->gntdev, &op));
		EXPECT_EQ(0, map_in_kernel(op.fd));
		EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
		EXPECT_EQ(no_kernel_mapping(), map_in_kernel(op.fd));
		EXPECT_EQ(0, close(op.fd));
	}
}

/* ---- Devices that do not use the buffer */

TEST_F_TIMEOUT(export, a_device_is_not_attached_to_a_revoked_buffer, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, COUNT);
	int edu = edu_open(0);

	ASSERT_LE(0, edu);
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(ENODEV, edu_attach(edu, op.fd, EDU_DMA_TO_DEVICE, NULL));
	EXPECT_EQ(ENODEV, edu_attach(edu, op.fd, EDU_DYNAMIC, NULL));
	EXPECT_EQ(ENODEV, edu_attach(edu, op.fd, EDU_DMA_TO_DEVICE |
				     EDU_DMA_UNMAPPED, NULL));
	EXPECT_EQ(0, close(op.fd));
	close(edu);
}

TEST_F_TIMEOUT(export, an_attached_device_does_not_map_a_revoked_buffer, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, COUNT);
	int edu[2] = { edu_open(0), edu_open(1) };
	uint32_t word;

	ASSERT_LE(0, edu[1]);
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	ASSERT_EQ(0, edu_attach(edu[0], op.fd, EDU_DMA_TO_DEVICE |
				EDU_DMA_UNMAPPED, NULL));
	/* This device has mapped the buffer, but does not any more */
	ASSERT_EQ(0, edu_attach(edu[1], op.fd, EDU_DMA_TO_DEVICE, NULL));
	EXPECT_EQ(0, edu_detach(edu[1]));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(-1, pread(edu[0], &word, sizeof(word), 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(0, close(op.fd));
	EXPECT_EQ(0, edu_detach(edu[0]));
	close(edu[0]);
	close(edu[1]);
}

/* ---- Dynamic importers */

TEST_F_TIMEOUT(export, a_dynamic_importer_is_told, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, COUNT);
	int i, ret, edu[2] = { edu_open(0), edu_open(1) };
	uint32_t *map, pixel = first_pixel(self->peer, 31);

	ASSERT_LE(0, edu[1]);
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	map = map_readonly(COUNT * PEER_PAGE, op.fd);
	ASSERT_NE(MAP_FAILED, map);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, edu_attach(edu[i], op.fd, EDU_DYNAMIC, NULL));
		EXPECT_EQ(0, reads(edu[i], pixel));
	}
	ret = revoke_id(self->gntdev, op.id);
	EXPECT_EQ(importers_are_told() ? 0 : EBUSY, ret);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(ret ? 0 : ENODEV, reads(edu[i], pixel));
		EXPECT_EQ(0, edu_detach(edu[i]));
		close(edu[i]);
	}
	if (ret) {
		EXPECT_TRUE(is_usable(self->gntdev, &op));
		EXPECT_EQ(pixel, map[0]);
		EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	}
	EXPECT_TRUE(is_revoked(map, COUNT * PEER_PAGE));
	EXPECT_EQ(0, munmap(map, COUNT * PEER_PAGE));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(export, a_static_importer_beside_a_dynamic_one_is_busy, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, COUNT);
	int edu[2] = { edu_open(0), edu_open(1) };
	uint32_t pixel = first_pixel(self->peer, 32);

	ASSERT_LE(0, edu[1]);
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	ASSERT_EQ(0, edu_attach(edu[0], op.fd, EDU_DYNAMIC, NULL));
	ASSERT_EQ(0, edu_attach(edu[1], op.fd, EDU_DMA_TO_DEVICE, NULL));
	EXPECT_EQ(EBUSY, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(0, reads(edu[0], pixel));
	EXPECT_EQ(0, reads(edu[1], pixel));
	EXPECT_TRUE(is_usable(self->gntdev, &op));
	EXPECT_EQ(0, edu_detach(edu[0]));
	EXPECT_EQ(0, edu_detach(edu[1]));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(0, close(op.fd));
	close(edu[0]);
	close(edu[1]);
}

/**
 * struct revoker - a thread that revokes a buffer
 * @thread: the thread
 * @gntdev: the exporting file
 * @id: the buffer
 * @result: the result, -1 until the request has returned
 */
struct revoker {
	pthread_t thread;
	int gntdev;
	uint64_t id;
	volatile int result;
};

static void *revoker_main(void *data)
{
	struct revoker *revoker = data;

	revoker->result = revoke_id(revoker->gntdev, revoker->id);
	return NULL;
}

/* revoke_waits - start a thread that revokes; whether it waits for 50 ms */
static bool revoke_waits(struct revoker *revoker, int gntdev, uint64_t id)
{
	*revoker = (struct revoker) {
		.gntdev = gntdev,
		.id = id,
		.result = -1,
	};
	if (pthread_create(&revoker->thread, NULL, revoker_main, revoker))
		return false;
	while (!others_sleep() && revoker->result == -1)
		sched_yield();
	usleep(50000);
	return revoker->result == -1;
}

static int revoke_result(struct revoker *revoker)
{
	pthread_join(revoker->thread, NULL);
	return revoker->result;
}

static void handler(int signal)
{
}

/* A fence without a mapping, and a mapping without a fence */
TEST_F_TIMEOUT(export, revoke_waits_for_the_fences_and_mappings_of_importers, LIMIT)
{
	static const unsigned int holds[] = { EDU_DMA_HOLD_FENCE, EDU_DMA_HOLD_MAPPING };
	struct sigaction action = { .sa_handler = handler };
	struct gntdev_dmabuf_export op;
	struct revoker revoker;
	int edu;
	unsigned int i;

	if (!importers_are_told())
		SKIP(return, "this kernel does not tell importers");
	edu = edu_open(0);
	ASSERT_LE(0, edu);
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	for (i = 0; i < ARRAY_SIZE(holds); i++) {
		op = buffer_op(self->peer, COUNT);
		ASSERT_EQ(0, export_buffer(self->gntdev, &op));
		ASSERT_EQ(0, edu_attach(edu, op.fd, EDU_DYNAMIC, NULL));
		ASSERT_EQ(0, edu_hold(edu, holds[i]));
		EXPECT_TRUE(revoke_waits(&revoker, self->gntdev, op.id))
			TH_LOG("hold %u", holds[i]);
		/* A signal that is handled does not end the wait */
		pthread_kill(revoker.thread, SIGUSR1);
		usleep(50000);
		EXPECT_EQ(-1, revoker.result);
		EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 0));
		EXPECT_EQ(ENODEV, mmap_error(op.fd));
		EXPECT_EQ(0, edu_hold(edu, 0));
		EXPECT_EQ(0, revoke_result(&revoker));
		EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
		EXPECT_EQ(0, edu_detach(edu));
		EXPECT_EQ(0, close(op.fd));
	}
	close(edu);
}

TEST_F_TIMEOUT(export, an_importer_that_detaches_ends_the_wait, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, COUNT);
	struct revoker revoker;
	int edu;

	if (!importers_are_told())
		SKIP(return, "this kernel does not tell importers");
	edu = edu_open(0);
	ASSERT_LE(0, edu);
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	ASSERT_EQ(0, edu_attach(edu, op.fd, EDU_DYNAMIC, NULL));
	ASSERT_EQ(0, edu_hold(edu, EDU_DMA_HOLD_ALL));
	EXPECT_TRUE(revoke_waits(&revoker, self->gntdev, op.id));
	EXPECT_EQ(0, edu_detach(edu));
	EXPECT_EQ(0, revoke_result(&revoker));
	EXPECT_EQ(0, close(op.fd));
	close(edu);
}

TEST_F_TIMEOUT(export, a_killed_revocation_can_be_repeated, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, COUNT);
	int status, edu;
	pid_t child;

	if (!importers_are_told())
		SKIP(return, "this kernel does not tell importers");
	edu = edu_open(0);
	ASSERT_LE(0, edu);
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	ASSERT_EQ(0, edu_attach(edu, op.fd, EDU_DYNAMIC, NULL));
	ASSERT_EQ(0, edu_hold(edu, EDU_DMA_HOLD_ALL));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(revoke_id(self->gntdev, op.id));
	while (!thread_sleeps(child))
		sched_yield();
	usleep(50000);
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status))
		TH_LOG("status %#x", status);

	/* The buffer has its grants, but no new uses */
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 0));
	EXPECT_EQ(ENODEV, mmap_error(op.fd));
	EXPECT_EQ(ENODEV, sync_cpu(op.fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ));
	EXPECT_EQ(0, edu_hold(edu, 0));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(0, edu_detach(edu));
	EXPECT_EQ(0, close(op.fd));
	close(edu);
}

/* A copy takes the device 0.2 s, so the request comes in the middle of one */
TEST_F_TIMEOUT(export, revoke_waits_for_dma, LIMIT)
{
	struct gntdev_dmabuf_export op;
	uint32_t words[256];
	struct revoker revoker;
	unsigned int round;
	int edu;
	ssize_t n;

	if (!importers_are_told())
		SKIP(return, "this kernel does not tell importers");
	edu = edu_open(0);
	ASSERT_LE(0, edu);
	for (round = 0; round < 3; round++) {
		op = buffer_op(self->peer, COUNT);
		ASSERT_EQ(0, export_buffer(self->gntdev, &op));
		ASSERT_EQ(0, edu_attach(edu, op.fd, EDU_DMA_FROM_DEVICE |
					EDU_DMA_DYNAMIC, NULL));
		revoker = (struct revoker) { .gntdev = self->gntdev, .id = op.id };
		ASSERT_EQ(0, pthread_create(&revoker.thread, NULL, revoker_main,
					    &revoker));
		memset(words, round, sizeof(words));
		do
			n = pwrite(edu, words, sizeof(words), 0);
		while (n == sizeof(words));
		EXPECT_EQ(-1, n);
		EXPECT_EQ(ENODEV, errno);
		EXPECT_EQ(0, revoke_result(&revoker));
		EXPECT_EQ(0, edu_detach(edu));
		EXPECT_EQ(0, close(op.fd));
	}
	close(edu);
}
