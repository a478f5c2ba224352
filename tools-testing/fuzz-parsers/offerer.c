// SPDX-License-Identifier: GPL-2.0-only
/*
 * The offering side of libxendmabuf.  The input is what its caller does, and taking programs
 * that connect one after the other, send any messages, and end at any time.  A program that
 * connects after the last one has ended is not refused, and the memory and all descriptors are
 * free at the end.  The first byte says which device cannot be opened or has nothing left: then
 * the handle is not opened, for that reason.  The functions of Xen's libraries are below.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libxenvchan.h>
#include <xenevtchn.h>
#include <xenstore.h>

#include "../../tools-xen/libxendmabuf/offered.h"

#define PAGE		4096
#define OFFERS_MAX	16
#define MAX_PAGES	8

/* The rings of connect.c */
#define REQUESTS_SIZE	1024
#define OFFERS_SIZE	8192

/* Values of vchan_interface.cli_live */
#define CLIENT_ENDED	0
#define CLIENT_OPEN	1
#define CLIENT_AWAITED	2

struct xengntdev_handle {
	int fd;
};

/* What has nothing left, and the errno of it */
enum missing {
	MISSING_NOTHING,
	MISSING_EVTCHN,
	MISSING_PORT,
	MISSING_GNTALLOC,
	MISSING_GRANTS,
	MISSING_COUNT,
};

static const int missing_errno[MISSING_COUNT] = {
	[MISSING_EVTCHN] = ENOENT,
	[MISSING_PORT] = ENOSPC,
	[MISSING_GNTALLOC] = EACCES,
	[MISSING_GRANTS] = ENOSPC,
};

static enum missing missing;

/*
 * @requests: bytes that the taking program has sent; @connected: one is connected; @process:
 * the caller has to handle events; @ends: the caller closes the handle; @lost: it is closed
 */
static struct {
	uint8_t requests[REQUESTS_SIZE];
	int event;
	bool connected;
	bool process;
	bool ends;
	bool lost;
	struct libxenvchan vchan;
} peer;

static struct vchan_interface interface;

/* The connection to xenstore; @free: a taking program finds the nodes; @gone: its domain ended */
static struct {
	int fd;
	bool free;
	bool gone;
} store;

static struct xendmabuf_offer *offers[OFFERS_MAX];

/* ---- Xen's libraries */

static bool is_missing(enum missing what)
{
	errno = missing_errno[what];
	return missing == what;
}

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger, unsigned int flags)
{
	return is_missing(MISSING_EVTCHN) ? NULL : malloc(1);
}

int xenevtchn_close(xenevtchn_handle *xce)
{
	free(xce);
	return 0;
}

xenevtchn_port_or_error_t xenevtchn_bind_unbound_port(xenevtchn_handle *xce, uint32_t domid)
{
	return is_missing(MISSING_PORT) ? -1 : 1;
}

xengntshr_handle *xengntshr_open(struct xentoollog_logger *logger, unsigned int flags)
{
	return is_missing(MISSING_GNTALLOC) ? NULL : malloc(1);
}

int xengntshr_close(xengntshr_handle *xgs)
{
	free(xgs);
	return 0;
}

void *xengntshr_share_pages(xengntshr_handle *xgs, uint32_t domid, int count, uint32_t *refs,
			    int writable)
{
	int i;

	if (is_missing(MISSING_GRANTS))
		return NULL;
	for (i = 0; i < count; i++)
		refs[i] = 8 + i;
	return calloc(count, PAGE);
}

int xengntshr_unshare(xengntshr_handle *xgs, void *pages, uint32_t count)
{
	/* A program that takes may know the reference, and will see that the handle is closed */
	if (peer.ends && !peer.lost)
		abort();
	free(pages);
	return 0;
}

/* That of Xen frees what it has not set if it lacks an event channel or a grant */
struct libxenvchan *libxenvchan_server_init(struct xentoollog_logger *logger, int domain,
					    const char *path, size_t read_min,
					    size_t write_min)
{
	if (missing)
		abort();
	peer.vchan.ring = &interface;
	peer.vchan.is_server = -1;
	peer.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	interface.cli_live = CLIENT_AWAITED;
	interface.srv_live = 1;
	store.free = true;
	return &peer.vchan;
}

