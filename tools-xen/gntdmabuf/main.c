// SPDX-License-Identifier: GPL-2.0-only
/*
 * gntdmabuf: convert between grant references and dma-bufs, for developers of
 * backends.  See gntdmabuf.1.  This file finds the command and runs it.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "gntdmabuf.h"

static const struct command * const commands[] = {
	&query_command,
	&export_command,
	&import_command,
	&wait_command,
	&revoke_command,
	&list_command,
	&bench_command,
};

#define COMMAND_COUNT	(sizeof(commands) / sizeof(*commands))

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	return NULL;
}

static void show_commands(void)
{
	size_t i;

	printf("usage: gntdmabuf COMMAND [ARGUMENT...]\n"
	       "Convert between grant references and dma-bufs.\n");
	/* Print the first clause of each help */
	for (i = 0; i < COMMAND_COUNT; i++)
		printf("  %-6s  %.*s\n", commands[i]->name,
		       (int)strcspn(commands[i]->help, ",.:\n"),
		       commands[i]->help);
	printf("'gntdmabuf COMMAND --help' prints the arguments of a command.\n");
}

int main(int argc, char **argv)
{
	const struct command *command;
	char name[32];

	if (argc < 2)
		errx(1, "no command given: see 'gntdmabuf --help'");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		show_commands();
		return 0;
	}
	command = find_command(argv[1]);
	if (!command)
		errx(1, "no command '%s': see 'gntdmabuf --help'", argv[1]);
	/* getopt_long() begins its messages with this name */
	snprintf(name, sizeof(name), "gntdmabuf %s", command->name);
	argv[1] = name;
	return command->run(argc - 1, argv + 1);
}
