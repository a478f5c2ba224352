// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exported buffers: each test is a promise.  Runs in domain 0 against the
 * granter in the guest that the environment variable PEER names by its number.
 */

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/stat.h>

#include "fixture.h"

/* touch - read a byte; whether that was possible */
static sigjmp_buf touch_fault;

static void touch_handler(int signal)
{
	siglongjmp(touch_fault, 1);
}

static bool touch(const volatile uint8_t *byte)
{
	struct sigaction action = { .sa_handler = touch_handler };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	if (sigsetjmp(touch_fault, 1))
		return false;
	(void)*byte;
	return true;
}

TEST_F_TIMEOUT(export, a_frame_of_the_guest_is_seen, LIMIT)
{
	uint32_t *map = map_all(self->size, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(peer_ask(self->peer, "draw", 1),
		  frame_checksum(map, self->pixels));
	EXPECT_EQ(map[0], frame_pixel(1, 0, 0, self->peer->width,
				      self->peer->height));
	EXPECT_EQ(0, munmap(map, self->size));
}

TEST_F_TIMEOUT(export, the_next_frames_are_seen_in_the_same_mapping, LIMIT)
{
	uint32_t *map = map_all(self->size, self->fd);
	uint64_t sum, last = 0;
	int n;

	ASSERT_NE(MAP_FAILED, map);
	for (n = 2; n < 5; n++) {
		sum = peer_ask(self->peer, "draw", n);
		EXPECT_NE(last, sum);
		last = sum;
		EXPECT_EQ(0, sync_cpu(self->fd, DMA_BUF_SYNC_START |
						DMA_BUF_SYNC_READ));
		EXPECT_EQ(sum, frame_checksum(map, self->pixels));
		EXPECT_EQ(0, sync_cpu(self->fd, DMA_BUF_SYNC_END |
						DMA_BUF_SYNC_READ));
	}
	EXPECT_EQ(0, munmap(map, self->size));
}

TEST_F_TIMEOUT(export, what_is_written_here_is_seen_by_the_guest, LIMIT)
{
	uint32_t *map = map_all(self->size, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	frame_draw(map, 77, self->peer->width, self->peer->height);
	EXPECT_EQ(frame_checksum(map, self->pixels),
		  peer_ask(self->peer, "sum", 0));
	EXPECT_EQ(0, munmap(map, self->size));
}

TEST_F_TIMEOUT(export, lseek_and_fstat_tell_the_size, LIMIT)
{
	struct stat st;

	EXPECT_EQ((off_t)self->size, lseek(self->fd, 0, SEEK_END));
	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_EQ((off_t)self->size, st.st_size);
}

TEST_F_TIMEOUT(export, another_process_maps_the_buffer, LIMIT)
{
	uint64_t sum = peer_ask(self->peer, "draw", 5);
	pid_t child = fork();
	int status;

	ASSERT_LE(0, child);
	if (!child) {
		uint32_t *map = map_all(self->size, self->fd);

		close(self->gntdev);
		_exit(map == MAP_FAILED ? 2 :
		      sum != frame_checksum(map, self->pixels));
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F_TIMEOUT(export, a_mapping_survives_fork, LIMIT)
{
	uint64_t sum = peer_ask(self->peer, "draw", 6);
	uint32_t *map = map_all(self->size, self->fd);
	pid_t child;
	int status;

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(sum, frame_checksum(map, self->pixels));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(0);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(sum, frame_checksum(map, self->pixels));
	EXPECT_EQ(0, munmap(map, self->size));
}

TEST_F_TIMEOUT(export, a_part_can_be_mapped, LIMIT)
{
	size_t first = self->peer->count / 3, n = 7;
	uint32_t *map;

	peer_ask(self->peer, "draw", 7);
	map = mmap(NULL, n * 4096, PROT_READ, MAP_SHARED, self->fd, first * 4096);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(map[0], frame_pixel(7, first * 1024 % self->peer->width,
				      first * 1024 / self->peer->width,
				      self->peer->width, self->peer->height));
	EXPECT_EQ(0, munmap(map, n * 4096));

	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->size + 4096, PROT_READ,
				   MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd,
				   self->size));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F_TIMEOUT(export, a_mapping_survives_being_cut_and_protected, LIMIT)
{
	uint64_t sum = peer_ask(self->peer, "draw", 8);
	uint32_t *map = map_all(self->size, self->fd);
	size_t page = self->peer->count / 2;
	uint8_t *bytes = (uint8_t *)map;

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(sum, frame_checksum(map, self->pixels));

	/* Write access goes and comes back, the content stays */
	EXPECT_EQ(0, mprotect(map, self->size, PROT_READ));
	EXPECT_EQ(sum, frame_checksum(map, self->pixels));
	EXPECT_EQ(0, mprotect(bytes + page * 4096, 4096, PROT_NONE));
	EXPECT_FALSE(touch(bytes + page * 4096));
	EXPECT_TRUE(touch(bytes + (page + 1) * 4096));
	EXPECT_EQ(0, mprotect(map, self->size, PROT_READ | PROT_WRITE));
	map[0] ^= 1;
	map[0] ^= 1;
	EXPECT_EQ(sum, frame_checksum(map, self->pixels));

	/* A hole in the middle */
	EXPECT_EQ(0, munmap(bytes + page * 4096, 4096));
	EXPECT_FALSE(touch(bytes + page * 4096));
	EXPECT_TRUE(touch(bytes + (page - 1) * 4096));
	EXPECT_TRUE(touch(bytes + (page + 1) * 4096));
	EXPECT_EQ(0, munmap(map, self->size));
}

TEST_F_TIMEOUT(export, a_private_mapping_is_refused, LIMIT)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->size, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
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

TEST_F_TIMEOUT(export, wait_tells_alive_from_released, LIMIT)
{
	uint32_t *map = map_all(self->size, self->fd);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, self->fd, 0));
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, self->fd, 20));
	ASSERT_EQ(0, close(self->fd));
	/* The mapping still holds it */
	EXPECT_EQ(ETIMEDOUT, wait_released(self->gntdev, self->fd, 20));
	EXPECT_EQ(0, munmap(map, self->size));
	EXPECT_EQ(ENOENT, wait_released(self->gntdev, self->fd, 0));
	EXPECT_EQ(ENOENT, wait_released(self->gntdev, 12345, 0));
	EXPECT_EQ(ENOENT, wait_released(self->gntdev, -1, 0));
	self->fd = -1;
}

