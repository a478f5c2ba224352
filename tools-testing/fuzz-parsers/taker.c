// SPDX-License-Identifier: GPL-2.0-only
/*
 * The taking side of libxendmabuf.  The input is what its caller does, and an offering
 * program that sends any messages and reads when it likes.  What the taking side keeps
 * after its caller has done with it is bounded by the requests that it has sent, and the
 * memory, all descriptors and its node in xenstore are free at the end.  It uses no export that
 * it makes after the offering program has ended.  The functions of Xen's libraries are below.
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

#include "../../tools-xen/libxendmabuf/taken.h"

#define ID	1
#define NAMES	128
#define PAGE	4096
/* Descriptors that a process has which the caller has forked */
#define COPIES	64
/* Actions from this one on are those of act_rarely(), and this one ends the offering program */
#define RARE	250
#define ENDS	254
/* Of an export after that end */
#define WRONG_ID	2
/* Pages that can be exported; of an odd number of pages no export succeeds */
#define MAX_PAGES	8

/* The rings of channel.c */
#define REQUESTS_SIZE	1024
#define OFFERS_SIZE	8192

struct xengntdev_handle {
	int fd;
};

/*
 * @reads: the offering program reads; @event: of the channel; @requests: number of bytes
 * that it has not read; @offers: number of bytes in the ring to the taking side
 */
static struct {
	bool reads;
	int event;
	uint32_t requests, offers;
	uint8_t ring[OFFERS_SIZE];
	struct libxenvchan vchan;
} peer;

static struct vchan_interface interface;

/*
 * The connection to xenstore, and the events of the watch that are not read; @node: of this
 * domain; @busy: the ring cannot be found any more
 */
static struct {
	int fd;
	bool open;
	bool node;
	bool busy;
	unsigned long events;
} store;

/* The errno of libxenvchan_client_init(), or 0 */
static int connect_error;

static int copies[COPIES];
static unsigned int copied;

/* ---- Xen's libraries */

struct libxenvchan *libxenvchan_client_init(struct xentoollog_logger *logger, int domain,
					    const char *path)
{
	store.busy = connect_error == EACCES;
	errno = connect_error;
	if (connect_error)
		return NULL;
	interface.srv_live = 1;
	peer.vchan.ring = &interface;
	peer.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return &peer.vchan;
}

struct libxenvchan *libxenvchan_server_init(struct xentoollog_logger *logger, int domain,
					    const char *path, size_t read_min,
					    size_t write_min)
{
	abort();
}

/* The offering side calls these */
xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger, unsigned int flags)
{
	abort();
}

int xenevtchn_close(xenevtchn_handle *xce)
{
	abort();
}

xenevtchn_port_or_error_t xenevtchn_bind_unbound_port(xenevtchn_handle *xce, uint32_t domid)
{
	abort();
}

xengntshr_handle *xengntshr_open(struct xentoollog_logger *logger, unsigned int flags)
{
	abort();
}

int xengntshr_close(xengntshr_handle *xgs)
{
	abort();
}

void *xengntshr_share_pages(xengntshr_handle *xgs, uint32_t domid, int count, uint32_t *refs,
			    int writable)
{
	abort();
}

int xengntshr_unshare(xengntshr_handle *xgs, void *pages, uint32_t count)
{
	abort();
}

void libxenvchan_close(struct libxenvchan *vchan)
{
	close(peer.event);
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
	if (!peer.offers)
		return interface.srv_live ? 0 : -1;
	if (size > peer.offers)
		size = peer.offers;
	memcpy(data, peer.ring, size);
	peer.offers -= size;
	memmove(peer.ring, peer.ring + size, peer.offers);
	return size;
}

int libxenvchan_write(struct libxenvchan *vchan, const void *data, size_t size)
{
	if (!interface.srv_live)
		return -1;
	if (size > REQUESTS_SIZE - peer.requests)
		size = REQUESTS_SIZE - peer.requests;
	peer.requests += size;
	return size;
}

struct xs_handle *xs_open(unsigned long flags)
{
	store.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	store.open = true;
	return (struct xs_handle *)&store;
}

void xs_close(struct xs_handle *xs)
{
	close(store.fd);
	store.open = false;
}

