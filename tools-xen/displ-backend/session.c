// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session: what a guest and this backend share while the device is connected.
 * This file reads the nodes that the frontend has published, chooses the screens
 * and opens the connectors.  device.c owns the sessions and the states in
 * xenstore.  Requests go from the connectors to request.c.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "policy.h"
#include "request.h"
#include "session.h"
#include "store.h"

/* The guest has violated the protocol; it can connect again */
static void handle_violation(struct connector *connector, const char *reason)
{
	struct session *session =
		container_of(connector->buffers, struct session, buffers);

	log_limited(&session->stats.limit, LOG_WARNING, "%s: disconnected: %s",
		    session->guest.name, reason);
	session->broken = true;
	session->changed(session);
}

static const struct connector_ops connector_ops = {
	.request = request_handle,
	.violation = handle_violation,
};

static void handle_release(struct buffer_table *buffers,
			   const struct xendispl_req *req)
{
	struct session *session = container_of(buffers, struct session, buffers);

	if (req)
		connector_respond(&session->connectors[0], req, 0, 0);
	session->changed(session);
}

static void hide_fb(struct buffer_table *buffers, uint32_t fb)
{
	struct session *session = container_of(buffers, struct session, buffers);
	unsigned int i;

	for (i = 0; i < session->count; i++)
		connector_hide_fb(&session->connectors[i], fb);
}

static const struct buffer_ops buffer_ops = {
	.released = handle_release,
	.hide_fb = hide_fb,
};

/* read_version - version of the protocol that the guest has chosen, or 1 */
static bool read_version(const struct session *session, uint32_t *version)
{
	char *text = store_read(session->frontend, XENDISPL_FIELD_FE_VERSION);
	bool chosen = text;

	free(text);
	*version = 1;
	if (!chosen)
		return true;
	return store_read_number(session->frontend, XENDISPL_FIELD_FE_VERSION,
				 version) &&
	       *version >= 1 && *version <= 2;
}

/* choose_screens - count the connectors of the guest, and choose their screens */
static int choose_screens(struct session *session, struct screen **screens,
			  unsigned int *count)
{
	char *ids[MAX_CONNECTORS], *resolution, folder[256];
	unsigned int n;
	int ret;

	for (n = 0; n < MAX_CONNECTORS; n++) {
		snprintf(folder, sizeof(folder), "%s/%u", session->frontend, n);
		resolution = store_read(folder, XENDISPL_FIELD_RESOLUTION);
		if (!resolution)
			break;
		free(resolution);
		ids[n] = store_read(folder, XENDISPL_FIELD_UNIQUE_ID);
	}
	*count = n;
	ret = n ? policy_choose(&session->guest, ids, n, screens) : -ENOENT;
	while (n)
		free(ids[--n]);
	return ret;
}

static int open_connectors(struct session *session)
{
	struct screen *screens[MAX_CONNECTORS];
	uint32_t version, be_alloc = 0;
	unsigned int count;
	struct connector *connector;
	int ret;

	ret = domain_open(&session->domain, xfer_max_pages());
	if (ret)
		return ret;
	if (!read_version(session, &version))
		return refuse(-EINVAL, "the version of the protocol is not 1 or 2");
	store_read_number(session->frontend, XENDISPL_FIELD_BE_ALLOC, &be_alloc);
	session->buffers.be_alloc = be_alloc == 1;
	ret = choose_screens(session, screens, &count);
	if (ret)
		return ret;
	session->buffers.card = screens[0]->card;
	while (!ret && session->count < count) {
		connector = &session->connectors[session->count];
		*connector = (struct connector) {
			.ops = &connector_ops,
			.stats = &session->stats,
			.buffers = &session->buffers,
			.version = version,
			.index = session->count,
			.screen = screens[session->count],
		};
		ret = connector_open(connector, session->frontend);
		session->count += !ret;
	}
	return ret == -ENOENT && session->count ? 0 : ret;
}

/**
 * session_init - make a session, without connectors
 * @session: the session, in memory of zeros with @guest, @frontend and @changed set
 */
void session_init(struct session *session)
{
	session->domain.domid = session->guest.domid;
	session->buffers.ops = &buffer_ops;
	session->buffers.domain = &session->domain;
	session->stats.limit.name = session->guest.name;
	session->stats.buffers = &session->buffers;
	stats_add(&session->stats);
}

/**
 * session_exit - free what session_init() and session_open() have made
 * @session: the session, closed and without buffers
 */
void session_exit(struct session *session)
{
	log_suppressed(&session->stats.limit);
	stats_remove(&session->stats);
	domain_close(&session->domain);
}

/**
 * session_open - connect with the frontend
 * @session: the session; its nodes in xenstore are complete
 *
 * Return: 0; a negative error number, which refusal() explains.  The caller calls
 * session_close() in either case.
 */
int session_open(struct session *session)
{
	session->buffers.frames = 0;
	session->buffers.copied = 0;
	session->buffers.modes = 0;
	session->domain.queue.max_wait = 0;
	session->stats.requests = 0;
	session->stats.refused = 0;
	session->broken = false;
	refusal(0);
	return open_connectors(session);
}

/**
 * session_close - close all connectors and release all buffers
 * @session: the session
 *
 * Some buffers may be released later: @changed of the session is called then.
 */
void session_close(struct session *session)
{
	while (session->count)
		connector_close(&session->connectors[--session->count]);
	buffers_release_all(&session->buffers);
}

/**
 * session_log_open - log the screens of the guest, if the user wants to know
 * @session: the session, open
 */
void session_log_open(const struct session *session)
{
	const struct connector *connector = session->connectors;
	unsigned int i;

	for (i = 0; i < session->count; i++, connector++)
		log_verbose("%s: connected, %ux%u on %s:%s", connector->name,
			    connector->width, connector->height,
			    connector->screen->card->name,
			    connector->screen->name);
}

/**
 * session_log_close - log what the guest has done since session_open()
 * @session: the session
 */
void session_log_close(const struct session *session)
{
	log_verbose("%s: disconnected after %llu frames, %llu mode changes, waits of %u turns, %llu bytes copied",
		    session->guest.name,
		    (unsigned long long)session->buffers.frames,
		    (unsigned long long)session->buffers.modes,
		    session->domain.queue.max_wait,
		    (unsigned long long)session->buffers.copied);
}
