// SPDX-License-Identifier: GPL-2.0-only

#include <err.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "serve.h"

/* read_number - the number in a node, 0 if there is none */
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
 * serve_open - create a xenstore folder for requests of another domain
 * @serve: filled in
 * @folder: path below this domain's own; must outlive @serve
 * @domid: the peer domain
 *
 * All functions of this file end the program on an error.
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

	/* New nodes inherit the permissions of the folder */
	perms[0].id = read_number(serve->xs, "domid");
	if (!xs_mkdir(serve->xs, XBT_NULL, folder) ||
	    !xs_set_permissions(serve->xs, XBT_NULL, folder, perms, 2))
		err(1, "create %s", folder);

	/* If domain 0 created this node, domain 0 would own it */
	snprintf(path, sizeof(path), "%s/request", folder);
	if (!read_number(serve->xs, path))
		serve_publish(serve, "request", "0");
}

/**
 * serve_publish - write a node for the peer domain
 * @serve: the folder
 * @node: name of the node
 * @format: its value, as for printf()
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
 * serve_requests - answer requests; does not return
 * @serve: the folder
 * @answer: carries out a request and returns the result
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
 * ask_wait - wait until a node begins with a word; its value, to be freed
 *
 * A watch fires once when it is set, so no change is missed.  The test has a
 * time limit, so this function needs none.
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
 * ask_open - connect to a server in another domain
 * @ask: filled in
 * @folder: path of its folder, as passed to serve_open()
 * @domid: the peer domain
 *
 * Waits until the server is ready.
 */
void ask_open(struct ask *ask, const char *folder, unsigned int domid)
{
	ask->xs = xs_open(0);
	if (!ask->xs)
		err(1, "xenstore");
	ask->domid = domid;
	snprintf(ask->path, sizeof(ask->path), "/local/domain/%u/%s", domid, folder);
	free(ask_wait(ask, "state", "ready"));
	/* Continue the request numbers of an earlier client */
	ask->number = ask_number(ask, "request");
}

void ask_close(struct ask *ask)
{
	xs_close(ask->xs);
}

/**
 * ask_number - read a number that the server published
 * @ask: the connection
 * @node: name of the node
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
 * ask - make a request and wait for its result
 * @ask: the connection
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
