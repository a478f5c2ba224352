// SPDX-License-Identifier: GPL-2.0-only
/*
 * displ-backend: a backend for Xen's display protocol (displif.h), see
 * displ-backend.8.  This file parses the options, handles signals, drops
 * privileges and starts the loop.  The program has one thread and no locks.
 *
 * Layers, the highest first, and the callbacks to the layers above:
 *
 *   main       options, signals, user
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
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "budget.h"
#include "card.h"
#include "device.h"
#include "log.h"
#include "loop.h"
#include "store.h"
#include "view.h"
#include "xen.h"
#include "xfer.h"

static const char usage[] =
"usage: displ-backend [OPTION]...\n"
"Show the displays of Xen guests on screens of this domain.\n"
"\n"
"  -m, --mode MODE    how frames get to the card: export (the card reads the\n"
"                     guest's pages), import (the guest draws into buffers of\n"
"                     the card), copy, or auto, the first that works (default)\n"
"  -c, --card DEVICE  use this card; may be repeated (default: every card\n"
"                     without another DRM master, or vkms if there is none)\n"
"  -f, --card-fd FD   use a card or a DRM lease that is open already\n"
"  -M, --max-memory SIZE  limit of the memory that each guest may use here, in\n"
"                     bytes or with k, M or G (default: what its screens need)\n"
"  -u, --user USER    become this user (name or number) after opening devices\n"
"  -v, --verbose      log when guests connect and disconnect\n"
"  -h, --help         print this help\n";

/* The first signal closes all devices; a second one has its default action */
static void signal_readable(struct fd_watch *watch)
{
	struct signalfd_siginfo info;
	sigset_t set;

	if (read(watch->fd, &info, sizeof(info)) != sizeof(info))
		return;
	sigfillset(&set);
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

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* Before libxenstore creates its thread, which inherits the mask */
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0 || loop_add_fd(&signals, fd, signal_readable))
		err(1, "signals");
}

/* Descriptors stay open; the program needs no other rights from now on */
static void drop_privileges(const char *user)
{
	const struct passwd *entry = getpwnam(user);
	uid_t uid = entry ? entry->pw_uid : 0;
	gid_t gid = entry ? entry->pw_gid : 0;
	char *end;

	if (!entry) {
		uid = strtoul(user, &end, 10);
		gid = uid;
		if (*end || end == user)
			errx(2, "%s: no such user", user);
	}
	if (setgroups(0, NULL) || setgid(gid) || setuid(uid) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err(1, "cannot become %s", user);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "mode", required_argument, NULL, 'm' },
		{ "card", required_argument, NULL, 'c' },
		{ "card-fd", required_argument, NULL, 'f' },
		{ "max-memory", required_argument, NULL, 'M' },
		{ "user", required_argument, NULL, 'u' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	const char *mode = "auto", *user = NULL;
	int option;

	loop_init();
	catch_signals();
	while ((option = getopt_long(argc, argv, "m:c:f:M:u:vh", options,
				     NULL)) != -1)
		switch (option) {
		case 'm':
			mode = optarg;
			break;
		case 'c':
			card_open(optarg);
			break;
		case 'f':
			card_open_fd(atoi(optarg));
			break;
		case 'M':
			budget_set_max(optarg);
			break;
		case 'u':
			user = optarg;
			break;
		case 'v':
			log_set_verbose(true);
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	if (optind != argc)
		errx(2, "%s: not an option; see --help", argv[optind]);

	xen_open();
	xfer_init(mode);
	if (!cards)
		card_open_unused();
	views_init();
	store_open(devices_changed);
	if (user)
		drop_privileges(user);
	devices_open();
	loop_run();

	store_close();
	views_exit();
	card_close_all();
	xen_close();
	return 0;
}
