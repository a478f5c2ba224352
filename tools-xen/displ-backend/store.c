// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access to xenstore: read, write, list and watch nodes.  This file owns the
 * connection and does not know what the nodes mean: device.c and connector.c
 * know.  Changes of watched nodes go to the callback of store_open().
 */

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "loop.h"
#include "store.h"

static struct xs_handle *xs;
static struct fd_watch store_fd;
static void (*store_changed)(const char *path, const char *token);

/*
 * Take all events that are there.  The library buffers the events that its
 * thread has read, and a guest that changes its nodes fast must not make this
 * buffer grow.  A guest changes nodes more slowly than this loop takes events.
 */
static void store_readable(struct fd_watch *watch)
{
	char **event;

	while ((event = xs_check_watch(xs))) {
		store_changed(event[XS_WATCH_PATH], event[XS_WATCH_TOKEN]);
		free(event);
	}
}

/**
 * store_open - connect to xenstore
 * @changed: called for each change of a watched path, with the changed path and
 *	the token of store_watch()
 *
 * Ends the program on failure.
 */
void store_open(void (*changed)(const char *path, const char *token))
{
	xs = xs_open(0);
	if (!xs)
		err(1, "xenstore");
	store_changed = changed;
	/* A thread of the library reads events and signals them by this pipe */
	if (loop_add_fd(&store_fd, xs_fileno(xs), store_readable))
		err(1, "xenstore's watches");
}

/** store_close - close the connection; no file uses xenstore afterwards */
void store_close(void)
{
	loop_remove_fd(&store_fd);
	xs_close(xs);
}

static const char *join(const char *folder, const char *node)
{
	static char path[XENSTORE_ABS_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, node);
	return path;
}

/**
 * store_read - read a node
 * @folder: folder of the node
 * @node: name of the node
 *
 * Return: the text, which the caller frees, or NULL if the node is missing or
 * not readable.
 */
char *store_read(const char *folder, const char *node)
{
	unsigned int len;

	return xs_read(xs, XBT_NULL, join(folder, node), &len);
}

/**
 * store_read_number - read a node that holds a number
 * @folder: folder of the node
 * @node: name of the node
 * @number: set on success, else unchanged
 *
 * Return: whether the node holds decimal digits only, for a number of 32 bits.
 */
bool store_read_number(const char *folder, const char *node, uint32_t *number)
{
	char *end, *text = store_read(folder, node);
	unsigned long long value;
	bool valid;

	if (!text)
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	valid = isdigit((unsigned char)*text) && !*end && !errno &&
		value <= UINT32_MAX;
	if (valid)
		*number = value;
	free(text);
	return valid;
}

/**
 * store_write - write a node, and create it if it is missing
 * @folder: folder of the node
 * @node: name of the node
 * @format: as for printf(3); the text has less than 100 characters
 *
 * A failure is ignored: the frontend or the toolstack has removed the
 * folder, and a watch event follows.
 */
void store_write(const char *folder, const char *node, const char *format, ...)
{
	char text[100];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	xs_write(xs, XBT_NULL, join(folder, node), text, strlen(text));
}

/* write_if - write a node in one step with the check that another one exists */
static void write_if(const char *condition, const char *path, const char *text)
{
	xs_transaction_t transaction;
	unsigned int len;
	char *found;
	bool done;

	do {
		transaction = xs_transaction_start(xs);
		found = xs_read(xs, transaction, condition, &len);
		done = found &&
		       xs_write(xs, transaction, path, text, strlen(text));
		free(found);
	} while (!xs_transaction_end(xs, transaction, !done) &&
		 errno == EAGAIN);
}

/**
 * store_update - write a node that exists
 * @folder: folder of the node
 * @node: name of the node; a missing node or folder is not created
 * @text: new text
 */
void store_update(const char *folder, const char *node, const char *text)
{
	const char *path = join(folder, node);

	write_if(path, path, text);
}

/**
 * store_add - write a node, and create it if it is missing, in a folder that exists
 * @folder: folder of the node
 * @other: name of a node that the folder has; without it nothing is written
 * @node: name of the node
 * @text: new text
 */
void store_add(const char *folder, const char *other, const char *node, const char *text)
{
	char condition[XENSTORE_ABS_PATH_MAX];

	snprintf(condition, sizeof(condition), "%s", join(folder, other));
	write_if(condition, join(folder, node), text);
}

/**
 * store_list - list the nodes of a folder
 * @folder: the folder
 * @count: set to the number of nodes; 0 if the folder does not exist
 *
 * Return: the names, which the caller frees with one free(), or NULL.
 */
char **store_list(const char *folder, unsigned int *count)
{
	char **names = xs_directory(xs, XBT_NULL, folder, count);

	if (!names)
		*count = 0;
	return names;
}

/**
 * store_watch - watch a path; the first event comes at once
 * @path: path of a node or folder
 * @token: passed to the callback with each event
 */
void store_watch(const char *path, const char *token)
{
	if (!xs_watch(xs, path, token))
		warn("cannot watch %s", path);
}

/**
 * store_unwatch - stop watching a path
 * @path: path that was passed to store_watch()
 * @token: token that was passed to store_watch()
 */
void store_unwatch(const char *path, const char *token)
{
	xs_unwatch(xs, path, token);
}
