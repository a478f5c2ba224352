// SPDX-License-Identifier: GPL-2.0-only
/*
 * libxenstore: nodes, and the watches of the one client.  The harness writes as the guest
 * or the toolstack, the code under test by the functions of the library.  A change queues
 * events as xenstored does.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <xenstore.h>

#include "stub.h"

#define NODES	128
#define WATCHES	8
#define EVENTS	256
/* Events that the code under test takes before it waits; no input needs so many */
#define MAX_EVENTS	20000

struct node {
	char *path;
	char *value;
};

struct watch {
	char path[256];
	char token[80];
};

static struct node nodes[NODES];
static struct watch watches[WATCHES];
static char *events[EVENTS][2];
static unsigned int event_count, taken;
static int signal_fd = -1;
/* The toolstack removes this folder when a node in it has been read */
static const char *removed_after_read;

static bool is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return !strncmp(path, folder, length) && (!path[length] || path[length] == '/');
}

static void queue_event(const char *path, const char *token)
{
	if (event_count == EVENTS)
		return;
	events[event_count][0] = strdup(path);
	events[event_count++][1] = strdup(token);
	eventfd_write(signal_fd, 1);
}

static void changed(const char *path)
{
	unsigned int i;

	for (i = 0; i < WATCHES; i++)
		if (*watches[i].path && is_below(path, watches[i].path))
			queue_event(path, watches[i].token);
}

static struct node *find(const char *path)
{
	unsigned int i;

	for (i = 0; i < NODES; i++)
		if (nodes[i].path && !strcmp(nodes[i].path, path))
			return &nodes[i];
	return NULL;
}

static bool has_nodes(const char *folder)
{
	unsigned int i;

	for (i = 0; i < NODES; i++)
		if (nodes[i].path && is_below(nodes[i].path, folder))
			return true;
	return false;
}

/* ---- For the harness */

/**
 * store_set - write a node; its watches fire
 * @path: path of the node, absolute or relative to this domain
 * @value: the text
 */
void store_set(const char *path, const char *value)
{
	struct node *node = find(path);

	if (!node)
		for (node = nodes; node < nodes + NODES && node->path; node++)
			;
	if (node == nodes + NODES)
		return;
	if (!node->path)
		node->path = strdup(path);
	free(node->value);
	node->value = strdup(value);
	changed(path);
}

/**
 * store_remove - remove a node and all below it; watches of them fire
 * @path: path of the node
 */
void store_remove(const char *path)
{
	unsigned int i;
	char *gone;

	for (i = 0; i < NODES; i++) {
		if (!nodes[i].path || !is_below(nodes[i].path, path))
			continue;
		gone = nodes[i].path;
		free(nodes[i].value);
		nodes[i] = (struct node) { 0 };
		changed(gone);
		free(gone);
	}
	/* Watches of nodes below a removed folder fire, too */
	for (i = 0; i < WATCHES; i++)
		if (*watches[i].path && is_below(watches[i].path, path))
			queue_event(watches[i].path, watches[i].token);
}

/**
 * store_remove_after_read - remove a folder as soon as a node in it has been read
 * @folder: its path, or NULL
 */
void store_remove_after_read(const char *folder)
{
	removed_after_read = folder;
}

/** store_has - whether a node exists */
bool store_has(const char *path)
{
	return find(path);
}

/** store_watches - number of watches */
unsigned int store_watches(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < WATCHES; i++)
		n += !!*watches[i].path;
	return n;
}

/* ---- The library */

struct xs_handle *xs_open(unsigned long flags)
{
	signal_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return (struct xs_handle *)&signal_fd;
}

void xs_close(struct xs_handle *xs)
{
}

int xs_fileno(struct xs_handle *xs)
{
	return signal_fd;
}

