// SPDX-License-Identifier: GPL-2.0-only
/*
 * One budget for each guest, whatever number of devices it has.  All memory that
 * the backend allocates or maps for the guest counts, also memory that the guest
 * has not released yet.  All work for the guest is in one queue of the loop, and the
 * guest pays for what takes long.  This file owns the list of budgets.  xen.c counts
 * single pages, the xfer-*.c files count buffers, connector.c adds the screens of a
 * device.  show.c pays for changes of modes, the xfer-*.c files for pages each time
 * that they map or allocate them, and device.c for connections.
 */

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "log.h"

/* Frames of a screen: two buffers of the guest and, in mode copy, two copies */
#define FRAMES		4
#define BYTES_PER_PIXEL	4

/* Cards may begin each line at a multiple of this, in pixels */
#define LINE_ALIGN	64

/* Of each connector: ring, events, EDID and its directory */
#define OTHER_BYTES	(4 * 4096)

/*
 * A guest can write its resolutions and add connectors in xenstore, so the
 * default is limited, too: four screens of 2560x1600
 */
#define DEFAULT_LIMIT	(256ULL << 20)

#define SECOND		1000000000ULL

/*
 * What a guest pays, in nanoseconds.  It can have what costs a second at once, and then
 * as much in each second.  No person sees more changes of the mode, and a card may need
 * 0.1 s for each.  A connection takes about 100 requests to xenstore.  To map and unmap
 * a page, or to allocate and clear one, takes some microseconds; a second of them is a
 * picture of 7680x4320.
 */
static const uint64_t costs[] = {
	[BUDGET_MODE] = SECOND / 10,
	[BUDGET_CONNECTION] = SECOND / 10,
	[BUDGET_PAGE] = SECOND / 32768,
};

/**
 * struct budget - memory and time of a guest
 * @domid: number of the guest's domain
 * @users: calls of budget_get() without budget_put()
 * @needed: bytes that the screens of the guest need
 * @used: bytes that are charged
 * @queue: work for the guest
 * @paid_until: time at which all that the guest has paid for is over at the allowed rate
 * @next: next budget
 */
struct budget {
	uint32_t domid;
	unsigned int users;
	uint64_t needed;
	uint64_t used;
	struct work_queue queue;
	uint64_t paid_until;
	struct budget *next;
};

static struct budget *budgets;
static uint64_t max_memory;

/**
 * budget_set_max - set the limit of each guest
 * @size: a number of bytes, or of KiB, MiB or GiB with the suffix k, M or G
 *
 * Without this call the limit of a guest follows from its screens.  Ends the
 * program if @size is not a size.
 */
void budget_set_max(const char *size)
{
	static const char units[] = "kMG";
	const char *unit = NULL;
	unsigned int shift = 0;
	char *end;

	errno = 0;
	max_memory = strtoull(size, &end, 10);
	if (*end)
		unit = strchr(units, *end);
	if (unit) {
		shift = (unit - units + 1) * 10;
		end++;
	}
	if (!isdigit((unsigned char)*size) || errno || *end || !max_memory ||
	    max_memory > UINT64_MAX >> shift)
		errx(2, "--max-memory %s: not a size", size);
	max_memory <<= shift;
}

/**
 * budget_get - find or create the budget of a guest
 * @domid: number of the guest's domain
 *
 * Return: the budget, which all devices of the guest share, until budget_put().
 */
struct budget *budget_get(uint32_t domid)
{
	struct budget *budget;

	for (budget = budgets; budget; budget = budget->next)
		if (budget->domid == domid)
			break;
	if (!budget) {
		budget = calloc(1, sizeof(*budget));
		if (!budget)
			err(1, NULL);
		budget->domid = domid;
		loop_init_queue(&budget->queue);
		budget->next = budgets;
		budgets = budget;
	}
	budget->users++;
	return budget;
}

/**
 * budget_put - drop a budget; the last caller frees it
 * @budget: budget of budget_get()
 */
