// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation of exported buffers while threads and processes use them on another
 * processor.  Each test checks one promise.  Runs in domain 0 with the module
 * vmap_look, and with granter in a guest: see fixture.h.
 */

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUFFERS	8
#define PROCESSORS	2

#include "fixture.h"
#include "look.h"
#include "preempt.h"
#include "revoke.h"

#define COUNT	16
#define SIZE	(COUNT * PEER_PAGE)
#define RACERS	2

/**
 * struct racer - a thread that uses a buffer until told to stop
 * @thread: the thread
 * @use: one use of the buffer
 * @gntdev: the exporting file
 * @op: the buffer
 * @map: a mapping of it, of this thread
 * @stop: the thread ends
 * @done: number of uses
 * @result: the result of the last use
 */
struct racer {
	pthread_t thread;
	void (*use)(struct racer *racer);
	int gntdev;
	const struct gntdev_dmabuf_export *op;
	uint8_t *map;
	volatile bool stop;
	volatile unsigned int done;
	int result;
};

/* main() runs on processor 0 */
static void *racer_main(void *data)
{
	struct racer *racer = data;

	on_processor(1);
	while (!racer->stop) {
		racer->use(racer);
		racer->done++;
	}
	return NULL;
}

static void use_access(struct racer *racer)
{
	touch_all(racer->map, SIZE);
}

/* On x86 PV each page is mapped again by a page fault */
static void use_protect(struct racer *racer)
{
	mprotect(racer->map, SIZE / 2, PROT_READ);
	touch_all(racer->map, SIZE);
	mprotect(racer->map, SIZE / 2, PROT_READ | PROT_WRITE);
	touch_all(racer->map, SIZE);
}

static void use_map(struct racer *racer)
{
	uint32_t *map = map_readonly(SIZE, racer->op->fd);

	if (map == MAP_FAILED)
		return;
	touch_all(map, SIZE);
	munmap(map, SIZE);
}

/* Unmap pages from both ends of this thread's mapping */
static void use_unmap(struct racer *racer)
{
	unsigned int n = racer->done;

	if (n < COUNT / 2) {
		munmap(racer->map + n * PEER_PAGE, PEER_PAGE);
		munmap(racer->map + SIZE - (n + 1) * PEER_PAGE, PEER_PAGE);
	}
}

