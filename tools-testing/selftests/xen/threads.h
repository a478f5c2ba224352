/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks whether threads sleep.  The state of a thread does not say where it
 * sleeps, but the tests leave it only one place.
 */

#ifndef SELFTESTS_XEN_THREADS_H
#define SELFTESTS_XEN_THREADS_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* thread_sleeps - whether a thread of this or another process sleeps */
static inline bool thread_sleeps(int tid)
{
	char path[64], stat[256], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fgets(stat, sizeof(stat), file))
		sscanf(stat, "%*d (%*[^)]) %c", &state);
	fclose(file);
	return state == 'S' || state == 'D';
}

/* others_sleep - whether all threads of this process but the first sleep */
static inline bool others_sleep(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	bool sleep = true;

	if (!dir)
		return false;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != getpid() &&
		    !thread_sleeps(atoi(entry->d_name)))
			sleep = false;
	closedir(dir);
	return sleep;
}

#endif /* SELFTESTS_XEN_THREADS_H */
