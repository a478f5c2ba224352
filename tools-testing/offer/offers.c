// SPDX-License-Identifier: GPL-2.0-only
/*
 * offers DOMID: runs in the second guest.  Offers buffers to the domain DOMID, lies to it,
 * and takes from it, on request: see buffers.h.
 *
 * The first process starts a second one, which does the work, and starts another one when
 * that is told to die or has failed.
 */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenstore.h>

#include "exporters.h"
#include "files.h"
#include "lies.h"
#include "pattern.h"
#include "requests.h"
#include "serve.h"

/* At a time */
#define BUFFERS_MAX	2000

/**
 * struct offered - an offered buffer
 * @source: the buffer
 * @offer: the offer, NULL after it was withdrawn
 * @low: the second half of its name
 * @streams: offer it again after each release
 * @many: one of those of the request many
 * @unmapped: eventfd of the request withdraw-many
 * @frame: number of those times
 * @next: next in the list
 */
struct offered {
	struct source source;
	struct xendmabuf_offer *offer;
	uint64_t low;
	bool streams;
	bool many;
	int unmapped;
	uint32_t frame;
	struct offered *next;
};

static unsigned int domid;
static struct xendmabuf_offerer *offerer;
static struct offered *all;
static int unmapped = -1;
/* Protects offerer and its offers */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* offer_streamed - offer buffers of the request stream again, if they are released */
static void offer_streamed(void)
{
	uint32_t seed = 0;
	struct offered *one;
	eventfd_t count;

	for (one = all; one; one = one->next) {
		struct xendmabuf_metadata metadata =
			offer_metadata(one->source.pages, &seed);

		if (!one->streams ||
		    eventfd_read(xendmabuf_offer_released_fd(one->offer), &count))
			continue;
		seed = ++one->frame;
		if (xendmabuf_offer_again(one->offer, &metadata))
			err(1, "offer again");
	}
}

