/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps of the programs that test exported buffers with a Wayland compositor.  Each
 * program includes this file once, after fixture.h.
 */

#ifndef CLIENTS_WAYLAND_FIXTURE_H
#define CLIENTS_WAYLAND_FIXTURE_H

#include <signal.h>

#include "compositor.h"
#include "view.h"

/**
 * struct session - a compositor and a window on it
 * @compositor: the compositor
 * @view: the window
 */
struct session {
	struct program compositor;
	struct view view;
};

/* session_begin - start a compositor that has this renderer, and open a window */
static void session_begin(struct __test_metadata *_metadata, struct session *session,
			  const char *renderer, const struct peer *peer)
{
	ASSERT_TRUE(compositor_begin(&session->compositor, renderer, peer));
	ASSERT_TRUE(view_open(&session->view));
}

static void session_end(struct session *session)
{
	view_close(&session->view);
	compositor_end(&session->compositor, SIGTERM);
}

/*
 * shows_each_frame - the compositor shows what the guest draws
 *
 * The client shows two buffers of the same pages in turn.  The guest draws into the
 * first when the compositor has released it.  @make is view_pool() or view_dmabuf().
 */
static void shows_each_frame(struct __test_metadata *_metadata, FIXTURE_DATA(export) * self,
			     struct session *session,
			     bool (*make)(struct view *view, struct view_buffer *buffer, int fd,
					  const struct peer *peer))
{
	struct view_buffer frame, other;
	struct view *view = &session->view;
	int fd = -1;
	unsigned int n;

	ASSERT_EQ(0, export_refs(self->gntdev, 0, self->peer->count, self->peer->domid,
				 self->peer->refs, &fd));
	ASSERT_TRUE(make(view, &frame, self->fd, self->peer));
	ASSERT_TRUE(make(view, &other, fd, self->peer));
	for (n = 0; n < 3; n++) {
		peer_ask(self->peer, "draw", n);
		ASSERT_TRUE(view_show(view, &frame));
		EXPECT_EQ(0, compositor_wrong_pixels(self->peer, n));
		EXPECT_FALSE(frame.released);
		ASSERT_TRUE(view_show(view, &other));
		ASSERT_TRUE(view_wait_release(view, &frame));
	}
	close(fd);
}

#endif /* CLIENTS_WAYLAND_FIXTURE_H */
