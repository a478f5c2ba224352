// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write bytes to a file or to standard output.  The commands that write the data of a buffer
 * call this.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "gntdmabuf.h"

/**
 * raw_write - write bytes, or end the program
 * @file: the file, or NULL for standard output
 * @bytes: the bytes
 * @size: number of bytes
 *
 * While the program that reads a pipe is slow, events of events_watch() are handled.
 */
void raw_write(const char *file, const uint8_t *bytes, size_t size)
{
	int fd = STDOUT_FILENO;
	ssize_t n;

	if (file)
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	else
		file = "standard output";
	while (fd >= 0 && size) {
		events_wait_output(fd);
		n = write(fd, bytes, size < PIPE_BUF ? size : PIPE_BUF);
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0) {
			bytes += n;
			size -= n;
		}
	}
	if (size || (fd != STDOUT_FILENO && close(fd)))
		err(1, "%s", file);
}
