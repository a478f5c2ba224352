// SPDX-License-Identifier: GPL-2.0-only

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
static struct watch watch;
static void (*tell)(const char *path, const char *token);

/*
 * All that there are: the library keeps what its thread has read ahead, and that
 * must not grow because a guest changes its nodes faster than we follow.  Nobody
 * changes them faster than this takes events.
 */
static void ready(struct watch *watch)
{
	char **event;

	while ((event = xs_check_watch(xs))) {
		tell(event[XS_WATCH_PATH], event[XS_WATCH_TOKEN]);
		free(event);
	}
}

/**
 * store_open - before all others
 * @changed: called for what store_watch() was told of, with its token
 */
void store_open(void (*changed)(const char *path, const char *token))
{
	xs = xs_open(0);
	if (!xs)
		err(1, "xenstore");
	tell = changed;
	/* The library reads ahead in a thread of its own and tells by a pipe */
	if (loop_add(&watch, xs_fileno(xs), ready))
		err(1, "xenstore's watches");
}

/** store_close - after all others */
void store_close(void)
{
	loop_remove(&watch);
	xs_close(xs);
}

static const char *join(const char *folder, const char *node)
{
	static char path[XENSTORE_ABS_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, node);
	return path;
}

/**
 * store_read - what a node says
 * @folder: that it is in
 * @node: its name
 *
 * Return: the text, for free(), or NULL if there is none to read.
 */
char *store_read(const char *folder, const char *node)
{
	unsigned int len;

	return xs_read(xs, XBT_NULL, join(folder, node), &len);
}

/**
 * store_number - a node that is a number
 * @folder: that it is in
 * @node: its name
 * @number: filled in if it is one, else left alone
 *
 * Return: whether it is, in decimal digits and nothing else, of 32 bits.
 */
bool store_number(const char *folder, const char *node, uint32_t *number)
{
	char *end, *text = store_read(folder, node);
	unsigned long long value;
	bool good;

	if (!text)
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	good = isdigit((unsigned char)*text) && !*end && !errno &&
	       value <= UINT32_MAX;
	if (good)
		*number = value;
	free(text);
	return good;
}

/**
 * store_write - let a node say something
 * @folder: that it is in
 * @node: its name
 * @format: as of printf(), below 100 characters
 *
 * If it cannot, the other domain or the toolstack has taken the folder away, and
 * a watch is about to tell.
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

/**
 * store_update - let a node say something else
 * @folder: that it is in
 * @node: its name; where there is none, or no such folder, none is made
 * @text: what it shall say
 */
void store_update(const char *folder, const char *node, const char *text)
{
	const char *path = join(folder, node);
	xs_transaction_t transaction;
	unsigned int len;
	char *before;
	bool done;

	do {
		transaction = xs_transaction_start(xs);
		before = xs_read(xs, transaction, path, &len);
		done = before && xs_write(xs, transaction, path, text, strlen(text));
		free(before);
	} while (!xs_transaction_end(xs, transaction, !done) && errno == EAGAIN);
}

/**
 * store_list - what is in a folder
 * @folder: of which
 * @count: how many nodes; 0 if there is no such folder
 *
 * Return: their names, for free() in one, or NULL.
 */
char **store_list(const char *folder, unsigned int *count)
{
	char **names = xs_directory(xs, XBT_NULL, folder, count);

	if (!names)
		*count = 0;
	return names;
}

/**
 * store_watch - be told when something changes, and once now
 * @path: of a node or folder
 * @token: handed out each time
 */
void store_watch(const char *path, const char *token)
{
	if (!xs_watch(xs, path, token))
		warn("cannot watch %s", path);
}

/**
 * store_unwatch - do not be told any more
 * @path: as store_watch() was given
 * @token: likewise
 */
void store_unwatch(const char *path, const char *token)
{
	xs_unwatch(xs, path, token);
}