void *xs_read(struct xs_handle *xs, xs_transaction_t t, const char *path, unsigned int *len)
{
	struct node *node = find(path);
	const char *folder = removed_after_read;
	char *value;

	if (!node || fault_hit()) {
		errno = ENOENT;
		return NULL;
	}
	*len = strlen(node->value);
	value = strdup(node->value);
	/* In a transaction it would fail at its end, and begin again */
	if (folder && t == XBT_NULL && is_below(path, folder)) {
		removed_after_read = NULL;
		store_remove(folder);
	}
	return value;
}

bool xs_write(struct xs_handle *xs, xs_transaction_t t, const char *path, const void *data,
	      unsigned int len)
{
	char *text = strndup(data, len);

	/* The toolstack would never remove the folder */
	if (is_below(path, BACKEND) && !has_nodes(BACKEND))
		fail("%s is written, and the device was removed", path);
	/* Of a connection, as budget.c has it */
	if (!strcmp(path, BACKEND "/state") && !strcmp(text, "4"))
		rate_pay(100000000);
	store_set(path, text);
	free(text);
	return true;
}

/* One block of memory: the pointers, then the names */
char **xs_directory(struct xs_handle *xs, xs_transaction_t t, const char *path,
		    unsigned int *num)
{
	size_t length = strlen(path), size = NODES * sizeof(char *);
	char **names = calloc(1, size + NODES * 16), *at = (char *)names + size, *name;
	unsigned int i, j;

	*num = 0;
	for (i = 0; i < NODES; i++) {
		if (!nodes[i].path || strncmp(nodes[i].path, path, length) ||
		    nodes[i].path[length] != '/')
			continue;
		name = nodes[i].path + length + 1;
		snprintf(at, 16, "%.*s", (int)strcspn(name, "/"), name);
		for (j = 0; j < *num && strcmp(names[j], at); j++)
			;
		if (j < *num)
			continue;
		names[(*num)++] = at;
		at += strlen(at) + 1;
	}
	return names;
}

bool xs_watch(struct xs_handle *xs, const char *path, const char *token)
{
	unsigned int i;

	for (i = 0; i < WATCHES && *watches[i].path; i++)
		;
	if (i == WATCHES)
		fail("more than %u watches", WATCHES);
	snprintf(watches[i].path, sizeof(watches[i].path), "%s", path);
	snprintf(watches[i].token, sizeof(watches[i].token), "%s", token);
	queue_event(path, token);
	return true;
}

bool xs_unwatch(struct xs_handle *xs, const char *path, const char *token)
{
	unsigned int i;

	for (i = 0; i < WATCHES; i++)
		if (!strcmp(watches[i].path, path) && !strcmp(watches[i].token, token)) {
			*watches[i].path = '\0';
			return true;
		}
	fail("no watch of %s to remove", path);
}

char **xs_check_watch(struct xs_handle *xs)
{
	char **event, *text;
	size_t lengths[2];
	eventfd_t n;

	if (!event_count) {
		if (eventfd_read(signal_fd, &n))
			n = 0;
		errno = EAGAIN;
		taken = 0;
		return NULL;
	}
	if (++taken == MAX_EVENTS)
		fail("the backend makes events for itself without end: %s", events[0][0]);
	lengths[0] = strlen(events[0][0]) + 1;
	lengths[1] = strlen(events[0][1]) + 1;
	event = malloc(2 * sizeof(char *) + lengths[0] + lengths[1]);
	text = (char *)(event + 2);
	event[XS_WATCH_PATH] = memcpy(text, events[0][0], lengths[0]);
	event[XS_WATCH_TOKEN] = memcpy(text + lengths[0], events[0][1], lengths[1]);
	free(events[0][0]);
	free(events[0][1]);
	event_count--;
	memmove(events, events + 1, event_count * sizeof(*events));
	return event;
}

xs_transaction_t xs_transaction_start(struct xs_handle *xs)
{
	return 1;
}

bool xs_transaction_end(struct xs_handle *xs, xs_transaction_t t, bool abort)
{
	return true;
}
