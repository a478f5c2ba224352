/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client that is killed while a server has its buffer.  Each program includes this
 * file after fixture.h.
 */

#ifndef CLIENTS_KILL_CLIENT_H
#define CLIENTS_KILL_CLIENT_H

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * kill_client - kill a client of which a server has a buffer, and set @id to that of the buffer
 *
 * A child process connects to a server and gives it the frame: @use, which returns whether
 * that succeeds.
 */
static void kill_client(struct __test_metadata *_metadata, FIXTURE_DATA(export) * self,
			bool (*use)(int fd, const struct peer *peer), uint64_t *id)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, self->peer->count);
	int ready[2];
	char byte;
	pid_t pid;

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	ASSERT_EQ(0, pipe2(ready, O_CLOEXEC));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (use(op.fd, self->peer) && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(op.fd);
	close(ready[1]);
	EXPECT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 100));
	kill(pid, SIGKILL);
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
	close(ready[0]);
	*id = op.id;
}

#endif /* CLIENTS_KILL_CLIENT_H */
