// SPDX-License-Identifier: GPL-2.0-only
/*
 * gntdmabuf: convert between grant references and dma-bufs, for developers of
 * backends.  See gntdmabuf.1.  This file finds the command and runs it.
 */

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gntdmabuf.h"
#include "version.h"

static const struct command help_command;

static const struct command * const commands[] = {
	&query_command,
	&export_command,
	&import_command,
	&wait_command,
	&revoke_command,
	&list_command,
	&bench_command,
	&offer_command,
	&take_command,
	&help_command,
};

#define COMMAND_COUNT	(sizeof(commands) / sizeof(*commands))

/* find_command - the command of this name, or end the program */
static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	errx(1, "no command '%s': see 'gntdmabuf help'", name);
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
	printf("'gntdmabuf help COMMAND' or 'gntdmabuf COMMAND --help' prints the arguments of a\n"
	       "command, 'gntdmabuf --version' the version.\n");
}

static int run_help(int argc, char **argv)
{
	static const struct option options[] = { OPTION_HELP, OPTION_END };

	switch (getopt_long(argc, argv, "h", options, NULL)) {
	case 'h':
		show_help(&help_command);
		return 0;
	case '?':
		return 1;
	}
	if (argc - optind > 1)
		errx(1, "help takes no second argument '%s'", argv[optind + 1]);
	if (optind < argc)
		show_help(find_command(argv[optind]));
	else
		show_commands();
	return 0;
}

static const struct command help_command = {
	.name = "help",
	.run = run_help,
	.arguments = "[COMMAND]",
	.help = "Print the arguments of a command, or the list of all commands.\n",
};

/* open_missing - let no file get the number of a standard one that is closed */
static void open_missing(void)
{
	int fd;

	/* Opened so that what a program does with such a file fails */
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* end - the exit status, after all that was printed is written */
static int end(int status)
{
	if (fflush(stdout) || ferror(stdout))
		err(1, "standard output");
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "version", no_argument, NULL, 'V' },
		OPTION_HELP, OPTION_END
	};
	const struct command *command;
	char name[32];

	open_missing();
	/* +: options behind the command are those of the command */
	switch (getopt_long(argc, argv, "+hV", options, NULL)) {
	case 'h':
		show_commands();
		return end(0);
	case 'V':
		printf("gntdmabuf %s\n", VERSION);
		return end(0);
	case '?':
		return 1;
	}
	if (optind == argc)
		errx(1, "no command given: see 'gntdmabuf help'");
	command = find_command(argv[optind]);
	/* getopt_long() begins its messages with this name */
	snprintf(name, sizeof(name), "gntdmabuf %s", command->name);
	argv += optind;
	argc -= optind;
	argv[0] = name;
	/* 0, and not 1, also makes getopt_long() forget the "+" */
	optind = 0;
	return end(command->run(argc, argv));
}
