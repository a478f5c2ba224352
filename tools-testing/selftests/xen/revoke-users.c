// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation of exported buffers that processes have mapped.  Each test checks
 * one promise.  Runs in domain 0, with granter in a guest: see fixture.h.
 */

#include <sys/wait.h>
#include <unistd.h>

#define BUFFERS	4

#include "fixture.h"
#include "revoke.h"

#define COUNT	16
#define SIZE	(COUNT * PEER_PAGE)

/* begin - export pages and map them; false on errors */
static bool begin(int gntdev, const struct peer *peer,
		  struct gntdev_dmabuf_export *op, uint32_t **map)
{
	*op = buffer_op(peer, COUNT);
	if (export_buffer(gntdev, op))
		return false;
	*map = map_all(SIZE, op->fd);
	return *map != MAP_FAILED;
}

/* end - unmap and close what begin() opened; false on errors */
static bool end(const struct gntdev_dmabuf_export *op, uint32_t *map)
{
	bool unmapped = !munmap(map, SIZE);

	return !close(op->fd) && unmapped;
}

/* write_raises - the signal that a write raises, or 0 */
static int write_raises(volatile uint8_t *byte)
{
	/* Also sets the handlers */
	if (touch(byte))
		touch_signal = 0;
	if (!sigsetjmp(touch_fault, 1)) {
		*byte = 1;
		return 0;
	}
	return touch_signal;
}

/* ---- Access */

TEST_F_TIMEOUT(export, an_access_of_a_mapping_raises_sigbus, LIMIT)
{
	struct gntdev_dmabuf_export op;
	uint32_t *map;

	ASSERT_TRUE(begin(self->gntdev, self->peer, &op, &map));
	EXPECT_EQ(0, touch_all(map, SIZE));
	EXPECT_EQ(0, write_raises((uint8_t *)map));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_TRUE(is_revoked(map, SIZE));
	EXPECT_EQ(SIGBUS, write_raises((uint8_t *)map));
	EXPECT_EQ(SIGBUS, write_raises((uint8_t *)map + SIZE - 1));
	EXPECT_TRUE(end(&op, map));
}

TEST_F_TIMEOUT(export, a_mapping_that_was_not_accessed_raises_sigbus, LIMIT)
{
	struct gntdev_dmabuf_export op;
	uint32_t *map;

	ASSERT_TRUE(begin(self->gntdev, self->peer, &op, &map));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_TRUE(is_revoked(map, SIZE));
	EXPECT_TRUE(end(&op, map));
}

