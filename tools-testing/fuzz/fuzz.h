/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all parts of gntdev-fuzz share.
 */

#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <errno.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "board.h"
#include "calls.h"
#include "model.h"
#include "ring.h"
#include "rng.h"

#define MAX_OPS		64
#define MAX_ERRNO	134
#define NO_DOMAIN	0x7fff

/* An operation found nothing to operate on; or the kernel does not have it */
#define OP_NONE		(-1)
#define OP_MISSING	(-2)

/**
 * struct shared - memory of all processes
 * @numbers: number of operations that were begun
 * @requests: number of requests that they made, see requests.c
 * @limit: number after which the workers end
 * @stop: the workers end
 * @counts: results of each operation: 0 or the error number
 * @lasted: nanoseconds that each operation took, with &fuzz.times
 * @spent: nanoseconds of a processor that each operation took, with &fuzz.times
 * @missing: the kernel does not have the operation
 * @ids: ids of buffers of all processes, old ones too
 */
struct shared {
	atomic_ulong numbers;
	atomic_ulong requests;
	unsigned long limit;
	atomic_bool stop;
	atomic_uint counts[MAX_OPS][MAX_ERRNO];
	atomic_ulong lasted[MAX_OPS];
	atomic_ulong spent[MAX_OPS];
	atomic_bool missing[MAX_OPS];
	atomic_ulong ids[256];
};

/**
 * struct fuzz - parameters of a run
 * @seed: the seed
 * @threads: threads of a process, without the one that ends objects
 * @processes: number of processes
 * @peer: domain number of the guest with fuzz-peer
 * @board_ref: reference of the board
 * @times: measure each operation
 * @shared: memory of all processes
 * @rings: the rings of all threads
 * @sockets: a pair through which processes send each other descriptors
 */
struct fuzz {
	uint64_t seed;
	unsigned int threads;
	unsigned int processes;
	unsigned int peer;
	uint32_t board_ref;
	bool times;
	struct shared *shared;
	struct rings *rings;
	int sockets[2];
};

/**
 * struct worker - a thread that runs operations
 * @fuzz: parameters of the run
 * @model: objects of its process
 * @board: the page shared with the guest
 * @rng: its random numbers
 * @writer: of its ring
 * @trapped: an access that faults jumps to @trap
 * @trap: see @trapped
 * @forked: a child that a worker forked, with a copy of its model
 */
struct worker {
	struct fuzz *fuzz;
	struct model *model;
	struct board *board;
	struct rng rng;
	struct ring_writer writer;
	volatile bool trapped;
	sigjmp_buf trap;
	bool forked;
};

/**
 * struct op - an operation
 * @name: its name, at most 16 characters
 * @weight: how often it is chosen
 * @run: returns 0, an error number, OP_NONE or OP_MISSING
 */
struct op {
	const char *name;
	unsigned int weight;
	int (*run)(struct worker *worker);
};

/* Tables that end with an operation without a name */
extern const struct op export_ops[], import_ops[], base_ops[], memory_ops[],
	dmabuf_ops[], driver_ops[], junk_ops[], kernel_ops[];

/* ops.c */
void ops_begin(const char *only, const char *without);
unsigned int ops_count(void);
const char *ops_name(unsigned int op);
void ops_run(struct worker *worker);

/* worker.c */
pid_t worker_fork(struct fuzz *fuzz, unsigned int number, unsigned int round);
bool worker_touch(struct worker *worker, volatile uint8_t *at, bool write);
int worker_child(struct worker *worker);

static inline bool peek(struct worker *worker, enum kind kind, struct obj *obj)
{
	return model_peek(worker->model, &worker->rng, kind, obj);
}

static inline bool take(struct worker *worker, enum kind kind, struct obj *obj)
{
	return model_take(worker->model, &worker->rng, kind, obj);
}

static inline void put(struct worker *worker, enum kind kind, int fd, int through,
		       uint32_t pages, uint64_t id)
{
	model_put(worker->model, &worker->rng, kind, fd, through, pages, id);
}

/* peek_buffer - a dma-buf: most often an export */
static inline bool peek_buffer(struct worker *worker, struct obj *obj)
{
	return peek(worker, rng_percent(&worker->rng, 70) ? EXPORT : SOURCE, obj);
}

/* domain - most often that of the peer */
static inline uint32_t domain(struct worker *worker)
{
	static const uint32_t others[] = { 0, 1, NO_DOMAIN, 0x7ff0, 0x7ff2, 0x10000, -1 };

	return rng_percent(&worker->rng, 98) ? worker->fuzz->peer :
	       RNG_PICK(&worker->rng, others);
}

static inline void note(struct worker *worker, uint32_t a, uint32_t b, uint32_t c)
{
	ring_arguments(&worker->writer, a, b, c);
}

/* end_object - end any object of a kind */
static inline int end_object(struct worker *worker, enum kind kind)
{
	struct obj obj;

	if (!take(worker, kind, &obj))
		return OP_NONE;
	note(worker, obj.fd, obj.id, 0);
	model_drop(worker->model, &worker->rng, &obj);
	return 0;
}

static inline void remember_id(struct worker *worker, uint64_t id)
{
	atomic_store(&RNG_PICK(&worker->rng, worker->fuzz->shared->ids), id);
}

#endif /* FUZZ_FUZZ_H */
