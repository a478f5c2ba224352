// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loop of displ-backend, run step by step, with a clock and timers that the input
 * moves: so a run depends on its input only.  Each turn is compared with what a guest may
 * have in one.  Also the functions that end the program, and those that fail when the
 * input says so.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "../../tools-xen/displ-backend/request.h"
#include "stub.h"
#include "stub-clock.h"

/* ---- Steps */

/* take_event - handle a descriptor that is ready; false if there is none */
static bool take_event(void)
{
	struct epoll_event event;
	struct fd_watch *watch;

	if (epoll_wait(epoll, &event, 1, 0) != 1)
		return false;
	watch = event.data.ptr;
	watch->readable(watch);
	return true;
}

/* ---- What a guest may have in one turn */

/* Bytes that are copied, see buffer.c */
#define MAX_COPY	(512 << 10)

/* Turns that another guest waits: one of the guest, one of the program itself */
#define MAX_WAIT	2

static unsigned int requests;
static size_t copied;
/* Whether a buffer is being created, and whether the guest has paid for it */
static bool creating, paid;

/* xfer-copy.c is compiled with -Dmemcpy=stub_memcpy */
void *stub_memcpy(void *to, const void *from, size_t size)
{
	copied += size;
	return memcpy(to, from, size);
}

/* check_response - fail if the response has bytes of the backend's stack */
static void check_response(const struct xendispl_resp *resp)
{
	const uint8_t *at = (const uint8_t *)(&resp->op.get_edid + 1);

	for (; at < (const uint8_t *)(resp + 1); at++)
		if (*at)
			fail("the response has a byte %#x behind its fields", *at);
}

/* session.c is compiled with -Drequest_handle=stub_request_handle */
void stub_request_handle(struct connector *connector, const struct xendispl_req *req)
{
	struct xen_displif_back_ring *ring = &connector->ring;
	RING_IDX before = ring->rsp_prod_pvt;

	requests++;
	creating = req->operation == XENDISPL_OP_DBUF_CREATE;
	paid = false;
	request_handle(connector, req);
	creating = false;
	if (ring->rsp_prod_pvt != before)
		check_response(RING_GET_RESPONSE(ring, before));
}

/* xfer-copy.c and xfer-ops.c are compiled with -Dbudget_pay=stub_budget_pay */
void stub_budget_pay(struct budget *budget, enum budget_cost cost, uint32_t count)
{
	paid = true;
	budget_pay(budget, cost, count);
}

/** directory_mapped - fail if a page directory is mapped before the guest has paid */
void directory_mapped(void)
{
	if (creating && !paid)
		fail("a page directory is read before the guest has paid");
}

static void do_nothing(struct work *work)
{
}

/* Another guest, which has work whenever this one has */
static struct work_queue other_queue = {
	.items = TAILQ_HEAD_INITIALIZER(other_queue.items),
};

static struct work other = { .queue = &other_queue, .func = do_nothing };

static void run_item(void)
{
	if (!TAILQ_EMPTY(&queues))
		loop_queue_work(&other);
	requests = 0;
	copied = 0;
	handle_work();
	if (requests > 1)
		fail("%u requests in one turn", requests);
	if (copied > MAX_COPY)
		fail("%zu bytes are copied in one turn", copied);
	if (other_queue.max_wait > MAX_WAIT)
		fail("another guest waits for %u turns", other_queue.max_wait);
}

/* A guest cannot make the loop busy without an end; no input needs so many turns */
#define MAX_TURNS	200000

/** loop_idle - run the loop until it would wait */
void loop_idle(void)
{
	unsigned int n = 0;
	bool event;

	do {
		event = take_event();
		queue_delayed_work();
		run_item();
		if (++n == MAX_TURNS)
			fail("the loop is never idle");
	} while (event || !TAILQ_EMPTY(&queues));
}

/**
 * loop_advance - let time pass
 * @ms: milliseconds
 */
void loop_advance(uint64_t ms)
{
	now += ms * 1000000;
}

/* ---- Rates */

#define SECOND	1000000000ULL

static uint64_t paid_until;

/**
 * rate_pay - fail if the guest gets more than it may have, see budget.c
 * @cost: nanoseconds
 *
 * A request that the guest can still have may do its work three times: it exports the
 * pages, exports them for contiguous memory, and maps them to copy them.
 */
void rate_pay(uint64_t cost)
{
	if (paid_until < now)
		paid_until = now;
	if (paid_until > now + SECOND + 2 * cost)
		fail("the guest gets more than it has paid for");
	paid_until += cost;
}

/**
 * rate_pay_pages - fail if more pages are mapped or allocated than the guest may have
 * @count: number of pages
 */
void rate_pay_pages(uint64_t count)
{
	/* 32768 pages cost a second */
	rate_pay(count * SECOND / 32768);
}

/** rate_reset - the guest has a new budget */
void rate_reset(void)
{
	paid_until = 0;
}

/* ---- Timers: eventfds that timers_fire() signals */

#define TIMERS	512

static struct {
	int fd;
	bool armed;
} timers[TIMERS];
static unsigned int timer_count;

int timerfd_create(clockid_t clock, int flags)
{
	unsigned int i;
	int fd;

	if (fault_hit())
		return -1;
	fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	for (i = 0; i < timer_count && timers[i].fd >= 0; i++)
		;
	if (i == TIMERS)
		fail("more than %u timers", TIMERS);
	timers[i].fd = fd;
	timers[i].armed = false;
	timer_count += i == timer_count;
	return fd;
}

static unsigned int find_timer(int fd)
{
	unsigned int i;

	for (i = 0; i < timer_count; i++)
		if (timers[i].fd == fd)
			return i;
	fail("descriptor %d is no timer", fd);
}

int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
	timers[find_timer(fd)].armed = true;
	return 0;
}

int timerfd_gettime(int fd, struct itimerspec *time)
{
	*time = (struct itimerspec) { .it_value.tv_nsec = timers[find_timer(fd)].armed };
	return 0;
}

/** timers_fire - all timers that are set end */
void timers_fire(void)
{
	unsigned int i;

	for (i = 0; i < timer_count; i++)
		if (timers[i].fd >= 0 && timers[i].armed) {
			timers[i].armed = false;
			eventfd_write(timers[i].fd, 1);
		}
}

/* The code under test is compiled with -Dclose=stub_close */
int stub_close(int fd)
{
	unsigned int i;

	for (i = 0; i < timer_count; i++)
		if (timers[i].fd == fd)
			timers[i].fd = -1;
	if (close(fd))
		fail("descriptor %d is closed twice", fd);
	return 0;
}

/* ---- Faults */

static unsigned int fault_after;
static int fault_error;

/**
 * fault_set - let a call of a library or of the kernel fail
 * @calls: number of the call, 1 for the next; 0 for none
 * @error: errno of the call
 */
void fault_set(unsigned int calls, int error)
{
	fault_after = calls;
	fault_error = error;
	/* The backend may find that the device is gone, and then find it again */
	rate_reset();
}

/** fault_hit - whether this call fails; errno is set then */
bool fault_hit(void)
{
	if (!fault_after || --fault_after)
		return false;
	errno = fault_error;
	return true;
}

/* ---- Ends */

void err(int status, const char *format, ...)
{
	fail("the program ends by itself: %s", format);
}