int xs_fileno(struct xs_handle *xs)
{
	return store.fd;
}

char **xs_check_watch(struct xs_handle *xs)
{
	eventfd_t count;

	if (!store.events)
		return NULL;
	if (!--store.events)
		eventfd_read(store.fd, &count);
	return calloc(2, sizeof(char *));
}

bool xs_watch(struct xs_handle *xs, const char *path, const char *token)
{
	return true;
}

void *xs_read(struct xs_handle *xs, xs_transaction_t transaction, const char *path,
	      unsigned int *size)
{
	return store.busy ? NULL : strdup("1");
}

bool xs_write(struct xs_handle *xs, xs_transaction_t transaction, const char *path,
	      const void *data, unsigned int size)
{
	store.node = true;
	return true;
}

bool xs_rm(struct xs_handle *xs, xs_transaction_t transaction, const char *path)
{
	store.node = false;
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

int xengnttab_dmabuf_export(xengnttab_handle *xgt, uint32_t domid, uint32_t flags,
			    uint32_t count, const uint32_t *refs, uint32_t data_ofs,
			    int event, int *fd, uint64_t *id)
{
	errno = EACCES;
	if (count % 2)
		return -1;
	*fd = eventfd(0, EFD_CLOEXEC);
	*id = interface.srv_live ? 1 : WRONG_ID;
	if (copied < COPIES)
		copies[copied++] = dup(event);
	return 0;
}

/* The device that a program locks; for each one a file of its own */
int stub_open(const char *path, int flags, ...)
{
	return memfd_create("device", MFD_CLOEXEC);
}

/* ---- The input */

static struct taken *find(struct xendmabuf_taker *taker, const uint8_t *name)
{
	struct named *named = names_find(&taker->taken, name);

	return named ? container_of(named, struct taken, named) : NULL;
}

/* peer_send - the offering program sends a message, if it fits */
static void peer_send(enum message_type type, const uint8_t *name, uint8_t detail)
{
	struct message message = { .header.type = type };
	uint32_t size = sizeof(message.header);

	memcpy(message.header.name, name, XENDMABUF_NAME_SIZE);
	if (type == MESSAGE_OFFER) {
		message.offer.pages = detail % 16;
		message.offer.height = detail / 16;
		message.offer.stride = PAGE;
		message.header.size = sizeof(message.offer) + detail;
		size += message.header.size;
	}
	if (size > OFFERS_SIZE - peer.offers || !interface.srv_live)
		return;
	memcpy(peer.ring + peer.offers, &message, size);
	peer.offers += size;
	eventfd_write(peer.event, 1);
}

/*
 * process - the caller handles messages, and as many events of xenstore as come meanwhile
 *
 * A call handles some of the descriptors that are readable, and the next one others.
 */
static void process(struct xendmabuf_taker *taker)
{
	unsigned long before = store.events;
	unsigned int i = 0;

	do
		xendmabuf_taker_process(taker);
	while (store.open && store.events && store.events + 256 > before && ++i < NAMES);
	if (i == NAMES)
		abort();
}

/*
 * act_rarely - the peer domain writes its node, its program ends, or the kernel unmaps what is
 * closed here
 */
static void act_rarely(uint8_t action, uint8_t detail)
{
	unsigned int i;

	if (action == ENDS) {
		interface.srv_live = 0;
		if (store.open)
			eventfd_write(peer.event, 1);
		return;
	}
	if (action % 2 && store.open) {
		store.events += detail;
		eventfd_write(store.fd, detail);
	}
	for (i = 0; !(action % 2) && i < copied; i++)
		eventfd_write(copies[i], 1);
}

/* act - the caller or the offering program does something */
static void act(struct xendmabuf_taker *taker, uint8_t action, uint8_t number, uint8_t detail)
{
	uint8_t name[XENDMABUF_NAME_SIZE] = { [7] = ID, [15] = number % NAMES };
	struct taken *taken = find(taker, name);

	switch (action % 9) {
	case 0:
		xendmabuf_take(taker, name, 0);
		break;
	case 1:
		if (taken && taken->state == TAKEN_HELD)
			xendmabuf_release(taker, &taken->buffer);
		break;
	case 2:
		if (taken && taken->state == TAKEN_HELD)
			xendmabuf_drop(taker, &taken->buffer);
		break;
	case 3:
		peer_send(MESSAGE_OFFER, name, detail);
		break;
	case 4:
		peer_send(MESSAGE_WITHDRAW, name, 0);
		break;
	case 5:
		peer_send(MESSAGE_REFUSE, name, 0);
		break;
	case 6:
		if (peer.reads)
			peer.requests -= detail < peer.requests ? detail : peer.requests;
		eventfd_write(peer.event, 1);
		break;
	case 7:
		if (taken && taken->unmapped >= 0)
			eventfd_write(taken->unmapped, 1);
		break;
	case 8:
		process(taker);
		break;
	}
}

/* check - all that is kept is what the caller asked for, or due; few are due */
static void check(const struct xendmabuf_taker *taker)
{
	unsigned int offered = 0, dropped = 0, i;
	const struct named *named;

	for (i = 0; i < NAMES_LISTS; i++)
		for (named = taker->taken.lists[i]; named; named = named->next) {
			const struct taken *taken = container_of(named, struct taken, named);

			offered += taken->offered;
			dropped += taken->state == TAKEN_DROPPED;
			if (taken->state == TAKEN_RELEASED && taken->buffer.fd < 0 &&
			    !(taken->release_due && taken->due))
				abort();
			if (taken->state == TAKEN_DROPPED &&
			    (taken->gone || taken->withdrawn) &&
			    !(taken->release_due && taken->due))
				abort();
			if (taken->release_due && !taken->offered)
				abort();
		}
	if (dropped != xendmabuf_dropped(taker))
		abort();
	/* A full ring, and the message of which it has a part */
	if (!peer.reads && offered > REQUESTS_SIZE / sizeof(struct message_header) + 1)
		abort();
}

/* check_exports - no buffer was exported after the offering program has ended */
static void check_exports(const struct xendmabuf_taker *taker)
{
	const struct named *named;
	unsigned int i;

	for (i = 0; i < NAMES_LISTS; i++)
		for (named = taker->taken.lists[i]; named; named = named->next) {
			const struct taken *taken = container_of(named, struct taken, named);

			if (taken->buffer.fd >= 0 && taken->buffer.id == WRONG_ID)
				abort();
		}
}

/* A first byte from this one on lets the connection fail */
#define NO_CONNECTION	252

/* What lets libxenvchan_client_init() fail, and what xendmabuf_taker_open() says of it */
static const struct {
	int connect, open;
} errors[] = {
	{ EACCES, EBUSY },	/* Another program has connected meanwhile */
	{ EINVAL, ENOENT },	/* The offering program was killed */
	{ ENOMEM, ENOMEM },
	{ EMFILE, EMFILE },
};

static void must_fail(struct xendmabuf_taker *taker, int error)
{
	if (taker || errno != error)
		abort();
}

static int free_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t name[XENDMABUF_NAME_SIZE] = { [7] = ID };
	struct xendmabuf_taker *taker;
	int fd = free_descriptor();
	unsigned int n;
	size_t i;

	memset(&peer, 0, sizeof(peer));
	memset(&store, 0, sizeof(store));
	connect_error = 0;
	if (size && *data >= NO_CONNECTION)
		connect_error = errors[*data - NO_CONNECTION].connect;
	taker = xendmabuf_taker_open(NULL, 1, name, 0);
	if (connect_error)
		must_fail(taker, errors[*data - NO_CONNECTION].open);
	else if (!taker)
		abort();
	peer.reads = size && *data % 2;
	/* A short input can fill the rings: an action is one for many names */
	for (i = 1; taker && i + 4 <= size; i += 4)
		for (n = 0; n <= data[i + 2] % NAMES; n++) {
			if (data[i] >= RARE)
				act_rarely(data[i], data[i + 3]);
			else
				act(taker, data[i], data[i + 1] + n, data[i + 3]);
			if (taker->channel.vchan)
				check(taker);
			check_exports(taker);
		}
	if (taker)
		xendmabuf_taker_close(taker);
	while (copied)
		close(copies[--copied]);
	if (free_descriptor() != fd || store.node)
		abort();
	return 0;
}
