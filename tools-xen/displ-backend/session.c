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

/* The guest can connect again */
static void break_session(struct session *session, const char *reason)
{
	log_limited(&session->stats.limit, LOG_WARNING, "%s: disconnected: %s",
		    session->guest.name, reason);
	session->broken = true;
	session->changed(session);
}

static void handle_violation(struct connector *connector, const char *reason)
{
	break_session(container_of(connector->buffers, struct session, buffers),
		      reason);
}

/* The guest may be the cause, by what it has let the card show */
static void handle_lost_card(struct card *card, const char *reason)
{
	break_session(card->data, reason);
}

static const struct connector_ops connector_ops = {
	.delay = request_delay,
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

static void log_revoked(struct buffer_table *buffers, uint64_t cookie)
{
	struct session *session = container_of(buffers, struct session, buffers);

	/* The guest does not cause it, and must not suppress it */
	log_print(LOG_WARNING, "%s: buffer %#llx was revoked",
		  session->guest.name, (unsigned long long)cookie);
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
	.revoked = log_revoked,
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

/* parse_resolution - parse "WIDTHxHEIGHT", which the guest may have written */
static bool parse_resolution(const char *text, uint32_t *width, uint32_t *height)
{
	char rest;

	return sscanf(text, "%5u" XENDISPL_RESOLUTION_SEPARATOR "%5u%c", width,
		      height, &rest) == 2 &&
	       *width && *width <= MAX_PIXELS && *height &&
	       *height <= MAX_PIXELS;
}

/*
 * read_connector - read size and unique-id of connector @n
 *
 * Sets @id to the unique-id, which the caller frees, or to NULL.  Returns -ENOENT if
 * the guest has no such connector.
 */
static int read_connector(struct session *session, unsigned int n, char **id)
{
	struct connector *connector = &session->connectors[n];
	char number[12], folder[256], *resolution;
	bool valid;

	snprintf(folder, sizeof(folder), "%s/%u", session->frontend, n);
	resolution = store_read(folder, XENDISPL_FIELD_RESOLUTION);
	if (!resolution)
		return -ENOENT;
	*connector = (struct connector) {
		.ops = &connector_ops,
		.stats = &session->stats,
		.buffers = &session->buffers,
		.index = n,
	};
	valid = parse_resolution(resolution, &connector->width,
				 &connector->height);
	free(resolution);
	if (!valid)
		return refuse(-EINVAL, "invalid resolution of connector %u", n);
	*id = store_read(folder, XENDISPL_FIELD_UNIQUE_ID);
	snprintf(number, sizeof(number), "%u", n);
	snprintf(connector->name, sizeof(connector->name), "%s/%s",
		 session->guest.name, *id ?: number);
	return 0;
}

/* read_connectors - read and count the connectors, and choose their screens */
static int read_connectors(struct session *session, unsigned int *count)
{
	struct screen *screens[MAX_CONNECTORS];
	char *ids[MAX_CONNECTORS];
	unsigned int i, n = 0;
	int ret = 0;

	while (!ret && n < MAX_CONNECTORS) {
		ret = read_connector(session, n, &ids[n]);
		n += !ret;
	}
	if (ret == -ENOENT)
		ret = n ? 0 : refuse(ret, "no connector has a resolution");
	if (!ret)
		ret = policy_choose(&session->guest, ids, n, screens);
	for (i = 0; i < n; i++) {
		free(ids[i]);
		session->connectors[i].screen = ret ? NULL : screens[i];
	}
	*count = n;
	return ret;
}

static int open_connectors(struct session *session)
{
	uint32_t version, be_alloc = 0;
	unsigned int count;
	struct connector *connector;
	struct card *card;
	int ret;

	ret = domain_open(&session->domain, xfer_max_pages());
	if (ret)
		return refuse_step(ret, "files of /dev/xen for the guest");
	if (!read_version(session, &version))
		return refuse(-EINVAL, "the version of the protocol is not 1 or 2");
	store_read_number(session->frontend, XENDISPL_FIELD_BE_ALLOC, &be_alloc);
	session->buffers.be_alloc = be_alloc == 1;
	ret = read_connectors(session, &count);
	if (ret)
		return ret;
	card = session->connectors[0].screen->card;
	session->buffers.card = card;
	if (card->own) {
		card->lost = handle_lost_card;
		card->data = session;
	}
	while (!ret && session->count < count) {
		connector = &session->connectors[session->count];
		connector->version = version;
		ret = connector_open(connector, session->frontend);
		session->count += !ret;
	}
	return ret;
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
	if (session->buffers.card)
		policy_release(session->buffers.card);
	session->buffers.card = NULL;
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
		    budget_queue(session->domain.budget)->max_wait,
		    (unsigned long long)session->buffers.copied);
}
