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
 *   request    requests of the protocol
 *   connector  ring, events                  connector_ops.request .violation
 *   buffer     buffers and framebuffers      buffer_ops.released, .hide_fb
 *   xfer       selection of a transfer mode
 *   xfer-*     import, export, copy
 *   xfer-ops   what the modes share          xfer_buffer.released
 *   view       views of guests on screens    view.flipped
 *   card       cards and screens (KMS)       screen.flipped
 *   xen        grants and event channels     channel.handler
 *   budget     memory of each guest
 *   helper     process that opens the devices of Xen
 *   store      xenstore                      argument of store_open()
 *   loop       descriptors, work queue       fd_watch.readable, work.func
 *   log, edid, protocol.h
 *
 * Rule: a file includes the headers and calls the functions of lower layers
 * only.  It calls a higher layer by a callback that the higher layer has passed
 * down.
 */

#include <err.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "card.h"
#include "device.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "store.h"
#include "view.h"
#include "xen.h"
#include "xfer.h"

/*
 * The first SIGTERM or SIGINT closes all devices; a second one has its default
 * action.
 */
static void signal_readable(struct fd_watch *watch)
{
	struct signalfd_siginfo info;
	sigset_t set;

	if (read(watch->fd, &info, sizeof(info)) != sizeof(info))
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	loop_remove_fd(watch);
	close(watch->fd);
	devices_close();
}

static void catch_signals(void)
{
	static struct fd_watch signals;
	sigset_t set;
	int fd;

	/* The end of a terminal does not end the displays of guests */
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* Before libxenstore creates its thread, which inherits the mask */
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0 || loop_add_fd(&signals, fd, signal_readable))
		err(1, "signals");
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

	options_parse(&options, argc, argv);
	log_init(options.verbose);
	loop_init();
	catch_signals();
	xen_open();
	xfer_init(options.mode);
	open_cards(&options);
	views_init();
	store_open(devices_changed);
	if (options.user)
		drop_privileges(&options);
	devices_open();
	loop_run();

	store_close();
	views_exit();
	card_close_all();
	xen_close();
	free(options.cards);
	return 0;
}
