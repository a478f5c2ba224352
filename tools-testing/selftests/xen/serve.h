/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How test programs in two domains talk, through xenstore.
 *
 * Who serves has a folder below data/ in its own domain's folder.  It writes
 * there what it has to tell and then state "ready".  Who asks writes request
 * "NUMBER VERB ARGUMENT...", the answer is in reply: "NUMBER RESULT", the
 * result in hexadecimal.  Numbers go on when another program asks or serves:
 * who begins to serve answers 0 to what its predecessor left unanswered.
 *
 * serve_*() is the side that serves, ask_*() the side that asks.
 */

#ifndef SELFTESTS_XEN_SERVE_H
#define SELFTESTS_XEN_SERVE_H

#include <stdint.h>

struct xs_handle;

/**
 * struct serve - a server of requests
 * @xs: connection to xenstore
 * @folder: path of its folder, below this domain's own
 */
struct serve {
	struct xs_handle *xs;
	const char *folder;
};

/**
 * struct serve_request - a request
 * @verb: the operation
 * @arguments: its arguments; missing ones are 0
 */
struct serve_request {
	char verb[16];
	unsigned long arguments[3];
};

void serve_open(struct serve *serve, const char *folder, unsigned int domid);
void serve_publish(struct serve *serve, const char *node, const char *format, ...);
void serve_requests(struct serve *serve,
		    uint64_t (*answer)(const struct serve_request *request));

/**
 * struct ask - a client of a server in another domain
 * @xs: connection to xenstore
 * @path: path of the server's folder
 * @domid: domain of the server
 * @number: number of the last request
 */
struct ask {
	struct xs_handle *xs;
	char path[64];
	unsigned int domid;
	unsigned int number;
};

void ask_open(struct ask *ask, const char *folder, unsigned int domid);
void ask_close(struct ask *ask);
unsigned int ask_number(struct ask *ask, const char *node);
uint64_t ask(struct ask *ask, const char *format, ...);

#endif /* SELFTESTS_XEN_SERVE_H */
