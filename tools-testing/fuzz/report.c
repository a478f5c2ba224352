// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a run did, as comments of TAP, and whether it reached depth.
 */

#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "report.h"

/* Operations whose successes show that the model is right */
static const char * const deep[] = {
	"wait-for-close", "release", "release-and-wait", "export", "import", "mmap", "read",
	"revoke", "map", "sync", "prime",
};

/* In percent: an operation of @deep must succeed as often */
#define SUCCESSES	20

/* most - the most frequent error that is not in @printed; 0 if there is none */
static unsigned int most(const atomic_uint *counts, const bool *printed)
{
	unsigned int i, best = 0;

	for (i = 1; i < MAX_ERRNO; i++)
		if (counts[i] && !printed[i] && (!best || counts[i] > counts[best]))
			best = i;
	return best;
}

static unsigned int total(const atomic_uint *counts)
{
	unsigned int i, n = 0;

	for (i = 0; i < MAX_ERRNO; i++)
		n += counts[i];
	return n;
}

/**
 * report_table - print how often each operation ran, how often it succeeded, and
 * its most frequent errors
 * @shared: the results
 *
 * Return: number of operations that ran.
 */
unsigned long report_table(const struct shared *shared)
{
	unsigned int i, errors, error, n;
	unsigned long sum = 0;
	bool printed[MAX_ERRNO];

	printf("# operation             runs  success\n");
	for (i = 0; i < ops_count(); i++) {
		n = total(shared->counts[i]);
		sum += n;
		if (shared->missing[i]) {
			printf("# %-16s  the kernel does not have it\n", ops_name(i));
			continue;
		}
		printf("# %-16s %9u    %3u %%", ops_name(i), n,
		       n ? (unsigned int)(100UL * shared->counts[i][0] / n) : 0);
		memset(printed, 0, sizeof(printed));
		for (errors = 0; errors < 5; errors++) {
			error = most(shared->counts[i], printed);
			if (!error)
				break;
			printed[error] = true;
			printf("%s%s %u", errors ? ", " : "  ",
			       strerrorname_np(error) ?: "unknown", shared->counts[i][error]);
		}
		printf("\n");
	}
	return sum;
}

/**
 * report_speed - print how many operations there were, and how many requests they made
 * @ops: number of operations
 * @requests: number of requests, see requests.c
 * @seconds: how long it took
 */
void report_speed(unsigned long ops, unsigned long requests, double seconds)
{
	printf("# %lu operations in %.1f s: %.0f a second\n", ops, seconds, ops / seconds);
	printf("# %lu requests, %.2f in an operation: %.0f a second\n", requests,
	       ops ? (double)requests / ops : 0, requests / seconds);
}

/**
 * report_times - print how long the operations took
 * @shared: the results
 *
 * An operation that found no object to operate on counts with its time, but not as a run.
 */
void report_times(const struct shared *shared)
{
	unsigned long all = 1;
	unsigned int i, n;

	for (i = 0; i < ops_count(); i++)
		all += shared->spent[i];
	printf("# operation        us each  processor, us  share of all\n");
	for (i = 0; i < ops_count(); i++) {
		n = total(shared->counts[i]);
		if (n)
			printf("# %-16s %7lu %14lu %12.1f %%\n", ops_name(i),
			       shared->lasted[i] / n / 1000, shared->spent[i] / n / 1000,
			       100.0 * shared->spent[i] / all);
	}
	printf("# all operations: %.1f s of a processor\n", all / 1e9);
}

/**
 * report_shallow - find an operation that ran often and succeeded seldom
 * @shared: the results
 *
 * Return: its name, or NULL.
 */
const char *report_shallow(const struct shared *shared)
{
	unsigned int i, j, n;

	for (i = 0; i < ops_count(); i++)
		for (j = 0; j < ARRAY_SIZE(deep); j++) {
			n = total(shared->counts[i]);
			if (!strcmp(ops_name(i), deep[j]) && !shared->missing[i] &&
			    n >= 100 && 100UL * shared->counts[i][0] / n < SUCCESSES)
				return ops_name(i);
		}
	return NULL;
}

/**
 * report_strange - find an operation that returned what is no error of user space
 * @shared: the results
 *
 * Return: its name, or NULL.
 */
const char *report_strange(const struct shared *shared)
{
	unsigned int i;

	for (i = 0; i < ops_count(); i++)
		if (shared->counts[i][MAX_ERRNO - 1])
			return ops_name(i);
	return NULL;
}
