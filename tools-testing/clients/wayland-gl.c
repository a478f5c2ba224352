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
