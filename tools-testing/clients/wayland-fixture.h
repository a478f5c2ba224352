/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps of the programs that test exported buffers with a Wayland compositor.  Each
 * program includes this file once, after fixture.h.
 */

#ifndef CLIENTS_WAYLAND_FIXTURE_H
#define CLIENTS_WAYLAND_FIXTURE_H

#include <signal.h>

#include "compositor.h"
#include "kill-client.h"
#include "release.h"
#include "view.h"

/* How a window gets a buffer: view_pool() or view_dmabuf() */
typedef bool (*view_make)(struct view *view, struct view_buffer *buffer, int fd,
			  const struct peer *peer);

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
 * first when the compositor has released it.
 */
static void shows_each_frame(struct __test_metadata *_metadata, FIXTURE_DATA(export) * self,
			     struct session *session, view_make make)
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

/* show_export - start a compositor that shows an export, of which @op has the parameters */
static void show_export(struct __test_metadata *_metadata, FIXTURE_DATA(export) * self,
			const char *renderer, view_make make, struct session *session,
			struct view_buffer *buffer, struct gntdev_dmabuf_export *op)
{
	*op = buffer_op(self->peer, self->peer->count);
	ASSERT_EQ(0, export_buffer(self->gntdev, op));
	session_begin(_metadata, session, renderer, self->peer);
	ASSERT_TRUE(make(&session->view, buffer, op->fd, self->peer));
	ASSERT_TRUE(view_show(&session->view, buffer));
	close(op->fd);
}

static void killed_compositor_leaves_nothing(struct __test_metadata *_metadata,
					     FIXTURE_DATA(export) * self,
					     const char *renderer, view_make make)
{
	struct gntdev_dmabuf_export op;
	struct view_buffer buffer;
	struct session session;

	show_export(_metadata, self, renderer, make, &session, &buffer, &op);
	EXPECT_EQ(ETIMEDOUT, wait_id(self->gntdev, op.id, 100));
	compositor_end(&session.compositor, SIGKILL);
	view_close(&session.view);
	EXPECT_TRUE(wait_release(self->gntdev, op.id));
}

/* show_frame - be a client that shows a dma-buf */
static bool show_frame(view_make make, int fd, const struct peer *peer)
{
	struct view_buffer buffer;
	struct view view;

	return view_open(&view) && make(&view, &buffer, fd, peer) && view_show(&view, &buffer);
}

#endif /* CLIENTS_WAYLAND_FIXTURE_H */
