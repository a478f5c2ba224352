// SPDX-License-Identifier: GPL-2.0-only

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../display/ppm.h"
#include "frame.h"
#include "peer.h"
#include "server.h"

/* The picture, beside the logs of the run */
#define PICTURE	"/lab/out/x-server.ppm"

/**
 * server_begin - start a server whose screen has the size of the guest's frame
 * @server: filled in
 * @peer: the guest
 *
 * Return: whether the server accepts clients.
 */
bool server_begin(struct server *server, const struct peer *peer)
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

/**
 * server_end - wait for the end of the server
 * @server: the server
 * @signal: the signal to send before, or 0
 */
void server_end(struct server *server, int signal)
{
	xcb_disconnect(server->x);
	if (signal)
		kill(server->program.pid, signal);
	program_end(&server->program);
}

/**
 * server_lives - whether the server still answers
 * @server: the server
 */
bool server_lives(struct server *server)
{
	xcb_get_input_focus_reply_t *reply =
		xcb_get_input_focus_reply(server->x, xcb_get_input_focus(server->x), NULL);

	free(reply);
	return reply;
}

/**
 * server_attach - attach a dma-buf as a segment of shared memory
 * @x: a connection to the server
 * @fd: the dma-buf; stays open
 * @readonly: whether the server maps it for reading only
 * @seg: the new segment
 *
 * Return: 0 or the error of X.
 */
int server_attach(xcb_connection_t *x, int fd, bool readonly, xcb_shm_seg_t *seg)
{
	xcb_generic_error_t *error;
	int code = 0;

	*seg = xcb_generate_id(x);
	/* libxcb closes the descriptor that it sends */
	error = xcb_request_check(x,
				  xcb_shm_attach_fd_checked(x, *seg, dup(fd), readonly));
	if (error)
		code = error->error_code;
	free(error);
	return code;
}

/**
 * server_put - let the server show a buffer in the window
 * @server: the server
 * @peer: the guest, whose frame is in the buffer
 * @seg: the segment of the buffer
 *
 * Return: 0 or the error of X.
 */
int server_put(struct server *server, const struct peer *peer, xcb_shm_seg_t seg)
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

/* keep - keep a picture beside the logs */
static void keep(const uint32_t *pixels, const struct peer *peer)
{
	FILE *file = fopen(PICTURE, "w");

	if (!file)
		return;
	ppm_write(file, pixels, peer->width * sizeof(*pixels), peer->width, peer->height);
	fclose(file);
}

/**
 * server_wrong_pixels - compare the screen with a frame
 * @server: the server
 * @peer: the guest
 * @n: number of the frame
 *
 * Keeps the last picture that is equal.
 *
 * Return: the number of pixels that differ, -1 if the server does not answer.
 */
long server_wrong_pixels(struct server *server, const struct peer *peer, unsigned int n)
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
		for (x = 0; x < peer->width; x++)
			wrong += (pixels[y * peer->width + x] & 0xffffff) !=
				 frame_pixel(n, x, y, peer->width, peer->height);
	if (!wrong)
		keep(pixels, peer);
	free(reply);
	return wrong;
}
