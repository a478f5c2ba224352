// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event channels, single granted pages and page directories.  This file owns
 * the handles of /dev/xen/gntdev and /dev/xen/evtchn, two for each guest's
 * device, which it gets from helper.c.  The xfer-*.c files map or export the
 * pages of buffers themselves, with the handle of the guest.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xentoollog.h>

#include "helper.h"
#include "log.h"
#include "loop.h"
#include "xen.h"

static struct xentoollog_logger *quiet;
static struct xengnttab_dmabuf_info dmabuf_info;
static bool dmabuf_supported;

static void take_event(struct domain *domain, uint32_t port)
{
	struct channel *channel;

	for (channel = domain->channels; channel; channel = channel->next)
		if (port == channel->port) {
			channel->masked = true;
			loop_queue_work(&channel->work);
		}
}

/*
 * Take all events that the kernel has queued.  The queue of the kernel has one
 * place for each bound channel, but it also holds events of channels that have
 * been unbound; when it overflows the kernel reports no further event.  The
 * kernel masks a channel until channel_work() unmasks it, so a guest cannot
 * keep this loop busy.  xenevtchn_pending() takes one event by a call, and waits for it.
 */
static void take_events(struct fd_watch *watch)
{
	struct domain *domain = container_of(watch, struct domain, events);
	uint32_t ports[64];
	ssize_t n, i;

	do {
		n = read(watch->fd, ports, sizeof(ports));
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			err(1, "event channels");
		for (i = 0; i < n / (ssize_t)sizeof(*ports); i++)
			take_event(domain, ports[i]);
	} while (n == sizeof(ports));
}

static void channel_work(struct work *work)
{
	struct channel *channel = container_of(work, struct channel, work);

	/* Unmask first: an event during the handler must not get lost */
	if (channel->masked) {
		channel->masked = false;
		xenevtchn_unmask(channel->domain->evtchn, channel->port);
	}
	channel->handler(channel);
}

static void cannot_open(const char *device)
{
	if (errno == EACCES || errno == EPERM)
		errx(1, "/dev/xen/%s: permission denied: try it as root", device);
	errx(1, "/dev/xen/%s: %s: is this a Xen domain, and does 'modprobe xen-%s' help?",
	     device, strerror(errno), device);
}

/**
 * xen_open - start the helper process, and query the features of the kernel
 *
 * The function checks that the devices of Xen can be opened, and logs it if the
 * kernel cannot restrict gntdev files.  Ends the program on failure.
 */
void xen_open(void)
{
	xengnttab_handle *gnttab;
	xenevtchn_handle *evtchn;

	/*
	 * The libraries log errors that a guest can cause at will.  Suppress
	 * them so that a guest cannot fill the log.
	 */
	quiet = (xentoollog_logger *)
		xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);
	helper_start(quiet);
	gnttab = xengnttab_open(quiet, 0);
	if (!gnttab)
		cannot_open("gntdev");
	evtchn = xenevtchn_open(quiet, 0);
	if (!evtchn)
		cannot_open("evtchn");
	dmabuf_supported = !xengnttab_dmabuf_query(gnttab, &dmabuf_info);
	if (!(dmabuf_info.features & XENGNTTAB_DMABUF_FEATURE_RESTRICT))
		log_print(LOG_WARNING,
			  "the kernel does not restrict /dev/xen/gntdev to a guest");
	xenevtchn_close(evtchn);
	xengnttab_close(gnttab);
}

/** xen_close - stop the helper process */
void xen_close(void)
{
	helper_stop();
}

/**
 * xen_dmabuf_info - features and limits of the kernel for dma-bufs
 *
 * Return: features and limits, or NULL if the kernel has no such requests.
 */
const struct xengnttab_dmabuf_info *xen_dmabuf_info(void)
{
	return dmabuf_supported ? &dmabuf_info : NULL;
}

