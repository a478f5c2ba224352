// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event channels, single granted pages and page directories.  This file owns
 * the handles of /dev/xen/gntdev and /dev/xen/evtchn.  The xfer-*.c files map
 * or export the pages of buffers themselves, with the handle gnttab.
 */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xentoollog.h>

#include "loop.h"
#include "xen.h"

struct xengntdev_handle *gnttab;

static xenevtchn_handle *evtchn;
static struct channel *channels;
static struct fd_watch events;

/*
 * Take all events that the kernel has queued.  The queue of the kernel has one
 * place for each bound channel, but it also holds events of channels that have
 * been unbound; when it overflows the kernel reports no further event.  The
 * kernel masks a channel until channel_work() unmasks it, so a guest cannot
 * keep this loop busy.
 */
static void take_events(struct fd_watch *watch)
{
	struct pollfd fd = { .fd = watch->fd, .events = POLLIN };
	xenevtchn_port_or_error_t port;
	struct channel *channel;

	while (poll(&fd, 1, 0) > 0) {
		port = xenevtchn_pending(evtchn);
		if (port < 0)
			err(1, "event channels");
		for (channel = channels; channel; channel = channel->next)
			if ((uint32_t)port == channel->port)
				loop_queue_work(&channel->work);
	}
}

static void channel_work(struct work *work)
{
	struct channel *channel = container_of(work, struct channel, work);

	/* Unmask first: an event during the handler must not get lost */
	xenevtchn_unmask(evtchn, channel->port);
	channel->handler(channel);
}

/**
 * xen_open - open the grant device and the event channel device
 *
 * Ends the program on failure.
 */
void xen_open(void)
{
	/*
	 * The libraries log errors that a guest can cause at will.  Suppress
	 * them so that a guest cannot fill the log.
	 */
	xentoollog_logger *quiet = (xentoollog_logger *)
		xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);

	gnttab = xengnttab_open(quiet, 0);
	evtchn = xenevtchn_open(quiet, 0);
	if (!gnttab || !evtchn)
		err(1, "%s", gnttab ? "/dev/xen/evtchn" : "/dev/xen/gntdev");
	if (loop_add_fd(&events, xenevtchn_fd(evtchn), take_events))
		err(1, "event channels");
}

/** xen_close - close both devices; the kernel ends the grants that are left */
void xen_close(void)
{
	loop_remove_fd(&events);
	xenevtchn_close(evtchn);
	xengnttab_close(gnttab);
}

/**
 * channel_bind - bind an event channel to a port of a guest
 * @channel: filled in
 * @domid: domain of the guest
 * @remote_port: port that the guest has allocated
 * @handler: called after the guest has sent an event
 *
 * Return: 0, or a negative error number of Xen.
 */
int channel_bind(struct channel *channel, uint32_t domid, uint32_t remote_port,
		 void (*handler)(struct channel *channel))
{
	int port = xenevtchn_bind_interdomain(evtchn, domid, remote_port);

	if (port < 0)
		return -errno;
	*channel = (struct channel) {
		.port = port,
		.work.func = channel_work,
		.handler = handler,
		.next = channels,
	};
	channels = channel;
	return 0;
}

/**
 * channel_unbind - unbind an event channel
 * @channel: the channel; a channel that is not bound is ignored
 */
void channel_unbind(struct channel *channel)
{
	struct channel **at;

	for (at = &channels; *at; at = &(*at)->next)
		if (*at == channel) {
			*at = channel->next;
			loop_cancel_work(&channel->work);
			xenevtchn_unbind(evtchn, channel->port);
			/* Remove its events from the queue of the kernel */
			take_events(&events);
			return;
		}
}

/**
 * channel_notify - send an event to the guest
 * @channel: a bound channel
 */
void channel_notify(struct channel *channel)
{
	xenevtchn_notify(evtchn, channel->port);
}

/**
 * page_map - map a granted page for reading and writing
 * @domid: granting domain
 * @ref: grant reference of the page
 *
 * Return: address of the page, or NULL with errno set.
 */
void *page_map(uint32_t domid, uint32_t ref)
{
	return xengnttab_map_grant_ref(gnttab, domid, ref,
				       PROT_READ | PROT_WRITE);
}

/**
 * page_unmap - unmap a granted page
 * @page: address that page_map() returned, or NULL
 */
void page_unmap(void *page)
{
	if (page)
		xengnttab_unmap(gnttab, page, 1);
}

/* Grant references per page of a directory; word 0 names the next page */
#define REFS_PER_PAGE	(GRANT_SIZE / sizeof(uint32_t) - 1)

/*
 * Xen reserves the references below this (GNTTAB_NR_RESERVED_ENTRIES), for
 * example 0 for the console.
 */
#define RESERVED_REFS	8

/**
 * directory_read - read the grant references in a page directory
 * @domid: granting domain
 * @first: grant reference of the first page of the directory
 * @count: pages of the buffer
 * @refs: filled with @count references
 *
 * The guest can write to the directory at any time, so the function reads each
 * page once, into private memory, and checks the copy.
 *
 * Return: 0; -EINVAL if the directory is shorter than @count, longer (a chain
 * that loops is longer) or holds a reserved reference; or a negative error
 * number of mapping a page of the directory.
 */
int directory_read(uint32_t domid, uint32_t first, uint32_t count,
		   uint32_t *refs)
{
	uint32_t n, i, copy[REFS_PER_PAGE + 1];
	void *page;

	for (; count; count -= n, refs += n, first = copy[0]) {
		if (first < RESERVED_REFS)
			return -EINVAL;
		page = xengnttab_map_grant_ref(gnttab, domid, first, PROT_READ);
		if (!page)
			return -errno;
		memcpy(copy, page, sizeof(copy));
		xengnttab_unmap(gnttab, page, 1);

		n = count < REFS_PER_PAGE ? count : REFS_PER_PAGE;
		for (i = 0; i < n; i++) {
			if (copy[1 + i] < RESERVED_REFS)
				return -EINVAL;
			refs[i] = copy[1 + i];
		}
	}
	return first ? -EINVAL : 0;
}

/**
 * directory_write - write grant references into a page directory of a guest
 * @domid: granting domain of the directory
 * @first: grant reference of the first page of the directory
 * @count: pages of the buffer
 * @refs: @count references of the pages of the buffer
 *
 * Return: 0; -EINVAL if the directory is shorter or longer than @count; or a
 * negative error number of mapping a page of the directory.
 */
int directory_write(uint32_t domid, uint32_t first, uint32_t count,
		    const uint32_t *refs)
{
	uint32_t n, *page;

	for (; count; count -= n, refs += n) {
		page = first ? page_map(domid, first) : NULL;
		if (!page)
			return first ? -errno : -EINVAL;
		first = __atomic_load_n(&page[0], __ATOMIC_RELAXED);
		n = count < REFS_PER_PAGE ? count : REFS_PER_PAGE;
		memcpy(page + 1, refs, n * sizeof(*refs));
		page_unmap(page);
	}
	return first ? -EINVAL : 0;
}