struct libxenvchan *libxenvchan_client_init(struct xentoollog_logger *logger, int domain,
					    const char *path)
{
	abort();
}

void libxenvchan_close(struct libxenvchan *vchan)
{
	close(peer.event);
	peer.lost = true;
}

int libxenvchan_fd_for_select(struct libxenvchan *vchan)
{
	return peer.event;
}

int libxenvchan_wait(struct libxenvchan *vchan)
{
	eventfd_t count;

	return eventfd_read(peer.event, &count);
}

int libxenvchan_read(struct libxenvchan *vchan, void *data, size_t size)
{
	struct ring_shared *left = &interface.left;
	uint32_t got = left->prod - left->cons, i;

	if (got > REQUESTS_SIZE)
		got = 0;
	if (!got)
		return interface.cli_live ? 0 : -1;
	if (got > size)
		got = size;
	for (i = 0; i < got; i++)
		((uint8_t *)data)[i] = peer.requests[(left->cons + i) % REQUESTS_SIZE];
	left->cons += got;
	return got;
}

int libxenvchan_write(struct libxenvchan *vchan, const void *data, size_t size)
{
	struct ring_shared *right = &interface.right;
	uint32_t room = OFFERS_SIZE - (right->prod - right->cons);

	if (!interface.cli_live)
		return -1;
	if (size > room)
		size = room;
	right->prod += size;
	return size;
}

struct xs_handle *xs_open(unsigned long flags)
{
	store.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return (struct xs_handle *)&store;
}

void xs_close(struct xs_handle *xs)
{
	close(store.fd);
}

int xs_fileno(struct xs_handle *xs)
{
	return store.fd;
}

char **xs_check_watch(struct xs_handle *xs)
{
	eventfd_t count;

	return eventfd_read(store.fd, &count) ? NULL : calloc(2, sizeof(char *));
}

bool xs_watch(struct xs_handle *xs, const char *path, const char *token)
{
	return true;
}

void *xs_read(struct xs_handle *xs, xs_transaction_t transaction, const char *path,
	      unsigned int *size)
{
	return *path == '/' && store.gone ? NULL : strdup("1");
}

bool xs_write(struct xs_handle *xs, xs_transaction_t transaction, const char *path,
	      const void *data, unsigned int size)
{
	return true;
}

bool xs_rm(struct xs_handle *xs, xs_transaction_t transaction, const char *path)
{
	/* It would be the folder of the domain */
	if (!*path)
		abort();
	return true;
}

char **xs_directory(struct xs_handle *xs, xs_transaction_t transaction, const char *path,
		    unsigned int *count)
{
	return NULL;
}

bool xs_set_permissions(struct xs_handle *xs, xs_transaction_t transaction, const char *path,
			struct xs_permissions *permissions, unsigned int count)
{
	store.free = count == 2;
	return true;
}

xengnttab_handle *xengnttab_open(struct xentoollog_logger *logger, unsigned int flags)
{
	return calloc(1, sizeof(struct xengntdev_handle));
}

int xengnttab_close(xengnttab_handle *xgt)
{
	free(xgt);
	return 0;
}

int xengnttab_dmabuf_query(xengnttab_handle *xgt, struct xengnttab_dmabuf_info *info)
{
	*info = (struct xengnttab_dmabuf_info) { .max_pages = MAX_PAGES };
	return 0;
}

int xengnttab_dmabuf_import(xengnttab_handle *xgt, uint32_t domid, uint32_t flags, int fd,
			    uint32_t count, uint32_t *refs, int event, uint32_t *data_ofs,
			    uint64_t *id)
{
	*data_ofs = 0;
	*id = 1;
	return 0;
}

int xengnttab_dmabuf_release(xengnttab_handle *xgt, uint64_t id)
{
	return 0;
}

/* The device that a program that takes locks */
int stub_open(const char *path, int flags, ...)
{
	abort();
}

/* ---- The input */

/* connect - a program that takes does what libxenvchan_client_init() and connect.c do */
static void client_connect(void)
{
	if (peer.connected || !store.free || store.gone)
		return;
	interface.cli_live = CLIENT_OPEN;
	interface.srv_notify = VCHAN_NOTIFY_WRITE;
	eventfd_write(peer.event, 1);
	if (!interface.left.prod && !interface.right.prod) {
		peer.connected = true;
		return;
	}
	/* EBUSY */
	if (!peer.process)
		abort();
	interface.cli_live = CLIENT_ENDED;
}

