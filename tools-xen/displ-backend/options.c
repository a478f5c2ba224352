// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of the command line.  Each value is checked here, before the program
 * opens a device.  main.c calls this file, and acts on the options.
 */

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <xf86drm.h>

#include "budget.h"
#include "options.h"
#include "policy.h"
#include "version.h"
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
"  -w, --wayland      show each connector in a window of the Wayland compositor of\n"
"                     WAYLAND_DISPLAY, instead of a screen of a card\n"
"  -W, --wayland-dmabuf  the same, and use linux-dmabuf also if the compositor\n"
"                     names no device that imports the frames\n"
"  -s, --screen GUEST[/CONNECTOR]=CARD:OUTPUT  show a guest on this screen,\n"
"                     and only guests of this option; may be repeated\n"
"  -x, --exclusive    a screen stays with the guest that has it\n"
"  -d, --domain GUEST  serve this guest only; may be repeated; GUEST is a domain\n"
"                     ID, a name or a UUID\n"
"  -M, --max-memory SIZE  limit of the memory that each guest may use here, in\n"
"                     bytes or with k, M or G (default: what its screens need)\n"
"  -u, --user USER    become this user (name or number) after opening devices\n"
"  -v, --verbose      log when guests connect and disconnect\n"
"  -V, --version      print the version\n"
"  -h, --help         print this help\n";

/* parse_number - parse decimal digits; false if they exceed @max */
static bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return isdigit((unsigned char)*text) && !*end && !errno &&
	       *number <= max;
}

/* A user without an entry has the group of the same number */
static void set_user(struct options *options, const char *user)
{
	/* setuid(2) takes the highest number for an error */
	const uint64_t max = (uid_t)-1 - 1;
	const struct passwd *entry = getpwnam(user);
	uint64_t number;

	if (!entry) {
		if (!parse_number(user, max, &number))
			errx(2, "--user %s: no such user", user);
		options->uid = number;
		options->gid = number;
		entry = getpwuid(number);
	}
	if (entry) {
		options->uid = entry->pw_uid;
		options->gid = entry->pw_gid;
	}
	if (!options->uid || !options->gid)
		errx(2, "--user %s: this user or its group is root", user);
	options->user = user;
}

static void add_card(struct options *options, const char *path, int fd)
{
	options->cards = reallocarray(options->cards, options->card_count + 1,
				      sizeof(*options->cards));
	if (!options->cards)
		err(1, NULL);
	options->cards[options->card_count++] = (struct card_option) {
		.path = path,
		.fd = fd,
	};
}

static void add_card_fd(struct options *options, const char *text)
{
	uint64_t fd;

	if (!parse_number(text, INT32_MAX, &fd))
		errx(2, "--card-fd %s: not the number of a file descriptor", text);
	if (drmGetNodeTypeFromFd(fd) != DRM_NODE_PRIMARY)
		errx(2, "--card-fd %s: %s", text,
		     errno == EBADF ? "not open" : "not a card");
	add_card(options, NULL, fd);
}

/**
 * options_parse - parse and check the command line
 * @options: filled in
 * @argc: of main()
 * @argv: of main(); the options refer to its strings
 *
 * Ends the program with status 2 if an option is invalid, and with status 0 after
 * it has printed the help or the version.
 */
void options_parse(struct options *options, int argc, char **argv)
{
	static const struct option list[] = {
		{ "mode", required_argument, NULL, 'm' },
		{ "card", required_argument, NULL, 'c' },
		{ "card-fd", required_argument, NULL, 'f' },
		{ "wayland", no_argument, NULL, 'w' },
		{ "wayland-dmabuf", no_argument, NULL, 'W' },
		{ "screen", required_argument, NULL, 's' },
		{ "exclusive", no_argument, NULL, 'x' },
		{ "domain", required_argument, NULL, 'd' },
		{ "max-memory", required_argument, NULL, 'M' },
		{ "user", required_argument, NULL, 'u' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	bool screens = false;
	int option;

	*options = (struct options) { .mode = "auto" };
	while ((option = getopt_long(argc, argv, "m:c:f:wWs:xd:M:u:vVh", list,
				     NULL)) != -1)
		switch (option) {
		case 'm':
			options->mode = optarg;
			break;
		case 'c':
			add_card(options, optarg, -1);
			break;
		case 'f':
			add_card_fd(options, optarg);
			break;
		case 'W':
			options->wayland_dmabuf = true;
			options->wayland = true;
			break;
		case 'w':
			options->wayland = true;
			break;
		case 's':
			policy_add_screen(optarg);
			screens = true;
			break;
		case 'x':
			policy_set_exclusive();
			break;
		case 'd':
			policy_add_domain(optarg);
			break;
		case 'M':
			budget_set_max(optarg);
			break;
		case 'u':
			set_user(options, optarg);
			break;
		case 'v':
			options->verbose = true;
			break;
		case 'V':
			printf("displ-backend %s\n", VERSION);
			exit(0);
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	if (optind != argc)
		errx(2, "%s: not an option; see --help", argv[optind]);
	if (!xfer_is_mode(options->mode))
		errx(2, "--mode %s: no such mode", options->mode);
	if (options->wayland && (options->card_count || screens))
		errx(2, "--wayland: windows are no screens of a card: leave out %s",
		     "--card, --card-fd and --screen");
}
