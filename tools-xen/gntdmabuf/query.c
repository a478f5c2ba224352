// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command query: print features and limits.
 */

#include <err.h>
#include <stdio.h>

#include "gntdmabuf.h"

static void print_flags(const char *request, uint32_t flags)
{
	printf("%s:%s%s%s%s\n", request,
	       flags & XENGNTTAB_DMABUF_READONLY ? " --read-only" : "",
	       flags & XENGNTTAB_DMABUF_DIRECTORY ? " --directory" : "",
	       flags & XENGNTTAB_DMABUF_WC ? " --wc" : "",
	       flags & XENGNTTAB_DMABUF_COHERENT ? " --coherent" : "");
}

static int run_query(int argc, char **argv)
{
	static const struct option options[] = { OPTION_HELP, OPTION_END };
	struct xengnttab_dmabuf_info info;

	switch (getopt_long(argc, argv, "h", options, NULL)) {
	case 'h':
		show_help(&query_command);
		return 0;
	case '?':
		return 1;
	}
	if (optind < argc)
		errx(1, "query takes no argument '%s'", argv[optind]);

	gntdev_open(&info);
	printf("pages: %u at most, %llu MiB\n", info.max_pages,
	       (unsigned long long)info.max_pages * XEN_PAGE >> 20);
	print_flags("export", info.export_flags);
	print_flags("import", info.import_flags);
	if (info.features & XENGNTTAB_DMABUF_FEATURE_CONTIGUOUS)
		printf("contiguous: yes, with --wc or --coherent\n");
	else
		printf("contiguous: no, --wc and --coherent change nothing\n");
	printf("restrict: %s\n",
	       info.features & XENGNTTAB_DMABUF_FEATURE_RESTRICT ? "yes" : "no");
	printf("revoke: %s\n",
	       info.features & XENGNTTAB_DMABUF_FEATURE_REVOKE ? "yes" : "no");
	return 0;
}

const struct command query_command = {
	.name = "query",
	.run = run_query,
	.arguments = "",
	.help = "Print the features and limits of the kernel in this domain.\n",
};
