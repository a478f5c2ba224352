/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Xen shares with a guest: event channels, granted pages, and page
 * directories (chained pages of grant references, as displif.h defines them).
 * Each guest's device has its own open files, which the kernel restricts to the
 * guest's domain.
 */

#ifndef DISPL_BACKEND_XEN_H
#define DISPL_BACKEND_XEN_H

#include <stdbool.h>
#include <stdint.h>

#include <xengnttab.h>

#include "budget.h"
#include "loop.h"

/* A grant covers 4 KiB, whatever the page size of this domain is */
#define GRANT_SIZE	4096

/**
 * struct domain - access to a guest, for one device
 * @domid: number of the domain, which the user of the structure sets
 * @gnttab: handle of /dev/xen/gntdev, or NULL before domain_open()
 * @budget: memory and time of the guest, or NULL before domain_open()
 * @evtchn: handle of /dev/xen/evtchn
 * @events: watch of @evtchn
 * @channels: bound event channels
 * @late: whether a late release of an import has been logged
 */
struct domain {
	uint32_t domid;
	struct xengntdev_handle *gnttab;
	struct budget *budget;
	struct xenevtchn_handle *evtchn;
	struct fd_watch events;
	struct channel *channels;
	bool late;
};

/**
 * struct channel - an event channel that is bound to a port of a guest
 * @domain: the guest
 * @port: local port
 * @masked: whether the kernel reports no event before @work has unmasked the channel
 * @work: queued when the guest has sent an event
 * @handler: called by @work; may unbind any channel
 * @next: next bound channel of @domain
 */
struct channel {
	struct domain *domain;
	uint32_t port;
	bool masked;
	struct work work;
	void (*handler)(struct channel *channel);
	struct channel *next;
};

void xen_open(void);
void xen_close(void);
const struct xengnttab_dmabuf_info *xen_dmabuf_info(void);
int domain_open(struct domain *domain, uint32_t max_pages);
void domain_close(struct domain *domain);
void domain_log_late_release(struct domain *domain, uint64_t id,
			     unsigned int seconds);
int channel_bind(struct channel *channel, struct domain *domain,
		 uint32_t remote_port,
		 void (*handler)(struct channel *channel));
void channel_unbind(struct channel *channel);
void channel_notify(struct channel *channel);
void *page_map(struct domain *domain, uint32_t ref);
void page_unmap(struct domain *domain, void *page);
int directory_read(struct domain *domain, uint32_t first, uint32_t count,
		   uint32_t *refs);
int directory_write(struct domain *domain, uint32_t first, uint32_t count,
		    const uint32_t *refs);

#endif /* DISPL_BACKEND_XEN_H */
