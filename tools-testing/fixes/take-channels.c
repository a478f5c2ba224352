// SPDX-License-Identifier: GPL-2.0-only
/*
 * take-channels NUMBER COMMAND: in a guest, run a command of the shell while the domain can
 * have only NUMBER more event channels.  For patches/linux-fixes-drm.
 *
 * Exit status: that of the command.
 */

#include <err.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <xenevtchn.h>

/* More than a domain has */
#define MAX_PORTS	131072

static xenevtchn_port_or_error_t ports[MAX_PORTS];

int main(int argc, char **argv)
{
	xenevtchn_handle *evtchn = xenevtchn_open(NULL, 0);
	int number, count = 0, status;

	if (argc != 3)
		errx(2, "usage: take-channels NUMBER COMMAND");
	if (!evtchn)
		err(2, "/dev/xen/evtchn");
	number = atoi(argv[1]);
	while (count < MAX_PORTS) {
		ports[count] = xenevtchn_bind_unbound_port(evtchn, 0);
		if (ports[count] < 0)
			break;
		count++;
	}
	if (number > count)
		errx(2, "the domain has only %d event channels more", count);
	while (number--)
		xenevtchn_unbind(evtchn, ports[--count]);
	status = system(argv[2]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