/**
 * domain_open - open the files for a guest
 * @domain: a guest, with @domid; it stays as it is if its files are open
 * @max_pages: largest number of pages of all exports and imports of the guest
 *
 * Return: 0; -EINVAL if the guest is domain 0; or another negative error number of
 * helper_open().
 */
int domain_open(struct domain *domain, uint32_t max_pages)
{
	struct helper_files files;
	int ret;

	if (domain->gnttab)
		return 0;
	ret = helper_open(domain->domid, max_pages, &files);
	if (ret)
		return ret;
	domain->budget = budget_get(domain->domid);
	domain->gnttab = xengnttab_fdopen(quiet, files.gntdev, 0);
	domain->evtchn = xenevtchn_fdopen(quiet, files.evtchn, 0);
	if (!domain->gnttab || !domain->evtchn ||
	    fcntl(files.evtchn, F_SETFL, O_RDWR | O_NONBLOCK) ||
	    loop_add_fd(&domain->events, files.evtchn, take_events))
		err(1, "files of domain %u", domain->domid);
	return 0;
}

/**
 * domain_close - close the files of a guest
 * @domain: the guest; nothing happens if its files are not open
 *
 * The kernel ends the grants that are left.
 */
void domain_close(struct domain *domain)
{
	if (!domain->gnttab)
		return;
	loop_remove_fd(&domain->events);
	xenevtchn_close(domain->evtchn);
	xengnttab_close(domain->gnttab);
	domain->gnttab = NULL;
	budget_put(domain->budget);
	domain->budget = NULL;
}

/**
 * domain_log_late_release - log once that the guest does not unmap an import
 * @domain: the guest
 * @id: id of the import, which has been released
 * @seconds: time since the release
 *
 * Later calls for the same guest do nothing: a guest cannot fill the log.
 */
void domain_log_late_release(struct domain *domain, uint64_t id,
			     unsigned int seconds)
{
	unsigned int pages, mapped;
	unsigned long long line_id;
	char path[40], line[256];
	FILE *info;

	if (domain->late)
		return;
	domain->late = true;
	log_print(LOG_WARNING,
		  "domain %u still maps a buffer of this domain %u s after the release",
		  domain->domid, seconds);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d",
		 xengnttab_fd(domain->gnttab));
	info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line,
			   "dmabuf: import id %llu domid %*u pages %u offset %*u flags %*s state releasing mapped %u",
			   &line_id, &pages, &mapped) == 3 && line_id == id)
			log_print(LOG_WARNING,
				  "domain %u maps %u of the %u pages",
				  domain->domid, mapped, pages);
	if (info)
		fclose(info);
}

/**
 * channel_bind - bind an event channel to a port of a guest
 * @channel: filled in
 * @domain: the guest
 * @remote_port: port that the guest has allocated
 * @handler: called after the guest has sent an event
 *
 * Return: 0, or a negative error number of Xen.
 */
int channel_bind(struct channel *channel, struct domain *domain,
		 uint32_t remote_port,
		 void (*handler)(struct channel *channel))
{
	int port = xenevtchn_bind_interdomain(domain->evtchn, domain->domid,
					      remote_port);

	if (port < 0)
		return -errno;
	*channel = (struct channel) {
		.domain = domain,
		.port = port,
		.work.queue = budget_queue(domain->budget),
		.work.func = channel_work,
		.handler = handler,
		.next = domain->channels,
	};
	domain->channels = channel;
	return 0;
}

/**
 * channel_unbind - unbind an event channel
 * @channel: a bound channel
 */
void channel_unbind(struct channel *channel)
{
	struct domain *domain = channel->domain;
	struct channel **at;

	for (at = &domain->channels; *at != channel; at = &(*at)->next)
		;
	*at = channel->next;
	loop_cancel_work(&channel->work);
	xenevtchn_unbind(domain->evtchn, channel->port);
	/* Remove its events from the queue of the kernel */
	take_events(&domain->events);
}

/**
 * channel_notify - send an event to the guest
 * @channel: a bound channel
 */