struct waiter {
	pthread_t thread;
	int gntdev;
	int fd;
	int result;
};

static void *waiter_main(void *data)
{
	struct waiter *waiter = data;

	waiter->result = wait_released(waiter->gntdev, waiter->fd, UINT32_MAX);
	return NULL;
}

/*
 * Whether the threads of this process are all asleep but this one.  Where
 * they sleep cannot be seen, but there is only one place left for them.
 */
static bool others_sleep(void)
{
	char path[300], stat[256], state;
	struct dirent *entry;
	bool sleep = true;
	DIR *dir = opendir("/proc/self/task");
	FILE *file;

	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || atoi(entry->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/stat",
			 entry->d_name);
		file = fopen(path, "r");
		if (!file || !fgets(stat, sizeof(stat), file) ||
		    sscanf(stat, "%*d (%*[^)]) %c", &state) != 1 ||
		    (state != 'S' && state != 'D'))
			sleep = false;
		if (file)
			fclose(file);
	}
	closedir(dir);
	return sleep;
}

TEST_F_TIMEOUT(export, release_wakes_every_waiter, LIMIT)
{
	struct waiter waiters[4];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(waiters); i++) {
		waiters[i] = (struct waiter) {
			.gntdev = self->gntdev,
			.fd = self->fd,
			.result = -1,
		};
		ASSERT_EQ(0, pthread_create(&waiters[i].thread, NULL,
					    waiter_main, &waiters[i]));
	}
	while (!others_sleep())
		sched_yield();

	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	for (i = 0; i < ARRAY_SIZE(waiters); i++) {
		ASSERT_EQ(0, pthread_join(waiters[i].thread, NULL));
		EXPECT_EQ(0, waiters[i].result);
	}
}