TEST_F_TIMEOUT(export, system_calls_that_access_a_mapping_fail_with_efault, LIMIT)
{
	struct gntdev_dmabuf_export op;
	uint32_t *map;
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_TRUE(begin(self->gntdev, self->peer, &op, &map));
	EXPECT_EQ(8, write(ends[1], map, 8));
	EXPECT_EQ(8, read(ends[0], map, 8));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(-1, write(ends[1], map, 8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(8, write(ends[1], "12345678", 8));
	EXPECT_EQ(-1, read(ends[0], map, 8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_TRUE(end(&op, map));
	close(ends[0]);
	close(ends[1]);
}

TEST_F_TIMEOUT(export, each_mapping_of_the_buffer_is_revoked, LIMIT)
{
	struct gntdev_dmabuf_export op;
	uint32_t *map, *others[15];
	unsigned int i;

	ASSERT_TRUE(begin(self->gntdev, self->peer, &op, &map));
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		others[i] = map_readonly(SIZE, op.fd);
		ASSERT_NE(MAP_FAILED, others[i]);
	}
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_TRUE(is_revoked(map, SIZE));
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		EXPECT_TRUE(is_revoked(others[i], SIZE));
		EXPECT_EQ(0, munmap(others[i], SIZE));
	}
	EXPECT_TRUE(end(&op, map));
}

/* ---- Parts of mappings */

TEST_F_TIMEOUT(export, a_mapping_of_a_part_is_revoked, LIMIT)
{
	struct gntdev_dmabuf_export op;
	uint32_t *map, *part;

	ASSERT_TRUE(begin(self->gntdev, self->peer, &op, &map));
	part = mmap(NULL, 3 * PEER_PAGE, PROT_READ, MAP_SHARED, op.fd, 5 * PEER_PAGE);
	ASSERT_NE(MAP_FAILED, part);
	EXPECT_EQ(map[5 * 1024], part[0]);
	EXPECT_EQ(0, munmap(map, SIZE));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_TRUE(is_revoked(part, 3 * PEER_PAGE));
	EXPECT_EQ(0, munmap(part, 3 * PEER_PAGE));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(export, a_mapping_that_was_split_is_revoked, LIMIT)
{
	struct gntdev_dmabuf_export op;
	uint32_t *map;
	uint8_t *at;

	ASSERT_TRUE(begin(self->gntdev, self->peer, &op, &map));
	at = (uint8_t *)map;
	ASSERT_EQ(0, mprotect(at + 2 * PEER_PAGE, 2 * PEER_PAGE, PROT_READ));
	ASSERT_EQ(0, mprotect(at + 6 * PEER_PAGE, 2 * PEER_PAGE, PROT_NONE));
	ASSERT_EQ(0, munmap(at + 10 * PEER_PAGE, 2 * PEER_PAGE));
	EXPECT_EQ(0, touch_all(at, 6 * PEER_PAGE));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_TRUE(is_revoked(at, 6 * PEER_PAGE));
	EXPECT_TRUE(is_revoked(at + 8 * PEER_PAGE, 2 * PEER_PAGE));
	EXPECT_TRUE(is_revoked(at + 12 * PEER_PAGE, 4 * PEER_PAGE));
	/* These were no part of the buffer that the program could access */
	EXPECT_FALSE(touch(at + 6 * PEER_PAGE));
	EXPECT_EQ(SIGSEGV, touch_signal);
	EXPECT_FALSE(touch(at + 10 * PEER_PAGE));
	EXPECT_EQ(SIGSEGV, touch_signal);
	EXPECT_EQ(0, mprotect(at + 6 * PEER_PAGE, 2 * PEER_PAGE, PROT_READ));
	EXPECT_TRUE(is_revoked(at + 6 * PEER_PAGE, 2 * PEER_PAGE));
	EXPECT_TRUE(end(&op, map));
}

TEST_F_TIMEOUT(export, a_mapping_that_was_moved_is_revoked, LIMIT)
{
	struct gntdev_dmabuf_export op;
	uint32_t *map, *moved;
	void *to;

	ASSERT_TRUE(begin(self->gntdev, self->peer, &op, &map));
	to = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	moved = mremap(map, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	if (moved == MAP_FAILED) {
		/* x86 PV does not move mappings; the buffer is revoked all the same */
		EXPECT_TRUE(domain_is("PV"));
		moved = map;
	}
	EXPECT_EQ(0, touch_all(moved, SIZE));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_TRUE(is_revoked(moved, SIZE));
	if (moved == map)
		munmap(to, SIZE);
	EXPECT_TRUE(end(&op, moved));
}

TEST_F_TIMEOUT(export, a_revoked_mapping_can_be_changed, LIMIT)
{
	struct gntdev_dmabuf_export op;
	uint32_t *map;
	uint8_t *at;
	int status;
	pid_t child;

	ASSERT_TRUE(begin(self->gntdev, self->peer, &op, &map));
	at = (uint8_t *)map;
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(0, mprotect(at, 2 * PEER_PAGE, PROT_READ));
	EXPECT_EQ(0, mprotect(at, 2 * PEER_PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(0, munmap(at + 4 * PEER_PAGE, PEER_PAGE));
	EXPECT_TRUE(is_revoked(at, 4 * PEER_PAGE));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(touch(at));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(is_revoked(at + 5 * PEER_PAGE, 11 * PEER_PAGE));
	EXPECT_TRUE(end(&op, map));
}

/* ---- Other processes */

/**
 * struct other - a child process that has mapped the buffer
 * @pid: its process id
 * @go: a pipe to it
 * @ready: a pipe from it
 */
struct other {
	pid_t pid;
	int go[2];
	int ready[2];
};

enum { OTHER_TOUCHES, OTHER_DIES, OTHER_LEAVES_IT_ALONE };

/* other_main - map the buffer, and when it is revoked, behave as @how says */
static int other_main(struct other *other, int how, int fd, int frame)
{
	uint32_t *more = map_readonly(SIZE, frame), *map = map_readonly(SIZE, fd);
	uint32_t *own = malloc(SIZE);
	char byte;

	if (more == MAP_FAILED || map == MAP_FAILED || !own || touch_all(map, SIZE) ||
	    write(other->ready[1], "", 1) != 1 || read(other->go[0], &byte, 1) != 1)
		return 1;
	if (how == OTHER_TOUCHES && !is_revoked(map, SIZE))
		return 2;
	if (how == OTHER_DIES) {
		signal(SIGBUS, SIG_DFL);
		byte = *(volatile char *)map;
		return 3;
	}
	/* Nothing else of the process is harmed */
	memset(own, 1, SIZE);
	return touch_all(more, SIZE) ? 4 : 0;
}

static bool other_start(struct other *other, int how, int fd, int frame)
{
	char byte;

	if (pipe(other->go) || pipe(other->ready))
		return false;
	other->pid = fork();
	if (!other->pid)
		_exit(other_main(other, how, fd, frame));
	return other->pid > 0 && read(other->ready[0], &byte, 1) == 1;
}

/* other_end - let it continue; its status as waitpid() returns it */
static int other_end(struct other *other)
{
	int i, status = -1;

	if (write(other->go[1], "", 1) != 1 ||
	    waitpid(other->pid, &status, 0) != other->pid)
		return -1;
	for (i = 0; i < 2; i++) {
		close(other->go[i]);
		close(other->ready[i]);
	}
	return status;
}

TEST_F_TIMEOUT(export, other_processes_are_harmed_only_by_their_accesses, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, COUNT);
	struct other others[3];
	int how, status;

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	for (how = 0; how < 3; how++)
		ASSERT_TRUE(other_start(&others[how], how, op.fd, self->fd));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(0, other_end(&others[OTHER_TOUCHES]));
	status = other_end(&others[OTHER_DIES]);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS)
		TH_LOG("status %#x", status);
	EXPECT_EQ(0, other_end(&others[OTHER_LEAVES_IT_ALONE]));
	EXPECT_EQ(0, close(op.fd));
}

TEST_F_TIMEOUT(export, a_mapping_that_a_child_inherited_is_revoked, LIMIT)
{
	struct gntdev_dmabuf_export op;
	int i, status, go[2], ready[2];
	uint32_t *map;
	pid_t child;
	char byte;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(ready));
	ASSERT_TRUE(begin(self->gntdev, self->peer, &op, &map));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		/* On x86 PV a child process does not inherit the mapping */
		bool seen = touch((uint8_t *)map);

		if (write(ready[1], "", 1) != 1 || read(go[0], &byte, 1) != 1)
			_exit(1);
		_exit(domain_is("PV") ? seen : !seen || !is_revoked(map, SIZE));
	}
	EXPECT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	EXPECT_EQ(1, write(go[1], "", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(end(&op, map));
	for (i = 0; i < 2; i++) {
		close(go[i]);
		close(ready[i]);
	}
}
