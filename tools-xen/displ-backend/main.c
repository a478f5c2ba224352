// SPDX-License-Identifier: GPL-2.0-only
/*
 * displ-backend: guests' screens, for Xen's display protocol.  See
 * displ-backend.8.
 */

#include <err.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "card.h"
#include "device.h"
#include "head.h"
#include "loop.h"
#include "main.h"
#include "store.h"
#include "way.h"
#include "xen.h"

static const char usage[] =
"usage: displ-backend [OPTION]...\n"
"Show what Xen guests draw with their display driver.\n"
"\n"
"  -m, --mode MODE    how frames get to the card: export (the guest's pages become\n"
"                     a dma-buf), import (the guest draws into the card's buffers),\n"
"                     copy, or auto, which is the best that can be (default)\n"
"  -c, --card DEVICE  show them there; may be repeated (default: every card that\n"
"                     nobody uses, or else vkms)\n"
"  -f, --card-fd FD   the same with a card that is open already, or leased\n"
"  -u, --user USER    be that user, by name or number, when all is open\n"
"  -v, --verbose      tell of guests that come and go\n"
"  -h, --help\n";

static bool verbose;

/**
 * tell - something that is worth a line with --verbose
 * @format: as of printf(), without the end of the line
 */
void tell(const char *format, ...)
{
	va_list args;

	if (!verbose)
		return;
	va_start(args, format);
	vwarnx(format, args);
	va_end(args);
}

/* A second one of these signals has the usual effect */
static void signalled(struct watch *watch)
{
	struct signalfd_siginfo info;
	sigset_t set;

	if (read(watch->fd, &info, sizeof(info)) != sizeof(info))
		return;
	sigfillset(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	loop_remove(watch);
	close(watch->fd);
	devices_end();
}

static void catch_signals(void)
{
	static struct watch watch;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* Before libxenstore makes its thread, which inherits this */
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0 || loop_add(&watch, fd, signalled))
		err(1, "signals");
}

/* What is open stays so; nothing else is needed */
static void drop_rights(const char *user)
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
		{ "user", required_argument, NULL, 'u' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	const char *mode = "auto", *user = NULL;
	int option;

	loop_open();
	catch_signals();
	while ((option = getopt_long(argc, argv, "m:c:f:u:vh", options, NULL)) != -1)
		switch (option) {
		case 'm':
			mode = optarg;
			break;
		case 'c':
			card_open(optarg);
			break;
		case 'f':
			card_take(atoi(optarg));
			break;
		case 'u':
			user = optarg;
			break;
		case 'v':
			verbose = true;
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
	ways_open(mode);
	if (!cards)
		card_find();
	heads_open();
	store_open(devices_changed);
	if (user)
		drop_rights(user);
	devices_open();
	loop_run();

	store_close();
	card_close_all();
	xen_close();
	return 0;
}
