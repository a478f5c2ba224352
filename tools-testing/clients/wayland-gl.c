// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debian's Wayland compositor weston shows exported buffers with its renderer gl and
 * Mesa's software renderer llvmpipe.  Each test checks one promise, and starts a
 * compositor of its own.  Runs in domain 0, with granter in a guest: see fixture.h.
 */

#include <unistd.h>

/* The mappings of the compositor need handles of Xen, too: fixture.h reserves some per buffer */
#define BUFFERS	4
/* Processors that the compositor may run on */
#define PROCESSORS	2

#include "fixture.h"
#include "wayland-fixture.h"

TEST_F_TIMEOUT(export, linux_dmabuf_shows_each_frame_of_the_guest, LIMIT)
{
	struct session session;

	session_begin(_metadata, &session, "gl", self->peer);
	ASSERT_NE(NULL, session.view.dmabuf);
	shows_each_frame(_metadata, self, &session, view_dmabuf);
	session_end(&session);
}

TEST_F_TIMEOUT(export, linux_dmabuf_of_a_read_only_export_shows_the_frame, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, self->peer->count);
	struct view_buffer buffer;
	struct session session;

	op.flags = GNTDEV_DMABUF_EXPORT_READONLY;
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	session_begin(_metadata, &session, "gl", self->peer);
	ASSERT_TRUE(view_dmabuf(&session.view, &buffer, op.fd, self->peer));
	peer_ask(self->peer, "draw", 1);
	ASSERT_TRUE(view_show(&session.view, &buffer));
	EXPECT_EQ(0, compositor_wrong_pixels(self->peer, 1));
	session_end(&session);
	close(op.fd);
}

TEST_F_TIMEOUT(export, a_killed_compositor_leaves_nothing, LIMIT)
{
	killed_compositor_leaves_nothing(_metadata, self, "gl", view_dmabuf);
}

static bool show_dmabuf(int fd, const struct peer *peer)
{
	return show_frame(view_dmabuf, fd, peer);
}

/* Until the compositor draws another picture, llvmpipe has the texture that was drawn last */
TEST_F_TIMEOUT(export, a_killed_client_leaves_nothing_when_another_picture_is_drawn, LIMIT)
{
	struct view_buffer buffer;
	struct program compositor;
	struct view view;
	uint64_t id;

	ASSERT_TRUE(compositor_begin(&compositor, "gl", self->peer));
	kill_client(_metadata, self, show_dmabuf, &id);
	ASSERT_TRUE(view_open(&view));
	ASSERT_TRUE(view_pool(&view, &buffer, self->fd, self->peer));
	EXPECT_TRUE(view_show(&view, &buffer));
	EXPECT_TRUE(wait_release(self->gntdev, id));
	view_close(&view);
	compositor_end(&compositor, SIGTERM);
}

/* llvmpipe reads the pages by a mapping, and weston handles SIGBUS for wl_shm only */
TEST_F_TIMEOUT(export, a_revocation_ends_the_compositor, LIMIT)
{
	struct gntdev_dmabuf_export op;
	struct view_buffer buffer;
	struct session session;

	show_export(_metadata, self, "gl", view_dmabuf, &session, &buffer, &op);
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	while (view_show(&session.view, &buffer))
		;
	view_close(&session.view);
	EXPECT_EQ(-1, program_end(&session.compositor));
}