/* The process ends without unmapping the buffer */
static void use_fork(struct racer *racer)
{
	pid_t child = fork();
	uint32_t *map;

	if (!child) {
		map = map_readonly(SIZE, racer->op->fd);
		if (map != MAP_FAILED)
			touch_all(map, SIZE);
		touch_all(racer->map, SIZE);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void use_sync(struct racer *racer)
{
	if (!sync_cpu(racer->op->fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW))
		sync_cpu(racer->op->fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
}

static void use_kernel(struct racer *racer)
{
	racer->result = map_in_kernel(racer->op->fd);
}

static void use_revoke(struct racer *racer)
{
	racer->result = revoke_id(racer->gntdev, racer->op->id);
	racer->stop = true;
}

static void use_close(struct racer *racer)
{
	close(racer->op->fd);
	racer->stop = true;
}

static bool racers_start(struct racer *racers, int gntdev,
			 const struct gntdev_dmabuf_export *op,
			 void (*use)(struct racer *racer))
{
	unsigned int i;

	for (i = 0; i < RACERS; i++) {
		racers[i] = (struct racer) {
			.use = use,
			.gntdev = gntdev,
			.op = op,
			.map = (uint8_t *)map_all(SIZE, op->fd),
		};
		if (racers[i].map == MAP_FAILED)
			return false;
	}
	/* The first thread may revoke the buffer */
	for (i = 0; i < RACERS; i++)
		if (pthread_create(&racers[i].thread, NULL, racer_main, &racers[i]))
			return false;
	return true;
}

static void racers_end(struct racer *racers)
{
	unsigned int i;

	for (i = 0; i < RACERS; i++) {
		racers[i].stop = true;
		pthread_join(racers[i].thread, NULL);
		munmap(racers[i].map, SIZE);
	}
}

/*
 * revoke_during - revoke a buffer while two threads use it
 *
 * @uses: number of uses after which it is revoked
 *
 * Returns the number of the step that failed, or 0.
 */
static int revoke_during(int gntdev, const struct peer *peer,
			 void (*use)(struct racer *racer), unsigned int uses)
{
	struct gntdev_dmabuf_export op = buffer_op(peer, COUNT);
	struct racer racers[RACERS];
	uint32_t *map;
	int ret = 0;

	if (export_buffer(gntdev, &op))
		return 1;
	map = map_readonly(SIZE, op.fd);
	if (map == MAP_FAILED || !racers_start(racers, gntdev, &op, use))
		return 2;
	while (racers[0].done + racers[1].done < uses)
		sched_yield();
	if (revoke_id(gntdev, op.id))
		ret = 3;
	else if (wait_id(gntdev, op.id, 0) != ENOENT)
		ret = 4;
	else if (!is_revoked(map, SIZE))
		ret = 5;
	else if (mmap_error(op.fd) != ENODEV)
		ret = 6;
	racers_end(racers);
	munmap(map, SIZE);
	close(op.fd);
	return ret;
}

#define REVOKE_DURING(use)						\
	do {								\
		unsigned int round, n = rounds(30);			\
									\
		for (round = 0; round < n; round++)			\
			EXPECT_EQ(0, revoke_during(self->gntdev, self->peer, \
						   use, round % 7));	\
	} while (0)

TEST_F_TIMEOUT(export, revoke_while_others_access, LIMIT)
{
	REVOKE_DURING(use_access);
}

TEST_F_TIMEOUT(export, revoke_while_others_fault, LIMIT)
{
	REVOKE_DURING(use_protect);
}

TEST_F_TIMEOUT(export, revoke_while_others_map, LIMIT)
{
	REVOKE_DURING(use_map);
}

TEST_F_TIMEOUT(export, revoke_while_others_unmap, LIMIT)
{
	REVOKE_DURING(use_unmap);
}

TEST_F_TIMEOUT(export, revoke_while_others_fork_and_exit, LIMIT)
{
	REVOKE_DURING(use_fork);
}

TEST_F_TIMEOUT(export, revoke_while_others_synchronise, LIMIT)
{
	REVOKE_DURING(use_sync);
}

/* While the kernel uses its mapping the buffer is busy */
TEST_F_TIMEOUT(export, revoke_while_drivers_map_the_buffer_in_the_kernel, LIMIT)
{
	unsigned int round, n = rounds(30);
	struct racer racers[RACERS];
	struct gntdev_dmabuf_export op;
	int i, ret;

	for (round = 0; round < n; round++) {
		op = buffer_op(self->peer, COUNT);
		ASSERT_EQ(0, export_buffer(self->gntdev, &op));
		ASSERT_TRUE(racers_start(racers, self->gntdev, &op, use_kernel));
		while (racers[0].done + racers[1].done < round % 7)
			sched_yield();
		do
			ret = revoke_id(self->gntdev, op.id);
		while (ret == EBUSY);
		EXPECT_EQ(0, ret);
		EXPECT_EQ(no_kernel_mapping(), map_in_kernel(op.fd));
		racers_end(racers);
		for (i = 0; i < RACERS; i++)
			EXPECT_TRUE(!racers[i].result || racers[i].result == EINVAL);
		EXPECT_EQ(0, close(op.fd));
	}
}

/* ---- The last user leaves, or others revoke, at the same time */

TEST_F_TIMEOUT(export, revoke_while_another_closes_the_last_descriptor, LIMIT)
{
	unsigned int round, revoked = 0, n = rounds(50);
	struct gntdev_dmabuf_export op;
	struct racer racer;
	int ret;

	for (round = 0; round < n; round++) {
		op = buffer_op(self->peer, COUNT);
		ASSERT_EQ(0, export_buffer(self->gntdev, &op));
		racer = (struct racer) { .use = use_close, .op = &op };
		ASSERT_EQ(0, pthread_create(&racer.thread, NULL, racer_main, &racer));
		usleep(round % 10 * 20);
		ret = revoke_id(self->gntdev, op.id);
		EXPECT_TRUE(!ret || ret == ENOENT)
			TH_LOG("error %d", ret);
		revoked += !ret;
		/* A release that began before may still run: the wait ends with it */
		ret = wait_id(self->gntdev, op.id, 10000);
		EXPECT_TRUE(!ret || ret == ENOENT);
		ASSERT_EQ(0, pthread_join(racer.thread, NULL));
	}
	TH_LOG("%u of %u buffers were revoked", revoked, n);
}

/**
 * struct closer - a thread of processor 1 that closes the last descriptor of a buffer
 * @thread: the thread
 * @tid: its number
 * @fd: the descriptor
 * @go: it closes the descriptor
 */
struct closer {
	pthread_t thread;
	atomic_int tid;
	int fd;
	atomic_bool go;
};

static void *closer_main(void *data)
{
	struct closer *closer = data;

	on_processor(1);
	if (!set_priority(1))
		return NULL;
	closer->tid = gettid();
	while (!closer->go)
		usleep(1000);
	close(closer->fd);
	return NULL;
}

/* struct revoker - a thread that revokes a buffer */
struct revoker {
	pthread_t thread;
	atomic_int tid;
	int gntdev;
	uint64_t id;
	int result;
	atomic_bool done;
};

static void *revoker_main(void *data)
{
	struct revoker *revoker = data;

	revoker->tid = gettid();
	revoker->result = revoke_id(revoker->gntdev, revoker->id);
	revoker->done = true;
	return NULL;
}

TEST_F_TIMEOUT(export, a_revocation_waits_for_a_release_that_has_begun, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, COUNT);
	struct preempter preempter = { .pipe = -1 };
	struct revoker revoker = { .gntdev = self->gntdev };
	struct closer closer = { 0 };
	unsigned int i;
	bool can;

	if (access("/sys/kernel/tracing/events/kmem/kmalloc", F_OK))
		SKIP(return, "the kernel has no event kmem:kmalloc");

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	closer.fd = op.fd;
	ASSERT_EQ(0, pthread_create(&closer.thread, NULL, closer_main, &closer));
	while (!closer.tid)
		usleep(1000);

	/* The arguments of its hypercalls are the first large allocation of a release */
	can = preempter_start(&preempter, closer.tid, PEER_PAGE);
	EXPECT_TRUE(can);
	closer.go = true;
	for (i = 0; i < 10000 && can && !preempter.taken; i++)
		usleep(1000);
	if (preempter.taken) {
		revoker.id = op.id;
		can = !pthread_create(&revoker.thread, NULL, revoker_main, &revoker);
		EXPECT_TRUE(can);
		while (can && !revoker.done && !(revoker.tid && thread_sleeps(revoker.tid)))
			usleep(1000);
		EXPECT_FALSE(revoker.done)
			TH_LOG("the revocation has returned %d", revoker.result);
		EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 0));
	}
	EXPECT_TRUE(preempter.taken);

	preempter_end(&preempter);
	if (revoker.id) {
		EXPECT_EQ(0, pthread_join(revoker.thread, NULL));
		EXPECT_EQ(0, revoker.result);
		EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
	}
	EXPECT_EQ(0, pthread_join(closer.thread, NULL));
}

