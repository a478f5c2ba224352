// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of each display device, which SIGUSR1 prints.  This file owns the list
 * of counters.  session.c adds and removes devices, connector.c counts requests,
 * buffer.c frames, and budget.c memory.
 */

#include "stats.h"

static struct stats *all;

/**
 * stats_add - add a device to the list
 * @stats: counters of the device, until stats_remove()
 */
void stats_add(struct stats *stats)
{
	stats->next = all;
	all = stats;
}

/**
 * stats_remove - remove a device from the list
 * @stats: counters of stats_add()
 */
void stats_remove(struct stats *stats)
{
	struct stats **at;

	for (at = &all; *at != stats; at = &(*at)->next)
		;
	*at = stats->next;
}

static void print(const struct stats *stats)
{
	const struct buffer_table *table = stats->buffers;
	struct budget *budget = table->domain->budget;

	log_print(LOG_INFO,
		  "%s: %llu frames, %llu bytes copied, %u buffers, %llu KiB, waits of %u turns, %llu requests, %llu refused",
		  stats->limit.name, (unsigned long long)table->frames,
		  (unsigned long long)table->copied, buffers_count(table),
		  budget ? (unsigned long long)budget_used(budget) / 1024 : 0,
		  budget ? budget_queue(budget)->max_wait : 0,
		  (unsigned long long)stats->requests,
		  (unsigned long long)stats->refused);
}

/** stats_log - print one line for each device, and the suppressed lines */
void stats_log(void)
{
	struct stats *stats;

	if (!all)
		log_print(LOG_INFO, "no guest has a display");
	for (stats = all; stats; stats = stats->next) {
		log_suppressed(&stats->limit);
		print(stats);
	}
}
