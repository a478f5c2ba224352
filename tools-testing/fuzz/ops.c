// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chooses operations, and records and counts what they return.
 */

#include <err.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"
#include "requests.h"

static const struct op * const tables[] = {
	export_ops, import_ops, base_ops, memory_ops, dmabuf_ops, driver_ops, junk_ops,
	kernel_ops,
};

static const struct op *ops[MAX_OPS];
static unsigned int count;
/* The index of each operation, as often as its weight says */
static uint8_t lots[4096];
static unsigned int nr_lots;

/* listed - whether a name is in a list with commas */
static bool listed(const char *list, const char *name)
{
	size_t n = strlen(name);
	const char *at;

	for (at = list; at; at = strchr(at, ',')) {
		at += at != list;
		if (!strncmp(at, name, n) && (at[n] == ',' || !at[n]))
			return true;
	}
	return false;
}

/**
 * ops_begin - make the list of operations
 * @only: names of those that run, with commas, or NULL for all
 * @without: names of those that do not run, or NULL
 *
 * Ends the program if there is none.
 */
void ops_begin(const char *only, const char *without)
{
	const struct op *op;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (op = tables[i]; op->name; op++) {
			if ((only && !listed(only, op->name)) ||
			    (without && listed(without, op->name)))
				continue;
			if (count == MAX_OPS || nr_lots + op->weight > sizeof(lots))
				errx(1, "MAX_OPS is too small");
			for (n = 0; n < op->weight; n++)
				lots[nr_lots++] = count;
			ops[count++] = op;
		}
	if (!count)
		errx(2, "no operation");
}

unsigned int ops_count(void)
{
	return count;
}

const char *ops_name(unsigned int op)
{
	return ops[op]->name;
}

static uint64_t nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* timed - run an operation and measure it: two system calls more before and after it */
static int timed(struct worker *worker, unsigned int op)
{
	struct shared *shared = worker->fuzz->shared;
	uint64_t begin, spent;
	int ret;

	begin = nanoseconds(CLOCK_MONOTONIC);
	spent = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
	ret = ops[op]->run(worker);
	atomic_fetch_add(&shared->spent[op], nanoseconds(CLOCK_THREAD_CPUTIME_ID) - spent);
	atomic_fetch_add(&shared->lasted[op], nanoseconds(CLOCK_MONOTONIC) - begin);
	return ret;
}

/**
 * ops_run - run a random operation
 * @worker: the thread
 */
void ops_run(struct worker *worker)
{
	struct shared *shared = worker->fuzz->shared;
	unsigned int op = lots[rng_below(&worker->rng, nr_lots)];
	int ret;

	if (shared->missing[op])
		return;
	ring_begin(&worker->writer, atomic_fetch_add(&shared->numbers, 1), ops[op]->name);
	ret = worker->fuzz->times ? timed(worker, op) : ops[op]->run(worker);
	ring_end(&worker->writer, ret);
	atomic_fetch_add(&shared->requests, requests_take());
	if (ret >= 0)
		atomic_fetch_add(&shared->counts[op][ret < MAX_ERRNO ? ret : MAX_ERRNO - 1],
				 1);
	else if (ret == OP_MISSING)
		shared->missing[op] = true;
}
