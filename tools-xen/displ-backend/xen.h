/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Xen shares with a guest: event channels, granted pages, and page
 * directories (chained pages of grant references, as displif.h defines them).
 */

#ifndef DISPL_BACKEND_XEN_H
#define DISPL_BACKEND_XEN_H

#include <stdbool.h>
#include <stdint.h>

#include <xengnttab.h>

#include "loop.h"

/* A grant covers 4 KiB, whatever the page size of this domain is */
#define GRANT_SIZE	4096

/* Handle of /dev/xen/gntdev, valid after xen_open() */
extern struct xengntdev_handle *gnttab;

/**
 * struct channel - an event channel that is bound to a port of a guest
 * @port: local port
 * @work: queued when the guest has sent an event
 * @handler: called by @work; may unbind any channel
 * @next: next of all bound channels
 */
struct channel {
	uint32_t port;
	struct work work;
	void (*handler)(struct channel *channel);
	struct channel *next;
};

void xen_open(void);
void xen_close(void);
int channel_bind(struct channel *channel, uint32_t domid, uint32_t remote_port,
		 void (*handler)(struct channel *channel));
void channel_unbind(struct channel *channel);
void channel_notify(struct channel *channel);
void *page_map(uint32_t domid, uint32_t ref);
void page_unmap(void *page);
int directory_read(uint32_t domid, uint32_t first, uint32_t count,
		   uint32_t *refs);
int directory_write(uint32_t domid, uint32_t first, uint32_t count,
		    const uint32_t *refs);

#endif /* DISPL_BACKEND_XEN_H */
