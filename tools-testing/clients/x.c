// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debian's X server shows exported buffers, which it attaches with AttachFd of
 * MIT-SHM.  Each test checks one promise, and starts a server of its own (Xvfb).
 * Runs in domain 0, with granter in a guest: see fixture.h.
 */

#include <signal.h>
#include <unistd.h>

/* The mappings of the server need handles of Xen, too: fixture.h reserves some per buffer */
#define BUFFERS	4
/* Processors that the server may run on */
#define PROCESSORS	2

#include "fixture.h"
#include "kill-client.h"
#include "release.h"
#include "server.h"

/* The server shows what the guest has drawn, each time that it is asked to */
static void shows(struct __test_metadata *_metadata, FIXTURE_DATA(export) * self,
		  int fd, bool readonly)
{
	struct server server;
	xcb_shm_seg_t seg;
	unsigned int n;

	ASSERT_TRUE(server_begin(&server, self->peer));
	EXPECT_EQ(0, server_attach(server.x, fd, readonly, &seg));
	for (n = 0; n < 3; n++) {
		peer_ask(self->peer, "draw", n);
		EXPECT_EQ(0, server_put(&server, self->peer, seg));
		EXPECT_EQ(0, server_wrong_pixels(&server, self->peer, n));
	}
	server_end(&server, SIGTERM);
}

TEST_F_TIMEOUT(export, put_image_shows_each_frame_of_the_guest, LIMIT)
{
	shows(_metadata, self, self->fd, false);
}

TEST_F_TIMEOUT(export, put_image_shows_each_frame_of_a_read_only_export, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, self->peer->count);

	op.flags = GNTDEV_DMABUF_EXPORT_READONLY;
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	shows(_metadata, self, op.fd, true);
	close(op.fd);
}

TEST_F_TIMEOUT(export, a_read_only_export_cannot_be_attached_for_writing, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, self->peer->count);
	struct server server;
	xcb_shm_seg_t seg;

	op.flags = GNTDEV_DMABUF_EXPORT_READONLY;
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	ASSERT_TRUE(server_begin(&server, self->peer));
	EXPECT_EQ(XCB_ACCESS, server_attach(server.x, op.fd, false, &seg));
	EXPECT_TRUE(server_lives(&server));
	server_end(&server, SIGTERM);
	close(op.fd);
}

/* show_export - export the frame, let a server show it, keep no descriptor */
static void show_export(struct __test_metadata *_metadata, FIXTURE_DATA(export) * self,
			struct server *server, xcb_shm_seg_t *seg, uint64_t *id)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, self->peer->count);

	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	ASSERT_TRUE(server_begin(server, self->peer));
	EXPECT_EQ(0, server_attach(server->x, op.fd, false, seg));
	EXPECT_EQ(0, server_put(server, self->peer, *seg));
	close(op.fd);
	*id = op.id;
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, *id, 100));
}

TEST_F_TIMEOUT(export, a_killed_server_leaves_nothing, LIMIT)
{
	struct server server;
	xcb_shm_seg_t seg;
	uint64_t id;

	show_export(_metadata, self, &server, &seg, &id);
	server_end(&server, SIGKILL);
	EXPECT_TRUE(wait_release(self->gntdev, id));
}

TEST_F_TIMEOUT(export, a_detached_segment_is_released, LIMIT)
{
	struct server server;
	xcb_shm_seg_t seg;
	uint64_t id;

	show_export(_metadata, self, &server, &seg, &id);
	xcb_shm_detach(server.x, seg);
	EXPECT_TRUE(server_lives(&server));
	EXPECT_TRUE(wait_release(self->gntdev, id));
	server_end(&server, SIGTERM);
}

static bool attach_display(int fd, const struct peer *peer)
{
	xcb_shm_seg_t seg;

	return !server_attach(xcb_connect(NULL, NULL), fd, false, &seg);
}

TEST_F_TIMEOUT(export, a_killed_client_leaves_nothing, LIMIT)
{
	struct server server;
	uint64_t id;

	ASSERT_TRUE(server_begin(&server, self->peer));
	setenv("DISPLAY", server.display, 1);
	kill_client(_metadata, self, attach_display, &id);
	EXPECT_TRUE(wait_release(self->gntdev, id));
	EXPECT_TRUE(server_lives(&server));
	server_end(&server, SIGTERM);
}

/* The server handles the SIGBUS of a segment */
TEST_F_TIMEOUT(export, a_server_survives_the_revocation_of_a_segment, LIMIT)
{
	struct server server;
	xcb_shm_seg_t seg;
	uint64_t id;

	show_export(_metadata, self, &server, &seg, &id);
	EXPECT_EQ(0, revoke_id(self->gntdev, id));
	server_put(&server, self->peer, seg);
	EXPECT_TRUE(server_lives(&server));
	server_end(&server, SIGTERM);
}

/* raise_window - put the window of the test above all others or below them */
static void raise_window(struct server *server, enum xcb_stack_mode_t mode)
{
	const uint32_t value = mode;

	xcb_configure_window(server->x, server->window, XCB_CONFIG_WINDOW_STACK_MODE, &value);
	xcb_flush(server->x);
}

/* becomes - wait until the screen shows a frame, while a program runs */
static bool becomes(struct server *server, struct program *program, const struct peer *peer,
		    unsigned int n)
{
	while (server_wrong_pixels(server, peer, n)) {
		if (!program_runs(program))
			return false;
		usleep(50 * 1000);
	}
	return true;
}

/* It shows the pages each time that its window, which has no manager, is exposed */
TEST_F_TIMEOUT(export, the_program_of_the_documentation_shows_the_guest, LIMIT)
{
	struct peer *peer = self->peer;
	struct program program;
	struct server server;
	unsigned int n;

	ASSERT_TRUE(server_begin(&server, peer));
	setenv("DISPLAY", server.display, 1);
	peer_ask(peer, "draw", 1);
	program_begin(&program, "show-window %u %u %u %u", peer->domid, peer->directory,
		      peer->width, peer->height);
	EXPECT_TRUE(becomes(&server, &program, peer, 1));
	for (n = 2; n < 4; n++) {
		raise_window(&server, XCB_STACK_MODE_ABOVE);
		peer_ask(peer, "draw", n);
		EXPECT_NE(0, server_wrong_pixels(&server, peer, n));
		raise_window(&server, XCB_STACK_MODE_BELOW);
		EXPECT_TRUE(becomes(&server, &program, peer, n));
	}
	server_end(&server, SIGTERM);
	EXPECT_EQ(0, program_end(&program));
	EXPECT_STREQ("", program.errors);
}
