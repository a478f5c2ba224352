// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a program that inherits a buffer.  The commands export and take call
 * this.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gntdmabuf.h"

static void set_variable(const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	if (setenv(name, text, 1))
		err(1, "%s", name);
}

/**
 * command_split - end the arguments at the first "--"
 * @argc: number of arguments
 * @argv: the arguments
 *
 * Return: what is behind "--", ends with NULL; or NULL without "--".
 */
char **command_split(int *argc, char **argv)
{
	int i;

	for (i = 1; i < *argc; i++)
		if (!strcmp(argv[i], "--")) {
			*argc = i;
			argv[i] = NULL;
			return argv + i + 1;
		}
	return NULL;
}

/**
 * command_run - run a program and wait until it has ended
 * @command: the program and its arguments, ends with NULL
 * @fd: the dma-buf that it inherits; GNTDMABUF_FD is its number
 * @id: id of the buffer, for GNTDMABUF_ID
 *
 * Call events_init() before.
 *
 * Return: the exit status of the program; 128 and the number of the signal that
 * killed it; or 126 or 127 if it could not be executed.
 */
int command_run(char **command, int fd, uint64_t id)
{
	int status, error;
	pid_t pid;

	set_variable("GNTDMABUF_FD", fd);
	set_variable("GNTDMABUF_ID", id);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		events_exit();
		fcntl(fd, F_SETFD, 0);
		execvp(*command, command);
		error = errno;
		warn("%s", *command);
		_exit(error == ENOENT ? 127 : 126);
	}
	status = events_wait_process(pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
