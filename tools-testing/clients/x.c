// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debian's X server shows exported buffers, which it attaches with AttachFd of
 * MIT-SHM.  Each test checks one promise, and starts a server of its own (Xvfb).
 * Runs in domain 0, with granter in a guest: see fixture.h.
 */

#include <signal.h>
#include <unistd.h>

#include <xcb/shm.h>
#include <xcb/xcb.h>

/* The mappings of the server need handles of Xen, too: fixture.h reserves some per buffer */
#define BUFFERS	4
/* Processors that the server may run on */
#define PROCESSORS	2

#include "fixture.h"
#include "program.h"

/**
 * struct server - an X server, a connection to it, and a window on it
 * @program: the server
 * @display: its name, as ":0"
 * @x: the connection
 * @root: the root window
 * @window: a window that covers the root window
 * @gc: graphics context of @window
 */
struct server {
	struct program program;
	char display[16];
	xcb_connection_t *x;
	xcb_window_t root;
	xcb_window_t window;
	xcb_gcontext_t gc;
};

/* server_begin - start a server whose screen has the size of the guest's frame */
static bool server_begin(struct server *server, const struct peer *peer)
{
	const xcb_screen_t *screen;
	uint32_t yes = 1;

	program_begin(&server->program,
		      "Xvfb -displayfd 1 -screen 0 %ux%ux24 -nolisten tcp -noreset",
		      peer->width, peer->height);
	snprintf(server->display, sizeof(server->display), ":%s",
		 program_line(&server->program));
	server->x = xcb_connect(server->display, NULL);
	if (xcb_connection_has_error(server->x))
		return false;

	screen = xcb_setup_roots_iterator(xcb_get_setup(server->x)).data;
	server->root = screen->root;
	server->window = xcb_generate_id(server->x);
	xcb_create_window(server->x, screen->root_depth, server->window,
			  server->root, 0, 0, peer->width, peer->height, 0,
			  XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual,
			  XCB_CW_OVERRIDE_REDIRECT, &yes);
	server->gc = xcb_generate_id(server->x);
	xcb_create_gc(server->x, server->gc, server->window, 0, NULL);
	xcb_map_window(server->x, server->window);
	return true;
}

/* server_end - send the server a signal, if it is not 0, and wait for its end */
static void server_end(struct server *server, int signal)
{
	xcb_disconnect(server->x);
	if (signal)
		kill(server->program.pid, signal);
	program_end(&server->program);
}

/* server_lives - whether the server still answers */
static bool server_lives(struct server *server)
{
	xcb_get_input_focus_reply_t *reply =
		xcb_get_input_focus_reply(server->x, xcb_get_input_focus(server->x), NULL);

	free(reply);
	return reply;
}

/* attach - attach a buffer; 0 or the error of X */
static int attach(struct server *server, int fd, bool readonly, xcb_shm_seg_t *seg)
{
	xcb_generic_error_t *error;
	int code = 0;

	*seg = xcb_generate_id(server->x);
	/* libxcb closes the descriptor that it sends */
	error = xcb_request_check(server->x,
				  xcb_shm_attach_fd_checked(server->x, *seg, dup(fd), readonly));
	if (error)
		code = error->error_code;
	free(error);
	return code;
}

/* put - let the server show a buffer in the window; 0 or the error of X */
static int put(struct server *server, const struct peer *peer, xcb_shm_seg_t seg)
{
	xcb_generic_error_t *error;
	xcb_void_cookie_t cookie;
	int code = 0;

	cookie = xcb_shm_put_image_checked(server->x, server->window, server->gc,
					   peer->width, peer->height, 0, 0,
					   peer->width, peer->height, 0, 0, 24,
					   XCB_IMAGE_FORMAT_Z_PIXMAP, 0, seg, 0);
	error = xcb_request_check(server->x, cookie);
	if (error)
		code = error->error_code;
	free(error);
	return code;
}

/* wrong_pixels - number of pixels of the screen that differ from frame @n */
static long wrong_pixels(struct server *server, const struct peer *peer, unsigned int n)
{
	xcb_get_image_cookie_t cookie;
	xcb_get_image_reply_t *reply;
	const uint32_t *pixels;
	unsigned int x, y;
	long wrong = 0;

	cookie = xcb_get_image(server->x, XCB_IMAGE_FORMAT_Z_PIXMAP, server->root, 0, 0,
			       peer->width, peer->height, ~0);
	reply = xcb_get_image_reply(server->x, cookie, NULL);
	if (!reply)
		return -1;
	pixels = (const uint32_t *)xcb_get_image_data(reply);
	for (y = 0; y < peer->height; y++)
		for (x = 0; x < peer->width; x++, pixels++)
			wrong += (*pixels & 0xffffff) !=
				 frame_pixel(n, x, y, peer->width, peer->height);
	free(reply);
	return wrong;
}

/* The server shows what the guest has drawn, each time that it is asked to */
static void shows(struct __test_metadata *_metadata, FIXTURE_DATA(export) * self,
		  int fd, bool readonly)
{
	struct server server;
	xcb_shm_seg_t seg;
	unsigned int n;

	ASSERT_TRUE(server_begin(&server, self->peer));
	EXPECT_EQ(0, attach(&server, fd, readonly, &seg));
	for (n = 0; n < 3; n++) {
		peer_ask(self->peer, "draw", n);
		EXPECT_EQ(0, put(&server, self->peer, seg));
		EXPECT_EQ(0, wrong_pixels(&server, self->peer, n));
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
	EXPECT_EQ(XCB_ACCESS, attach(&server, op.fd, false, &seg));
	EXPECT_TRUE(server_lives(&server));
	server_end(&server, SIGTERM);
	close(op.fd);
}
