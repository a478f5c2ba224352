// SPDX-License-Identifier: GPL-2.0-only
/*
 * Release of exported buffers, and notification of waiters.  Each test checks
 * one promise.  Runs in domain 0, with granter in a guest: see fixture.h.
 */

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

/* A large buffer takes long to unmap: a waiter that wakes too early is noticed */
#define SPARE	most_pages()

#include "fixture.h"
#include "threads.h"
#include "waiter.h"

/* export_one - export a page of the frame by the request that returns the id */
static int export_one(int gntdev, struct peer *peer, uint32_t flags,
		      int eventfd, struct gntdev_dmabuf_export *op)
{
	*op = (struct gntdev_dmabuf_export) {
		.refs = (uintptr_t)peer->refs,
		.count = 1,
		.domid = peer->domid,
		.flags = flags,
		.eventfd = eventfd,
		.fd = -1,
	};
	return export_buffer(gntdev, op);
}

TEST_F_TIMEOUT(export, a_buffer_outlives_its_gntdev_file, LIMIT)
{
	uint32_t *map;

	ASSERT_EQ(0, close(self->gntdev));
	map = map_all(self->size, self->fd);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	EXPECT_EQ(peer_ask(self->peer, "draw", 9),
		  frame_checksum(map, self->pixels));
	EXPECT_EQ(0, munmap(map, self->size));
	self->gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->gntdev);
}

TEST_F_TIMEOUT(export, a_buffer_holds_the_module, LIMIT)
{
	int with = module_users();

	ASSERT_LT(0, with);
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	EXPECT_EQ(with - 1, module_users());
}

TEST_F_TIMEOUT(export, wait_tells_alive_from_released, LIMIT)
{
	uint32_t *map = map_all(self->size, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, self->fd, 0));
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, self->fd, 20));
	ASSERT_EQ(0, close(self->fd));
	/* The mapping still holds the buffer */
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, self->fd, 20));
	EXPECT_EQ(0, munmap(map, self->size));
	EXPECT_EQ(ENOENT, wait_released(self->gntdev, self->fd, 0));
	EXPECT_EQ(ENOENT, wait_released(self->gntdev, 12345, 0));
	EXPECT_EQ(ENOENT, wait_released(self->gntdev, -1, 0));
	self->fd = -1;
}

TEST_F_TIMEOUT(export, wait_by_id_tells_alive_from_released, LIMIT)
{
	struct gntdev_dmabuf_export op;
	void *map;

	ASSERT_EQ(0, export_one(self->gntdev, self->peer, 0, 0, &op));
	map = map_all(4096, op.fd);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 0));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 20));
	ASSERT_EQ(0, close(op.fd));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 20));
	EXPECT_EQ(0, munmap(map, 4096));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 20));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, 0, 0));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id + 1, 0));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, UINT64_MAX, 0));
}

/*
 * clock_us - time since boot in microseconds, at the last tick
 *
 * A timeout counts ticks.  A wait that begins while ticks are late, because Xen runs
 * another domain, is shorter by another clock.
 */
static uint64_t clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

TEST_F_TIMEOUT(export, a_wait_times_out_when_its_time_is_over, LIMIT)
{
	static const uint32_t ms[] = { 1, 2, 50, 1001 };
	struct gntdev_dmabuf_export op;
	uint64_t start;
	unsigned int i;

	ASSERT_EQ(0, export_one(self->gntdev, self->peer, 0, 0, &op));
	for (i = 0; i < ARRAY_SIZE(ms); i++) {
		start = clock_us();
		EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, ms[i]));
		EXPECT_LE(ms[i] * 1000, clock_us() - start);
		start = clock_us();
		EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, self->fd, ms[i]));
		EXPECT_LE(ms[i] * 1000, clock_us() - start);
	}
	ASSERT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(export, an_id_is_never_given_twice, LIMIT)
{
	struct gntdev_dmabuf_export op;
	uint64_t last = 0;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, export_one(self->gntdev, self->peer, 0, 0, &op));
		EXPECT_LT(last, op.id);
		last = op.id;
		ASSERT_EQ(0, close(op.fd));
	}
}

