// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command wait: wait until a buffer is released.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>

#include "gntdmabuf.h"

static int run_wait(int argc, char **argv)
{
	static const struct option options[] = { OPTION_HELP, OPTION_END };
	struct xengnttab_dmabuf_info info;
	uint32_t timeout = UINT32_MAX;
	unsigned long long id;

	switch (getopt_long(argc, argv, "h", options, NULL)) {
	case 'h':
		show_help(&wait_command);
		return 0;
	case '?':
		return 1;
	}
	if (argc - optind < 1 || argc - optind > 2)
		errx(1, "no buffer given: add one ID, see 'gntdmabuf list', and optionally MILLISECONDS");
	id = parse_number(argv[optind], UINT64_MAX, "ID");
	if (argc - optind == 2)
		timeout = parse_number(argv[optind + 1], UINT32_MAX, "MILLISECONDS");

	if (!xengnttab_dmabuf_wait(gntdev_open(&info), id, timeout)) {
		printf("released\n");
		return 0;
	}
	if (errno == ETIMEDOUT)
		errx(1, "buffer %llu still is in use after %u ms: 'gntdmabuf list' shows its holder",
		     id, timeout);
	if (errno == ENOENT)
		errx(1, "no buffer %llu is alive: it was released before, or never existed",
		     id);
	err(1, "wait for buffer %llu", id);
}

const struct command wait_command = {
	.name = "wait",
	.run = run_wait,
	.arguments = "ID [MILLISECONDS]",
	.help = "Wait until a buffer of any program is released.\n",
};