/* One that finds the buffer and waits for another one succeeds as well */
TEST_F_TIMEOUT(export, revocations_at_the_same_time_end_with_a_revoked_buffer, LIMIT)
{
	unsigned int round, n = rounds(30);
	struct racer racers[RACERS];
	struct gntdev_dmabuf_export op;
	int ret;

	for (round = 0; round < n; round++) {
		op = buffer_op(self->peer, COUNT);
		ASSERT_EQ(0, export_buffer(self->gntdev, &op));
		ASSERT_TRUE(racers_start(racers, self->gntdev, &op, use_revoke));
		usleep(round % 10 * 20);
		ret = revoke_id(self->gntdev, op.id);
		EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
		while (!racers[0].done || !racers[1].done)
			sched_yield();
		racers_end(racers);
		EXPECT_TRUE(!ret || !racers[0].result || !racers[1].result);
		EXPECT_TRUE(!ret || ret == ENOENT);
		EXPECT_TRUE(!racers[0].result || racers[0].result == ENOENT);
		EXPECT_TRUE(!racers[1].result || racers[1].result == ENOENT);
		EXPECT_EQ(0, close(op.fd));
	}
}

/* The kernel numbers buffers and gntdev files from one counter */
static void use_next_id(struct racer *racer)
{
	const volatile struct gntdev_dmabuf_export *op = racer->op;

	revoke_id(racer->gntdev, op->id + 1);
}

TEST_F_TIMEOUT(export, no_export_is_revoked_before_it_is_complete, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 1);
	unsigned int round, n = rounds(300);
	struct racer racer = {
		.use = use_next_id, .gntdev = self->gntdev, .op = &op,
	};
	int ret;

	ASSERT_EQ(0, pthread_create(&racer.thread, NULL, racer_main, &racer));
	for (round = 0; round < n; round++) {
		ASSERT_EQ(0, export_buffer(self->gntdev, &op));
		EXPECT_EQ(0, close(op.fd));
		ret = wait_id(self->gntdev, op.id, 10000);
		EXPECT_TRUE(!ret || ret == ENOENT);
	}
	racer.stop = true;
	ASSERT_EQ(0, pthread_join(racer.thread, NULL));
}

/*
 * A slab cache that has as many objects more as there were rounds shows a leak.
 */
TEST_F_TIMEOUT(export, revocations_leave_nothing_in_the_slabs, LIMIT)
{
	static struct slabs before;
	struct gntdev_dmabuf_export op;
	unsigned int i, n = slab_rounds();
	const char *grown;
	uint32_t *map;

	if (slabs_unreliable())
		SKIP(return, "%s", slabs_unreliable());

	/* The first 50 rounds fill caches that stay */
	for (i = 0; i < n + 50; i++) {
		if (i == 50)
			slabs_read(&before);
		op = buffer_op(self->peer, 1);
		ASSERT_EQ(0, export_buffer(self->gntdev, &op));
		map = map_readonly(PEER_PAGE, op.fd);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
		ASSERT_EQ(0, munmap(map, PEER_PAGE));
		ASSERT_EQ(0, close(op.fd));
	}
	grown = slabs_grown(&before, n / 2);
	EXPECT_EQ(NULL, grown)
		TH_LOG("%s has %u objects more", grown, n / 2);
}
