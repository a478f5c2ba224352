// SPDX-License-Identifier: GPL-2.0-only

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
static struct watch events;

/*
 * Guests ask: take all that the kernel has noted.  It has room for each channel
 * once, but what it noted of channels that have been unbound is there, too, and
 * once that is too much it tells nothing any more.  A channel is masked until its
 * turn, so no guest can keep us here.
 */
static void take_events(struct watch *watch)
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
				loop_later(&channel->asked);
	}
}

static void serve(struct job *job)
{
	struct channel *channel = container_of(job, struct channel, asked);

	/* Before: it may ask again while it is served */
	xenevtchn_unmask(evtchn, channel->port);
	channel->event(channel);
}

/** xen_open - before all others */
void xen_open(void)
{
	/* A guest that errs on purpose must not fill the log: we tell, once */
	xentoollog_logger *quiet = (xentoollog_logger *)
		xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);

	gnttab = xengnttab_open(quiet, 0);
	evtchn = xenevtchn_open(quiet, 0);
	if (!gnttab || !evtchn)
		err(1, "%s", gnttab ? "/dev/xen/evtchn" : "/dev/xen/gntdev");
	if (loop_add(&events, xenevtchn_fd(evtchn), take_events))
		err(1, "event channels");
}

/** xen_close - after all others; what is still granted the kernel ends */
void xen_close(void)
{
	loop_remove(&events);
	xenevtchn_close(evtchn);
	xengnttab_close(gnttab);
}

/**
 * channel_bind - connect with a channel that a guest has offered
 * @channel: filled in
 * @domid: the guest
 * @remote: its port
 * @event: called when the guest asks
 *
 * Return: 0, or an error of Xen's, negative.
 */
int channel_bind(struct channel *channel, uint32_t domid, uint32_t remote,
		 void (*event)(struct channel *channel))
{
	int port = xenevtchn_bind_interdomain(evtchn, domid, remote);

	if (port < 0)
		return -errno;
	*channel = (struct channel) {
		.port = port,
		.asked.run = serve,
		.event = event,
		.next = channels,
	};
	channels = channel;
	return 0;
}

/**
 * channel_unbind - end a channel
 * @channel: that channel_bind() bound; one that it did not is left alone
 */
void channel_unbind(struct channel *channel)
{
	struct channel **at;

	for (at = &channels; *at; at = &(*at)->next)
		if (*at == channel) {
			*at = channel->next;
			loop_forget(&channel->asked);
			xenevtchn_unbind(evtchn, channel->port);
			take_events(&events);
			return;
		}
}

/**
 * channel_notify - tell the guest to look
 * @channel: to it
 */
void channel_notify(struct channel *channel)
{
	xenevtchn_notify(evtchn, channel->port);
}

/**
 * page_map - map a page that a guest shares
 * @domid: the guest
 * @ref: its grant of the page, for reading and writing
 *
 * Return: where it is, or NULL with errno.
 */
void *page_map(uint32_t domid, uint32_t ref)
{
	return xengnttab_map_grant_ref(gnttab, domid, ref, PROT_READ | PROT_WRITE);
}

/**
 * page_unmap - unmap it
 * @page: what page_map() returned
 */
void page_unmap(void *page)
{
	if (page)
		xengnttab_unmap(gnttab, page, 1);
}

/* References in a page of a directory, behind that of the next page */
#define PER_PAGE	(GRANT_SIZE / sizeof(uint32_t) - 1)

/* References below this are Xen's own (GNTTAB_NR_RESERVED_ENTRIES): 0 is the console */
#define RESERVED_REFS	8

/**
 * directory_read - the references of a buffer's pages
 * @domid: the guest
 * @first: the grant of the directory's first page
 * @count: how many pages the buffer has
 * @refs: filled in; none of them is reserved by Xen
 *
 * The guest can write to the directory all the while, so each page is read once.
 *
 * Return: 0; -EINVAL if the directory is too short or, as one that loops, too
 * long, or names a reserved reference, or an error of mapping it.
 */
int directory_read(uint32_t domid, uint32_t first, uint32_t count, uint32_t *refs)
{
	uint32_t n, i, copy[PER_PAGE + 1];
	void *page;

	for (; count; count -= n, refs += n, first = copy[0]) {
		if (first < RESERVED_REFS)
			return -EINVAL;
		page = xengnttab_map_grant_ref(gnttab, domid, first, PROT_READ);
		if (!page)
			return -errno;
		memcpy(copy, page, sizeof(copy));
		xengnttab_unmap(gnttab, page, 1);

		n = count < PER_PAGE ? count : PER_PAGE;
		for (i = 0; i < n; i++) {
			if (copy[1 + i] < RESERVED_REFS)
				return -EINVAL;
			refs[i] = copy[1 + i];
		}
	}
	return first ? -EINVAL : 0;
}

/**
 * directory_write - fill in a directory that the guest has made
 * @domid: the guest
 * @first: the grant of the directory's first page
 * @count: how many pages the buffer has
 * @refs: their references
 *
 * Return: 0; -EINVAL if the directory is too short or too long, or an error of
 * mapping it.
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
		n = count < PER_PAGE ? count : PER_PAGE;
		memcpy(page + 1, refs, n * sizeof(*refs));
		page_unmap(page);
	}
	return first ? -EINVAL : 0;
}
