/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that repeats one operation with buffers of a guest, until a test ends it or its
 * guest.  Programs that end processes and programs that end guests include this file.
 */

#ifndef SELFTESTS_XEN_VICTIM_H
#define SELFTESTS_XEN_VICTIM_H

#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "sources.h"

/* Pages of a buffer: more than one batch of hypercalls */
#define VICTIM_PAGES	150
#define VICTIM_SIZE	(VICTIM_PAGES * PEER_PAGE)

/* Microseconds: the longest time from the first success of a process to its death */
#define VICTIM_LONGEST	20000

/**
 * struct victim - the state of the process
 * @gntdev: its gntdev file
 * @peer: the guest
 * @op: the buffer that it has exported last
 * @source: the buffer that it imports
 */
struct victim {
	int gntdev;
	const struct peer *peer;
	struct gntdev_dmabuf_export op;
	struct source source;
};

/**
 * struct victim_shared - what the process reports
 * @successes: operations without an error
 * @operations: all operations
 * @error: the last error number
 */
struct victim_shared {
	atomic_uint successes;
	atomic_uint operations;
	atomic_int error;
};

static struct victim_shared *victim_shared;

/* ---- Operations.  Each returns 0 or the error number, and leaves no buffer. */

static int victim_export(struct victim *victim)
{
	victim->op = buffer_op(victim->peer, VICTIM_PAGES);
	return export_buffer(victim->gntdev, &victim->op);
}

static int operation_export(struct victim *victim)
{
	int ret = victim_export(victim);

	if (!ret)
		close(victim->op.fd);
	return ret;
}

static int operation_import(struct victim *victim)
{
	uint32_t refs[VICTIM_PAGES];
	struct gntdev_dmabuf_import op = {
		.refs = (uintptr_t)refs,
		.count = VICTIM_PAGES,
		.domid = victim->peer->domid,
		.fd = victim->source.fd,
	};

	return import_buffer(victim->gntdev, &op) ?: release_id(victim->gntdev, op.id);
}

/* Wait while the buffer is in use */
static int operation_wait(struct victim *victim)
{
	int ret = victim_export(victim);

	if (ret)
		return ret;
	ret = wait_id(victim->gntdev, victim->op.id, 5);
	close(victim->op.fd);
	return ret == ETIMEDOUT ? 0 : ret;
}

static int operation_release(struct victim *victim)
{
	int ret = victim_export(victim);

	if (ret)
		return ret;
	close(victim->op.fd);
	ret = wait_id(victim->gntdev, victim->op.id, UINT32_MAX);
	return ret == ENOENT ? 0 : ret;
}

static int use_mapping(struct victim *victim, bool access, bool revoke)
{
	int ret = victim_export(victim);
	volatile uint32_t *map;
	size_t at;

	if (ret)
		return ret;
	map = map_all(VICTIM_SIZE, victim->op.fd);
	if (map == MAP_FAILED) {
		ret = errno;
	} else {
		for (at = 0; access && at < VICTIM_SIZE; at += PEER_PAGE)
			map[at / 4] = map[at / 4];
		if (revoke)
			ret = revoke_id(victim->gntdev, victim->op.id);
		munmap((void *)map, VICTIM_SIZE);
	}
	close(victim->op.fd);
	return ret;
}

static int operation_mmap(struct victim *victim)
{
	return use_mapping(victim, false, false);
}

static int operation_fault(struct victim *victim)
{
	return use_mapping(victim, true, false);
}

static int operation_revoke(struct victim *victim)
{
	return use_mapping(victim, true, true);
}

static const struct victim_operation {
	const char *name;
	int (*run)(struct victim *victim);
} victim_operations[] = {
	{ "export", operation_export }, { "import", operation_import },
	{ "wait", operation_wait }, { "mmap", operation_mmap },
	{ "fault", operation_fault }, { "release", operation_release },
	{ "revoke", operation_revoke },
};

/* ---- The process */

/* victim_main - repeat an operation on the second processor; does not return */
static void victim_main(const struct peer *peer, const struct victim_operation *operation)
{
	struct victim victim = { .peer = peer };
	int ret;

	on_processor(1);
	victim.gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	if (victim.gntdev < 0 || source_heap(&victim.source, "system", VICTIM_PAGES))
		_exit(1);
	for (;;) {
		ret = operation->run(&victim);
		if (ret)
			atomic_store(&victim_shared->error, ret);
		else
			atomic_fetch_add(&victim_shared->successes, 1);
		atomic_fetch_add(&victim_shared->operations, 1);
	}
}

/* victim_count - wait until a counter is at least @count; false if the process has ended */
static bool victim_count(pid_t child, atomic_uint *counter, unsigned int count)
{
	siginfo_t info = { 0 };

	while (atomic_load(counter) < count) {
		if (waitid(P_PID, child, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid)
			return false;
		usleep(1000);
	}
	return true;
}

/* victim_goes_on - whether the process completes the operation that it does now, and more */
static inline bool victim_goes_on(pid_t child)
{
	unsigned int now = atomic_load(&victim_shared->operations);

	return victim_count(child, &victim_shared->operations, now + 2);
}

/**
 * victim_start - start the process, and let it run to a random moment
 * @peer: the guest
 * @operation: what it repeats
 * @child: its process id
 *
 * Return: whether the process runs.
 */
static bool victim_start(const struct peer *peer, const struct victim_operation *operation,
			 pid_t *child)
{
	if (!victim_shared)
		victim_shared = mmap(NULL, PEER_PAGE, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(victim_shared, 0, sizeof(*victim_shared));
	*child = fork();
	if (!*child)
		victim_main(peer, operation);
	if (!victim_count(*child, &victim_shared->successes, 1))
		return false;
	usleep(rand() % VICTIM_LONGEST);
	return true;
}

/* victim_end - kill the process; whether nothing else ended it before */
static inline bool victim_end(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	return waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGKILL;
}

/* victim_seed - begin the sequence of random moments that SEED in the environment names */
static inline void victim_seed(void)
{
	const char *seed = getenv("SEED");

	srand(seed ? atoi(seed) : 1);
}

#endif /* SELFTESTS_XEN_VICTIM_H */