TEST_F_TIMEOUT(export, any_gntdev_file_waits_by_id, LIMIT)
{
	int other = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	struct gntdev_dmabuf_export op;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, export_one(other, self->peer, 0, 0, &op));
	ASSERT_EQ(0, close(other));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 0));
	ASSERT_EQ(0, close(op.fd));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
}

TEST_F_TIMEOUT(export, release_wakes_every_waiter, LIMIT)
{
	struct waiter waiters[4];

	ASSERT_TRUE(start_waiters(waiters, ARRAY_SIZE(waiters), self->gntdev,
				  self->fd, 0));
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	EXPECT_TRUE(all_woke(waiters, ARRAY_SIZE(waiters)));
}

TEST_F_TIMEOUT(export, release_wakes_every_waiter_by_id, LIMIT)
{
	struct gntdev_dmabuf_export op;
	struct waiter waiters[4];

	ASSERT_EQ(0, export_one(self->gntdev, self->peer, 0, 0, &op));
	ASSERT_TRUE(start_waiters(waiters, ARRAY_SIZE(waiters), self->gntdev,
				  -1, op.id));
	ASSERT_EQ(0, close(op.fd));
	EXPECT_TRUE(all_woke(waiters, ARRAY_SIZE(waiters)));
}

TEST_F_TIMEOUT(export, release_wakes_no_waiter_of_another_buffer, LIMIT)
{
	struct gntdev_dmabuf_export op;
	struct waiter waiter;

	ASSERT_TRUE(start_waiters(&waiter, 1, self->gntdev, self->fd, 0));
	ASSERT_EQ(0, export_one(self->gntdev, self->peer, 0, 0, &op));
	ASSERT_EQ(0, close(op.fd));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
	while (!others_sleep())
		sched_yield();
	EXPECT_EQ(-1, waiter.result);
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	ASSERT_EQ(0, pthread_join(waiter.thread, NULL));
	EXPECT_EQ(0, waiter.result);
}

static volatile sig_atomic_t handled;

static void handler(int signal)
{
	handled = 1;
}

TEST_F_TIMEOUT(export, a_signal_that_is_handled_does_not_end_a_wait, LIMIT)
{
	struct sigaction action = { .sa_handler = handler };
	struct waiter waiter;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_TRUE(start_waiters(&waiter, 1, self->gntdev, self->fd, 0));
	ASSERT_EQ(0, pthread_kill(waiter.thread, SIGUSR1));
	while (!others_sleep())
		sched_yield();
	EXPECT_EQ(-1, waiter.result);
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	ASSERT_EQ(0, pthread_join(waiter.thread, NULL));
	EXPECT_EQ(0, waiter.result);
	EXPECT_EQ(1, handled);
}

TEST_F_TIMEOUT(export, a_waiter_can_be_killed, LIMIT)
{
	pid_t child = fork();
	int status;

	ASSERT_LE(0, child);
	if (!child) {
		wait_released(self->gntdev, self->fd, UINT32_MAX);
		_exit(0);
	}
	while (!thread_sleeps(child))
		sched_yield();
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F_TIMEOUT(export, a_reused_fd_number_names_the_latest_buffer, LIMIT)
{
	uint32_t *map = map_all(self->size, self->fd);
	int fd;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, close(self->fd));
	ASSERT_EQ(0, export_refs(self->gntdev, 0, 1, self->peer->domid,
				 self->peer->refs, &fd));
	ASSERT_EQ(self->fd, fd);
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, fd, 0));
	ASSERT_EQ(0, close(fd));
	/* The first buffer is alive, but no descriptor number finds it */
	EXPECT_EQ(ENOENT, wait_released(self->gntdev, fd, 0));
	EXPECT_EQ(0, munmap(map, self->size));
	self->fd = -1;
}

TEST_F_TIMEOUT(export, a_number_belongs_to_one_open_gntdev_file, LIMIT)
{
	int other = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, other);
	EXPECT_EQ(ENOENT, wait_released(other, self->fd, 0));
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, self->fd, 0));
	EXPECT_EQ(0, close(other));
}

