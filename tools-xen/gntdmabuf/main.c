// SPDX-License-Identifier: GPL-2.0-only
/*
 * gntdmabuf: grant references to dma-bufs and back, for people who bring up a
 * backend.  See gntdmabuf.1.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "gntdmabuf.h"

/**
 * struct command - what gntdmabuf can do
 * @name: its first argument
 * @run: does it; returns the exit status
 * @arguments: what follows
 * @help: what it does, and what its options mean
 */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *help;
};

#define GRANTED_HELP \
	"  -d, --domain DOMID   the domain that granted them\n" \
	"  -D, --directory REF  of the first page of a directory of them\n" \
	"  -n, --count COUNT    how many pages the directory names\n" \
	"      --read-only      map them for reading only\n" \
	"      --wc, --coherent in one run of addresses, as the DMA API has it\n" \
	"      --offset BYTES   where the data begins in the first page\n"

static const struct command commands[] = {
	{ "query", run_query, "",
	  "Tell what the kernel can do in this domain.\n" },
	{ "export", run_export, "-d DOMID [OPTION...] REF...|-D REF -n COUNT",
	  "Make a dma-buf of pages that another domain granted, and hold it until\n"
	  "standard input ends or a signal comes.\n"
	  GRANTED_HELP
	  "      --png WIDTHxHEIGHT:FORMAT FILE  write what is in it as a picture;\n"
	  "                       XR24, AR24, XB24, AB24, RG24, BG24, RG16, BG16\n"
	  "      --hexdump        print what is in it\n" },
	{ "import", run_import, "-d DOMID [--read-only] BUFFER",
	  "Grant the pages of a dma-buf to another domain, print their references,\n"
	  "and hold them until standard input ends or a signal comes.  Then wait\n"
	  "until the domain has let go; another signal ends that.\n"
	  "  -d, --domain DOMID   the domain that may map them\n"
	  "      --read-only      for reading only\n"
	  "BUFFER is\n"
	  "  FD                        an open descriptor\n"
	  "  dumb:CARD:WIDTHxHEIGHT    a new one of a display driver, by its name or\n"
	  "                            the path of its card, pixels of 32 bits\n"
	  "  heap:NAME:SIZE            a new one of a dma-heap; SIZE may end in K, M, G\n" },
	{ "wait", run_wait, "ID [MILLISECONDS]",
	  "Wait until a buffer is released, whoever made it.\n" },
	{ "list", run_list, "",
	  "List all living buffers: domain, pages, flags, age, who made it.\n" },
	{ "bench", run_bench, "-d DOMID [OPTION...] REF...|-D REF -n COUNT",
	  "Measure a round trip: export, map and read, release.\n"
	  GRANTED_HELP
	  "      --rounds N       how often (100)\n" },
};

#define COMMAND_COUNT	(sizeof(commands) / sizeof(*commands))

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

/**
 * show_help - print what a command takes
 * @command: its name
 */
void show_help(const char *command)
{
	const struct command *about = find(command);

	printf("usage: gntdmabuf %s%s%s\n%s", about->name,
	       *about->arguments ? " " : "", about->arguments, about->help);
}

static void show_commands(void)
{
	size_t i;

	printf("usage: gntdmabuf COMMAND [ARGUMENT...]\n"
	       "Grant references of Xen to dma-bufs and back.\n");
	for (i = 0; i < COMMAND_COUNT; i++)
		printf("  %-6s  %.*s\n", commands[i].name,
		       (int)strcspn(commands[i].help, ",.:\n"), commands[i].help);
	printf("'gntdmabuf COMMAND --help' tells what each takes.\n");
}

int main(int argc, char **argv)
{
	const struct command *command;
	char name[32];

	if (argc < 2)
		errx(1, "which command? See 'gntdmabuf --help'");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		show_commands();
		return 0;
	}
	command = find(argv[1]);
	if (!command)
		errx(1, "no command '%s', see 'gntdmabuf --help'", argv[1]);
	/* getopt_long() complains by this name */
	snprintf(name, sizeof(name), "gntdmabuf %s", command->name);
	argv[1] = name;
	return command->run(argc - 1, argv + 1);
}