void budget_put(struct budget *budget)
{
	struct budget **at;

	if (--budget->users)
		return;
	for (at = &budgets; *at != budget; at = &(*at)->next)
		;
	*at = budget->next;
	free(budget);
}

static uint64_t screen_bytes(uint64_t width, uint64_t height)
{
	width = (width + LINE_ALIGN - 1) / LINE_ALIGN * LINE_ALIGN;
	return width * height * BYTES_PER_PIXEL * FRAMES + OTHER_BYTES;
}

/**
 * budget_add_screen - raise the default limit by what a screen needs
 * @budget: budget of the guest
 * @width: width of the screen in pixels
 * @height: height of the screen in pixels
 */
void budget_add_screen(struct budget *budget, uint32_t width, uint32_t height)
{
	budget->needed += screen_bytes(width, height);
}

/**
 * budget_remove_screen - lower the default limit by what a screen needed
 * @budget: budget of the guest
 * @width: width of the screen in pixels, as for budget_add_screen()
 * @height: height of the screen in pixels, as for budget_add_screen()
 */
void budget_remove_screen(struct budget *budget, uint32_t width,
			  uint32_t height)
{
	budget->needed -= screen_bytes(width, height);
}

static uint64_t limit(const struct budget *budget)
{
	if (max_memory)
		return max_memory;
	return budget->needed < DEFAULT_LIMIT ? budget->needed : DEFAULT_LIMIT;
}

/**
 * budget_check - check for room
 * @budget: budget of the guest
 * @bytes: memory to allocate or map
 *
 * Return: the result of budget_charge(); the memory is not counted.
 */
int budget_check(const struct budget *budget, uint64_t bytes)
{
	uint64_t max = limit(budget);

	if (budget->used <= max && bytes <= max - budget->used)
		return 0;
	return refuse(-ENOSPC,
		      "needs %llu KiB in addition to %llu KiB, the limit is %llu KiB (--max-memory)",
		      (unsigned long long)bytes / 1024,
		      (unsigned long long)budget->used / 1024,
		      (unsigned long long)max / 1024);
}

/**
 * budget_charge - count memory
 * @budget: budget of the guest
 * @bytes: memory that is allocated or mapped for the guest
 *
 * Return: 0, or -ENOSPC if the memory is above the limit; it is not counted
 * then.
 */
int budget_charge(struct budget *budget, uint64_t bytes)
{
	int ret = budget_check(budget, bytes);

	if (!ret)
		budget->used += bytes;
	return ret;
}

/**
 * budget_uncharge - count memory no longer
 * @budget: budget of the guest
 * @bytes: memory of budget_charge() that has been released
 */
void budget_uncharge(struct budget *budget, uint64_t bytes)
{
	budget->used -= bytes;
}

/**
 * budget_used - memory that is counted now
 * @budget: budget of the guest
 *
 * Return: the memory in bytes.
 */
uint64_t budget_used(const struct budget *budget)
{
	return budget->used;
}

/**
 * budget_queue - the queue for all work of a guest
 * @budget: budget of the guest
 *
 * Return: the queue, until budget_put().
 */
struct work_queue *budget_queue(struct budget *budget)
{
	return &budget->queue;
}

/**
 * budget_pay - let a guest pay for work that takes long
 * @budget: budget of the guest
 * @cost: kind of the work
 * @count: number of changes, connections or pages
 */
void budget_pay(struct budget *budget, enum budget_cost cost, uint32_t count)
{
	uint64_t now = loop_time();

	if (budget->paid_until < now)
		budget->paid_until = now;
	budget->paid_until += costs[cost] * count;
}

/**
 * budget_delay - delay work of a guest that has paid for too much
 * @budget: budget of the guest
 * @work: work item of the guest
 *
 * Return: whether the item must wait; it is delayed until the guest can have it.
 */
bool budget_delay(const struct budget *budget, struct work *work)
{
	if (budget->paid_until <= loop_time() + SECOND)
		return false;
	loop_delay_work(work, budget->paid_until - SECOND);
	return true;
}
