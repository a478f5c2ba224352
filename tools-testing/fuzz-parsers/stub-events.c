// SPDX-License-Identifier: GPL-2.0-only
/*
 * libxenevtchn and the helper process: the event channels of the guest, and the files that the
 * backend gets.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <xenevtchn.h>

#include "../../tools-xen/displ-backend/helper.h"
#include "stub.h"

#define CHANNELS	64

struct xenevtchn_handle {
	int fd;
	/* Remote port of each bound channel, 0 for a free one */
	uint32_t remote[CHANNELS];
	bool masked[CHANNELS];
};

static struct xenevtchn_handle *channels;
/* The end of a pipe at which ports are written, as the kernel queues them */
static int events;
static long open_handles;

/* ---- For the harness */

/* The kernel masks a channel with its event */
static void set_event(struct xenevtchn_handle *xce, unsigned int port)
{
	xce->masked[port] = true;
	if (write(events, &port, sizeof(port)) != sizeof(port))
		fail("more events than the kernel queues");
}

/** guest_notify - the guest sends an event */
void guest_notify(unsigned int port)
{
	unsigned int i;

	for (i = 0; channels && i < CHANNELS; i++)
		if (port && channels->remote[i] == port && !channels->masked[i])
			set_event(channels, i);
}

/** events_check - fail if a file is left open */
void events_check(void)
{
	if (open_handles)
		fail("%ld open files of event channels are left", open_handles);
}

/* ---- libxenevtchn */

/* As the kernel, also events of channels that are not bound any more */
static int open_events(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		abort();
	events = ends[1];
	return ends[0];
}

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger, unsigned int flags)
{
	return xenevtchn_fdopen(logger, open_events(), flags);
}

xenevtchn_handle *xenevtchn_fdopen(struct xentoollog_logger *logger, int fd,
				   unsigned int open_flags)
{
	channels = calloc(1, sizeof(*channels));
	channels->fd = fd;
	open_handles++;
	return channels;
}

int xenevtchn_close(xenevtchn_handle *xce)
{
	unsigned int i;

	for (i = 0; i < CHANNELS; i++)
		if (xce->remote[i])
			fail("channel %u is bound at the close", i);
	close(xce->fd);
	close(events);
	free(xce);
	channels = NULL;
	open_handles--;
	return 0;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce, uint32_t domid,
						     evtchn_port_t remote_port)
{
	unsigned int i;

	errno = EINVAL;
	if (domid != GUEST || !remote_port || remote_port > GUEST_PORTS || fault_hit())
		return -1;
	for (i = 0; i < CHANNELS; i++)
		if (xce->remote[i] == remote_port)
			return -1;
	for (i = 1; i < CHANNELS && xce->remote[i]; i++)
		;
	xce->remote[i] = remote_port;
	/* A new channel has an event */
	set_event(xce, i);
	return i;
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
	if (port >= CHANNELS || !xce->remote[port])
		fail("channel %u is unbound, which is not bound", port);
	xce->remote[port] = 0;
	xce->masked[port] = false;
	return 0;
}

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
	if (port >= CHANNELS || !xce->remote[port])
		fail("channel %u is notified, which is not bound", port);
	return 0;
}

int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
	if (port >= CHANNELS || !xce->remote[port])
		fail("channel %u is unmasked, which is not bound", port);
	xce->masked[port] = false;
	return 0;
}

/* ---- The helper process */

void helper_start(xentoollog_logger *logger)
{
}

void helper_stop(void)
{
}

int helper_open(uint32_t domid, uint32_t max_pages, struct helper_files *files)
{
	if (fault_hit())
		return -errno;
	files->gntdev = eventfd(0, EFD_CLOEXEC);
	files->evtchn = open_events();
	return 0;
}