/* process - the thread that answers the taker, until the handle is closed */
static void *process(void *mine)
{
	struct pollfd fd = { .fd = xendmabuf_offerer_fd(mine), .events = POLLIN };

	for (;;) {
		poll(&fd, 1, -1);
		pthread_mutex_lock(&lock);
		if (offerer != mine || xendmabuf_offerer_process(offerer))
			break;
		offer_streamed();
		pthread_mutex_unlock(&lock);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

static uint64_t open_offerer(void)
{
	struct offered *first;
	pthread_t thread;
	const uint8_t *name;

	offerer = xendmabuf_offerer_open(NULL, domid);
	if (!offerer)
		err(1, "offerer");
	first = calloc(1, sizeof(*first));
	if (!first || source_heap(&first->source, "system", 1))
		err(1, "buffer");
	first->offer = xendmabuf_offer_new(offerer, first->source.fd, 0,
					   &(struct xendmabuf_metadata) { 0 });
	if (!first->offer)
		err(1, "offer");
	name = xendmabuf_offer_name(first->offer);
	first->low = name_low(name);
	first->next = all;
	all = first;
	if (pthread_create(&thread, NULL, process, offerer))
		err(1, "thread");
	return channel_name_id(name);
}

static void free_all(void)
{
	struct offered *one;

	while ((one = all)) {
		all = one->next;
		source_close(&one->source);
		free(one);
	}
}

static uint64_t close_offerer(void)
{
	xendmabuf_offerer_close(offerer);
	offerer = NULL;
	free_all();
	return 0;
}

static struct offered *find(uint64_t low)
{
	struct offered *one = all;

	while (one && (one->low != low || !one->offer))
		one = one->next;
	if (!one)
		errx(1, "no buffer %llx", (unsigned long long)low);
	return one;
}

/* new_offer - offer a buffer; its metadata has @size bytes, copies of the seed */
static struct offered *new_offer(unsigned int pages, uint32_t seed, enum exporter exporter,
				 size_t size)
{
	static uint32_t bytes[XENDMABUF_BYTES_MAX / sizeof(seed)];
	struct offered *one = calloc(1, sizeof(*one));
	struct xendmabuf_metadata metadata;
	size_t i;

	if (!one || exporter_make(&one->source, exporter, pages))
		err(1, "buffer of %u pages, exporter %u", pages, exporter);
	pattern_fill(one->source.map, 0, one->source.pages, seed);
	for (i = 0; i < size / sizeof(seed); i++)
		bytes[i] = seed;
	metadata = offer_metadata(one->source.pages, bytes);
	metadata.size = size;
	/* The data is smaller than the pages */
	if (exporter == EXPORTER_INSIDE_PAGES)
		metadata.height = 1;
	one->offer = xendmabuf_offer_new(offerer, one->source.fd,
					 seed % 2 ? XENDMABUF_READONLY : 0, &metadata);
	if (!one->offer)
		err(1, "offer of %u pages, exporter %u", pages, exporter);
	one->low = name_low(xendmabuf_offer_name(one->offer));
	one->next = all;
	all = one;
	return one;
}

static uint64_t new_many(unsigned int count, size_t size)
{
	unsigned int pages = (count * sizeof(uint64_t) + XEN_PAGE - 1) / XEN_PAGE, i;
	struct offered *list = new_offer(pages, 0, EXPORTER_HEAP, 0);
	uint64_t *lows = (uint64_t *)list->source.map;

	for (i = 0; i < count; i++) {
		struct offered *one = new_offer(MANY_PAGES, 2 * i, EXPORTER_HEAP, size);

		one->many = true;
		lows[i] = one->low;
	}
	return list->low;
}

static uint64_t again(struct offered *one, uint32_t seed)
{
	struct xendmabuf_metadata metadata = offer_metadata(one->source.pages, &seed);

	pattern_fill(one->source.map, 0, one->source.pages, seed);
	return xendmabuf_offer_again(one->offer, &metadata) ? errno : 0;
}

/* wait_for - wait for an eventfd; its count */
static uint64_t wait_for(int fd)
{
	struct pollfd event = { .fd = fd, .events = POLLIN };
	eventfd_t count = 0;

	poll(&event, 1, -1);
	eventfd_read(fd, &count);
	return count;
}

/* wait_all_released - only requests change the list */
static uint64_t wait_all_released(void)
{
	struct offered *one;
	uint64_t count = 0;

	for (one = all; one; one = one->next)
		if (one->many)
			count += wait_for(xendmabuf_offer_released_fd(one->offer));
	return count;
}

static uint64_t wrong_words(const struct offered *one, uint32_t seed)
{
	return pattern_wrong(one->source.map, 0, one->source.pages, seed);
}

static int withdraw(struct offered *one)
{
	int fd = xendmabuf_offer_withdraw(one->offer);

	one->offer = NULL;
	one->streams = false;
	return fd;
}

static uint64_t withdraw_many(void)
{
	struct offered *one;

	for (one = all; one; one = one->next)
		if (one->many)
			one->unmapped = withdraw(one);
	return 0;
}

/* wait_all_unmapped - only requests change the list */
static uint64_t wait_all_unmapped(void)
{
	struct offered *one;
	uint64_t count = 0;

	for (one = all; one; one = one->next) {
		if (!one->many)
			continue;
		count += wait_for(one->unmapped);
		close(one->unmapped);
	}
	return count;
}

/* locked - requests during which the taker gets no answer */
static uint64_t locked(const struct serve_request *request)
{
	const unsigned long *arguments = request->arguments;

	switch (request->verb[0]) {
	case 'o':
		return open_offerer();
	case 'c':
		return close_offerer();
	case 'n':
		return new_offer(arguments[0], arguments[1], arguments[2],
				 sizeof(uint32_t))->low;
	case 'm':
		return new_many(arguments[0], arguments[1]);
	case 's':
		find(arguments[0])->streams = true;
		return 0;
	case 'a':
		return again(find(arguments[0]), arguments[1]);
	default:
		if (!strcmp(request->verb, "withdraw-many"))
			return withdraw_many();
		if (unmapped >= 0)
			close(unmapped);
		unmapped = withdraw(find(arguments[0]));
		return 0;
	}
}

/* touch - returns the number of writes that have failed */
static uint64_t touch(unsigned int count)
{
	static struct xs_handle *xs;
	uint64_t failed = 0;
	char path[80], text[12];
	int length = snprintf(text, sizeof(text), "%d", getpid());

	if (!xs)
		xs = xs_open(0);
	snprintf(path, sizeof(path), "data/dmabuf/%016llx",
		 (unsigned long long)channel_name_id(xendmabuf_offer_name(all->offer)));
	while (count--)
		failed += !xs_write(xs, XBT_NULL, path, text, length);
	return failed;
}

static uint64_t answer(const struct serve_request *request)
{
	const unsigned long *arguments = request->arguments;
	uint64_t result;
	int fd;

	if (!strcmp(request->verb, "die"))
		raise(SIGKILL);
	if (!strcmp(request->verb, "lie"))
		return lie_begin(domid, arguments[0]);
	if (!strcmp(request->verb, "connect"))
		return lie_connect(domid, arguments[0]);
	if (!strcmp(request->verb, "send"))
		return lie_send(arguments[0], arguments[1], arguments[2]);
	if (!strcmp(request->verb, "unmapped"))
		return wait_for(unmapped);
	if (!strcmp(request->verb, "all-released"))
		return wait_all_released();
	if (!strcmp(request->verb, "all-unmapped"))
		return wait_all_unmapped();
	if (!strcmp(request->verb, "wrong"))
		return wrong_words(find(arguments[0]), arguments[1]);
	if (!strcmp(request->verb, "requests"))
		return grant_requests();
	if (!strcmp(request->verb, "granted"))
		return file_number(DEBUG_DIR "counters", "pages_granted");
	if (!strcmp(request->verb, "touch"))
		return touch(arguments[0]);
	if (!strcmp(request->verb, "pause"))
		return pthread_mutex_lock(&lock);
	if (!strcmp(request->verb, "resume"))
		return pthread_mutex_unlock(&lock);
	pthread_mutex_lock(&lock);
	if (!strcmp(request->verb, "released")) {
		fd = xendmabuf_offer_released_fd(find(arguments[0])->offer);
		pthread_mutex_unlock(&lock);
		return wait_for(fd);
	}
	result = locked(request);
	pthread_mutex_unlock(&lock);
	return result;
}

int main(int argc, char **argv)
{
	struct serve serve;
	int status;
	pid_t pid;

	domid = argc > 1 ? atoi(argv[1]) : 0;
	if (allow_buffers(BUFFERS_MAX))
		err(1, "descriptors");
	while ((pid = fork())) {
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			err(1, "working process");
		/* The next one answers 0 to the request that failed, and so the test fails */
		if (WIFEXITED(status))
			sleep(1);
	}
	serve_open(&serve, OFFERS_FOLDER, domid);
	serve_requests(&serve, answer);
}