static void client_end(void)
{
	if (!peer.connected)
		return;
	peer.connected = false;
	peer.process = true;
	interface.cli_live = CLIENT_ENDED;
	eventfd_write(peer.event, 1);
}

/* client_send - send @size bytes of a message, or of what is behind its header */
static void client_send(uint32_t type, const uint8_t *name, uint32_t size)
{
	struct message message = { .header.type = type };
	struct ring_shared *left = &interface.left;
	uint32_t i;

	memcpy(message.header.name, name, XENDMABUF_NAME_SIZE);
	if (!peer.connected || size > REQUESTS_SIZE - (left->prod - left->cons))
		return;
	for (i = 0; i < size; i++)
		peer.requests[(left->prod + i) % REQUESTS_SIZE] = ((uint8_t *)&message)[i];
	left->prod += size;
	eventfd_write(peer.event, 1);
}

static void new_offer(struct xendmabuf_offerer *offerer, struct xendmabuf_offer **offer,
		      uint8_t detail)
{
	static char bytes[XENDMABUF_BYTES_MAX];
	struct xendmabuf_metadata metadata = { .bytes = bytes, .size = detail * 16 };
	int fd = memfd_create("dma-buf", MFD_CLOEXEC);

	if (*offer || fd < 0 || ftruncate(fd, (1 + detail % MAX_PAGES) * PAGE))
		abort();
	*offer = xendmabuf_offer_new(offerer, fd, 0, &metadata);
	if (!*offer)
		abort();
	close(fd);
}

/* act - the caller or a taking program does something */
static void act(struct xendmabuf_offerer *offerer, uint8_t action, uint8_t number, uint8_t detail)
{
	static const uint8_t none[XENDMABUF_NAME_SIZE];
	struct xendmabuf_offer **offer = &offers[number % OFFERS_MAX];
	const uint8_t *name = *offer ? xendmabuf_offer_name(*offer) : none;
	struct ring_shared *right = &interface.right;
	struct xendmabuf_metadata metadata = { 0 };

	switch (action % 11) {
	case 0:
		if (!*offer)
			new_offer(offerer, offer, detail);
		break;
	case 1:
		if (*offer)
			xendmabuf_offer_again(*offer, &metadata);
		break;
	case 2:
		if (*offer)
			close(xendmabuf_offer_withdraw(*offer));
		*offer = NULL;
		break;
	case 3:
		client_connect();
		break;
	case 4:
		client_end();
		break;
	case 5:
		client_send(MESSAGE_TAKE, name, sizeof(struct message_header));
		break;
	case 6:
		client_send(MESSAGE_RELEASE, name, sizeof(struct message_header));
		break;
	case 7:
		client_send(detail % 8, name, number % 32);
		break;
	case 8:
		if (peer.connected && right->prod - right->cons >= detail)
			right->cons += detail;
		eventfd_write(peer.event, 1);
		break;
	case 9:
		store.gone = detail % 2;
		eventfd_write(store.fd, 1);
		break;
	case 10:
		peer.process = xendmabuf_offerer_process(offerer) || store.gone;
		break;
	}
}

static int free_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xendmabuf_offerer *offerer;
	int fd = free_descriptor();
	size_t i;

	memset(&peer, 0, sizeof(peer));
	memset(&store, 0, sizeof(store));
	memset(&interface, 0, sizeof(interface));
	memset(offers, 0, sizeof(offers));
	missing = size ? *data % MISSING_COUNT : MISSING_NOTHING;
	offerer = xendmabuf_offerer_open(NULL, 1);
	if (!offerer != !!missing || (missing && errno != missing_errno[missing]))
		abort();
	for (i = 1; offerer && i + 3 <= size && !peer.lost; i += 3)
		act(offerer, data[i], data[i + 1], data[i + 2]);
	peer.ends = true;
	if (offerer)
		xendmabuf_offerer_close(offerer);
	if (free_descriptor() != fd)
		abort();
	return 0;
}
