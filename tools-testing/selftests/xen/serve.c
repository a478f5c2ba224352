// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "serve.h"

/* read_number - what the domain's own folder or ours says, 0 if nothing */
static unsigned int read_number(struct xs_handle *xs, const char *path)
{
	unsigned int len, number = 0;
	char *text = xs_read(xs, XBT_NULL, path, &len);

	if (text)
		number = strtoul(text, NULL, 10);
	free(text);
	return number;
}

/**
 * serve_open - have a folder where another domain can ask
 * @serve: filled in
 * @folder: relative to the domain's own, and to be kept
 * @domid: the other domain
 *
 * This and what follows end the program where anything is wrong.
 */
void serve_open(struct serve *serve, const char *folder, unsigned int domid)
{
	struct xs_permissions perms[2] = {
		{ .perms = XS_PERM_NONE },
		{ .id = domid, .perms = XS_PERM_READ | XS_PERM_WRITE },
	};
	char path[64];

	serve->folder = folder;
	serve->xs = xs_open(0);
	if (!serve->xs)
		err(1, "xenstore");

	/* What is created there is as open as the folder */
	perms[0].id = read_number(serve->xs, "domid");
	if (!xs_mkdir(serve->xs, XBT_NULL, folder) ||
	    !xs_set_permissions(serve->xs, XBT_NULL, folder, perms, 2))
		err(1, "create %s", folder);

	/* Domain 0 would be its owner, if it were the first to write it */
	snprintf(path, sizeof(path), "%s/request", folder);
	if (!read_number(serve->xs, path))
		serve_publish(serve, "request", "0");
}

/**
 * serve_publish - tell something
 * @serve: who
 * @node: where
 * @format: what, as for printf()
 */
void serve_publish(struct serve *serve, const char *node, const char *format, ...)
{
	char path[64], text[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(path, sizeof(path), "%s/%s", serve->folder, node);
	if (!xs_write(serve->xs, XBT_NULL, path, text, strlen(text)))
		err(1, "write %s", path);
}

/**
 * serve_requests - answer, for good
 * @serve: who
 * @answer: does what is asked, returns the result
 */
void serve_requests(struct serve *serve,
		    uint64_t (*answer)(const struct serve_request *request))
{
	unsigned int n, number, last;
	char path[64];

	snprintf(path, sizeof(path), "%s/request", serve->folder);
	last = read_number(serve->xs, path);
	serve_publish(serve, "reply", "%u 0", last);
	if (!xs_watch(serve->xs, path, "request"))
		err(1, "watch");
	serve_publish(serve, "state", "ready");

	for (;;) {
		char **event = xs_read_watch(serve->xs, &n);
		struct serve_request request = { 0 };
		char *text;

		if (!event)
			err(1, "watch");
		free(event);

		text = xs_read(serve->xs, XBT_NULL, path, &n);
		n = text ? sscanf(text, "%u %15s %lu %lu %lu", &number,
				  request.verb, &request.arguments[0],
				  &request.arguments[1],
				  &request.arguments[2]) : 0;
		free(text);
		if ((int)n < 2 || number == last)
			continue;
		last = number;
		serve_publish(serve, "reply", "%u %016" PRIx64, number,
			      answer(&request));
	}
}

/*
 * ask_wait - wait until a node begins with a word; its content, to be freed
 *
 * A watch fires once when it is set, so nothing is missed.  There is no time
 * limit: whoever runs the test has one.
 */
static char *ask_wait(struct ask *ask, const char *node, const char *word)
{
	size_t len = strlen(word);
	unsigned int n;
	char path[128];
	char *text;

	snprintf(path, sizeof(path), "%s/%s", ask->path, node);
	if (!xs_watch(ask->xs, path, "ask"))
		err(1, "watch %s", path);

	for (;;) {
		char **event = xs_read_watch(ask->xs, &n);

		if (!event)
			err(1, "watch %s", path);
		free(event);

		text = xs_read(ask->xs, XBT_NULL, path, &n);
		if (text && !strncmp(text, word, len) &&
		    (text[len] == ' ' || !text[len]))
			break;
		free(text);
	}

	xs_unwatch(ask->xs, path, "ask");
	return text;
}

/**
 * ask_open - find who serves in another domain
 * @ask: filled in
 * @folder: its folder, as serve_open() has it
 * @domid: the other domain
 *
 * Waits until it is ready.  This and what follows end the program where
 * anything is wrong.
 */
void ask_open(struct ask *ask, const char *folder, unsigned int domid)
{
	ask->xs = xs_open(0);
	if (!ask->xs)
		err(1, "xenstore");
	ask->domid = domid;
	snprintf(ask->path, sizeof(ask->path), "/local/domain/%u/%s", domid, folder);
	free(ask_wait(ask, "state", "ready"));
	/* Who asked before may be gone: the numbers go on */
	ask->number = ask_number(ask, "request");
}

void ask_close(struct ask *ask)
{
	xs_close(ask->xs);
}

/**
 * ask_number - a number that the other domain published
 * @ask: who asks
 * @node: where it is
 *
 * Return: the number.
 */
unsigned int ask_number(struct ask *ask, const char *node)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", ask->path, node);
	return read_number(ask->xs, path);
}

/**
 * ask - let the other domain do something and wait until it has
 * @ask: who asks
 * @format: verb and arguments, as for printf()
 *
 * Return: the result.
 */
uint64_t ask(struct ask *ask, const char *format, ...)
{
	char path[128], text[128], number[16];
	va_list arguments;
	uint64_t result;
	char *reply;
	int n;

	snprintf(number, sizeof(number), "%u", ++ask->number);
	snprintf(path, sizeof(path), "%s/request", ask->path);
	n = snprintf(text, sizeof(text), "%s ", number);
	va_start(arguments, format);
	vsnprintf(text + n, sizeof(text) - n, format, arguments);
	va_end(arguments);
	if (!xs_write(ask->xs, XBT_NULL, path, text, strlen(text)))
		err(1, "write %s", path);

	reply = ask_wait(ask, "reply", number);
	result = strtoull(reply + strlen(number), NULL, 16);
	free(reply);
	return result;
}
