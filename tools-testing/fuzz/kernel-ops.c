// SPDX-License-Identifier: GPL-2.0-only
/*
 * Other parts of the kernel on mappings, where the kernel has them: userfaultfd
 * and io_uring.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/io_uring.h>
#include <linux/userfaultfd.h>

#include "fuzz.h"

static int op_userfault(struct worker *w)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area_op = {
		.mode = 1 + rng_below(&w->rng, 3),
		.range.len = PAGE,
	};
	struct obj area;
	int fd, ret;

	if (!peek(w, AREA, &area))
		return OP_NONE;
	/* UFFD_USER_MODE_ONLY: no fault of the kernel waits for this program */
	fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | 1);
	if (fd < 0)
		return errno == ENOSYS ? OP_MISSING : errno;
	area_op.range.start = area.id;
	note(w, area.id, area.id >> 32, area_op.mode);
	ret = call(fd, UFFDIO_API, &api) ?: call(fd, UFFDIO_REGISTER, &area_op);
	if (!ret)
		ret = call(fd, UFFDIO_UNREGISTER, &area_op.range);
	close(fd);
	return ret;
}

/**
 * struct uring - an io_uring of a thread
 * @fd: its descriptor
 * @tail: tail of the submission queue
 * @mask: its mask
 * @array: its array of indices
 * @head: head of the completion queue
 * @cqes: completions
 * @cq_mask: their mask
 * @sqes: submissions
 * @pipes: a pipe for transfers
 */
struct uring {
	int fd;
	uint32_t *tail;
	uint32_t mask;
	uint32_t *array;
	uint32_t *head;
	struct io_uring_cqe *cqes;
	uint32_t cq_mask;
	struct io_uring_sqe *sqes;
	int pipes[2];
};

static int uring_open(struct uring *ring)
{
	struct io_uring_params params = { 0 };
	uint8_t *sq, *cq;

	ring->fd = syscall(SYS_io_uring_setup, 4, &params);
	if (ring->fd < 0)
		return errno;
	sq = mmap(NULL, params.sq_off.array + params.sq_entries * 4, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof(*ring->cqes),
		  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
		  IORING_OFF_CQ_RING);
	ring->sqes = mmap(NULL, params.sq_entries * sizeof(*ring->sqes),
			  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
			  IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || ring->sqes == MAP_FAILED ||
	    pipe2(ring->pipes, O_CLOEXEC | O_NONBLOCK))
		return errno;
	ring->tail = (void *)(sq + params.sq_off.tail);
	ring->mask = *(uint32_t *)(sq + params.sq_off.ring_mask);
	ring->array = (void *)(sq + params.sq_off.array);
	ring->head = (void *)(cq + params.cq_off.head);
	ring->cqes = (void *)(cq + params.cq_off.cqes);
	ring->cq_mask = *(uint32_t *)(cq + params.cq_off.ring_mask);
	return 0;
}

/* Pin an area as a registered buffer, and read and write it through the ring */
static int op_uring(struct worker *w)
{
	static __thread struct uring ring = { .fd = -1 };
	struct io_uring_sqe *sqe;
	struct iovec iov;
	struct obj area;
	uint32_t tail, head;
	int ret;

	/* A child has no ring of its own, and does not share that of its parent */
	if (w->forked)
		return OP_NONE;
	if (ring.fd < 0) {
		ret = uring_open(&ring);
		if (ret)
			return ret == ENOSYS ? OP_MISSING : ret;
	}
	if (!peek(w, AREA, &area))
		return OP_NONE;
	note(w, area.id, area.id >> 32, area.pages);
	if (rng_percent(&w->rng, 30)) {
		iov = (struct iovec){ (void *)(uintptr_t)area.id, area.pages * PAGE };
		ret = syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS,
			      &iov, 1);
		if (ret)
			return errno;
		syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_BUFFERS, NULL, 0);
		return 0;
	}
	tail = *ring.tail;
	sqe = &ring.sqes[tail & ring.mask];
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = rng_percent(&w->rng, 50) ? IORING_OP_READ : IORING_OP_WRITE;
	sqe->fd = ring.pipes[sqe->opcode == IORING_OP_WRITE];
	sqe->addr = area.id;
	sqe->len = 256;
	sqe->off = -1;
	/* Else a transfer with a pipe that is empty or full waits, although O_NONBLOCK is set */
	sqe->rw_flags = RWF_NOWAIT;
	/* Let a worker of the kernel do it */
	sqe->flags = rng_percent(&w->rng, 30) ? IOSQE_ASYNC : 0;
	ring.array[tail & ring.mask] = tail & ring.mask;
	__atomic_store_n(ring.tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return errno;
	head = *ring.head;
	ret = ring.cqes[head & ring.cq_mask].res;
	__atomic_store_n(ring.head, head + 1, __ATOMIC_RELEASE);
	return ret < 0 ? -ret : 0;
}

const struct op kernel_ops[] = {
	{ "userfault",		 5, op_userfault },
	{ "io-uring",		10, op_uring },
	{ }
};