TEST_F_TIMEOUT(export, a_waiter_can_be_killed, LIMIT)
{
	pid_t child = fork();
	char stat[256], path[64], state = 0;
	FILE *file;
	int status;

	ASSERT_LE(0, child);
	if (!child) {
		wait_released(self->gntdev, self->fd, UINT32_MAX);
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	while (state != 'S' && state != 'D') {
		file = fopen(path, "r");
		ASSERT_NE(NULL, file);
		ASSERT_NE(NULL, fgets(stat, sizeof(stat), file));
		fclose(file);
		ASSERT_EQ(1, sscanf(stat, "%*d (%*[^)]) %c", &state));
	}
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
	/* The first one is alive, but has lost its name */
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

TEST_F_TIMEOUT(export, malformed_requests_are_refused, LIMIT)
{
	uint32_t ref = self->peer->refs[0], domid = self->peer->domid;
	struct ioctl_gntdev_dmabuf_exp_from_refs *edge;
	uint8_t *pages;
	int fd;

	EXPECT_EQ(EINVAL, export_refs(self->gntdev, 0, 0, domid, &ref, &fd));
	EXPECT_EQ(EINVAL, export_refs(self->gntdev, 4, 1, domid, &ref, &fd));
	EXPECT_EQ(EINVAL, export_refs(self->gntdev, 1U << 31, 1, domid, &ref, &fd));
	EXPECT_EQ(EINVAL, export_refs(self->gntdev, GNTDEV_DMA_FLAG_WC |
				      GNTDEV_DMA_FLAG_COHERENT, 1, domid, &ref,
				      &fd));
	EXPECT_EQ(ESRCH, export_refs(self->gntdev, 0, 1, 0x7fef, &ref, &fd));
	EXPECT_EQ(ESRCH, export_refs(self->gntdev, 0, 1, 0x7ff0, &ref, &fd));
	EXPECT_EQ(ESRCH, export_refs(self->gntdev, 0, 1, 0x10000 + domid, &ref,
				     &fd));
	EXPECT_EQ(ESRCH, export_refs(self->gntdev, 0, 1, -1, &ref, &fd));

	/* Two pages: what can be read ends in different places */
	pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, pages);
	edge = (void *)pages;
	*edge = (struct ioctl_gntdev_dmabuf_exp_from_refs) {
		.count = UINT32_MAX, .domid = domid, .refs[0] = ref,
	};
	EXPECT_EQ(-1, ioctl(self->gntdev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, edge));
	EXPECT_EQ(E2BIG, errno);

	ASSERT_EQ(0, munmap(pages + 4096, 4096));
	edge = (void *)(pages + 4096 - 16);
	*(uint32_t *)((uint8_t *)edge + 0) = 0;
	*(uint32_t *)((uint8_t *)edge + 4) = 1;
	*(uint32_t *)((uint8_t *)edge + 12) = domid;
	EXPECT_EQ(-1, ioctl(self->gntdev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, edge));
	EXPECT_EQ(EFAULT, errno);
	edge = (void *)(pages + 4096 - 12);
	EXPECT_EQ(-1, ioctl(self->gntdev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, edge));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->gntdev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->gntdev, IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED,
			    NULL));
	EXPECT_EQ(EFAULT, errno);

	/* The descriptor has nowhere to go */
	edge = (void *)pages;
	edge->flags = 0;
	edge->count = 1;
	edge->domid = domid;
	edge->refs[0] = ref;
	ASSERT_EQ(0, mprotect(pages, 4096, PROT_READ));
	EXPECT_EQ(-1, ioctl(self->gntdev, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, edge));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, munmap(pages, 4096));

	EXPECT_EQ(-1, ioctl(self->gntdev, _IOC(_IOC_NONE, 'G', 99, 8), NULL));
	EXPECT_EQ(ENOTTY, errno);
}

TEST_F_TIMEOUT(export, one_bad_reference_undoes_all, LIMIT)
{
	unsigned int where[] = { 0, self->peer->count / 2, self->peer->count - 1 };
	unsigned int i;
	uint32_t good;
	int fd = -1;

	for (i = 0; i < ARRAY_SIZE(where); i++) {
		good = self->peer->refs[where[i]];
		self->peer->refs[where[i]] = NO_REF;
		EXPECT_EQ(EACCES, export_refs(self->gntdev, 0, self->peer->count,
					      self->peer->domid,
					      self->peer->refs, &fd));
		EXPECT_EQ(-1, fd);
		self->peer->refs[where[i]] = good;
	}
}
