/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Failures inside the kernel.  The debug kernel lets the n-th allocation of a system
 * call, or copy from or to user space, fail (fail-nth); a test repeats the call with
 * each n.  Work items run in threads of the kernel, which have a fail-nth, too.
 *
 * A program that calls fails_well() defines struct state, which its operations use.
 */

#ifndef SELFTESTS_XEN_FAIL_H
#define SELFTESTS_XEN_FAIL_H

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

/*
 * Sometimes a slab cache needs a new page, and one allocation becomes two.  An
 * allocation that a round misses for this reason fails in another round.
 */
#define FAIL_ROUNDS	3

/* No system call of the tests has so many allocations */
#define FAIL_MOST	200

/**
 * struct fail - a system call that a test repeats
 * @nth: the file fail-nth
 * @round: number of complete rounds; in a round each allocation fails once
 * @n: number of the allocation that fails
 * @failed: number of calls that failed
 * @injected: number of failures, also of those that the kernel could spare
 */
struct fail {
	int nth;
	unsigned int round;
	unsigned int n;
	unsigned int failed;
	unsigned int injected;
};

/*
 * fail_caches - count allocations from the caches of a release kernel only
 *
 * The debug kernel allocates its own records of allocations, and more of them
 * when the machine is busy.  If these counted, n would not always mean the same
 * allocation, and some allocations would never fail.
 */
static inline void fail_caches(void)
{
	glob_t files;
	size_t i;

	if (glob("/sys/kernel/slab/*/failslab", 0, NULL, &files))
		return;
	for (i = 0; i < files.gl_pathc; i++)
		file_write(files.gl_pathv[i],
			   strstr(files.gl_pathv[i], "/kmemleak_") ||
			   strstr(files.gl_pathv[i], "/debug_objects_") ?
			   "0" : "1");
	globfree(&files);
	file_write("/sys/kernel/debug/failslab/cache-filter", "Y");
}

/* fail_open - initialise; false if the kernel has no fail-nth */
static inline bool fail_open(struct fail *fail)
{
	fail_caches();
	file_write("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
	file_write("/sys/kernel/debug/failslab/verbose", "0");
	file_write("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	file_write("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	file_write("/sys/kernel/debug/fail_page_alloc/verbose", "0");
	file_write("/sys/kernel/debug/fail_usercopy/verbose", "0");
	*fail = (struct fail){
		.nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC),
	};
	return fail->nth >= 0;
}

/* fail_is_error - whether a failure has this error number */
static inline bool fail_is_error(int ret)
{
	return ret == ENOMEM || ret == EFAULT;
}

/* fail_begin - let the next allocation fail; false if all of them have failed */
static inline bool fail_begin(struct fail *fail)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", ++fail->n);

	return fail->round < FAIL_ROUNDS && fail->n < FAIL_MOST &&
	       pwrite(fail->nth, text, len, 0) == len;
}

/* fail_end - let no more allocations fail; @ret is the result of the call */
static inline void fail_end(struct fail *fail, int ret)
{
	char text[16] = "";
	bool hit = pread(fail->nth, text, sizeof(text) - 1, 0) > 0 && !atoi(text);

	fail->failed += !!ret;
	fail->injected += hit;
	if (pwrite(fail->nth, "0", 1, 0) != 1 || !hit) {
		fail->round++;
		fail->n = 0;
	}
}

struct state;

/**
 * struct fail_operation - an operation of which each allocation fails once
 * @before: what precedes it, without failures: 0 or the error number; can be NULL
 * @run: the operation: 0 or the error number
 * @left: whether it left something behind when it failed; can be NULL
 * @after: what undoes it, without failures; can be NULL
 * @least: errors that it returns at least in a round, so that the test notices when the
 *         kernel injects no failures; 0 if it needs no memory
 */
struct fail_operation {
	int (*before)(struct state *s);
	int (*run)(struct state *s);
	bool (*left)(struct state *s);
	void (*after)(struct state *s);
	unsigned int least;
};

/*
 * fails_well - check that a failed operation returns a documented error, leaves nothing
 * behind, and succeeds when it is repeated
 */
static inline void fails_well(struct __test_metadata *_metadata, struct state *s,
			      const struct fail_operation *operation)
{
	struct fail fail;
	int ret;

	if (!fail_open(&fail))
		SKIP(return, "the kernel has no fail-nth");
	for (;;) {
		ASSERT_EQ(0, operation->before ? operation->before(s) : 0);
		if (!fail_begin(&fail))
			break;
		ret = operation->run(s);
		fail_end(&fail, ret);
		if (ret) {
			EXPECT_TRUE(fail_is_error(ret))
				TH_LOG("failure %u: error %d", fail.n, ret);
			EXPECT_FALSE(operation->left && operation->left(s))
				TH_LOG("failure %u: it left something", fail.n);
			ASSERT_EQ(0, operation->run(s))
				TH_LOG("failure %u: it does not succeed later", fail.n);
		}
		if (operation->after)
			operation->after(s);
	}
	ASSERT_EQ(0, operation->run(s));
	if (operation->after)
		operation->after(s);
	EXPECT_EQ(FAIL_ROUNDS, fail.round);
	EXPECT_LE(operation->least * FAIL_ROUNDS, fail.failed);
	TH_LOG("%u failures injected", fail.injected);
	close(fail.nth);
}

/* ---- Work items */

/* Each of so many allocations of a work item fails once */
#define FAIL_WORKERS_MOST	4

/**
 * struct fail_workers - threads of the workqueues, in which an allocation shall fail
 * @count: their number
 * @pids: their process ids
 */
struct fail_workers {
	unsigned int count;
	int pids[256];
};

static inline const char *fail_workers_path(int pid, const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return path;
}

/*
 * fail_workers_begin - let the @n-th allocation of each thread of the workqueues fail
 *
 * The test lets a work item run before it calls fail_workers_end().
 *
 * Return: false if the kernel has no fail-nth.
 */
static inline bool fail_workers_begin(struct fail_workers *workers, unsigned int n)
{
	struct dirent *entry;
	char text[16];
	DIR *proc = opendir("/proc");
	int pid;

	workers->count = 0;
	snprintf(text, sizeof(text), "%u", n);
	while (proc && (entry = readdir(proc))) {
		pid = atoi(entry->d_name);
		if (pid && workers->count < ARRAY_SIZE(workers->pids) &&
		    !strncmp(file_line(fail_workers_path(pid, "comm"), ""), "kworker/", 8) &&
		    !file_write(fail_workers_path(pid, "fail-nth"), text))
			workers->pids[workers->count++] = pid;
	}
	if (proc)
		closedir(proc);
	return workers->count;
}

/* fail_workers_end - end that; returns the number of threads in which one has failed */
static inline unsigned int fail_workers_end(struct fail_workers *workers)
{
	unsigned int i, failed = 0;

	for (i = 0; i < workers->count; i++) {
		failed += file_line(fail_workers_path(workers->pids[i], "fail-nth"),
				    "")[0] == '0';
		file_write(fail_workers_path(workers->pids[i], "fail-nth"), "0");
	}
	return failed;
}

#endif /* SELFTESTS_XEN_FAIL_H */
