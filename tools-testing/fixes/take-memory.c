// SPDX-License-Identifier: GPL-2.0-only
/*
 * take-memory COMMAND...: run a command in domain 0 while Xen has no free memory.  For the
 * fixes of what Linux does then.  Not on x86 PVH, see mem_hog_start().
 *
 * Exit status: that of the command; 2 if the memory cannot be taken.
 */

#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem-hog.h"

int main(int argc, char **argv)
{
	struct mem_hog mem_hog;
	int status = -1;
	pid_t child;

	if (argc < 2)
		errx(2, "usage: take-memory COMMAND...");
	if (!mem_hog_start(&mem_hog)) {
		mem_hog_stop(&mem_hog);
		errx(2, "the memory of Xen cannot be taken");
	}
	child = fork();
	if (!child) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		warn("%s", argv[1]);
	mem_hog_stop(&mem_hog);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
