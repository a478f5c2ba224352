/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest shares: event channels, pages, and chains of pages full of grant
 * references (page directories).
 */

#ifndef DISPL_BACKEND_XEN_H
#define DISPL_BACKEND_XEN_H

#include <stdbool.h>
#include <stdint.h>

#include <xengnttab.h>

#include "loop.h"

/* Grants are of 4 KiB, whatever the page size of this domain */
#define GRANT_SIZE	4096

/* The grant device, open from xen_open() on */
extern struct xengntdev_handle *gnttab;

/**
 * struct channel - an event channel to a guest
 * @port: of ours
 * @asked: the guest has, and waits for its turn
 * @event: called then; may unbind any channel
 * @next: of all channels
 */
struct channel {
	uint32_t port;
	struct job asked;
	void (*event)(struct channel *channel);
	struct channel *next;
};

void xen_open(void);
void xen_close(void);
int channel_bind(struct channel *channel, uint32_t domid, uint32_t remote,
		 void (*event)(struct channel *channel));
void channel_unbind(struct channel *channel);
void channel_notify(struct channel *channel);
void *page_map(uint32_t domid, uint32_t ref);
void page_unmap(void *page);
int directory_read(uint32_t domid, uint32_t first, uint32_t count, uint32_t *refs);
int directory_write(uint32_t domid, uint32_t first, uint32_t count,
		    const uint32_t *refs);

#endif /* DISPL_BACKEND_XEN_H */
