// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many buffers, many threads, many waiters, and the largest buffer: after each test
 * nothing is left.  Each test checks one promise.  Runs in domain 0, with granter in a
 * guest: see fixture.h.
 */

/* Xen maps a page up to 127 times: the buffers use all pages of the guest's frame */
#define BUFFERS		2
#define SPARE		most_pages()
#define PROCESSORS	2

#include <pthread.h>
#include <sys/resource.h>

#include "fixture.h"
#include "waiter.h"

#define THREADS		64
#define THREAD_ROUNDS	100

/* export_page - export one page of the frame */
static int export_page(int gntdev, const struct peer *peer, unsigned int page,
		       struct gntdev_dmabuf_export *op)
{
	*op = buffer_op(peer, 1);
	op->refs = (uintptr_t)&peer->refs[page % peer->count];
	return export_buffer(gntdev, op);
}

/* export_many - export one page @count times, then release all; the first error */
static int export_many(int gntdev, const struct peer *peer, unsigned int count)
{
	struct gntdev_dmabuf_export *ops = calloc(count, sizeof(*ops));
	unsigned int i, n;
	int ret = 0;

	if (!ops)
		return ENOMEM;
	for (n = 0; n < count; n++) {
		ret = export_page(gntdev, peer, n, &ops[n]);
		if (ret)
			break;
	}
	for (i = 0; i < n && !ret; i++)
		if (wait_id(gntdev, ops[i].id, 0) != ETIMEDOUT)
			ret = EEXIST;
	for (i = 0; i < n; i++)
		close(ops[i].fd);
	for (i = 0; i < n && !ret; i++) {
		ret = wait_id(gntdev, ops[i].id, UINT32_MAX);
		if (ret == ENOENT)
			ret = 0;
	}
	free(ops);
	return ret;
}

TEST_F_TIMEOUT(export, ten_thousand_buffers_exist_at_once, LIMIT)
{
	unsigned int count = 10000;
	struct rlimit limit = { count + 100, count + 100 };
	static struct slabs before;
	const char *grown;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	/* Xen's tables grow, and are never freed */
	ASSERT_EQ(0, export_many(self->gntdev, self->peer, count));
	conserve_begin(&self->before, self->peer->domid);
	/* The buffer of the fixture, which the teardown closes */
	self->before.fds--;
	self->before.buffers--;
	slabs_read(&before);
	EXPECT_EQ(0, export_many(self->gntdev, self->peer, count));
	grown = slabs_grown(&before, count / 2);
	EXPECT_EQ(NULL, grown)
		TH_LOG("slab cache %s has grown", grown);
}

/**
 * struct worker - a thread that exports and releases pages
 * @thread: the thread
 * @peer: the guest
 * @number: number of the thread
 * @gntdev: the gntdev file of all threads
 * @result: the first error
 */
struct worker {
	pthread_t thread;
	const struct peer *peer;
	unsigned int number;
	int gntdev;
	int result;
};

/* Export a page, read it, release it and wait */
static int work_once(struct worker *worker, unsigned int page)
{
	struct gntdev_dmabuf_export op;
	volatile uint32_t *map;
	int ret, error = export_page(worker->gntdev, worker->peer, page, &op);

	if (error)
		return error;
	map = map_all(PEER_PAGE, op.fd);
	if (map == MAP_FAILED) {
		error = errno;
	} else {
		(void)map[0];
		munmap((void *)map, PEER_PAGE);
	}
	close(op.fd);
	/* ENOENT: the release is complete already */
	ret = wait_id(worker->gntdev, op.id, UINT32_MAX);
	return ret && ret != ENOENT ? ret : error;
}

static void *work(void *data)
{
	struct worker *worker = data;
	unsigned int i;

	on_processor(worker->number % PROCESSORS);
	for (i = 0; i < THREAD_ROUNDS && !worker->result; i++)
		worker->result = work_once(worker, worker->number + i);
	return NULL;
}

TEST_F_TIMEOUT(export, sixty_four_threads_export_and_release, LIMIT)
{
	struct worker workers[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker) {
			.peer = self->peer, .number = i, .gntdev = self->gntdev,
		};
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(0, pthread_join(workers[i].thread, NULL));
		EXPECT_EQ(0, workers[i].result);
	}
}

TEST_F_TIMEOUT(export, a_release_wakes_a_thousand_waiters, LIMIT)
{
	unsigned int count = 1000;
	struct waiter *waiters = calloc(count, sizeof(*waiters));
	struct gntdev_dmabuf_export op;

	ASSERT_NE(NULL, waiters);
	ASSERT_EQ(0, export_page(self->gntdev, self->peer, 0, &op));
	ASSERT_TRUE(start_waiters(waiters, count, self->gntdev, -1, op.id));
	ASSERT_EQ(0, close(op.fd));
	EXPECT_TRUE(all_woke(waiters, count));
	free(waiters);
}

TEST_F_TIMEOUT(export, the_largest_buffer_is_exported_and_read, LIMIT)
{
	unsigned int i, wrong = 0, count = most_pages();
	struct gntdev_dmabuf_export op;
	struct peer_buffer spare;
	uint32_t *map;

	ASSERT_TRUE(peer_alloc(self->peer, count, false, &spare));
	op = buffer_op(self->peer, count);
	op.refs = (uintptr_t)spare.refs;
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	map = map_all(count * PEER_PAGE, op.fd);
	ASSERT_NE(MAP_FAILED, map);
	for (i = 0; i < count; i++)
		wrong += map[i * (PEER_PAGE / 4)] != peer_spare_word(i);
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, munmap(map, count * PEER_PAGE));
	EXPECT_EQ(0, close(op.fd));
	peer_free(self->peer, &spare);
	free(spare.refs);
}
