// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find the open files of all processes.  The kernel describes the buffers of a
 * gntdev file in the fdinfo of each of its descriptors.  list and revoke call this.
 */

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "gntdmabuf.h"

/**
 * fdinfo_each - call a function for each file descriptor of each process
 * @fn: the function, which gets an fdinfo to read, and whose it is
 *
 * Processes and descriptors that this program may not look into are left out.
 */
void fdinfo_each(void (*fn)(FILE *fdinfo, int pid, int fd))
{
	struct dirent *process, *entry;
	DIR *proc = opendir("/proc"), *files;
	char path[512];
	FILE *file;

	if (!proc)
		err(1, "/proc");
	while ((process = readdir(proc))) {
		int pid = atoi(process->d_name);

		snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
		files = pid ? opendir(path) : NULL;
		if (!files)
			continue;
		while ((entry = readdir(files))) {
			if (*entry->d_name == '.')
				continue;
			snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid,
				 entry->d_name);
			file = fopen(path, "re");
			if (!file)
				continue;
			fn(file, pid, atoi(entry->d_name));
			fclose(file);
		}
		closedir(files);
	}
	closedir(proc);
}
