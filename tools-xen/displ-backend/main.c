// SPDX-License-Identifier: GPL-2.0-only
/*
 * displ-backend: a backend for Xen's display protocol (displif.h), see
 * displ-backend.8.  This file handles signals, drops privileges and starts the
 * loop.  The program has one thread and no locks.
 *
 * Layers, the highest first, and the callbacks to the layers above:
 *
 *   main       signals, user
 *   options    options of the command line
 *   device     states of the devices in xenstore
 *   session    connectors and buffers        session.changed
 *   request    requests of the protocol
 *   show       steps of requests that show a framebuffer
 *   policy     which guest on which screen
 *   connector  ring, events                  connector_ops.request .violation
 *   stats      counters of each guest
 *   buffer     buffers and framebuffers      buffer_ops.released, .hide_fb
 *   xfer       selection of a transfer mode
 *   xfer-*     import, export, copy
 *   xfer-ops   what the modes share          xfer_buffer.released
 *   view, view-stack  views of guests on screens
 *                                            view.done
 *   hotplug    screens that come and go      argument of hotplug_init()
 *   wayland, wayland-*  connections to a compositor as cards, windows as screens
 *                                            screen.flipped, card.lost, argument of
 *                                            wayland_open()
 *   card       cards (KMS)
 *   screen     modes, place of the picture   screen.flipped
 *   screen-*   atomic commits; SETCRTC       screen.flipped
 *   memory-kms buffers and framebuffers of a card
 *   xen        grants and event channels     channel.handler
 *   budget     memory of each guest
 *   lock       locks between backends
 *   helper     process that opens the devices of Xen
 *   guest      names of guests
 *   store      xenstore                      argument of store_open()
 *   loop       descriptors, work queue       fd_watch.readable, work.func
 *   log, edid, protocol.h
 *
 * Rule: a file includes the headers and calls the functions of lower layers
 * only.  It calls a higher layer by a callback that the higher layer has passed
 * down.
 */

#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "card.h"
#include "device.h"
#include "hotplug.h"
#include "lock.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "policy.h"
#include "stats.h"
#include "store.h"
#include "view.h"
#include "wayland.h"
#include "xen.h"
#include "xfer.h"

static int exit_status;

/* Without the compositor, the program ends as after a signal */
static void compositor_lost(void)
{
	exit_status = 1;
	devices_close();
}

/*
 * SIGUSR1 prints counters.  The first SIGTERM or SIGINT closes all devices; a
 * second one has its default action.
 */
static void signal_readable(struct fd_watch *watch)
{
	struct signalfd_siginfo info;
	sigset_t set;

	if (read(watch->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGUSR1) {
		stats_log();
		return;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	loop_remove_fd(watch);
	close(watch->fd);
	devices_close();
}

/* Files that are opened later must not be standard output, nor standard error */
static void open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		err(1, "/dev/null");
	close(fd);
}

static void catch_signals(void)
{
	static struct fd_watch signals;
	sigset_t set;
	int fd;

	/* The end of a terminal does not end the displays of guests */
	signal(SIGHUP, SIG_IGN);
	/* Nor does that of a program that reads the messages */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	/* Before libxenstore creates its thread, which inherits the mask */
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0 || loop_add_fd(&signals, fd, signal_readable))
		err(1, "signals");
}

/* Each buffer of a guest needs a descriptor */
static void allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		err(1, "descriptors");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		err(1, "descriptors");
}

/* Open files stay open; the program needs no other rights from now on */
static void drop_privileges(const struct options *options)
{
	if (setgroups(0, NULL) ||
	    setresgid(options->gid, options->gid, options->gid) ||
	    setresuid(options->uid, options->uid, options->uid) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err(1, "cannot become %s", options->user);
}

/* Tell systemd that the program serves guests, see sd_notify(3) */
static void notify_systemd(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;
	int fd;

	if (!length || length > sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, length);
	/* An abstract socket; the kernel wants a zero */
	if (*path == '@')
		*address.sun_path = '\0';
	length += offsetof(struct sockaddr_un, sun_path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sendto(fd, "READY=1", 7, MSG_NOSIGNAL, (struct sockaddr *)&address,
		   length) < 0)
		warn("NOTIFY_SOCKET");
	close(fd);
}

static void open_cards(const struct options *options)
{
	const struct card_option *card = options->cards;
	unsigned int i;

	for (i = 0; i < options->card_count; i++, card++)
		if (card->path)
			card_open(card->path);
		else
			card_open_fd(card->fd);
	if (!cards)
		card_open_unused();
}

int main(int argc, char **argv)
{
	struct options options;

	open_standard_files();
	options_parse(&options, argc, argv);
	log_init(options.verbose);
	loop_init();
	catch_signals();
	allow_descriptors();
	xen_open();
	lock_backend(policy_serves_all());
	xfer_init(options.mode);
	if (!options.wayland)
		open_cards(&options);
	policy_init();
	views_init();
	hotplug_init(devices_screen_changed);
	store_open(devices_changed);
	if (options.user)
		drop_privileges(&options);
	/* With the rights that a later connection for a guest has, too */
	if (options.wayland)
		wayland_open(compositor_lost, options.wayland_dmabuf);
	devices_open();
	notify_systemd();
	loop_run();

	store_close();
	hotplug_exit();
	views_exit();
	card_close_all();
	xen_close();
	free(options.cards);
	return exit_status;
}