void channel_notify(struct channel *channel)
{
	xenevtchn_notify(channel->domain->evtchn, channel->port);
}

static void *map_page(struct domain *domain, uint32_t ref, int prot)
{
	void *page;
	int ret;

	ret = budget_charge(domain->budget, GRANT_SIZE);
	if (ret) {
		errno = -ret;
		return NULL;
	}
	page = xengnttab_map_grant_ref(domain->gnttab, domain->domid, ref,
				       prot);
	if (!page)
		budget_uncharge(domain->budget, GRANT_SIZE);
	return page;
}

/**
 * page_map - map a granted page for reading and writing
 * @domain: granting domain, whose budget is charged
 * @ref: grant reference of the page
 *
 * Return: address of the page, or NULL with errno set.
 */
void *page_map(struct domain *domain, uint32_t ref)
{
	return map_page(domain, ref, PROT_READ | PROT_WRITE);
}

/**
 * page_unmap - unmap a granted page
 * @domain: granting domain
 * @page: address that page_map() returned, or NULL
 */
void page_unmap(struct domain *domain, void *page)
{
	if (!page)
		return;
	xengnttab_unmap(domain->gnttab, page, 1);
	budget_uncharge(domain->budget, GRANT_SIZE);
}

/* Grant references per page of a directory; word 0 names the next page */
#define REFS_PER_PAGE	(GRANT_SIZE / sizeof(uint32_t) - 1)

/*
 * Xen reserves the references below this (GNTTAB_NR_RESERVED_ENTRIES), for
 * example 0 for the console.
 */
#define RESERVED_REFS	8

/* check_end - refuse a directory that goes on behind the buffer */
static int check_end(uint32_t next)
{
	return next ? refuse(-EINVAL, "the page directory is longer than the buffer") : 0;
}

/**
 * directory_read - read the grant references in a page directory
 * @domain: granting domain
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
int directory_read(struct domain *domain, uint32_t first, uint32_t count,
		   uint32_t *refs)
{
	uint32_t n, i, copy[REFS_PER_PAGE + 1];
	void *page;

	for (; count; count -= n, refs += n, first = copy[0]) {
		if (first < RESERVED_REFS)
			return refuse(-EINVAL, "the page directory ends at reference %u, %u pages are left",
				      first, count);
		page = map_page(domain, first, PROT_READ);
		if (!page)
			return refuse_step(-errno, "page directory");
		memcpy(copy, page, sizeof(copy));
		page_unmap(domain, page);

		n = count < REFS_PER_PAGE ? count : REFS_PER_PAGE;
		for (i = 0; i < n; i++) {
			if (copy[1 + i] < RESERVED_REFS)
				return refuse(-EINVAL, "the page directory has the reserved reference %u",
					      copy[1 + i]);
			refs[i] = copy[1 + i];
		}
	}
	return check_end(first);
}

/**
 * directory_write - write grant references into a page directory of a guest
 * @domain: granting domain of the directory
 * @first: grant reference of the first page of the directory
 * @count: pages of the buffer
 * @refs: @count references of the pages of the buffer
 *
 * Return: 0; -EINVAL if the directory is shorter or longer than @count, or goes on at
 * a reserved reference; or a negative error number of mapping a page of the directory.
 */
int directory_write(struct domain *domain, uint32_t first, uint32_t count,
		    const uint32_t *refs)
{
	uint32_t n, *page;

	for (; count; count -= n, refs += n) {
		if (first < RESERVED_REFS)
			return refuse(-EINVAL, "the page directory ends at reference %u, %u pages are left",
				      first, count);
		page = page_map(domain, first);
		if (!page)
			return refuse_step(-errno, "page directory");
		first = __atomic_load_n(&page[0], __ATOMIC_RELAXED);
		n = count < REFS_PER_PAGE ? count : REFS_PER_PAGE;
		memcpy(page + 1, refs, n * sizeof(*refs));
		page_unmap(domain, page);
	}
	return check_end(first);
}