TEST_F_TIMEOUT(export, the_end_of_the_exporting_process_is_a_release, LIMIT)
{
	struct gntdev_dmabuf_export op;
	int pipes[2], status, gntdev;
	struct waiter waiter;
	pid_t child;

	ASSERT_EQ(0, pipe(pipes));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
		if (export_one(gntdev, self->peer, 0, 0, &op) ||
		    map_all(4096, op.fd) == MAP_FAILED ||
		    write(pipes[1], &op.id, sizeof(op.id)) != sizeof(op.id))
			_exit(1);
		for (;;)
			pause();
	}
	ASSERT_EQ((ssize_t)sizeof(op.id), read(pipes[0], &op.id, sizeof(op.id)));
	ASSERT_TRUE(start_waiters(&waiter, 1, self->gntdev, -1, op.id));
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, pthread_join(waiter.thread, NULL));
	EXPECT_EQ(0, waiter.result);
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F_TIMEOUT(export, an_eventfd_fires_once_at_the_release, LIMIT)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct gntdev_dmabuf_export op;
	uint64_t value;
	void *map;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, export_one(self->gntdev, self->peer,
				GNTDEV_DMABUF_EXPORT_EVENTFD, fd, &op));
	map = map_all(4096, op.fd);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, close(op.fd));
	EXPECT_FALSE(is_signalled(fd));
	EXPECT_EQ(0, munmap(map, 4096));
	EXPECT_TRUE(is_signalled(fd));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
	EXPECT_EQ((ssize_t)sizeof(value), read(fd, &value, sizeof(value)));
	EXPECT_EQ(1, value);
	EXPECT_FALSE(is_signalled(fd));
	close(fd);
}

TEST_F_TIMEOUT(export, an_eventfd_may_be_closed_before_the_release, LIMIT)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct gntdev_dmabuf_export op;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, export_one(self->gntdev, self->peer,
				GNTDEV_DMABUF_EXPORT_EVENTFD, fd, &op));
	ASSERT_EQ(0, close(fd));
	ASSERT_EQ(0, close(op.fd));
	EXPECT_EQ(ENOENT, wait_id(self->gntdev, op.id, 0));
}

TEST_F_TIMEOUT(export, an_eventfd_stays_silent_where_the_export_fails, LIMIT)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint32_t first = self->peer->refs[0];
	struct gntdev_dmabuf_export op;

	ASSERT_LE(0, fd);
	self->peer->refs[0] = NO_REF;
	EXPECT_EQ(EACCES, export_one(self->gntdev, self->peer,
				     GNTDEV_DMABUF_EXPORT_EVENTFD, fd, &op));
	self->peer->refs[0] = first;
	EXPECT_FALSE(is_signalled(fd));
	close(fd);
}

/* closer_main - close a descriptor when the first thread waits for its release */
static void *closer_main(void *data)
{
	while (!thread_sleeps(getpid()))
		sched_yield();
	close(*(int *)data);
	return NULL;
}

/* wait_eventfd - wait until an eventfd is signalled; 0 or the error number */
static int wait_eventfd(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, -1) == 1 ? 0 : errno;
}

/*
 * A guest cannot end a grant that is still mapped.  Its kernel tries again
 * later, and the reference stays valid until then: if the waiter is notified too
 * early, an export of the reference still succeeds.
 */
static void revoke_when_notified(struct __test_metadata *_metadata,
				 struct _test_data_export *self, bool by_eventfd)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, 0);
	struct peer_buffer spare;
	pthread_t closer;
	unsigned int i;
	int fd;

	ASSERT_TRUE(peer_alloc(self->peer, SPARE, false, &spare));
	if (by_eventfd) {
		op.refs = (uintptr_t)spare.refs;
		op.count = spare.count;
		op.eventfd = eventfd(0, EFD_CLOEXEC);
		op.flags = GNTDEV_DMABUF_EXPORT_EVENTFD;
		ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	} else {
		ASSERT_EQ(0, export_refs(self->gntdev, 0, spare.count,
					 self->peer->domid, spare.refs, &op.fd));
	}
	ASSERT_EQ(0, pthread_create(&closer, NULL, closer_main, &op.fd));
	EXPECT_EQ(0, by_eventfd ? wait_eventfd(op.eventfd) :
		  wait_released(self->gntdev, op.fd, UINT32_MAX));

	/* At once: the other thread may still be inside close() */
	peer_free(self->peer, &spare);
	ASSERT_EQ(0, pthread_join(closer, NULL));
	for (i = 0; i < spare.count; i += 64) {
		EXPECT_EQ(EACCES, export_refs(self->gntdev, 0, 1,
					      self->peer->domid, &spare.refs[i],
					      &fd))
			TH_LOG("reference %u is still granted", i);
	}
	free(spare.refs);
	if (by_eventfd)
		close(op.eventfd);
}

