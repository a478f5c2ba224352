// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chooses operations, and records and counts what they return.
 */

#include <err.h>
#include <string.h>

#include "fuzz.h"

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
	ret = ops[op]->run(worker);
	ring_end(&worker->writer, ret);
	if (ret >= 0)
		atomic_fetch_add(&shared->counts[op][ret < MAX_ERRNO ? ret : MAX_ERRNO - 1],
				 1);
	else if (ret == OP_MISSING)
		shared->missing[op] = true;
}
