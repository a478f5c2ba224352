// SPDX-License-Identifier: GPL-2.0-only
/*
 * flip-peer: in a guest: send domain 0 an event for each frame, and wait for the two that
 * it sends back, until a SIGTERM.  flip-floor in domain 0 answers; it sends one event
 * more before the first frame.  The program prints the number of its port first.
 */

#include <err.h>
#include <stdio.h>

#include <xenevtchn.h>

static void wait_for_event(xenevtchn_handle *evtchn, int port)
{
	if (xenevtchn_pending(evtchn) != port || xenevtchn_unmask(evtchn, port))
		err(1, "event of domain 0");
}

int main(void)
{
	xenevtchn_handle *evtchn = xenevtchn_open(NULL, 0);
	int port;

	if (!evtchn)
		err(1, "/dev/xen/evtchn");
	port = xenevtchn_bind_unbound_port(evtchn, 0);
	if (port < 0)
		err(1, "no port for domain 0");
	printf("port %d\n", port);
	fflush(stdout);
	wait_for_event(evtchn, port);
	for (;;) {
		xenevtchn_notify(evtchn, port);
		wait_for_event(evtchn, port);
		wait_for_event(evtchn, port);
	}
}
