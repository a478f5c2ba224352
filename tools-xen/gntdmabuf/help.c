// SPDX-License-Identifier: GPL-2.0-only
/*
 * Print the help of a command.  The commands call this.
 */

#include <stdio.h>

#include "gntdmabuf.h"

/**
 * show_help - print the usage line and the help of a command
 * @command: the command
 */
void show_help(const struct command *command)
{
	printf("usage: gntdmabuf %s%s%s\n%s", command->name,
	       *command->arguments ? " " : "", command->arguments,
	       command->help);
}
