// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest-exec: in a guest, run the commands that in-guest sends from domain 0, one after
 * the other.  It does not end.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenstore.h>

#include "guest-command.h"

static struct xs_handle *xs;

/*
 * send_node - write a node.  xenstored limits the number of nodes of a guest: wait until
 * in-guest has removed some.
 */
static void send_node(const char *path, const char *value, unsigned int len)
{
	while (!xs_write(xs, XBT_NULL, path, value, len)) {
		if (errno != ENOSPC)
			err(1, "write %s", path);
		usleep(20000);
	}
}

/* read_part - read from a pipe until the part is full or the output ends */
static size_t read_part(int fd, char *part)
{
	size_t len = 0;

	while (len < OUTPUT_PART) {
		ssize_t got = read(fd, part + len, OUTPUT_PART - len);

		if (got < 0)
			err(1, "read output");
		if (!got)
			break;
		len += got;
	}
	return len;
}

/* start - run a command, with the pipe as its output */
static pid_t start(const char *command, const int pipe[2])
{
	pid_t child = fork();

	if (child < 0)
		err(1, "fork");
	if (child)
		return child;
	if (dup2(open("/dev/null", O_RDONLY), 0) < 0 || dup2(pipe[1], 1) < 0 ||
	    dup2(pipe[1], 2) < 0)
		err(127, "redirect");
	close(pipe[0]);
	close(pipe[1]);
	execl("/bin/sh", "sh", "-c", command, NULL);
	err(127, "sh");
}

/* run - run command n; send its output until no process can write more, and its status */
static void run(unsigned int n, const char *command)
{
	char part[OUTPUT_PART], text[16];
	int pipe[2], status;
	unsigned int m = 0;
	char path[NODE_PATH];
	pid_t child;
	size_t len;

	if (pipe2(pipe, O_CLOEXEC))
		err(1, "pipe");
	child = start(command, pipe);
	close(pipe[1]);
	while ((len = read_part(pipe[0], part)))
		send_node(node(path, "data/output/%u/%u", n, ++m), part, len);
	close(pipe[0]);

	if (waitpid(child, &status, 0) != child)
		err(1, "wait");
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	len = snprintf(text, sizeof(text), "%d", status);
	send_node(node(path, "data/status/%u", n), text, len);
}

int main(void)
{
	unsigned int n = 1, len;
	char path[NODE_PATH];
	char *command;

	xs = xs_open(0);
	if (!xs || !xs_watch(xs, "data/command", ""))
		err(1, "xenstore");
	for (;;) {
		/* The first event comes at once */
		free(xs_read_watch(xs, &len));
		while ((command = xs_read(xs, XBT_NULL, node(path, "data/command/%u", n), &len))) {
			run(n, command);
			free(command);
			n++;
		}
	}
}
