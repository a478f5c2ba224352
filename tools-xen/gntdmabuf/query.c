// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command query: print features and limits.
 */

#include <err.h>
#include <stdio.h>

#include "gntdmabuf.h"
#include "json.h"

static void print_flags(const char *request, uint32_t flags)
{
	printf("%s:%s%s%s%s\n", request,
	       flags & XENGNTTAB_DMABUF_READONLY ? " --read-only" : "",
	       flags & XENGNTTAB_DMABUF_DIRECTORY ? " --directory" : "",
	       flags & XENGNTTAB_DMABUF_WC ? " --wc" : "",
	       flags & XENGNTTAB_DMABUF_COHERENT ? " --coherent" : "");
}

static void print_text(const struct xengnttab_dmabuf_info *info)
{
	printf("pages: %u at most, %llu MiB\n", info->max_pages,
	       (unsigned long long)info->max_pages * XEN_PAGE >> 20);
	print_flags("export", info->export_flags);
	print_flags("import", info->import_flags);
	if (info->features & XENGNTTAB_DMABUF_FEATURE_CONTIGUOUS)
		printf("contiguous: yes, with --wc or --coherent\n");
	else
		printf("contiguous: no, --wc and --coherent change nothing\n");
	printf("restrict: %s\n",
	       info->features & XENGNTTAB_DMABUF_FEATURE_RESTRICT ? "yes" : "no");
	printf("revoke: %s\n",
	       info->features & XENGNTTAB_DMABUF_FEATURE_REVOKE ? "yes" : "no");
}

/* new_flags - the names of the flags; the library sets that of the eventfd itself */
static struct json_object *new_flags(uint32_t flags)
{
	static const char * const names[] = { "wc", "coherent", "read-only", "directory" };

	return json_names(flags, names, sizeof(names) / sizeof(*names));
}

static void print_json(const struct xengnttab_dmabuf_info *info)
{
	/* The bits of XENGNTTAB_DMABUF_FEATURE_* */
	static const char * const features[] = { "contiguous", "restrict", "revoke" };
	struct json_object *object = json_object_new_object();
	unsigned int i;

	json_object_object_add(object, "max_pages",
			       json_object_new_int64(info->max_pages));
	json_object_object_add(object, "page_size", json_object_new_int64(XEN_PAGE));
	json_object_object_add(object, "export", new_flags(info->export_flags));
	json_object_object_add(object, "import", new_flags(info->import_flags));
	for (i = 0; i < sizeof(features) / sizeof(*features); i++)
		json_object_object_add(object, features[i],
				       json_object_new_boolean(info->features >> i & 1));
	json_print(object);
}

static int run_query(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		OPTION_HELP, OPTION_END
	};
	struct xengnttab_dmabuf_info info;
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			show_help(&query_command);
			return 0;
		default:
			return 1;
		}
	}
	if (optind < argc)
		errx(1, "query takes no argument '%s'", argv[optind]);

	gntdev_open(&info);
	if (json)
		print_json(&info);
	else
		print_text(&info);
	return 0;
}

const struct command query_command = {
	.name = "query",
	.run = run_query,
	.arguments = "[--json]",
	.help = "Print the features and limits of the kernel in this domain.\n"
		"      --json           print an object\n",
};
