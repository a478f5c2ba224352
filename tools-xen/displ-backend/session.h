/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The session of a guest's display device: connectors and buffers.
 */

#ifndef DISPL_BACKEND_SESSION_H
#define DISPL_BACKEND_SESSION_H

#include <stdbool.h>

#include "buffer.h"
#include "connector.h"
#include "guest.h"
#include "stats.h"
#include "xen.h"

/* Connectors per device; Linux's frontend supports 4 */
#define MAX_CONNECTORS	16

/**
 * struct session - what a guest and this backend share
 * @guest: names of the guest
 * @frontend: path of the frontend in xenstore
 * @changed: called when the guest has broken the protocol, its own card is lost, or a
 *	buffer has been released after session_close(); may free the session
 * @broken: whether the guest has broken the protocol, or its own card is lost, since
 *	session_open()
 * @stats: counters, and the limit of the lines that the guest can cause
 * @connectors: connectors of the guest; the first @count are open
 * @count: number of open connectors
 * @domain: the guest
 * @buffers: buffers of the guest
 *
 * The user of the session sets all members up to @changed.
 */
struct session {
	struct guest guest;
	const char *frontend;
	void (*changed)(struct session *session);
	bool broken;
	struct stats stats;
	struct connector connectors[MAX_CONNECTORS];
	unsigned int count;
	struct domain domain;
	struct buffer_table buffers;
};

void session_init(struct session *session);
void session_exit(struct session *session);
int session_open(struct session *session);
void session_close(struct session *session);
void session_log_open(const struct session *session);
void session_log_close(const struct session *session);

#endif /* DISPL_BACKEND_SESSION_H */