TEST_F_TIMEOUT(export, a_guest_can_revoke_as_soon_as_a_waiter_wakes, LIMIT)
{
	revoke_when_notified(_metadata, self, false);
}

TEST_F_TIMEOUT(export, a_guest_can_revoke_as_soon_as_the_eventfd_is_signalled, LIMIT)
{
	revoke_when_notified(_metadata, self, true);
}

struct mapper {
	pthread_t thread;
	int fd;
	unsigned long done;
};

/* mapper_main - map, read and unmap until the descriptor is closed */
static void *mapper_main(void *data)
{
	struct mapper *mapper = data;
	volatile uint32_t *map;

	for (;;) {
		map = (void *)map_all(64 * 4096, mapper->fd);
		if (map == MAP_FAILED)
			return NULL;
		(void)map[0];
		munmap((void *)map, 64 * 4096);
		mapper->done++;
	}
}

/*
 * Each round calls everything that allocates.  A slab cache that has as many
 * objects more as there were rounds shows a leak.
 */
TEST_F_TIMEOUT(export, rounds_leave_nothing_in_the_slabs, LIMIT)
{
	static struct slabs before;
	struct gntdev_dmabuf_export op;
	unsigned int i, n = slab_rounds();
	const char *grown;
	volatile uint8_t *map;
	int fd;

	if (slabs_unreliable())
		SKIP(return, "%s", slabs_unreliable());

	/* The first 50 rounds fill caches that stay */
	for (i = 0; i < n + 50; i++) {
		if (i == 50)
			slabs_read(&before);
		fd = eventfd(0, EFD_CLOEXEC);
		ASSERT_EQ(0, export_one(self->gntdev, self->peer,
					GNTDEV_DMABUF_EXPORT_EVENTFD, fd, &op));
		map = (void *)map_all(4096, op.fd);
		(void)map[0];
		EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 1));
		ASSERT_EQ(0, munmap((void *)map, 4096));
		ASSERT_EQ(0, close(op.fd));
		ASSERT_EQ(0, close(fd));
	}
	grown = slabs_grown(&before, n / 2);
	EXPECT_EQ(NULL, grown)
		TH_LOG("%s has %u objects more", grown, n / 2);
}

TEST_F_TIMEOUT(export, release_while_others_map_and_wait, LIMIT)
{
	struct mapper mappers[2] = { 0 };
	struct waiter waiters[2];
	unsigned int i, round, n = rounds(10);
	int fd;

	for (round = 0; round < n; round++) {
		ASSERT_EQ(0, export_refs(self->gntdev, 0, 64, self->peer->domid,
					 self->peer->refs, &fd));
		ASSERT_TRUE(start_waiters(waiters, ARRAY_SIZE(waiters),
					  self->gntdev, fd, 0));
		for (i = 0; i < ARRAY_SIZE(mappers); i++) {
			mappers[i].fd = fd;
			mappers[i].done = 0;
			ASSERT_EQ(0, pthread_create(&mappers[i].thread, NULL,
						    mapper_main, &mappers[i]));
		}
		while (*(volatile unsigned long *)&mappers[0].done < 3)
			sched_yield();
		ASSERT_EQ(0, close(fd));
		for (i = 0; i < ARRAY_SIZE(mappers); i++)
			ASSERT_EQ(0, pthread_join(mappers[i].thread, NULL));
		EXPECT_TRUE(all_woke(waiters, ARRAY_SIZE(waiters)));
	}
}
