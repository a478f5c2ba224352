// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Wayland compositor of Debian shows exported buffers with its renderer pixman: see
 * compositor.h.  Each test checks one promise, and starts a compositor of its own.  Runs
 * in domain 0, with granter in a guest: see fixture.h.
 */

#include <unistd.h>

/* The mappings of the compositor need handles of Xen, too: fixture.h reserves some per buffer */
#define BUFFERS	4
/* Processors that the compositor may run on */
#define PROCESSORS	2

#include "fixture.h"
#include "wayland-fixture.h"

TEST_F_TIMEOUT(export, a_pool_shows_each_frame_of_the_guest, LIMIT)
{
	struct session session;

	session_begin(_metadata, &session, "pixman", self->peer);
	shows_each_frame(_metadata, self, &session, view_pool);
	session_end(&session);
}

/* Pools are mapped for writing.  Only the connection of the client ends. */
TEST_F_TIMEOUT(export, a_pool_of_a_read_only_export_is_refused, LIMIT)
{
	struct gntdev_dmabuf_export op = buffer_op(self->peer, self->peer->count);
	struct view_buffer buffer;
	struct session session;

	op.flags = GNTDEV_DMABUF_EXPORT_READONLY;
	ASSERT_EQ(0, export_buffer(self->gntdev, &op));
	session_begin(_metadata, &session, "pixman", self->peer);
	EXPECT_FALSE(view_pool(&session.view, &buffer, op.fd, self->peer));
	EXPECT_EQ(EPROTO, wl_display_get_error(session.view.display));
	view_close(&session.view);
	EXPECT_TRUE(view_open(&session.view));
	session_end(&session);
	close(op.fd);
}

TEST_F_TIMEOUT(export, the_pixman_renderer_has_no_linux_dmabuf, LIMIT)
{
	struct session session;

	session_begin(_metadata, &session, "pixman", self->peer);
	EXPECT_EQ(NULL, session.view.dmabuf);
	session_end(&session);
}

TEST_F_TIMEOUT(export, a_killed_compositor_leaves_nothing, LIMIT)
{
	killed_compositor_leaves_nothing(_metadata, self, "pixman", view_pool);
}

static bool show_pool(int fd, const struct peer *peer)
{
	return show_frame(view_pool, fd, peer);
}

TEST_F_TIMEOUT(export, a_killed_client_leaves_nothing, LIMIT)
{
	struct program compositor;
	uint64_t id;

	ASSERT_TRUE(compositor_begin(&compositor, "pixman", self->peer));
	kill_client(_metadata, self, show_pool, &id);
	EXPECT_TRUE(wait_release(self->gntdev, id));
	EXPECT_TRUE(program_runs(&compositor));
	compositor_end(&compositor, SIGTERM);
}

/*
 * The compositor handles the SIGBUS of a pool.  It ends the connection of the client, or
 * shows zeros instead of the pages.
 */
TEST_F_TIMEOUT(export, a_compositor_survives_the_revocation_of_a_pool, LIMIT)
{
	struct gntdev_dmabuf_export op;
	struct view_buffer buffer;
	struct session session;

	show_export(_metadata, self, "pixman", view_pool, &session, &buffer, &op);
	EXPECT_EQ(0, revoke_id(self->gntdev, op.id));
	if (compositor_revoked()) {
		while (view_show(&session.view, &buffer))
			;
	} else {
		EXPECT_TRUE(view_show(&session.view, &buffer));
		EXPECT_LT(0, compositor_wrong_pixels(self->peer, 0));
	}
	EXPECT_EQ(compositor_revoked(), wl_display_get_error(session.view.display));
	view_close(&session.view);
	EXPECT_TRUE(view_open(&session.view));
	session_end(&session);
}
