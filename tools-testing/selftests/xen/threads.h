/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether somebody is asleep.  Where cannot be seen, but the tests leave only
 * one place to sleep in.
 */

#ifndef SELFTESTS_XEN_THREADS_H
#define SELFTESTS_XEN_THREADS_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* thread_sleeps - of a thread of this or another process */
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

/* others_sleep - all threads of this process but the first one */
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
