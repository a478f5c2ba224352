/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of the command line.
 */

#ifndef DISPL_BACKEND_OPTIONS_H
#define DISPL_BACKEND_OPTIONS_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct card_option - a card of --card or --card-fd
 * @path: path of the device, or NULL if the card is open
 * @fd: file descriptor of an open card
 */
struct card_option {
	const char *path;
	int fd;
};

/**
 * struct options - all options, with valid values
 * @mode: transfer mode
 * @cards: cards in the order of the command line
 * @card_count: number of @cards
 * @wayland: whether to show guests in windows of a Wayland compositor
 * @wayland_dmabuf: whether to use linux-dmabuf also if the compositor names no device
 * @user: user to become as the command line names it, or NULL
 * @uid: number of @user, not 0
 * @gid: number of the group of @user, not 0
 * @verbose: whether to log when guests connect and disconnect
 */
struct options {
	const char *mode;
	struct card_option *cards;
	unsigned int card_count;
	bool wayland;
	bool wayland_dmabuf;
	const char *user;
	uid_t uid;
	gid_t gid;
	bool verbose;
};

void options_parse(struct options *options, int argc, char **argv);

#endif /* DISPL_BACKEND_OPTIONS_H */
