/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debian's X server without a screen (Xvfb), with one window.
 */

#ifndef CLIENTS_SERVER_H
#define CLIENTS_SERVER_H

#include <stdbool.h>

#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "program.h"

struct peer;

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

bool server_begin(struct server *server, const struct peer *peer);
void server_end(struct server *server, int signal);
bool server_lives(struct server *server);
int server_attach(xcb_connection_t *x, int fd, bool readonly, xcb_shm_seg_t *seg);
int server_put(struct server *server, const struct peer *peer, xcb_shm_seg_t seg);
long server_wrong_pixels(struct server *server, const struct peer *peer, unsigned int n);

#endif /* CLIENTS_SERVER_H */
