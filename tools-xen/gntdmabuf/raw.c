// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write the bytes of a buffer to a file or to standard output.  The command export
 * calls this.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "gntdmabuf.h"

/**
 * raw_write - write bytes, or end the program
 * @file: the file, or NULL for standard output
 * @bytes: the bytes
 * @size: number of bytes
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
		n = write(fd, bytes, size);
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
