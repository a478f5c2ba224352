// SPDX-License-Identifier: GPL-2.0-only
/*
 * victim OPERATION: in a driver domain, start a process that repeats an operation of victim.h
 * with buffers of the guest PEER, and leave it running.  Ends after the first success of the
 * process; exit status 1 if the process ends before.
 */

#include <err.h>

#include "victim.h"

int main(int argc, char **argv)
{
	const char *name = argc == 2 ? argv[1] : "";
	unsigned int which;
	pid_t child;

	for (which = 0; which < ARRAY_SIZE(victim_operations); which++)
		if (!strcmp(victim_operations[which].name, name))
			return !victim_start(peer_open(peer_domid()),
					     &victim_operations[which], &child);
	errx(2, "no operation %s", name);
}
